// Package cases has hand-written documents at the limits of each keyword, with the
// verdict of OpenAPI 3.0, and of 3.1 in the folder later. Like the JSON Schema Test Suite,
// it has a file for each keyword.
package cases

import (
	"embed"
	"encoding/hex"
	"fmt"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed *.yaml later/*.yaml
var files embed.FS

// Case is a schema with documents for it.
type Case struct {
	Keyword string    `yaml:"-"` // The name of the file.
	OpenAPI string    `yaml:"-"` // The version: 3.0.3 or 3.1.0.
	Name    string    // The name of the schema, by which other schemas may refer to it.
	Schema  yaml.Node // As it is written.
	Stops   string    // A part of the error, if the generators stop at the schema. Tests are for the oracles then.
	Tests   []Test
}

// Test is a document, which need not be JSON.
type Test struct {
	Text  string
	Hex   string // The text in hexadecimal, if it is not UTF-8.
	Valid bool
	Why   string // The reason, unless it is obvious.
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

// All returns the cases in the order of file names. It panics if a file is malformed.
func All() (all []Case) {
	for _, dir := range []struct{ name, version string }{{".", "3.0.3"}, {"later", "3.1.0"}} {
		all = append(all, read(dir.name, dir.version)...)
	}
	return all
}

// read returns the cases in a folder.
func read(dir, version string) (all []Case) {
	entries, err := files.ReadDir(dir)
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		text, err := files.Open(path.Join(dir, e.Name()))
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
			c.OpenAPI, c.Keyword = version, strings.TrimSuffix(e.Name(), ".yaml")
			all = append(all, c)
		}
	}
	return all
}
