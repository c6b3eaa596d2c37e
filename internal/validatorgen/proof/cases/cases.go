// Package cases holds documents at the edges of each keyword, with the verdict
// that OpenAPI 3.0 has on them. They are written by hand, in the manner of the
// JSON Schema Test Suite: a file a keyword.
package cases

import (
	"embed"
	"encoding/hex"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed *.yaml
var files embed.FS

// Case is a schema and documents for it.
type Case struct {
	Keyword string    `yaml:"-"` // The name of the file.
	Name    string    // Of the schema; by it others may refer to it.
	Schema  yaml.Node // As it is written.
	Stops   string    // What the generator says of the schema, where it makes nothing of it.
	Tests   []Test
}

// Test is a document. Its text need not be JSON.
type Test struct {
	Text  string
	Hex   string // The text where it is not UTF-8.
	Valid bool
	Why   string // Where that is not plain to see.
}

// Bytes returns the document.
func (t Test) Bytes() []byte {
	if t.Hex == "" {
		return []byte(t.Text)
	}
	b, err := hex.DecodeString(t.Hex)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", t.Hex, err))
	}
	return b
}

// All returns the cases in the order of the files' names. It panics where a
// file is not as this package wants it.
func All() (all []Case) {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		text, err := files.Open(e.Name())
		if err != nil {
			panic(err)
		}
		var some []Case
		d := yaml.NewDecoder(text)
		d.KnownFields(true)
		if err := d.Decode(&some); err != nil {
			panic(fmt.Sprintf("%s: %v", e.Name(), err))
		}
		for _, c := range some {
			c.Keyword = strings.TrimSuffix(e.Name(), ".yaml")
			all = append(all, c)
		}
	}
	return all
}
