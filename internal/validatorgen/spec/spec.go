// Package spec reads an OpenAPI document as nodes that know their places. Whatever
// YAML or OpenAPI have to say a thing in another place, or in another way, is resolved
// here: aliases, merge keys, references, and the differences between OpenAPI 3.0 and 3.1.
package spec

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Problem is what is wrong at a place of a document, or cannot be handled there.
type Problem struct {
	File    string
	Line    int    // From 1.
	Pointer string // A JSON Pointer as a URI fragment: "#/paths/~1things/get".
	Message string // What is wrong and what to do instead.
}

func (p *Problem) Error() string {
	return fmt.Sprintf("%s:%d: %s: %s", p.File, p.Line, p.Pointer, p.Message)
}

// Kind is the kind of a node's JSON value.
type Kind int

// The kinds of JSON values.
const (
	Null Kind = iota
	Bool
	Number
	String
	List
	Map
)

// Node is a value of a document. Where the text has aliases, several places share a
// node, which then knows the place where the text of the value stands.
type Node struct {
	Kind  Kind
	Text  string   // The contents of a string; a number, true or false in JSON.
	Items []*Node  // Of a list.
	Names []string // Of a map's members, in the order of the text.
	At    string   // A JSON Pointer as a URI fragment.
	Line  int      // From 1: that of the name, if it is a member.

	members map[string]*Node
}

// Get returns the member of a name, or nil if n is nil, no map, or has no such member.
func (n *Node) Get(name string) *Node {
	if n == nil {
		return nil
	}
	return n.members[name]
}

// String returns the contents of the member of a name if that is a string, or "".
func (n *Node) String(name string) string {
	if m := n.Get(name); m != nil && m.Kind == String {
		return m.Text
	}
	return ""
}

// True reports whether the member of a name is true.
func (n *Node) True(name string) bool {
	m := n.Get(name)
	return m != nil && m.Kind == Bool && m.Text == "true"
}

// JSON returns the value as JSON, with numbers as the document writes them.
func (n *Node) JSON() string {
	quote := func(s string) string {
		text, _ := json.Marshal(s) // A string has a JSON text.
		return string(text)
	}
	var parts []string
	switch n.Kind {
	case String:
		return quote(n.Text)
	case List:
		for _, item := range n.Items {
			parts = append(parts, item.JSON())
		}
		return "[" + strings.Join(parts, ",") + "]"
	case Map:
		for _, name := range n.Names {
			parts = append(parts, quote(name)+":"+n.members[name].JSON())
		}
		return "{" + strings.Join(parts, ",") + "}"
	default:
		return n.Text
	}
}

// Join appends tokens to a pointer.
func Join(at string, names ...string) string {
	for _, name := range names {
		at += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
	}
	return at
}

// Document is an OpenAPI document.
type Document struct {
	File string
	Root *Node

	is31    bool
	schemas map[*Node]*Schema
}

// Read reads a document in YAML or JSON. The error is that of reading the file, or a
// *Problem if the document cannot be read as a whole.
func Read(file string) (*Document, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(root.Content) == 0 {
		return nil, &Problem{file, 1, "#", "the document is empty"}
	}
	r := reader{file: file, built: map[*yaml.Node]*Node{}}
	d := &Document{File: file, Root: r.node(root.Content[0], "#", 1), schemas: map[*Node]*Schema{}}
	if r.problem != nil {
		return nil, r.problem
	}
	version := cmp.Or(d.Root.Get("openapi"), &Node{}).Text
	d.is31 = strings.HasPrefix(version, "3.1")
	switch {
	case version == "":
		return nil, d.Problem(d.Root, "the document has no key openapi with its version: it is not OpenAPI 3")
	case !d.is31 && !strings.HasPrefix(version, "3.0"):
		return nil, d.Problem(d.Root.Get("openapi"), "OpenAPI %s is not understood, only 3.0 and 3.1 are", version)
	}
	return d, nil
}

// Problem returns a problem at the place of a node.
func (d *Document) Problem(n *Node, format string, args ...any) *Problem {
	return &Problem{d.File, n.Line, n.At, fmt.Sprintf(format, args...)}
}

// Resolve returns what a node refers to, through any number of references; that is the
// node itself if it is no reference.
func (d *Document) Resolve(n *Node) (*Node, *Problem) {
	seen := []*Node{}
	for n.Get("$ref") != nil {
		ref := n.Get("$ref")
		if slices.Contains(seen, n) {
			return nil, d.Problem(ref, "the reference leads back to itself")
		}
		seen = append(seen, n)
		pointer, local := strings.CutPrefix(ref.Text, "#")
		if !local || ref.Kind != String {
			return nil, d.Problem(ref, "a reference to another document is not handled: bundle the documents into one")
		}
		if n = d.find(pointer); n == nil {
			return nil, d.Problem(ref, "the document has nothing at %s", ref.Text)
		}
	}
	return n, nil
}

// find returns the node that a pointer refers to, or nil.
func (d *Document) find(pointer string) *Node {
	n := d.Root
	for _, token := range strings.Split(pointer, "/")[1:] {
		name, err := url.PathUnescape(token)
		if err != nil {
			return nil
		}
		name = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
		if i, err := strconv.Atoi(name); err == nil && n.Kind == List && 0 <= i && i < len(n.Items) {
			n = n.Items[i]
		} else if n = n.Get(name); n == nil {
			return nil
		}
	}
	return n
}
