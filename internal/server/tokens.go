package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"example.com/tasks/gen/api"
)

// Token is a bearer token (RFC 6750).
type Token struct {
	Name   string // Who it was given to; the log has it.
	Secret string // What a request must carry; the log never has it.
}

// guard knows the tokens by their hashes, which have one length whatever the
// token's, so that comparing them takes the same time for every token.
type guard struct {
	names  []string
	hashes [][sha256.Size]byte
}

func newGuard(tokens []Token) *guard {
	g := &guard{}
	for _, t := range tokens {
		g.names = append(g.names, t.Name)
		g.hashes = append(g.hashes, sha256.Sum256([]byte(t.Secret)))
	}
	return g
}

// protect returns a handler that demands a token of the requests of an
// operation that the specification secures, where there are tokens at all.
func (g *guard) protect(op api.Operation, handle echo.HandlerFunc) echo.HandlerFunc {
	if !op.Secured || len(g.names) == 0 {
		return handle
	}
	return func(c echo.Context) error {
		name, err := g.identify(c.Request().Header)
		if err != nil {
			return err
		}
		c.Response().Writer.(*exchange).token = name
		return handle(c)
	}
}

// identify returns the name of the token in Authorization (RFC 6750, section
// 2.1). The error is errNoToken where there is none, and errWrongToken where it
// is not known. All tokens are compared, whichever it is.
func (g *guard) identify(h http.Header) (name string, err error) {
	lines := h["Authorization"]
	if len(lines) == 0 {
		return "", errNoToken
	}
	scheme, secret, _ := strings.Cut(lines[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", errNoToken
	}
	hash, found := sha256.Sum256([]byte(strings.TrimLeft(secret, " "))), -1
	for i := range g.hashes {
		if subtle.ConstantTimeCompare(hash[:], g.hashes[i][:]) == 1 {
			found = i
		}
	}
	if found < 0 || len(lines) > 1 {
		return "", errWrongToken
	}
	return g.names[found], nil
}
