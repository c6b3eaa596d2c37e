package plan

import (
	"fmt"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"example.com/tasks/internal/validatorgen/spec"
	"example.com/tasks/internal/validatorgen/target"
)

// rules are schemas that all apply to the same value: one, and those in its allOf.
type rules []*spec.Schema

// rules resolves references and flattens allOf. A schema that is there twice applies
// once.
func (p *planner) rules(n *spec.Node) (rs rules) {
	p.flatten(n, &rs)
	return rs
}

func (p *planner) flatten(n *spec.Node, rs *rules) {
	s, problem := p.Schema(n)
	if problem != nil {
		p.unit.problems = append(p.unit.problems, problem)
		s = &spec.Schema{Node: &spec.Node{Kind: spec.Map, At: n.At, Line: n.Line}}
	}
	same := func(other *spec.Schema) bool { return other.At == s.At }
	if slices.ContainsFunc(p.inside, same) {
		p.stop(s.Node, "allOf leads back to the schema itself")
		return
	}
	for _, ignored := range s.Ignored {
		p.note(ignored, "OpenAPI 3.0 ignores what stands beside $ref: use allOf to add to a schema")
	}
	if slices.ContainsFunc(*rs, same) {
		return
	}
	p.unit.problems = append(p.unit.problems, s.Problems...)
	*rs = append(*rs, s)
	if allOf := s.Get("allOf"); allOf != nil {
		p.inside = append(p.inside, s)
		for _, part := range allOf.Items {
			p.flatten(part, rs)
		}
		p.inside = p.inside[:len(p.inside)-1]
	}
}

// types returns the types that all schemas allow, or nil if that is any. Integers are
// numbers.
func (p *planner) types(rs rules) (allowed []string) {
	for _, s := range rs {
		if s.Types == nil {
			continue
		}
		var both []string
		for _, name := range s.Types {
			switch {
			case allowed == nil, slices.Contains(allowed, name), name == "integer" && slices.Contains(allowed, "number"):
				both = append(both, name)
			case name == "number" && slices.Contains(allowed, "integer"):
				both = append(both, "integer")
			}
		}
		if len(both) == 0 {
			p.stop(s.Node, "no value is both %s and %s", strings.Join(allowed, " or "), strings.Join(s.Types, " or "))
			return allowed
		}
		allowed = both
	}
	return slices.DeleteFunc(allowed, func(name string) bool { return name == "integer" && slices.Contains(allowed, "number") })
}

// kind returns the type of the values but null, or "" if they may be of several types. If
// the schemas do not say, a Go type that holds one type alone decides. t may be nil.
func (p *planner) kind(rs rules, t types.Type) string {
	allowed := p.types(rs)
	some := slices.DeleteFunc(slices.Clone(allowed), func(name string) bool { return name == "null" })
	switch {
	case len(some) == 1:
		return some[0]
	case allowed != nil && t != nil && target.IsAny(t):
		return ""
	case len(some) > 1:
		p.stop(rs[0].Node, "values of several types, %s, are not handled: make an operation or a member of each", strings.Join(some, ", "))
		return some[0]
	case allowed != nil:
		p.stop(rs[0].Node, "a value that is always null is not handled: leave it out")
	}
	if kind := implied(rs, t); kind != "" {
		p.note(rs[0].Node, "the schema has no type, so that OpenAPI allows values of every type, but oapi-codegen's type holds none but one: only an %s is accepted", kind)
		return kind
	}
	return ""
}

// implied returns the type of the values that t holds, of a schema with keywords for
// that type alone, or "".
func implied(rs rules, t types.Type) string {
	if t == nil {
		return ""
	}
	t, _ = target.Element(t)
	kind := ""
	switch t.Underlying().(type) {
	case *types.Struct, *types.Map:
		kind = "object"
	case *types.Slice:
		kind = "array"
	}
	for _, s := range rs {
		if kind != "" && slices.ContainsFunc(s.Names, func(key string) bool { return keywords[key].kind == kind }) {
			return kind
		}
	}
	return ""
}

// audit stops at keys that nothing handles, so that no rule is ignored, and reports
// whether there are none. More are keys that the caller handles. It notes keywords that
// say nothing about values of the kind.
func (p *planner) audit(rs rules, kind string, more ...string) (handled bool) {
	handled = true
	for _, s := range rs {
		for _, key := range s.Names {
			k, known := keywords[key]
			switch {
			case spec.IsAnnotation(key), slices.Contains(more, key):
			case !known:
				handled = false
				p.unhandled(s.Get(key), key)
			case k.kind != "" && kind != "" && k.kind != numeric(kind) && (key != "format" || kind == "boolean" || kind == "array" || kind == "object"):
				p.note(s.Get(key), "%s says nothing about %s", key, plural[kind])
			}
		}
	}
	return handled
}

var plural = map[string]string{"array": "arrays", "boolean": "booleans", "integer": "integers", "number": "numbers", "object": "objects", "string": "strings"}

// unhandled stops at a key that is not handled.
func (p *planner) unhandled(n *spec.Node, key string) {
	advice := instead[key]
	if advice == "" {
		advice = "express it otherwise, or remove it if it says nothing"
	}
	p.stop(n, "%s is not handled here, and must not be ignored: %s", key, advice)
}

// instead says what to do instead of using a key that is not handled.
var instead = map[string]string{
	"oneOf":                 "make a parameter of each alternative",
	"anyOf":                 "make a parameter of each alternative",
	"not":                   "say what is allowed, by enum, pattern or bounds",
	"nullable":              "write type: [..., 'null']",
	"prefixItems":           "make an object of the array, with a member for each item",
	"if":                    "make an alternative of each case, with oneOf",
	"dependentRequired":     "make an alternative of each case, with oneOf",
	"dependentSchemas":      "make an alternative of each case, with oneOf",
	"patternProperties":     "use additionalProperties",
	"unevaluatedProperties": "use additionalProperties in each alternative",
}

// keys stops at members of a node that are neither known nor annotations, nor turned off.
func (p *planner) keys(n *spec.Node, known ...string) {
	for _, key := range n.Names {
		off := n.Get(key).Kind == spec.Bool && !n.True(key)
		if !slices.Contains(known, key) && !spec.IsAnnotation(key) && !off {
			p.unhandled(n.Get(key), key)
		}
	}
}

// numeric returns the kind for which keywords lists those of a kind.
func numeric(kind string) string {
	if kind == "integer" {
		return "number"
	}
	return kind
}

// nullable reports whether null is valid, of values that have a type or alternatives. It
// notes where a user may expect that, and OpenAPI does not say so.
func (p *planner) nullable(rs rules) bool {
	nullable := (rs.typed() || len(rs.choices()) > 0) && p.admitsNull(rs)
	if len(rs) > 0 && rs[0].True("nullable") && !nullable {
		p.note(rs[0].Get("nullable"), "nullable does not allow null here: it must stand beside type, in each schema of an allOf, and an enum must have null")
	}
	return nullable
}

// readOnly reports whether the value is forbidden in requests.
func (rs rules) readOnly() bool {
	return slices.ContainsFunc(rs, func(s *spec.Schema) bool { return s.True("readOnly") })
}

// typed reports whether the schemas say of which type values are.
func (rs rules) typed() bool {
	return slices.ContainsFunc(rs, func(s *spec.Schema) bool { return s.Types != nil })
}

// has reports whether any of the schemas has any of the keywords.
func (rs rules) has(keywords ...string) bool {
	return slices.ContainsFunc(rs, func(s *spec.Schema) bool { return s.Has(keywords...) })
}

// component returns the component that the rules consist of, apart from schemas that
// only wrap it, and whether there is one.
func (rs rules) component() (*spec.Schema, bool) {
	rest := slices.DeleteFunc(slices.Clone(rs), func(s *spec.Schema) bool {
		return s.Has("allOf") && !slices.ContainsFunc(s.Names, func(key string) bool { return key != "allOf" && !spec.IsAnnotation(key) })
	})
	if len(rest) != 1 || rest[0].Name == "" {
		return nil, false
	}
	return rest[0], true
}

// key returns a string that equal rules share.
func (rs rules) key() string {
	if c, ok := rs.component(); ok {
		return c.At
	}
	var key strings.Builder
	for _, s := range rs {
		fmt.Fprintf(&key, "%s ", s.At)
	}
	return key.String()
}

// title returns the name of the component, or else that of what has the schema.
func (rs rules) title() string {
	if rs[0].Name != "" {
		return rs[0].Name
	}
	tokens := strings.Split(rs[0].At, "/")
	for i := len(tokens) - 1; i > 0; i-- {
		if tokens[i-1] == "content" {
			return "the body"
		}
		if _, err := strconv.Atoi(tokens[i]); err != nil && tokens[i] != "schema" && tokens[i] != "items" {
			return strings.NewReplacer("~1", "/", "~0", "~").Replace(tokens[i])
		}
	}
	return rs[0].At
}

// goName returns the Go name of a schema: that of oapi-codegen's type if it has one.
func (p *planner) goName(rs rules) string {
	name := target.Letters(rs.title())
	if name == "" {
		return "Value"
	}
	if t, ok := p.pkg.TypeLike(name, ""); ok {
		return t
	}
	return target.UpperFirst(name)
}

// format returns the format of the values, or "" if they have none of the known ones.
// An unknown format is an annotation, which format notes.
func (p *planner) format(rs rules, known ...string) string {
	found := ""
	for _, s := range rs {
		f := s.Get("format")
		switch {
		case f == nil || f.Text == "" || f.Text == "binary": // Which allows everything.
		case !slices.Contains(known, f.Text):
			p.note(f, "the format %s is not checked: only %s are", f.Text, strings.Join(known, ", "))
		case found != "" && found != f.Text:
			p.stop(f, "a value can't be both %s and %s", found, f.Text)
		default:
			found = f.Text
		}
	}
	return found
}

// items returns the schemas that apply to the items of an array.
func (p *planner) items(rs rules) (items rules) {
	for _, s := range rs {
		if n := s.Get("items"); n != nil {
			p.flatten(n, &items)
		}
	}
	return items
}

// property returns the schemas that apply to the member of a name, and whether the
// member is allowed.
func (p *planner) property(rs rules, name string) (found rules, allowed bool) {
	return p.described(rs, func(s *spec.Schema) *spec.Node { return s.Get("properties").Get(name) })
}

// others is property for the members that no schema names.
func (p *planner) others(rs rules) (found rules, allowed bool) {
	return p.described(rs, func(*spec.Schema) *spec.Node { return nil })
}

// described is property for a member that a schema may have a property for.
func (p *planner) described(rs rules, propertyOf func(*spec.Schema) *spec.Node) (found rules, allowed bool) {
	allowed = true
	for _, s := range rs {
		property, more := propertyOf(s), s.Get("additionalProperties")
		switch {
		case property != nil:
			p.flatten(property, &found)
		case more != nil && more.Kind == spec.Map:
			p.flatten(more, &found)
		case more != nil && more.Text == "false":
			allowed = false
		}
	}
	return found, allowed
}

// names returns the names of properties, and of required members that are not
// properties, in the order of the schemas.
func (rs rules) names() (names []string) {
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, s := range rs {
		if properties := s.Get("properties"); properties != nil {
			for _, name := range properties.Names {
				add(name)
			}
		}
		if required := s.Get("required"); required != nil {
			for _, n := range required.Items {
				add(n.Text)
			}
		}
	}
	return names
}

// requires reports whether a member is required.
func (rs rules) requires(name string) bool {
	return slices.ContainsFunc(rs, func(s *spec.Schema) bool {
		required := s.Get("required")
		return required != nil && slices.ContainsFunc(required.Items, func(n *spec.Node) bool { return n.Text == name })
	})
}
