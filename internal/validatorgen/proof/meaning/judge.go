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

func (f Fault) String() string {
	if f.Value == nil {
		return fmt.Sprintf("%s %s", f.Pointer, f.Rule)
	}
	return fmt.Sprintf("%s %s: %.100s", f.Pointer, f.Rule, f.Value)
}

// MaxDepth limits how deeply objects and arrays may be nested.
const MaxDepth = 100

// Verdict is what a judgement finds.
type Verdict struct {
	Faults []Fault
	Hidden []Fault // Those of alternatives, of not, oneOf and anyOf, whether or not they matter.
	// Narrow has what a decoder into oapi-codegen's types may reject besides: values of
	// other types where a schema without a type becomes a struct, a map or a slice, and
	// numbers that float32 does not hold.
	Narrow []Fault
}

// Valid reports whether there are no faults.
func (v Verdict) Valid() bool { return len(v.Faults) == 0 }

// Judge finds all faults of a text. A text that is not JSON has one fault.
func (s *Schema) Judge(text []byte) Verdict {
	j := newJudgement()
	j.text(s, text, place{pointer: "#"})
	return j.verdict()
}

// text judges a text in a place by a schema.
func (j *judgement) text(s *Schema, text []byte, at place) {
	v, err := Parse(text)
	if v == nil {
		j.fail(place{pointer: strings.TrimPrefix(at.pointer, "#")}, ErrSyntax.Error(), &Value{Kind: '"', Text: string(text)}, nil)
		return
	}
	j.value(s.Flat(), v, at)
	if errors.Is(err, ErrTrailing) {
		j.fail(at, ErrTrailing.Error(), v, nil)
	}
	for _, e := range []error{ErrUTF8, ErrSurrogate} {
		if errors.Is(err, e) {
			j.fail(place{pointer: strings.TrimPrefix(at.pointer, "#")}, e.Error(), v, nil)
		}
	}
}

// Accepts reports whether a value has no faults.
func (s *Schema) Accepts(v *Value) bool { return newJudgement().accepts(s, v, place{pointer: "#"}) }

// judgement collects faults. A judgement of alternatives has its own faults, and shares
// what is known about alternatives: otherwise nested alternatives would take time that is
// exponential in their depth.
type judgement struct {
	faults []Fault
	known  map[alternative]bool
	hidden *[]Fault
	narrow *[]Fault
}

type alternative struct {
	schema *Schema
	value  *Value
}

func newJudgement() *judgement {
	return &judgement{known: map[alternative]bool{}, hidden: new([]Fault), narrow: new([]Fault)}
}

func (j *judgement) verdict() Verdict { return Verdict{j.faults, *j.hidden, *j.narrow} }

// within returns a judgement of alternatives.
func (j *judgement) within() *judgement {
	return &judgement{known: j.known, hidden: j.hidden, narrow: j.narrow}
}

// accepts reports whether a value has no faults by an alternative.
func (j *judgement) accepts(s *Schema, v *Value, at place) bool {
	key := alternative{s, v}
	if verdict, ok := j.known[key]; ok {
		return verdict
	}
	j.known[key] = false // Of an alternative that leads back to itself.
	own := j.within()
	own.value(s.Flat(), v, at)
	*j.hidden = append(*j.hidden, own.faults...)
	j.known[key] = len(own.faults) == 0
	return j.known[key]
}

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
var kinds = map[string]string{"array": "[", "boolean": "tf", "integer": "0", "null": "n", "number": "0", "object": "{", "string": `"`}

// value judges a value by schemas, all of which apply to it.
func (j *judgement) value(schemas []*Schema, v *Value, at place) {
	if v.Kind == 'x' {
		j.reading(schemas, v, at)
		return
	}
	if v.Kind == 'b' {
		return
	}
	if (v.Kind == '[' || v.Kind == '{') && at.depth >= MaxDepth {
		j.fail(at, "depth", v, nil)
		return
	}
	for _, s := range schemas {
		if s.Never {
			j.fail(at, "false", v, s)
		}
		if s.Enum != nil && !slices.ContainsFunc(s.Enum, v.Equal) {
			j.fail(at, "enum", v, s)
		}
	}
	for _, s := range schemas {
		if !s.Nullable() && v.Kind == 'n' {
			j.fail(at, "nullable", v, s)
			return
		}
		if s.Types != nil && !slices.ContainsFunc(s.Types, func(t string) bool { return strings.Contains(kinds[t], string(v.Kind)) }) {
			j.fail(at, "type", v, s)
			return
		}
	}
	if untyped(schemas) && !strings.Contains(kinds[Shape(schemas)], string(v.Kind)) {
		*j.narrow = append(*j.narrow, Fault{at.pointer, "shape", v, nil})
	}
	for _, s := range schemas {
		j.alternatives(s, v, at)
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

// untyped reports whether schemas describe an object or array without saying so.
func untyped(schemas []*Schema) bool {
	shape := Shape(schemas)
	return (shape == "object" || shape == "array") && !slices.ContainsFunc(schemas, func(s *Schema) bool { return s.Types != nil })
}

// alternatives judges a value by not, oneOf and anyOf.
func (j *judgement) alternatives(s *Schema, v *Value, at place) {
	if s.Not != nil && j.accepts(s.Not, v, at) {
		j.fail(at, "not", v, s)
	}
	if s.Discriminator != nil && v.Kind == '{' {
		if s.OneOf != nil {
			j.named(s.Discriminator.OneOf, s, v, at)
		}
		if s.AnyOf != nil {
			j.named(s.Discriminator.AnyOf, s, v, at)
		}
		return
	}
	count := func(list []*Schema) (n int) {
		for _, part := range list {
			if j.accepts(part, v, at) {
				n++
			}
		}
		return n
	}
	if s.OneOf != nil && count(s.OneOf) != 1 {
		j.fail(at, "oneOf", v, s)
	}
	if s.AnyOf != nil && count(s.AnyOf) == 0 {
		j.fail(at, "anyOf", v, s)
	}
}

// named judges an object by the alternative that it names.
func (j *judgement) named(alternatives map[string]*Schema, s *Schema, v *Value, at place) {
	here := at.member(s.Discriminator.Property, true)
	name := v.Get(s.Discriminator.Property)
	switch {
	case name == nil:
		j.fail(here, "required", nil, s)
	case name.Kind != '"' || alternatives[name.Text] == nil:
		j.fail(here, "discriminator", name, s)
	default:
		j.value(alternatives[name.Text].Flat(), v, at)
	}
}

func (j *judgement) number(schemas []*Schema, v *Value, at place) {
	n := Exact(v.Text)
	integer, bits := false, 64
	for _, s := range schemas {
		whole := slices.Contains(s.Types, "integer") && !slices.Contains(s.Types, "number")
		integer = integer || whole
		if whole && s.Format == "int32" || slices.Contains(s.Types, "number") && s.Format == "float" {
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
	} else if _, err := strconv.ParseFloat(v.Text, 32); err != nil {
		*j.narrow = append(*j.narrow, Fault{at.pointer, "float32", v, nil})
	}
	for _, s := range schemas {
		compare := func(bound *Decimal) int {
			if integer {
				return n.Cmp(*bound)
			}
			return n.round().Cmp(bound.round())
		}
		if s.Minimum != nil && compare(s.Minimum) < 0 || s.ExclusiveMinimum != nil && compare(s.ExclusiveMinimum) <= 0 {
			j.fail(at, "minimum", v, s)
		}
		if s.Maximum != nil && compare(s.Maximum) > 0 || s.ExclusiveMaximum != nil && compare(s.ExclusiveMaximum) >= 0 {
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
		if s.Encoded && !isBase64(v.Text) {
			*j.narrow = append(*j.narrow, Fault{at.pointer, "base64", v, s})
		}
	}
}

func (j *judgement) array(schemas []*Schema, v *Value, at place) {
	for _, s := range schemas {
		if len(v.Items) < s.MinItems {
			j.fail(at, "minItems", v, s)
		}
		if s.MaxItems != nil && len(v.Items) > *s.MaxItems {
			j.fail(at, "maxItems", v, s)
		}
		if s.UniqueItems {
			seen := map[string]bool{}
			for i, item := range v.Items {
				seen[spelled(ItemSchemas(schemas, i), item).canonical()] = true
			}
			if len(seen) < len(v.Items) {
				j.fail(at, "uniqueItems", v, s)
			}
		}
	}
	for i, item := range v.Items {
		j.value(ItemSchemas(schemas, i), item, at.item(i))
	}
}

// ItemSchemas returns the schemas that apply to an item of an array.
func ItemSchemas(schemas []*Schema, i int) (item []*Schema) {
	for _, s := range schemas {
		if i < len(s.Prefix) {
			item = append(item, s.Prefix[i].Flat()...)
		} else if s.Items != nil {
			item = append(item, s.Items.Flat()...)
		}
	}
	return item
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
