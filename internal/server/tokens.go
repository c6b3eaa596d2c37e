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
	Name   string // Who has it; logged.
	Secret string // What requests must carry; never logged.
}

// guard decides who may call secured operations.
type guard struct {
	open   bool // Everyone may.
	hashes atomic.Pointer[[]hashedToken]
}

// hashedToken has the hash of a token. All hashes have the same length, so
// comparing them takes the same time for every token.
type hashedToken struct {
	name string
	hash [sha256.Size]byte
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
		hashes[i] = hashedToken{t.Name, sha256.Sum256([]byte(t.Secret))}
	}
	g.hashes.Store(&hashes)
}

// identify returns the name of the token in Authorization (RFC 6750, section
// 2.1), or "" if the guard is open. The error is errNoToken if there is none, and
// errWrongToken if it is unknown. It always compares all tokens, so that the time
// does not tell which one matches.
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
