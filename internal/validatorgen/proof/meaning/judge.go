package meaning

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Fault is a place at which a text violates a rule.
type Fault struct {
	Pointer string  // As generated validators report it: see place. Empty if the text is malformed.
	Rule    string  // The keyword, or another rule.
	Value   *Value  // The value that violates it; nil if a value is missing.
	Schema  *Schema // The schema that has the keyword; nil for other rules.
}

// MaxDepth limits how deeply objects and arrays may be nested.
const MaxDepth = 100

// Judge returns all faults of a text. A text that is not JSON has one fault.
func (s *Schema) Judge(text []byte) []Fault {
	v, err := Parse(text)
	if v == nil {
		return []Fault{{Rule: ErrSyntax.Error()}}
	}
	j := &judgement{}
	j.value(s.Flat(), v, place{pointer: "#"})
	if errors.Is(err, ErrTrailing) {
		j.fail(place{pointer: "#"}, ErrTrailing.Error(), v, nil)
	}
	for _, e := range []error{ErrUTF8, ErrSurrogate} {
		if errors.Is(err, e) {
			j.fail(place{}, e.Error(), v, nil)
		}
	}
	return j.faults
}

// Accepts reports whether a value has no faults.
func (s *Schema) Accepts(v *Value) bool {
	j := &judgement{}
	j.value(s.Flat(), v, place{pointer: "#"})
	return len(j.faults) == 0
}

type judgement struct{ faults []Fault }

// place is the place of a value. Its pointer ends before the first name that no schema
// has and that is not safe to repeat.
type place struct {
	pointer string
	hidden  bool
	depth   int // How many objects and arrays contain the value.
}

func (p place) item(i int) place { return p.step(strconv.Itoa(i), true) }

// member returns the place of a member of the object; known says whether a schema names
// it.
func (p place) member(name string, known bool) place {
	ok := known || len(name) > 0 && len(name) <= 64 && strings.Trim(name, letters+digits+"_.-") == ""
	return p.step(name, ok)
}

func (p place) step(token string, show bool) place {
	p.depth++
	if p.hidden = p.hidden || !show; !p.hidden {
		p.pointer += "/" + fragment(token)
	}
	return p
}

// fragment returns a name as a token of a JSON Pointer in a URI fragment (RFC 6901,
// sections 3 and 6; RFC 3986, section 3.5).
func fragment(token string) string {
	var b strings.Builder
	for _, c := range []byte(strings.NewReplacer("~", "~0", "/", "~1").Replace(token)) {
		if strings.IndexByte(letters+digits+"-._~!$&'()*+,;=:@?", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func (j *judgement) fail(at place, rule string, v *Value, s *Schema) {
	j.faults = append(j.faults, Fault{at.pointer, rule, v, s})
}

// kinds has the kinds of values of each type.
var kinds = map[string]string{"array": "[", "boolean": "tf", "integer": "0", "number": "0", "object": "{", "string": `"`}

// value judges a value by schemas, all of which apply to it.
func (j *judgement) value(schemas []*Schema, v *Value, at place) {
	if (v.Kind == '[' || v.Kind == '{') && at.depth >= MaxDepth {
		j.fail(at, "depth", v, nil)
		return
	}
	for _, s := range schemas {
		if s.Enum != nil && !slices.ContainsFunc(s.Enum, v.Equal) {
			j.fail(at, "enum", v, s)
		}
	}
	for _, s := range schemas {
		switch {
		case s.Type == "" || v.Kind == 'n' && s.Nullable:
		case v.Kind == 'n':
			j.fail(at, "nullable", v, s)
			return
		case !strings.Contains(kinds[s.Type], string(v.Kind)):
			j.fail(at, "type", v, s)
			return
		}
	}
	switch v.Kind {
	case '0':
		j.number(schemas, v, at)
	case '"':
		j.string(schemas, v, at)
	case '[':
		j.array(schemas, v, at)
	case '{':
		j.object(schemas, v, at)
	}
}

func (j *judgement) number(schemas []*Schema, v *Value, at place) {
	n := Exact(v.Text)
	integer, bits := false, 64
	for _, s := range schemas {
		integer = integer || s.Type == "integer"
		if s.Type == "integer" && s.Format == "int32" || s.Type == "number" && s.Format == "float" {
			bits = 32
		}
	}
	if integer {
		limit := Exact(new(big.Int).Lsh(big.NewInt(1), uint(bits-1)).String())
		least := limit
		least.Sign = -1
		if !n.IsInteger() {
			j.fail(at, "type", v, nil)
		} else if n.Cmp(least) < 0 || n.Cmp(limit) >= 0 {
			j.fail(at, "range", v, nil)
		}
	} else if _, err := strconv.ParseFloat(v.Text, bits); err != nil {
		j.fail(at, "range", v, nil)
	}
	for _, s := range schemas {
		compare := func(bound *Decimal) int {
			if integer {
				return n.Cmp(*bound)
			}
			return n.round().Cmp(bound.round())
		}
		if s.Minimum != nil && (compare(s.Minimum) < 0 || s.ExclusiveMinimum && compare(s.Minimum) == 0) {
			j.fail(at, "minimum", v, s)
		}
		if s.Maximum != nil && (compare(s.Maximum) > 0 || s.ExclusiveMaximum && compare(s.Maximum) == 0) {
			j.fail(at, "maximum", v, s)
		}
		if s.MultipleOf != nil && !n.IsMultipleOf(*s.MultipleOf) {
			j.fail(at, "multipleOf", v, s)
		}
	}
}

func (j *judgement) string(schemas []*Schema, v *Value, at place) {
	n := utf8.RuneCountInString(v.Text)
	for _, s := range schemas {
		if n < s.MinLength {
			j.fail(at, "minLength", v, s)
		}
		if s.MaxLength != nil && n > *s.MaxLength {
			j.fail(at, "maxLength", v, s)
		}
		if s.regexp != nil && !s.regexp.MatchString(v.Text) {
			j.fail(at, "pattern", v, s)
		}
		if is := Formats[s.Format]; is != nil && !is(v.Text) {
			j.fail(at, "format", v, s)
		}
	}
}

func (j *judgement) array(schemas []*Schema, v *Value, at place) {
	var items []*Schema
	for _, s := range schemas {
		if s.Items != nil {
			items = append(items, s.Items.Flat()...)
		}
		if len(v.Items) < s.MinItems {
			j.fail(at, "minItems", v, s)
		}
		if s.MaxItems != nil && len(v.Items) > *s.MaxItems {
			j.fail(at, "maxItems", v, s)
		}
		if s.UniqueItems {
			seen := map[string]bool{}
			for _, item := range v.Items {
				seen[item.canonical()] = true
			}
			if len(seen) < len(v.Items) {
				j.fail(at, "uniqueItems", v, s)
			}
		}
	}
	for i, item := range v.Items {
		j.value(items, item, at.item(i))
	}
}

func (j *judgement) object(schemas []*Schema, v *Value, at place) {
	seen := map[string]bool{}
	for _, m := range v.Members {
		member, known, allowed := PropertySchemas(schemas, m.Name)
		here := at.member(m.Name, known)
		switch {
		case !allowed:
			j.fail(here, "additionalProperties", m.Value, nil)
		case seen[m.Name]:
			j.fail(here, "duplicate name", m.Value, nil)
		case slices.ContainsFunc(member, func(s *Schema) bool { return s.ReadOnly }):
			j.fail(here, "readOnly", m.Value, nil)
		default:
			j.value(member, m.Value, here)
		}
		seen[m.Name] = true
	}
	for _, s := range schemas {
		if len(v.Members) < s.MinProperties {
			j.fail(at, "minProperties", v, s)
		}
		if s.MaxProperties != nil && len(v.Members) > *s.MaxProperties {
			j.fail(at, "maxProperties", v, s)
		}
		for _, name := range s.Required {
			member, _, _ := PropertySchemas(schemas, name)
			if !seen[name] && !slices.ContainsFunc(member, func(s *Schema) bool { return s.ReadOnly }) {
				j.fail(at.member(name, true), "required", nil, s)
			}
		}
	}
}

// PropertySchemas returns the schemas that apply to the member of a name, whether a
// schema has the name, in properties or required, and whether the member is allowed.
func PropertySchemas(schemas []*Schema, name string) (member []*Schema, known, allowed bool) {
	allowed = true
	for _, s := range schemas {
		p, ok := s.Properties[name]
		known = known || ok || slices.Contains(s.Required, name)
		switch {
		case ok:
			member = append(member, p.Flat()...)
		case s.Additional != nil:
			member = append(member, s.Additional.Flat()...)
		case s.Closed:
			allowed = false
		}
	}
	return member, known, allowed
}
