package validatorgen

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"
)

// spec is a specification, once as kin-openapi reads it and once as text, of
// which errors tell the lines.
type spec struct {
	*openapi3.T
	file string
	root *yaml.Node
}

// load reads a specification and has kin-openapi check it.
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

// Error is a construct of a specification that no validator can be made of.
type Error struct {
	File    string
	Line    int    // From 1.
	Pointer string // A JSON Pointer as URI fragment: "#/paths/~1things/get".
	Message string // What is wrong and what to do instead.
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Pointer, e.Message)
}

// fail stops the generation at a place of the specification. Generate recovers
// what it panics with.
func (s *spec) fail(at, format string, args ...any) {
	panic(&Error{s.file, s.node(at).Line, at, fmt.Sprintf(format, args...)})
}

// node returns the node that a pointer names, or the last one on the way there.
func (s *spec) node(at string) *yaml.Node {
	n := s.root
	for _, token := range strings.Split(at, "/")[1:] {
		child := child(n, strings.NewReplacer("~1", "/", "~0", "~").Replace(token))
		if child == nil {
			break
		}
		n = child
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

// keys returns the names of a mapping's members in the order of the text.
func (s *spec) keys(at string) []string {
	n, names := s.node(at), []string(nil)
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		names = append(names, n.Content[i].Value)
	}
	return names
}

// join extends a pointer.
func join(at string, names ...string) string {
	for _, name := range names {
		at += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
	}
	return at
}

// schema is a schema and where it stands.
type schema struct {
	*openapi3.Schema
	at   string // Its pointer.
	name string // As a component; "" where it stands in place.
}

// schema follows a reference to a schema.
func (s *spec) schema(ref *openapi3.SchemaRef, at string) schema {
	if ref.Ref == "" {
		return schema{ref.Value, at, ""}
	}
	if !strings.HasPrefix(ref.Ref, "#/components/schemas/") {
		s.fail(at, "a reference must be to #/components/schemas/…")
	}
	return schema{ref.Value, ref.Ref, strings.TrimPrefix(ref.Ref, "#/components/schemas/")}
}

// kind returns the one type of a schema.
func (s schema) kind() string {
	if s.Type == nil || len(*s.Type) != 1 {
		return ""
	}
	return (*s.Type)[0]
}
