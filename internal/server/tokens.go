package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
	"sync/atomic"
)

// Token is a bearer token (RFC 6750).
type Token struct {
	Name     string // Who has it; logged.
	Secret   string // What requests must carry; never logged.
	ReadOnly bool   // Whether it allows only GET and HEAD.
}

// guard decides who may call secured operations.
type guard struct {
	open   bool // Everyone may.
	hashes atomic.Pointer[[]hashedToken]
}

// hashedToken has the hash of a token. All hashes have the same length, so
// comparing them takes the same time for every token.
type hashedToken struct {
	name     string
	hash     [sha256.Size]byte
	readOnly bool
}

// newGuard returns a guard that admits whoever has one of the tokens, or everyone
// if there are none.
func newGuard(tokens []Token) *guard {
	g := &guard{open: len(tokens) == 0}
	g.set(tokens)
	return g
}

func (g *guard) set(tokens []Token) {
	hashes := make([]hashedToken, len(tokens))
	for i, t := range tokens {
		hashes[i] = hashedToken{t.Name, sha256.Sum256([]byte(t.Secret)), t.ReadOnly}
	}
	g.hashes.Store(&hashes)
}

// admit returns the name of the token in the request's Authorization (RFC 6750,
// section 2.1), or "" if the guard is open. The error is errNoToken if there is
// none, errWrongToken if it is unknown, and errReadOnlyToken, with the name, if it
// does not allow the method. It always compares all tokens, so that the time does
// not tell which one matches.
func (g *guard) admit(r *http.Request) (name string, err error) {
	if g.open {
		return "", nil
	}
	lines := r.Header["Authorization"]
	if len(lines) == 0 {
		return "", errNoToken
	}
	scheme, secret, _ := strings.Cut(lines[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", errNoToken
	}
	hash := sha256.Sum256([]byte(strings.TrimLeft(secret, " ")))
	var found *hashedToken
	tokens := *g.hashes.Load()
	for i := range tokens {
		if subtle.ConstantTimeCompare(hash[:], tokens[i].hash[:]) == 1 {
			found = &tokens[i]
		}
	}
	switch {
	case found == nil || len(lines) > 1:
		return "", errWrongToken
	case found.readOnly && !isRead(r.Method):
		return found.name, errReadOnlyToken
	}
	return found.name, nil
}

// isRead reports whether a method reads a resource and changes nothing.
func isRead(method string) bool { return method == http.MethodGet || method == http.MethodHead }
