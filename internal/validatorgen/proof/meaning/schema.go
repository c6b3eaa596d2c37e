package meaning

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Spec is the part of a specification that concerns requests.
type Spec struct {
	Version    string   // The value of openapi.
	Names      []string // The names of the schemas in the order of the text.
	Schemas    map[string]*Schema
	Operations []*Operation

	document *document
	later    bool // Whether the version is 3.1 or later.
	read     map[*yaml.Node]*Schema
}

// Schema has the keywords of a schema that concern validation, with numbers as they
// are written. The vocabulary is that of OpenAPI 3.1: nullable becomes the type null,
// const an enum of one, a boolean exclusiveMinimum a number.
type Schema struct {
	Types                              []string // Any of these; nil for all.
	Format, Pattern                    string
	Encoded                            bool // contentEncoding: base64 alone, of which oapi-codegen's types hold the bytes.
	ReadOnly, WriteOnly                bool
	Enum                               []*Value
	Minimum, Maximum, MultipleOf       *Decimal
	ExclusiveMinimum, ExclusiveMaximum *Decimal
	MinLength, MinItems, MinProperties int
	MaxLength, MaxItems, MaxProperties *int
	UniqueItems                        bool
	Prefix                             []*Schema // prefixItems.
	Items                              *Schema   // Of the items after Prefix.
	Names                              []string  // The names of the properties in the order of the text.
	Properties                         map[string]*Schema
	Required                           []string
	Closed                             bool    // additionalProperties: false.
	Additional                         *Schema // additionalProperties as a schema.
	AllOf, OneOf, AnyOf                []*Schema
	Not                                *Schema
	Discriminator                      *Discriminator
	Never                              bool     // The schema false.
	Keywords                           []string // The names of those of the above that the text has.
	Unread                             []string // What the schema has that this package does not define.

	regexp *regexp.Regexp
}

// Discriminator selects one of the alternatives of oneOf or anyOf.
type Discriminator struct {
	Property string
	OneOf    map[string]*Schema // The alternatives by the values of the property.
	AnyOf    map[string]*Schema
}

// Load reads a specification. What it can't read it notes in Schema.Unread and
// Operation.Unread.
func Load(text []byte) (*Spec, error) {
	d, err := parseDocument(text)
	if err != nil {
		return nil, err
	}
	version := word(d.root, "openapi")
	spec := &Spec{Version: version, Schemas: map[string]*Schema{}, document: d, read: map[*yaml.Node]*Schema{}}
	spec.later = !strings.HasPrefix(version, "3.0")
	for name, n := range pairs(get(get(d.root, "components"), "schemas")) {
		spec.Names = append(spec.Names, name)
		spec.Schemas[name] = spec.schema(n)
	}
	spec.operations()
	return spec, nil
}

// schema reads a schema. A schema that leads back to itself is read once.
func (spec *Spec) schema(n *yaml.Node) *Schema {
	if s := spec.read[n]; s != nil {
		return s
	}
	if get(n, "$ref") != nil && (!spec.later || len(n.Content) == 2) { // In 3.0, keys beside $ref are ignored.
		target, err := spec.document.follow(n)
		if err != nil {
			return &Schema{Unread: []string{err.Error()}}
		}
		return spec.schema(target)
	}
	s := new(Schema)
	spec.read[n] = s
	switch {
	case n.Kind == yaml.MappingNode:
		for key, value := range pairs(n) {
			if err := spec.keyword(s, n, key, value); err != nil {
				s.Unread = append(s.Unread, fmt.Sprintf("line %d: %s: %v", value.Line, key, err))
			}
		}
		if spec.later {
			s.Keywords = slices.DeleteFunc(s.Keywords, func(k string) bool { return k == "nullable" })
		}
	case spec.later && n.ShortTag() == "!!bool":
		s.Never = n.Value != "true"
	default:
		s.Unread = append(s.Unread, fmt.Sprintf("line %d: not a schema", n.Line))
	}
	return s
}

// annotations lists the keys that affect no verdict. The rest are keywords, or unread.
var annotations = []string{
	"title", "description", "default", "example", "examples", "deprecated", "externalDocs", "xml", "$comment", "$schema", "$defs", "definitions",
	"contentMediaType", "contentEncoding", "contentSchema",
}

// keyword reads a keyword of a schema.
func (spec *Spec) keyword(s *Schema, n *yaml.Node, key string, value *yaml.Node) error {
	s.Encoded = s.Encoded || spec.later && key == "contentEncoding" && value.Value == "base64" && get(n, "format") == nil && get(n, "contentMediaType") == nil
	if key == "$id" || slices.Contains(annotations, key) || strings.HasPrefix(key, "x-") || key == "nullable" && spec.later {
		return nil
	}
	s.Keywords = append(s.Keywords, key)
	switch key {
	case "$ref": // Of 3.1, with keys beside it.
		s.Keywords = s.Keywords[:len(s.Keywords)-1]
		target, err := spec.document.find(value.Value)
		if err != nil {
			return err
		}
		s.AllOf = append(s.AllOf, spec.schema(target))
		return nil
	case "type", "nullable":
		return spec.types(s, n)
	case "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf":
		return spec.values(s, n, key, value)
	case "items", "prefixItems", "not", "allOf", "oneOf", "anyOf", "additionalProperties", "properties", "discriminator":
		return spec.subschemas(s, n, key, value)
	case "pattern":
		err := value.Decode(&s.Pattern)
		if err == nil {
			s.regexp, err = ECMA(s.Pattern)
		}
		return err
	}
	target := map[string]any{
		"format": &s.Format, "readOnly": &s.ReadOnly, "writeOnly": &s.WriteOnly, "required": &s.Required, "uniqueItems": &s.UniqueItems,
		"minLength": &s.MinLength, "maxLength": &s.MaxLength, "minItems": &s.MinItems, "maxItems": &s.MaxItems, "minProperties": &s.MinProperties, "maxProperties": &s.MaxProperties,
	}[key]
	if target == nil {
		return fmt.Errorf("not defined here")
	}
	return value.Decode(target)
}

// types reads type and nullable. Without a type, nullable has no meaning (OpenAPI 3.0.3,
// section 4.7.24.1).
func (spec *Spec) types(s *Schema, n *yaml.Node) error {
	value := get(n, "type")
	if value == nil {
		return nil
	}
	s.Types = nil
	if value.Kind == yaml.SequenceNode && spec.later {
		if err := value.Decode(&s.Types); err != nil {
			return err
		}
	} else {
		s.Types = []string{value.Value}
	}
	if word(n, "nullable") == "true" && !spec.later {
		s.Types = append(s.Types, "null")
	}
	for _, t := range s.Types {
		if kinds[t] == "" || t == "null" && !spec.later && word(n, "nullable") != "true" {
			return fmt.Errorf("%s is no type", t)
		}
	}
	return nil
}

// values reads keywords that have JSON values.
func (spec *Spec) values(s *Schema, n *yaml.Node, key string, value *yaml.Node) error {
	if key == "enum" {
		values := []*Value{}
		for _, v := range value.Content {
			values = append(values, fromYAML(v))
		}
		s.Enum = both(s.Enum, values)
		return nil
	}
	if key == "const" {
		if !spec.later {
			return fmt.Errorf("not in OpenAPI 3.0")
		}
		s.Enum = both(s.Enum, []*Value{fromYAML(value)})
		return nil
	}
	other := map[string]string{"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum", "minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}[key]
	if strings.HasPrefix(key, "exclusive") && value.ShortTag() == "!!bool" && !spec.later {
		return nil // It is read with the bound.
	}
	if number := fromYAML(value); number.Kind != '0' {
		return fmt.Errorf("not a number")
	}
	bound := Exact(value.Value)
	if !spec.later && word(n, other) == "true" {
		key = other
	}
	*map[string]**Decimal{
		"minimum": &s.Minimum, "maximum": &s.Maximum, "multipleOf": &s.MultipleOf,
		"exclusiveMinimum": &s.ExclusiveMinimum, "exclusiveMaximum": &s.ExclusiveMaximum,
	}[key] = &bound
	return nil
}

// both returns the values that are in two lists, of which the first may be nil.
func both(a, b []*Value) []*Value {
	if a == nil {
		return b
	}
	return slices.DeleteFunc(slices.Clone(b), func(v *Value) bool { return !slices.ContainsFunc(a, v.Equal) })
}

// subschemas reads keywords that have schemas.
func (spec *Spec) subschemas(s *Schema, n *yaml.Node, key string, value *yaml.Node) error {
	var list []*Schema
	if value.Kind == yaml.SequenceNode {
		for _, part := range value.Content {
			list = append(list, spec.schema(part))
		}
	}
	switch key {
	case "items":
		s.Items = spec.schema(value)
	case "prefixItems":
		if !spec.later {
			return fmt.Errorf("not in OpenAPI 3.0")
		}
		s.Prefix = list
	case "not":
		s.Not = spec.schema(value)
	case "allOf":
		s.AllOf = append(s.AllOf, list...)
	case "oneOf":
		s.OneOf = list
	case "anyOf":
		s.AnyOf = list
	case "properties":
		s.Properties = map[string]*Schema{}
		for name, p := range pairs(value) {
			s.Names = append(s.Names, name)
			s.Properties[name] = spec.schema(p)
		}
	case "additionalProperties":
		if value.Kind == yaml.MappingNode {
			s.Additional = spec.schema(value)
		} else {
			s.Closed = value.Value != "true"
		}
	case "discriminator":
		s.Discriminator = spec.discriminator(n, value)
	}
	return nil
}

// discriminator reads the alternatives by the values of the property. An alternative
// is named by the mapping, by its reference or the name of its component, and by the name
// of its component itself; an alternative without a reference has no name.
func (spec *Spec) discriminator(n, value *yaml.Node) *Discriminator {
	const components = "#/components/schemas/"
	d := &Discriminator{Property: word(value, "propertyName"), OneOf: map[string]*Schema{}, AnyOf: map[string]*Schema{}}
	for key, named := range map[string]map[string]*Schema{"oneOf": d.OneOf, "anyOf": d.AnyOf} {
		byRef := map[string]*Schema{}
		if list := get(n, key); list != nil {
			for _, part := range list.Content {
				if ref := word(part, "$ref"); ref != "" {
					byRef[ref] = spec.schema(part)
				}
			}
		}
		for ref, s := range byRef {
			if name, ok := strings.CutPrefix(ref, components); ok && !strings.Contains(name, "/") {
				named[name] = s
			}
		}
		for name, target := range pairs(get(value, "mapping")) {
			delete(named, name)
			if s := byRef[target.Value]; s != nil {
				named[name] = s
			} else if s := byRef[components+target.Value]; s != nil {
				named[name] = s
			}
		}
	}
	return d
}

// Flat returns the schemas that apply to the same values: s, and those in its allOf.
func (s *Schema) Flat() (all []*Schema) {
	seen := map[*Schema]bool{}
	var visit func(s *Schema)
	visit = func(s *Schema) {
		if seen[s] {
			return
		}
		seen[s] = true
		all = append(all, s)
		for _, part := range s.AllOf {
			visit(part)
		}
	}
	visit(s)
	return all
}

// Regexp returns the compiled pattern, or nil if there is none.
func (s *Schema) Regexp() *regexp.Regexp { return s.regexp }

// Nullable reports whether null has one of the types.
func (s *Schema) Nullable() bool { return s.Types == nil || slices.Contains(s.Types, "null") }

// visit calls do for a schema and all that it refers to.
func (s *Schema) visit(do func(*Schema)) {
	seen := map[*Schema]bool{}
	var visit func(s *Schema)
	visit = func(s *Schema) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		do(s)
		for _, list := range [][]*Schema{{s.Items, s.Additional, s.Not}, s.Prefix, s.AllOf, s.OneOf, s.AnyOf} {
			for _, child := range list {
				visit(child)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			visit(s.Properties[name])
		}
	}
	visit(s)
}

// AllKeywords returns the keywords of a schema and of those it refers to.
func (s *Schema) AllKeywords() map[string]bool {
	found := map[string]bool{}
	s.visit(func(s *Schema) {
		for _, k := range s.Keywords {
			found[k] = true
		}
	})
	return found
}

// AllUnread returns what this package does not define in a schema and in those it
// refers to.
func (s *Schema) AllUnread() (all []string) {
	s.visit(func(s *Schema) { all = append(all, s.Unread...) })
	return all
}
