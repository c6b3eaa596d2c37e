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

// set makes a member the last one.
func (n *Node) set(key string, value *Node) {
	n.drop(key)
	n.Names = append(n.Names, key)
	n.members[key] = value
}

// normalize brings a schema into the one vocabulary. It works on a copy of the node.
func (d *Document) normalize(s *Schema) {
	if s.Kind == Bool && d.is31 {
		m := map[string]*Node{}
		names := []string(nil)
		if s.Text == "false" {
			names, m["not"] = []string{"not"}, &Node{Kind: Map, At: Join(s.At, "not"), Line: s.Line}
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
		if shape, ok := shapes[key]; ok && !shape.is(s.members[key]) {
			s.Problems = append(s.Problems, d.Problem(s.members[key], "%s must be %s", key, shape.must))
			s.drop(key)
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
	if only := s.Get("const"); d.is31 && only != nil {
		if s.Has("enum") && !slices.ContainsFunc(s.Get("enum").Items, func(n *Node) bool { return n.JSON() == only.JSON() }) {
			s.Problems = append(s.Problems, d.Problem(only, "const is none of the values of enum"))
		}
		s.drop("const")
		s.set("enum", &Node{Kind: List, At: only.At, Line: only.Line, Items: []*Node{only}})
	}
	if one := s.Get("oneOf"); d.is31 && one != nil && !s.Has("enum") && all(one, isConst) { // Oapi-codegen has a type with constants for it.
		s.drop("oneOf")
		values := &Node{Kind: List, At: one.At, Line: one.Line}
		for _, item := range one.Items {
			value := item.Get("const")
			if slices.ContainsFunc(values.Items, func(n *Node) bool { return n.JSON() == value.JSON() }) {
				s.Problems = append(s.Problems, d.Problem(item, "another alternative has this const, too: no value agrees with one alone"))
			}
			values.Items = append(values.Items, value)
		}
		s.set("enum", values)
	}
	if d.is31 && s.String("contentEncoding") == "base64" && !s.Has("format", "contentMediaType") { // As oapi-codegen reads it.
		s.set("format", &Node{Kind: String, Text: "byte", At: s.Get("contentEncoding").At, Line: s.Get("contentEncoding").Line})
	}
	for exclusive, inclusive := range map[string]string{"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"} {
		if e := s.Get(exclusive); e != nil && e.Kind == Bool {
			bound := s.Get(inclusive)
			s.drop(exclusive)
			if e.Text == "true" && bound != nil {
				s.drop(inclusive)
				s.set(exclusive, bound)
			}
		}
	}
}

// shape is what the value of a keyword must be.
type shape struct {
	must string
	is   func(*Node) bool
}

// shapes has those of the keywords.
var shapes = map[string]shape{
	"type":     {"one of " + strings.Join(types, ", "), func(n *Node) bool { return isType(n) || len(n.Items) > 0 && all(n, isType) }},
	"enum":     {"a list of values", func(n *Node) bool { return len(n.Items) > 0 }},
	"required": {"a list of names", func(n *Node) bool { return n.Kind == List && all(n, func(n *Node) bool { return n.Kind == String }) }},
	"multipleOf": {"a number above 0", func(n *Node) bool {
		r, ok := n.Rat()
		return ok && r.Sign() > 0
	}},
	"minLength": count, "maxLength": count, "minItems": count, "maxItems": count, "minProperties": count, "maxProperties": count,
	"minimum": of("a number", Number), "maximum": of("a number", Number),
	"exclusiveMinimum": of("a number, or true or false", Number, Bool), "exclusiveMaximum": of("a number, or true or false", Number, Bool),
	"pattern": of("a string", String), "format": of("a string", String),
	"nullable": flag, "uniqueItems": flag, "readOnly": flag, "writeOnly": flag,
	"properties": of("an object of schemas", Map), "items": schema, "additionalProperties": schema, "not": schema,
	"allOf": schemas, "oneOf": schemas, "anyOf": schemas,
}

var (
	types = []string{"array", "boolean", "integer", "null", "number", "object", "string"}
	flag  = of("true or false", Bool)
	count = shape{"a number of 0 or more, without a fraction", func(n *Node) bool {
		r, ok := n.Rat()
		return ok && r.IsInt() && r.Sign() >= 0
	}}
	schema  = of("a schema", Map, Bool)
	schemas = shape{"a list of schemas", func(n *Node) bool { return len(n.Items) > 0 }}
)

func of(must string, kinds ...Kind) shape {
	return shape{must, func(n *Node) bool { return slices.Contains(kinds, n.Kind) }}
}

func isType(n *Node) bool { return n.Kind == String && slices.Contains(types, n.Text) }

// isConst reports whether n is a schema with const that says nothing else.
func isConst(n *Node) bool {
	return n.Get("const") != nil && !slices.ContainsFunc(n.Names, func(key string) bool { return key != "const" && !IsAnnotation(key) })
}

func all(n *Node, is func(*Node) bool) bool {
	return !slices.ContainsFunc(n.Items, func(item *Node) bool { return !is(item) })
}

// Rat returns the value of a number, and whether n is one.
func (n *Node) Rat() (*big.Rat, bool) {
	if n == nil || n.Kind != Number {
		return nil, false
	}
	return new(big.Rat).SetString(n.Text)
}
