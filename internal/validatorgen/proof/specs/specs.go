// Package specs has the specifications that the proof runs on, and what was made
// of each.
package specs

import "net/http"

// Spec is a specification and what was made of it.
type Spec struct {
	Name string
	Text []byte
	// Texts decode JSON texts, by the names of the types that they become.
	Texts map[string]func(text []byte) error
	// Operations decode requests, with the values of the path's parameters.
	Operations map[string]func(r *http.Request, path ...string) error
	// Places returns where the faults of an error are; none where it has no faults.
	Places func(error) []string
}
