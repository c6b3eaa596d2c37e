package plan

import (
	"go/types"
	"slices"
	"strconv"
	"strings"

	"example.com/tasks/internal/validatorgen/spec"
	"example.com/tasks/internal/validatorgen/target"
)

// choice is a oneOf, anyOf or not in a schema.
type choice struct {
	*spec.Schema
	rule  string
	items []*spec.Node
}

// choices returns those of the schemas.
func (rs rules) choices() (all []choice) {
	for _, s := range rs {
		for _, rule := range []string{"oneOf", "anyOf"} {
			if n := s.Get(rule); n != nil {
				all = append(all, choice{s, rule, n.Items})
			}
		}
		if n := s.Get("not"); n != nil {
			all = append(all, choice{s, "not", []*spec.Node{n}})
		}
	}
	return all
}

// discriminator returns the name of the member that names the alternative, or "".
func (c choice) discriminator() string {
	if c.rule == "not" {
		return ""
	}
	return c.Get("discriminator").String("propertyName")
}

// union plans what alternatives a value has to agree with, besides what rest plans. That
// is nil if oapi-codegen's type keeps no more than the text.
func (p *planner) union(rs rules, rest Value, t types.Type) Value {
	element, _ := target.Element(t)
	v := &Union{Base: Base{Place: p.place(t)}, Rest: rest, Keep: target.IsUnion(element)}
	name, named := p.pkg.Named(element)
	for _, c := range rs.choices() {
		planned := Choice{Rule: c.rule, Discriminator: c.discriminator()}
		for i, item := range c.items {
			inline := ""
			if named {
				inline = name + strconv.Itoa(i)
			}
			planned.Alternatives = append(planned.Alternatives, p.alternative(c, item, inline))
		}
		v.Choices = append(v.Choices, planned)
	}
	return v
}

// alternative plans an alternative. Its values are read into oapi-codegen's type for it,
// as the handler will do, unless it is one of parts, which have none. Inline names the type
// of an alternative that is not a component.
func (p *planner) alternative(c choice, item *spec.Node, inline string) Alternative {
	rs := p.rules(item)
	name := inline
	if s, ok := rs.component(); ok {
		name = s.Name
	}
	t := anyType
	if goName, ok := p.pkg.TypeLike(name, ""); ok && name != "" && c.rule != "not" && !p.inParts {
		t = p.pkg.Lookup(goName)
	}
	a := Alternative{Title: p.describe(c, rs), Kinds: kinds(p.types(rs)), Names: c.names(item), Value: p.value(rs, t)}
	if a.Names == nil && c.discriminator() != "" && (a.Kinds == "" || strings.Contains(a.Kinds, "{")) {
		p.note(item, "no value of the discriminator names this alternative: make it a component")
	}
	return a
}

// names returns the values of the discriminator that name an alternative: those that the
// mapping has for it, and the name of its component.
func (c choice) names(item *spec.Node) (names []string) {
	const components = "#/components/schemas/"
	ref := item.String("$ref")
	if c.discriminator() == "" || ref == "" {
		return nil
	}
	mapping := c.Get("discriminator").Get("mapping")
	if mapping != nil {
		names = slices.DeleteFunc(slices.Clone(mapping.Names), func(name string) bool {
			to := mapping.String(name)
			return to != ref && components+to != ref
		})
	}
	if name, ok := strings.CutPrefix(ref, components); ok && mapping.Get(name) == nil {
		names = append(names, name)
	}
	return names
}

// describe returns words for the values of an alternative, as they follow "must be".
func (p *planner) describe(c choice, rs rules) string {
	words := "an alternative"
	if allowed := p.types(rs); allowed != nil {
		words = oneOfTypes(allowed)
	}
	required := slices.DeleteFunc(rs.names(), func(name string) bool { return !rs.requires(name) })
	s, ok := rs.component()
	switch {
	case ok:
		return s.Name
	case rs[0].String("title") != "":
		return rs[0].String("title")
	case c.rule == "not":
		return "what the schema forbids"
	case len(required) > 0:
		return words + " with " + strings.Join(required, " and ")
	}
	return words
}

// oneOfTypes returns types of values as a list: "a string or null".
func oneOfTypes(names []string) string {
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = map[string]string{"array": "an array", "integer": "an integer", "null": "null", "object": "an object"}[name]
		if words[i] == "" {
			words[i] = "a " + name
		}
	}
	return strings.Join(words, " or ")
}

// kinds returns what the texts of values of types begin with, as jsontext.Kind has it; ""
// if they may be of any type.
func kinds(names []string) (kinds string) {
	for _, name := range names {
		kinds += map[string]string{"array": "[", "boolean": "tf", "integer": "0", "null": "n", "number": "0", "object": "{", "string": `"`}[name]
	}
	return kinds
}

// orNull returns the schemas that apply to values but null, if that is all that a choice
// says: either a schema, or null. Oapi-codegen has the type of that schema for it.
func (p *planner) orNull(rs rules) (rules, bool) {
	choices := rs.choices()
	if len(choices) != 1 || choices[0].rule == "not" || choices[0].discriminator() != "" || rs.says("oneOf", "anyOf") {
		return nil, false
	}
	var others []rules
	for _, item := range choices[0].items {
		if part := p.rules(item); !slices.Equal(p.types(part), []string{"null"}) {
			others = append(others, part)
		}
	}
	if len(others) != 1 || len(choices[0].items) < 2 {
		return nil, false
	}
	return others[0], true
}

// says reports whether the schemas have keywords that say what is valid, besides some.
func (rs rules) says(besides ...string) bool {
	return slices.ContainsFunc(rs, func(s *spec.Schema) bool {
		return slices.ContainsFunc(s.Names, func(key string) bool {
			return !spec.IsAnnotation(key) && !slices.Contains(annotating, key) && !slices.Contains(besides, key)
		})
	})
}

// annotating lists keywords that do not say what is valid by themselves.
var annotating = []string{"allOf", "default", "discriminator", "nullable", "readOnly", "writeOnly"}

// objects reports whether the alternatives allow nothing but objects, so that no type
// has to say so.
func (p *planner) objects(rs rules) bool {
	return slices.ContainsFunc(rs.choices(), func(c choice) bool {
		return c.rule != "not" && !slices.ContainsFunc(c.items, func(item *spec.Node) bool { return !slices.Equal(p.types(p.rules(item)), []string{"object"}) })
	})
}

// choose records that choices are asked for something, until the function that it returns
// is called.
func (p *planner) choose(rs rules) (done func()) {
	p.chosen = append(p.chosen, rs.key())
	return func() { p.chosen = p.chosen[:len(p.chosen)-1] }
}

// admitsNull reports whether null is valid.
func (p *planner) admitsNull(rs rules) bool {
	for _, s := range rs {
		if s.Types != nil && !slices.Contains(s.Types, "null") {
			return false
		}
		if s.Has("enum") && !slices.ContainsFunc(s.Get("enum").Items, func(n *spec.Node) bool { return n.Kind == spec.Null }) {
			return false
		}
	}
	if slices.Contains(p.chosen, rs.key()) {
		p.stop(rs[0].Node, "an alternative leads back to the schema itself")
		return false
	}
	defer p.choose(rs)()
	for _, c := range rs.choices() {
		agree := 0
		for _, item := range c.items {
			if p.admitsNull(p.rules(item)) {
				agree++
			}
		}
		if c.rule == "not" && agree > 0 || c.rule != "not" && agree == 0 || c.rule == "oneOf" && agree > 1 {
			return false
		}
	}
	return true
}
