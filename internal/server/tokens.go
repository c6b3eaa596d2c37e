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
	Name   string // Who it was given to; the log has it.
	Secret string // What a request must carry; the log never has it.
}

// guard knows who may call the operations that the specification secures.
type guard struct {
	open   bool // To everyone.
	hashes atomic.Pointer[[]hashedToken]
}

// hashedToken has the token's hash. All hashes have one length, so that
// comparing them takes the same time for every token.
type hashedToken struct {
	name string
	hash [sha256.Size]byte
}

// newGuard returns a guard that lets those in who have one of the tokens, or
// everyone where there are none.
func newGuard(tokens []Token) *guard {
	g := &guard{open: len(tokens) == 0}
	g.set(tokens)
	return g
}

func (g *guard) set(tokens []Token) {
	hashes := make([]hashedToken, len(tokens))
	for i, t := range tokens {
		hashes[i] = hashedToken{t.Name, sha256.Sum256([]byte(t.Secret))}
	}
	g.hashes.Store(&hashes)
}

// identify returns the name of the token in Authorization (RFC 6750, section
// 2.1), or "" where the guard is open. The error is errNoToken where there is
// none, and errWrongToken where it is not known. All tokens are compared,
// whichever it is.
func (g *guard) identify(h http.Header) (name string, err error) {
	if g.open {
		return "", nil
	}
	lines := h["Authorization"]
	if len(lines) == 0 {
		return "", errNoToken
	}
	scheme, secret, _ := strings.Cut(lines[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", errNoToken
	}
	hash, found := sha256.Sum256([]byte(strings.TrimLeft(secret, " "))), false
	for _, t := range *g.hashes.Load() {
		if subtle.ConstantTimeCompare(hash[:], t.hash[:]) == 1 {
			name, found = t.name, true
		}
	}
	if !found || len(lines) > 1 {
		return "", errWrongToken
	}
	return name, nil
}
