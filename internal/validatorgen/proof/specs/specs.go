// Package specs lists the specifications of the proof, with the functions generated
// from each.
package specs

import "net/http"

// Spec is a specification with the functions generated from it.
type Spec struct {
	Name string
	Text []byte
	// Texts decode JSON texts, by the name of the type.
	Texts map[string]func(text []byte) error
	// Operations decode requests, with the values of the path parameters.
	Operations map[string]func(r *http.Request, path ...string) error
	// Places returns the places of the faults of an error.
	Places func(error) []string
}
