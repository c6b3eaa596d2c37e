package plan

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"example.com/tasks/internal/validatorgen/pattern"
	"example.com/tasks/internal/validatorgen/spec"
)

// keyword says to which values a keyword of schemas applies, and how it is checked.
type keyword struct {
	kind string // The type of the values, with number for integer; "" for all.
	// check returns the check of a value that was read, and whether there is one. Nil if
	// the keyword says how to read the value.
	check func(p *planner, s *spec.Schema, n *spec.Node, r Read) (Check, bool)
}

var keywords map[string]keyword

// checked lists the keywords with checks in the order in which they are checked.
var checked = []string{
	"minLength", "maxLength", "pattern", "enum", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf",
	"minItems", "maxItems", "minProperties", "maxProperties",
}

func init() { // Not at once, since the functions use keywords.
	keywords = map[string]keyword{
		"type": {}, "nullable": {}, "allOf": {}, "default": {}, "readOnly": {}, "writeOnly": {},
		"discriminator": {}, "contentEncoding": {}, "contentMediaType": {}, "contentSchema": {},
		"enum":             {"", (*planner).stringEnum},
		"format":           {"string", nil}, // Of numbers, too.
		"minLength":        {"string", limits("length", "minLength", "maxLength")},
		"maxLength":        {"string", limits("length", "minLength", "maxLength")},
		"pattern":          {"string", (*planner).pattern},
		"minimum":          {"number", bound("atLeast", "atLeast")},
		"maximum":          {"number", bound("atMost", "atMost")},
		"exclusiveMinimum": {"number", bound("moreThan", "atLeast")},
		"exclusiveMaximum": {"number", bound("lessThan", "atMost")},
		"multipleOf":       {"number", (*planner).multipleOf},
		"items":            {"array", nil},
		"minItems":         {"array", limits("parts", "minItems", "maxItems", `"items"`)},
		"maxItems":         {"array", limits("parts", "minItems", "maxItems", `"items"`)},
		"uniqueItems":      {"array", nil},
		"properties":       {"object", nil}, "required": {"object", nil}, "additionalProperties": {"object", nil},
		"minProperties": {"object", limits("parts", "minProperties", "maxProperties", `"members"`)},
		"maxProperties": {"object", limits("parts", "minProperties", "maxProperties", `"members"`)},
	}
}

// checks returns the checks of the values of a kind, which are read as r.
func (p *planner) checks(kind string, rs rules, r Read) (all []Check) {
	for _, s := range rs {
		for _, name := range checked {
			k := keywords[name]
			n := s.Get(name)
			if n == nil || k.kind != "" && k.kind != numeric(kind) {
				continue
			}
			if c, ok := k.check(p, s, n, r); ok {
				all = append(all, c)
			}
		}
	}
	return all
}

// shared returns checks, as one call of a function if all uses of a component share them.
func (p *planner) shared(kind string, rs rules, r Read) []Check {
	c, ok := rs.component()
	if !ok || !rs.typed() {
		return p.checks(kind, rs, r)
	}
	if !slices.ContainsFunc(checked, func(k string) bool {
		return rs.has(k) && (keywords[k].kind == numeric(kind) || k == "enum" && kind == "string")
	}) {
		return nil
	}
	name := p.declare("check"+p.goName(rs), rs.key()+" "+r.Type, func(name string) (*unit, func()) {
		f := &Checker{Name: name, Title: c.Name, Read: r}
		p.plan.Checkers = append(p.plan.Checkers, f)
		return &f.unit, func() { f.Checks = p.checks(kind, rs, r) }
	})
	return []Check{{Func: name}}
}

// limits returns a check of a number of parts, by a least and a most one. Of both
// keywords, that which stands first in checked makes the check.
func limits(function, least, most string, args ...string) func(*planner, *spec.Schema, *spec.Node, Read) (Check, bool) {
	return func(_ *planner, s *spec.Schema, n *spec.Node, _ Read) (Check, bool) {
		if n != s.Get(least) && s.Has(least) {
			return Check{}, false
		}
		return Check{Func: function, Args: append([]string{limit(s.Get(least), "0"), limit(s.Get(most), "math.MaxInt")}, args...)}, true
	}
}

// limit returns a number of parts as Go source.
func limit(n *spec.Node, without string) string {
	r, ok := n.Rat()
	if !ok {
		return without
	}
	if r.Cmp(new(big.Rat).SetInt64(math.MaxInt32)) > 0 {
		return "math.MaxInt"
	}
	return r.Num().String()
}

// bound returns the check of a bound. For integers, a bound with a fraction is rounded
// inwards and then is inclusive, and one beyond an int64 needs no check.
func bound(function, inclusive string) func(*planner, *spec.Schema, *spec.Node, Read) (Check, bool) {
	return func(p *planner, _ *spec.Schema, n *spec.Node, r Read) (Check, bool) {
		exact, ok := n.Rat()
		if !ok {
			return Check{}, false // The schema has this problem.
		}
		if r.Type == "number" {
			f, _ := exact.Float64()
			return Check{function, ".float", []string{strconv.FormatFloat(f, 'g', -1, 64)}}, true
		}
		lower, name := inclusive == "atLeast", function
		limit := new(big.Int).Div(exact.Num(), exact.Denom()) // Rounded down.
		if !exact.IsInt() {
			name = inclusive
			if lower {
				limit.Add(limit, big.NewInt(1))
			}
		}
		if limit.IsInt64() {
			return Check{name, "", []string{limit.String()}}, true
		}
		if (limit.Sign() > 0) == lower {
			p.stop(n, "no integer of 64 bits is that large or small")
		}
		return Check{}, false
	}
}

func (p *planner) multipleOf(_ *spec.Schema, n *spec.Node, r Read) (Check, bool) {
	digits, _, _ := strings.Cut(n.Text, "e")
	if len(strings.Trim(strings.Replace(digits, ".", "", 1), "0")) > 18 {
		p.stop(n, "a unit of more than 18 digits is not handled")
	}
	unit := []string{strconv.Quote(n.Text)}
	if r.Type == "int64" {
		return Check{"multipleInt", "", unit}, true
	}
	return Check{"multiple", ".text", unit}, true
}

func (p *planner) stringEnum(_ *spec.Schema, n *spec.Node, r Read) (Check, bool) {
	if r.Type != "string" {
		return Check{}, false // See enums.
	}
	var values []string
	for _, v := range n.Items {
		if v.Kind == spec.String {
			values = append(values, v.Text)
		}
	}
	return Check{"oneOf", "", quoted(values)}, true
}

func (p *planner) pattern(s *spec.Schema, n *spec.Node, _ Read) (Check, bool) {
	translated, err := pattern.Translate(n.Text)
	if err != nil {
		p.stop(n, "the pattern can't be written as Go's: %v", err)
		return Check{}, false
	}
	message := "must match " + n.Text
	if m := s.String("x-pattern-message"); m != "" {
		message = m
	}
	all, simple := pattern.Runs(translated)
	name := p.declare("pattern"+p.goName(rules{s}), translated, func(name string) (*unit, func()) {
		v := &Pattern{Name: name, Source: n.Text, Regexp: translated}
		if simple {
			v.Regexp, v.Runs = "", all
		}
		p.plan.Patterns = append(p.plan.Patterns, v)
		return &v.unit, func() {}
	})
	method := ".test"
	if simple {
		method = ".check"
	}
	return Check{name + method, "", []string{strconv.Quote(message)}}, true
}

// enums declares the variables of the enums of values that are compared as JSON, and
// returns their names.
func (p *planner) enums(rs rules) (names []string) {
	for _, s := range rs {
		n := s.Get("enum")
		if n == nil {
			continue
		}
		names = append(names, p.declare("enum"+p.goName(rules{s}), s.At, func(name string) (*unit, func()) {
			v := &Enum{Name: name}
			for _, item := range n.Items {
				v.Values = append(v.Values, item.JSON())
			}
			p.plan.Enums = append(p.plan.Enums, v)
			return &v.unit, func() {}
		}))
	}
	return names
}

// formats has the formats of strings.
var formats = []Format{
	{Name: "byte", Func: "base64", Type: "[]byte"},
	{Name: "date", Func: "date", Type: "time.Time"},
	{Name: "date-time", Func: "dateTime", Type: "time.Time"},
	{Name: "duration", Func: "duration"},
	{Name: "email", Func: "email"},
	{Name: "hostname", Func: "hostname"},
	{Name: "ipv4", Func: "ipv4"},
	{Name: "ipv6", Func: "ipv6"},
	{Name: "json-pointer", Func: "jsonPointer"},
	{Name: "time", Func: "timeOfDay"},
	{Name: "uri", Func: "uri"},
	{Name: "uri-reference", Func: "uriReference"},
	{Name: "uuid", Func: "uuid", Type: "[16]byte"},
}

// stringFormat returns the format of strings, or nil. A user's own goes before ours.
func (p *planner) stringFormat(rs rules) *Format {
	known := slices.Clone(formats)
	for name, function := range p.options.Formats {
		known = slices.DeleteFunc(known, func(f Format) bool { return f.Name == name })
		known = append(known, Format{Name: name, Func: function, Own: true})
	}
	var names []string
	for _, f := range known {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	name := p.format(rs, names...)
	if i := slices.IndexFunc(known, func(f Format) bool { return f.Name == name }); i >= 0 {
		return &known[i]
	}
	return nil
}

// reads has how values of the types are read.
var reads = map[string]Read{
	"boolean": {Var: "b", Type: "bool", JSON: "boolean", Text: "parseBool"},
	"integer": {Var: "n", Type: "int64", JSON: "integer", Text: "parseInt"},
	"number":  {Var: "n", Type: "number", JSON: "number", Text: "parseNumber"},
	"string":  {Var: "s", Type: "string", JSON: "string"},
}

// widths has the formats and Go types of numbers with less than 64 bits.
var widths = map[string]int{"int32": 32, "int16": 16, "int8": 8, "float": 32, "float32": 32}

// unsigned has the greatest values of Go's types of integers without a sign.
var unsigned = map[string]string{"uint8": "255", "uint16": "65535", "uint32": "4294967295", "uint": "", "uint64": ""}
