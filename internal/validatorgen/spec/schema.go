package spec

import (
	"maps"
	"math/big"
	"slices"
	"strings"
)

// Schema is a schema in one vocabulary, that of OpenAPI 3.1 and so of JSON Schema:
// nullable has become a type, a boolean exclusive bound a number, const an enum, and
// what stands beside a reference an allOf with it.
type Schema struct {
	*Node
	Name  string   // As a component; "" for an inline schema.
	Types []string // Of JSON Schema, with "null"; nil if values may be of any type.

	Ignored  []*Node    // Keywords that OpenAPI ignores: those beside a reference, in 3.0.
	Problems []*Problem // Keywords whose values are not what they must be.
}

// Has reports whether the schema has any of the keywords.
func (s *Schema) Has(keywords ...string) bool {
	return slices.ContainsFunc(keywords, func(k string) bool { return s.members[k] != nil })
}

// Annotations are the keys that say nothing about what is valid, wherever they stand.
var Annotations = []string{"description", "summary", "title", "example", "examples", "deprecated", "externalDocs", "tags", "xml", "$comment"}

// IsAnnotation reports whether a key says nothing about what is valid.
func IsAnnotation(key string) bool {
	return strings.HasPrefix(key, "x-") || slices.Contains(Annotations, key)
}

// Schema returns the schema at a node, or that to which it refers.
func (d *Document) Schema(n *Node) (*Schema, *Problem) {
	if s := d.schemas[n]; s != nil {
		return s, nil
	}
	target, problem := d.Resolve(n)
	if problem != nil {
		return nil, problem
	}
	s := &Schema{Node: target}
	var beside []string
	if target != n {
		beside = slices.DeleteFunc(slices.Clone(n.Names), func(key string) bool { return key == "$ref" || IsAnnotation(key) })
	}
	if d.is31 && len(beside) > 0 {
		s.Node = d.allOf(n)
	} else if name, ok := strings.CutPrefix(target.At, "#/components/schemas/"); ok && !strings.Contains(name, "/") {
		s.Name = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
	}
	if !d.is31 {
		for _, key := range beside {
			s.Ignored = append(s.Ignored, n.members[key])
		}
	}
	d.normalize(s)
	d.schemas[n] = s
	return s, nil
}

// allOf returns a schema of a reference and what stands beside it.
func (d *Document) allOf(n *Node) *Node {
	parts := &Node{Kind: List, At: n.At, Line: n.Line, Items: []*Node{{
		Kind: Map, At: n.At, Line: n.Line, Names: []string{"$ref"}, members: map[string]*Node{"$ref": n.members["$ref"]},
	}}}
	whole := &Node{Kind: Map, At: n.At, Line: n.Line, Names: append([]string{"allOf"}, n.Names...), members: maps.Clone(n.members)}
	if more := n.Get("allOf"); more != nil {
		parts.Items = append(parts.Items, more.Items...)
	}
	whole.members["allOf"] = parts
	whole.drop("$ref")
	return whole
}

func (n *Node) drop(key string) {
	delete(n.members, key)
	n.Names = slices.DeleteFunc(slices.Clone(n.Names), func(name string) bool { return name == key })
}

// normalize brings a schema into the one vocabulary. It works on a copy of the node.
func (d *Document) normalize(s *Schema) {
	if s.Kind == Bool && d.is31 {
		m := map[string]*Node{}
		names := []string(nil)
		if s.Text == "false" {
			names, m["not"] = []string{"not"}, &Node{Kind: Map, At: s.At, Line: s.Line}
		}
		s.Node = &Node{Kind: Map, At: s.At, Line: s.Line, Names: names, members: m}
	}
	if s.Kind != Map {
		s.Problems = append(s.Problems, d.Problem(s.Node, "a schema must be an object"))
		s.Node = &Node{Kind: Map, At: s.At, Line: s.Line}
		return
	}
	clone := *s.Node
	clone.members = maps.Clone(clone.members)
	s.Node = &clone
	for _, key := range s.Names {
		if shape := shapes[key]; shape != nil {
			if must := shape(s.members[key]); must != "" {
				s.Problems = append(s.Problems, d.Problem(s.members[key], "%s must be %s", key, must))
				s.drop(key)
			}
		}
	}
	if t := s.Get("type"); t != nil && t.Kind == String {
		s.Types = []string{t.Text}
	} else if t != nil {
		for _, item := range t.Items {
			s.Types = append(s.Types, item.Text)
		}
	}
	if s.True("nullable") && s.Types != nil && !d.is31 {
		s.Types = append(s.Types, "null")
	}
	if d.is31 && s.Has("const") && !s.Has("enum") {
		s.members["enum"] = &Node{Kind: List, At: s.Get("const").At, Line: s.Get("const").Line, Items: []*Node{s.Get("const")}}
		s.Names = append(slices.Clone(s.Names), "enum")
		s.drop("const")
	}
	for exclusive, inclusive := range map[string]string{"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"} {
		if e := s.Get(exclusive); e != nil && e.Kind == Bool {
			bound := s.Get(inclusive)
			s.drop(exclusive)
			if e.Text == "true" && bound != nil {
				s.drop(inclusive)
				s.Names = append(s.Names, exclusive)
				s.members[exclusive] = bound
			}
		}
	}
}

// shapes has, for keywords, functions that return what their value must be, or "" if it
// is that.
var shapes = map[string]func(*Node) string{
	"type": func(n *Node) string {
		if n.Kind == List && len(n.Items) > 0 && !slices.ContainsFunc(n.Items, func(i *Node) bool { return !isType(i) }) || isType(n) {
			return ""
		}
		return "one of " + strings.Join(types, ", ")
	},
	"enum": func(n *Node) string {
		if n.Kind == List && len(n.Items) > 0 {
			return ""
		}
		return "a list of values"
	},
	"required": func(n *Node) string {
		if n.Kind == List && !slices.ContainsFunc(n.Items, func(i *Node) bool { return i.Kind != String }) {
			return ""
		}
		return "a list of names"
	},
	"minLength": count, "maxLength": count, "minItems": count, "maxItems": count, "minProperties": count, "maxProperties": count,
	"minimum": of(Number, "a number"), "maximum": of(Number, "a number"),
	"exclusiveMinimum": bound, "exclusiveMaximum": bound,
	"multipleOf": func(n *Node) string {
		if r, ok := n.Rat(); ok && r.Sign() > 0 {
			return ""
		}
		return "a number above 0"
	},
	"pattern": of(String, "a string"), "format": of(String, "a string"),
	"nullable": flag, "uniqueItems": flag, "readOnly": flag, "writeOnly": flag,
	"properties": of(Map, "an object of schemas"), "items": schema, "additionalProperties": schema, "not": schema,
	"allOf": schemas, "oneOf": schemas, "anyOf": schemas,
}

var types = []string{"array", "boolean", "integer", "null", "number", "object", "string"}

func isType(n *Node) bool { return n.Kind == String && slices.Contains(types, n.Text) }

func of(kind Kind, must string) func(*Node) string {
	return func(n *Node) string {
		if n.Kind == kind {
			return ""
		}
		return must
	}
}

var flag = of(Bool, "true or false")

func count(n *Node) string {
	if r, ok := n.Rat(); ok && r.IsInt() && r.Sign() >= 0 {
		return ""
	}
	return "a number of 0 or more, without a fraction"
}

func bound(n *Node) string {
	if n.Kind == Number || n.Kind == Bool {
		return ""
	}
	return "a number, or true or false"
}

func schema(n *Node) string {
	if n.Kind == Map || n.Kind == Bool {
		return ""
	}
	return "a schema"
}

func schemas(n *Node) string {
	if n.Kind == List && len(n.Items) > 0 {
		return ""
	}
	return "a list of schemas"
}

// Rat returns the value of a number, and whether n is one.
func (n *Node) Rat() (*big.Rat, bool) {
	if n == nil || n.Kind != Number {
		return nil, false
	}
	return new(big.Rat).SetString(n.Text)
}
