package validatorgen

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"
)

// spec is a specification, both as kin-openapi reads it and as YAML nodes, which
// have the lines for errors.
type spec struct {
	*openapi3.T
	file string
	root *yaml.Node
}

// load reads a specification and validates it with kin-openapi.
func load(file string) (*spec, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := doc.Validate(loader.Context, openapi3.DisableExamplesValidation(), openapi3.DisableSchemaPatternValidation()); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.0.") {
		return nil, fmt.Errorf("%s: is of OpenAPI %s; only 3.0 is understood", file, doc.OpenAPI)
	}
	return &spec{T: doc, file: file, root: root.Content[0]}, nil
}

// Error reports a construct of a specification that Generate does not handle.
type Error struct {
	File    string
	Line    int    // From 1.
	Pointer string // A JSON Pointer as a URI fragment: "#/paths/~1things/get".
	Message string // What is wrong and what to do instead.
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Pointer, e.Message)
}

// fail stops the generator at a place of the specification: it panics with an
// *Error, which Generate recovers.
func (s *spec) fail(at, format string, args ...any) {
	panic(&Error{s.file, s.line(at), at, fmt.Sprintf(format, args...)})
}

// line returns the line of the node that a pointer refers to, or of the last
// existing node on the way there.
func (s *spec) line(at string) int {
	for {
		if n := s.node(at); n != nil {
			return n.Line
		}
		at = at[:strings.LastIndex(at, "/")]
	}
}

// node returns the node that a pointer refers to, or nil.
func (s *spec) node(at string) *yaml.Node {
	n := s.root
	for _, token := range strings.Split(at, "/")[1:] {
		if n = child(n, unescape(token)); n == nil {
			break
		}
	}
	return n
}

func child(n *yaml.Node, name string) *yaml.Node {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				return n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(name); err == nil && i < len(n.Content) {
			return n.Content[i]
		}
	default: // A scalar has no children.
	}
	return nil
}

// keys returns the keys of a mapping in the order of the text.
func (s *spec) keys(at string) []string {
	n, names := s.node(at), []string(nil)
	for i := 0; n != nil && n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		names = append(names, n.Content[i].Value)
	}
	return names
}

// join appends tokens to a pointer.
func join(at string, names ...string) string {
	for _, name := range names {
		at += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
	}
	return at
}

// unescape returns the name that a token of a pointer encodes.
func unescape(token string) string {
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
}
