package meaning

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Spec is the part of a specification that concerns requests.
type Spec struct {
	Names      []string // The names of the schemas in the order of the text.
	Schemas    map[string]*Schema
	Operations []*Operation
}

// Schema has the keywords of a schema that concern validation, with numbers as they
// are written.
type Schema struct {
	Type, Format, Pattern              string
	Nullable, ReadOnly, WriteOnly      bool
	Enum                               []*Value
	Minimum, Maximum, MultipleOf       *Decimal
	ExclusiveMinimum, ExclusiveMaximum bool
	MinLength, MinItems, MinProperties int
	MaxLength, MaxItems, MaxProperties *int
	UniqueItems                        bool
	Items                              *Schema
	Names                              []string // The names of the properties in the order of the text.
	Properties                         map[string]*Schema
	Required                           []string
	Closed                             bool    // additionalProperties: false.
	Additional                         *Schema // additionalProperties as a schema.
	AllOf                              []*Schema
	Keywords                           []string // The names of those of the above that the text has.

	ref    string // Set if the schema is a reference.
	regexp *regexp.Regexp
}

// Load reads a specification.
func Load(text []byte) (*Spec, error) {
	var doc struct {
		Paths      yaml.Node
		Components struct{ Schemas, Parameters yaml.Node }
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	spec := &Spec{Schemas: map[string]*Schema{}}
	for name, node := range pairs(&doc.Components.Schemas) {
		s := new(Schema)
		if err := node.Decode(s); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		spec.Names = append(spec.Names, name)
		spec.Schemas[name] = s
	}
	for _, s := range spec.Schemas {
		spec.resolve(s)
	}
	for name, s := range spec.Schemas {
		spec.Schemas[name] = spec.follow(s)
	}
	return spec, spec.operations(&doc.Paths, &doc.Components.Parameters)
}

// follow returns the schema that a reference refers to; keys beside $ref are ignored.
func (spec *Spec) follow(s *Schema) *Schema {
	for s != nil && s.ref != "" {
		s = spec.Schemas[strings.TrimPrefix(s.ref, "#/components/schemas/")]
	}
	return s
}

// resolve replaces the references in a schema.
func (spec *Spec) resolve(s *Schema) {
	for _, child := range s.children() {
		if *child != nil && (*child).ref != "" {
			*child = spec.follow(*child)
		} else if *child != nil {
			spec.resolve(*child)
		}
	}
	for name, p := range s.Properties {
		if p.ref == "" {
			spec.resolve(p)
		} else {
			s.Properties[name] = spec.follow(p)
		}
	}
}

func (s *Schema) children() []**Schema {
	all := []**Schema{&s.Items, &s.Additional}
	for i := range s.AllOf {
		all = append(all, &s.AllOf[i])
	}
	return all
}

// UnmarshalYAML reads a schema, without resolving references.
func (s *Schema) UnmarshalYAML(node *yaml.Node) error {
	for key, n := range pairs(node) {
		var err error
		switch key {
		case "$ref":
			err = n.Decode(&s.ref)
		case "type":
			err = n.Decode(&s.Type)
		case "format":
			err = n.Decode(&s.Format)
		case "pattern":
			if err = n.Decode(&s.Pattern); err == nil {
				s.regexp, err = ECMA(s.Pattern)
			}
		case "nullable":
			err = n.Decode(&s.Nullable)
		case "readOnly":
			err = n.Decode(&s.ReadOnly)
		case "writeOnly":
			err = n.Decode(&s.WriteOnly)
		case "enum":
			for _, v := range n.Content {
				s.Enum = append(s.Enum, fromYAML(v))
			}
		case "minimum":
			s.Minimum = number(n)
		case "maximum":
			s.Maximum = number(n)
		case "multipleOf":
			s.MultipleOf = number(n)
		case "exclusiveMinimum":
			err = n.Decode(&s.ExclusiveMinimum)
		case "exclusiveMaximum":
			err = n.Decode(&s.ExclusiveMaximum)
		case "minLength":
			err = n.Decode(&s.MinLength)
		case "maxLength":
			err = n.Decode(&s.MaxLength)
		case "minItems":
			err = n.Decode(&s.MinItems)
		case "maxItems":
			err = n.Decode(&s.MaxItems)
		case "minProperties":
			err = n.Decode(&s.MinProperties)
		case "maxProperties":
			err = n.Decode(&s.MaxProperties)
		case "uniqueItems":
			err = n.Decode(&s.UniqueItems)
		case "items":
			err = n.Decode(&s.Items)
		case "required":
			err = n.Decode(&s.Required)
		case "allOf":
			err = n.Decode(&s.AllOf)
		case "properties":
			for name := range pairs(n) {
				s.Names = append(s.Names, name)
			}
			err = n.Decode(&s.Properties)
		case "additionalProperties":
			if n.Kind == yaml.MappingNode {
				err = n.Decode(&s.Additional)
			} else {
				err = n.Decode(&s.Closed)
				s.Closed = !s.Closed
			}
		default:
			continue
		}
		if err != nil {
			return fmt.Errorf("line %d: %s: %w", n.Line, key, err)
		}
		s.Keywords = append(s.Keywords, key)
	}
	return nil
}

// pairs iterates over a mapping.
func pairs(n *yaml.Node) func(yield func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i].Value, n.Content[i+1]) {
				return
			}
		}
	}
}

func number(n *yaml.Node) *Decimal {
	d := Exact(n.Value)
	return &d
}

// fromYAML returns the JSON value of a node.
func fromYAML(n *yaml.Node) *Value {
	switch {
	case n.Kind == yaml.SequenceNode:
		v := &Value{Kind: '['}
		for _, item := range n.Content {
			v.Items = append(v.Items, fromYAML(item))
		}
		return v
	case n.Kind == yaml.MappingNode:
		v := &Value{Kind: '{'}
		for name, item := range pairs(n) {
			v.Members = append(v.Members, Member{name, fromYAML(item)})
		}
		return v
	case n.ShortTag() == "!!null":
		return &Value{Kind: 'n'}
	case n.ShortTag() == "!!bool":
		return &Value{Kind: n.Value[0]}
	case n.ShortTag() == "!!int", n.ShortTag() == "!!float":
		return &Value{Kind: '0', Text: n.Value}
	}
	return &Value{Kind: '"', Text: n.Value}
}

// Flat returns the schemas that apply to the same values: s, and those in its allOf.
func (s *Schema) Flat() []*Schema {
	all := []*Schema{s}
	for _, part := range s.AllOf {
		all = append(all, part.Flat()...)
	}
	return all
}

// Regexp returns the compiled pattern, or nil if there is none.
func (s *Schema) Regexp() *regexp.Regexp { return s.regexp }

// AllKeywords returns the keywords of a schema and of those it refers to.
func (s *Schema) AllKeywords() map[string]bool {
	found, seen := map[string]bool{}, map[*Schema]bool{}
	var visit func(s *Schema)
	visit = func(s *Schema) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		for _, k := range s.Keywords {
			found[k] = true
		}
		for _, child := range s.children() {
			visit(*child)
		}
		for _, p := range s.Properties {
			visit(p)
		}
	}
	visit(s)
	return found
}
