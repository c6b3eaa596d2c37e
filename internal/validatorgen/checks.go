package validatorgen

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// sink says how the code being written refers to the faults that it adds to.
type sink struct {
	receiver string // Has the methods of faults.
	pointer  string // Is of type *faults.
}

var (
	toBody   = sink{"d", "&d.faults"} // In a function that has a decoder.
	toParams = sink{"f", "&f"}        // In a function that decodes an operation.
	toCaller = sink{"f", "f"}         // In a function that takes a *faults.
)

// variable is a value in the code being written.
type variable struct{ name, goType string }

// check says how keywords become Go code that checks a value after it was read. To
// add a keyword, add a check of it to checks, and its name to keywords.
type check struct {
	valueType string // The type of the values, with number for integer.
	keywords  []string
	write     func(g *generator, s schema, to sink, x variable) // Writes the statements that check x.
}

var checks = []check{
	{"string", []string{"minLength", "maxLength"}, (*generator).length},
	{"string", []string{"pattern"}, (*generator).pattern},
	{"string", []string{"enum"}, (*generator).stringEnum},
	{"number", []string{"minimum", "maximum"}, (*generator).bounds},
	{"number", []string{"multipleOf"}, (*generator).multipleOf},
	{"array", []string{"minItems", "maxItems"}, (*generator).itemCount},
	{"object", []string{"minProperties", "maxProperties"}, (*generator).memberCount},
}

var (
	// formatTypes has the Go types of the formats whose values are not strings.
	formatTypes = map[string]string{"byte": "[]byte", "date": "time.Time", "date-time": "time.Time", "uuid": "[16]byte"}

	// formatMethods has the methods of faults that check the formats.
	formatMethods = map[string]string{"byte": "base64", "date": "date", "date-time": "dateTime", "email": "email", "hostname": "hostname", "ipv4": "ipv4", "ipv6": "ipv6", "uri": "uri", "uuid": "uuid"}
)

// checked writes the checks of a primitive value and its assignment to target,
// of type t. If a string violates its format, that is its only fault, as a wrong
// type is: its pattern would report the same again.
func (g *generator) checked(valueType string, rs rules, to sink, x variable, target string, t ast.Expr) {
	f := ""
	if valueType == "string" {
		f = g.format(rs, "byte", "date", "date-time", "email", "hostname", "ipv4", "ipv6", "uri", "uuid")
	}
	byType := valueType == "string" && f == "" && g.isUUID(t) // Due to x-go-type.
	if byType {
		g.p("before := len(%s.found)", to.receiver)
	}
	value := x
	switch {
	case f == "":
	case formatTypes[f] == "":
		g.p("if %s.%s(%s) {", to.receiver, formatMethods[f], x.name)
	case g.isString(t):
		g.p("if _, ok := %s.%s(%s); ok {", to.receiver, formatMethods[f], x.name)
	default:
		value = variable{"x", formatTypes[f]}
		g.p("if x, ok := %s.%s(%s); ok {", to.receiver, formatMethods[f], x.name)
	}
	g.checks(numeric(valueType), rs, to, x)
	if byType {
		g.p("if x, ok := parseUUID(%s); ok {", x.name)
		g.assign(rs, target, t, variable{"x", "[16]byte"})
		g.p("} else if len(%s.found) == before {\n%s.add(\"must be a UUID\")\n}", to.receiver, to.receiver) // Most patterns say it better.
		return
	}
	g.assign(rs, target, t, value)
	if f != "" {
		g.p("}")
	}
}

// isUUID reports whether t is a type of UUIDs, or a pointer to one.
func (g *generator) isUUID(t ast.Expr) bool {
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
	}
	return strings.HasSuffix(spell(g.underlying(t)), ".UUID")
}

// isString reports whether t is any, a type of strings, or a pointer to one.
func (g *generator) isString(t ast.Expr) bool {
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
	}
	u := g.underlying(t)
	return spell(u) == "string" || isAny(u)
}

// checks writes the checks of x: in place, or for a primitive component in a
// function that all its uses share.
func (g *generator) checks(valueType string, rs rules, to sink, x variable) {
	c, ok := g.component(rs)
	if !ok || valueType == "array" || valueType == "object" || g.valueType(rs) == "" {
		g.writeChecks(valueType, rs, to, x)
		return
	}
	if !slices.ContainsFunc(checks, func(check check) bool { return check.valueType == valueType && g.has(rs, check.keywords...) }) {
		return
	}
	name := g.declare("check"+g.goName(rs), g.key(rs), func(name string) {
		g.p("// %s checks a value of the schema %s.", name, c.name)
		g.p("func %s(f *faults, %s %s) {", name, x.name, x.goType)
		g.writeChecks(valueType, rs, toCaller, x)
		g.p("}\n")
	})
	g.p("%s(%s, %s)", name, to.pointer, x.name)
}

func (g *generator) writeChecks(valueType string, rs rules, to sink, x variable) {
	for _, s := range rs {
		for _, c := range checks {
			if c.valueType == valueType && g.has(rules{s}, c.keywords...) {
				c.write(g, s, to, x)
			}
		}
	}
}

func (g *generator) length(s schema, to sink, x variable) {
	g.p("%s.length(%s, %d, %s)", to.receiver, x.name, s.MinLength, most(s.MaxLength))
}

func (g *generator) itemCount(s schema, to sink, x variable) {
	g.p("%s.count(%s, %d, %s, \"items\")", to.receiver, x.name, s.MinItems, most(s.MaxItems))
}

func (g *generator) memberCount(s schema, to sink, x variable) {
	g.p("%s.count(%s, %d, %s, \"members\")", to.receiver, x.name, s.MinProps, most(s.MaxProps))
}

func most(n *uint64) string {
	if n == nil || *n > math.MaxInt32 {
		return "math.MaxInt"
	}
	return strconv.FormatUint(*n, 10)
}

func (g *generator) pattern(s schema, to sink, x variable) {
	translated, err := translate(s.Pattern)
	if err != nil {
		g.fail(join(s.at, "pattern"), "the pattern can't be written as Go's: %v", err)
	}
	message := "must match " + s.Pattern
	if m, ok := s.Extensions["x-pattern-message"].(string); ok {
		message = m
	}
	match := "matches"
	if _, simple := runs(translated); !simple {
		match = "MatchString"
	}
	g.p("if !%s.%s(%s) {\n%s.add(%q)\n}", g.patternName(s, translated), match, x.name, to.receiver, message)
}

// patternName declares the variable of a translated pattern, and returns its name.
func (g *generator) patternName(s schema, translated string) string {
	return g.declare("pattern"+g.goName(rules{s}), translated, func(name string) {
		all, simple := runs(translated)
		if !simple {
			g.p("var %s = regexp.MustCompile(%s)\n", name, quote(translated))
			return
		}
		g.p("// %s is %s", name, onOneLine(s.Pattern))
		g.p("var %s = pattern{", name)
		for _, r := range all {
			most := strconv.Itoa(r.max)
			if r.max == math.MaxInt32 {
				most = "math.MaxInt"
			}
			g.p("{%d, %s, [2]uint64{%#x, %#x}, %t}, // %s", r.min, most, r.ascii[0], r.ascii[1], r.beyond, onOneLine(r.text))
		}
		g.p("}\n")
	})
}

// onOneLine returns s for a comment, quoted if it has control characters.
func onOneLine(s string) string {
	if strconv.CanBackquote(s) {
		return s
	}
	return strconv.Quote(s)
}

// goName returns the Go name of a schema: that of oapi-codegen's type if it has
// one.
func (g *generator) goName(rs rules) string {
	name := letters(rs.title())
	if name == "" {
		return "Value"
	}
	if t, ok := g.typeLike(name, ""); ok {
		return t
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// quote returns s as a Go string literal, raw if that is easier to read.
func quote(s string) string {
	if strconv.CanBackquote(s) && strings.ContainsAny(s, `\"`) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

func (g *generator) stringEnum(s schema, to sink, x variable) {
	var values []string
	for _, v := range s.Enum {
		if v, ok := v.(string); ok {
			values = append(values, v)
		}
	}
	g.p("%s.oneOf(%s%s)", to.receiver, x.name, quoted(values))
}

// enumHasNull reports whether every enum allows null.
func (g *generator) enumHasNull(rs rules) bool {
	return !slices.ContainsFunc(rs, func(s schema) bool {
		return s.Enum != nil && !slices.Contains(s.Enum, any(nil))
	})
}

// rawStart writes a variable for the offset of the next value, and returns its
// name.
func (g *generator) rawStart() string {
	from := g.name("from")
	g.p("%s := d.offset()", from)
	return from
}

// enumStart does so if there is an enum for jsonEnum to check.
func (g *generator) enumStart(rs rules) string {
	if !g.has(rs, "enum") {
		return ""
	}
	return g.rawStart()
}

// jsonEnum writes the checks of the enums of a value that is not a string, by its
// text, which begins at the offset from.
func (g *generator) jsonEnum(rs rules, from string) {
	for _, s := range rs {
		if s.Enum != nil && from != "" {
			g.p("d.equalsOne(%s, %s)", from, g.enumName(s))
		}
	}
}

// enumName declares the variable of an enum's values, and returns its name.
func (g *generator) enumName(s schema) string {
	return g.declare("enum"+g.goName(rules{s}), s.at, func(name string) {
		g.p("// %s lists the values of an enum.", name)
		g.p("var %s = canonicalAll(", name)
		for _, v := range g.node(join(s.at, "enum")).Content {
			var value any
			if err := v.Decode(&value); err != nil {
				g.fail(join(s.at, "enum"), "%v", err)
			}
			text, err := json.Marshal(value)
			if err != nil {
				g.fail(join(s.at, "enum"), "%v", err)
			}
			if _, number := value.(float64); number || v.Tag == "!!int" {
				text = []byte(v.Value) // As it is written, with all its digits.
			}
			g.p("%s,", quote(string(text)))
		}
		g.p(")\n")
	})
}

func (g *generator) bounds(s schema, to sink, x variable) {
	for _, b := range []struct {
		keyword, inclusive, exclusive string
		given                         *float64
		excluded                      bool
	}{
		{"minimum", "atLeast", "moreThan", s.Min, s.ExclusiveMin.Bool != nil && *s.ExclusiveMin.Bool},
		{"maximum", "atMost", "lessThan", s.Max, s.ExclusiveMax.Bool != nil && *s.ExclusiveMax.Bool},
	} {
		if b.given == nil {
			continue
		}
		f := b.inclusive
		if b.excluded {
			f = b.exclusive
		}
		if x.goType == "number" {
			g.p("%s(%s, %s.float, %s)", f, to.pointer, x.name, strconv.FormatFloat(*b.given, 'g', -1, 64))
		} else if limit, ok := g.integerBound(s, b.keyword, &f); ok {
			g.p("%s(%s, %s, %s)", f, to.pointer, x.name, limit)
		}
	}
}

// integerBound returns a bound of integers as an integer, and whether it needs a
// check: one beyond int64 does not, or it admits no value, which stops the
// generator. A bound with a fraction is rounded inwards and becomes inclusive.
func (g *generator) integerBound(s schema, keyword string, f *string) (limit string, ok bool) {
	exact, ok := new(big.Rat).SetString(g.node(join(s.at, keyword)).Value)
	if !ok {
		g.fail(join(s.at, keyword), "%s is not a number", keyword)
	}
	n := new(big.Int).Div(exact.Num(), exact.Denom()) // Rounded down.
	if !exact.IsInt() {
		if keyword == "minimum" {
			n.Add(n, big.NewInt(1))
			*f = "atLeast"
		} else {
			*f = "atMost"
		}
	}
	if n.IsInt64() {
		return n.String(), true
	}
	if (n.Sign() > 0) == (keyword == "minimum") {
		g.fail(join(s.at, keyword), "no integer of 64 bits is that large or small")
	}
	return "", false
}

func (g *generator) multipleOf(s schema, to sink, x variable) {
	text := x.name + ".text"
	if x.goType == "int64" {
		text = "strconv.AppendInt(nil, " + x.name + ", 10)"
	}
	unit := g.node(join(s.at, "multipleOf")).Value
	digits, _, _ := strings.Cut(strings.ToLower(unit), "e")
	if len(strings.Trim(strings.Replace(digits, ".", "", 1), "0")) > 18 {
		g.fail(join(s.at, "multipleOf"), "a unit of more than 18 digits is not handled")
	}
	g.p("%s.multiple(%s, %q)", to.receiver, text, unit)
}

// bits returns the width of a number in bits: that of its format or, if smaller,
// of its Go type.
func (g *generator) bits(valueType string, rs rules, t ast.Expr) int {
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
	}
	if valueType == "integer" {
		if g.format(rs, "int32", "int64") == "int32" || spell(g.underlying(t)) == "int32" {
			return 32
		}
		return 64
	}
	if g.format(rs, "float", "double") == "float" || spell(g.underlying(t)) == "float32" {
		return 32
	}
	return 64
}

// assign writes the assignment of x to target, of type t: that of x or a like one,
// a pointer to such a type, or any.
func (g *generator) assign(rs rules, target string, t ast.Expr, x variable) {
	value := x.name
	if x.goType == "number" {
		value += ".float"
	}
	element := t
	p, pointer := t.(*ast.StarExpr)
	if pointer {
		element = p.X
	}
	name, basic := spell(g.unalias(element)), g.underlying(element)
	convert := ""
	switch {
	case isAny(basic) && x.goType == "int64":
		value = "float64(" + value + ")"
	case isAny(basic), name == x.goType, name == "float64" && x.goType == "number":
	case g.isUUID(element) && x.goType == "[16]byte":
		convert = "setUUID"
	case strings.HasSuffix(name, ".Date") && x.goType == "time.Time":
		convert = "setDate"
	case strings.HasSuffix(name, ".Email") && x.goType == "string":
		convert = "setString"
	case slices.Contains(fits[x.goType], spell(basic)):
		value = spell(element) + "(" + value + ")"
	default:
		g.fail(rs[0].at, "oapi-codegen's type %s does not hold what was checked", spell(t))
	}
	switch {
	case convert != "":
		target, _ = g.allocated(target, t)
		g.p("%s(%s, %s)", convert, address(target), value)
	case pointer && isAny(basic):
		target, _ = g.allocated(target, t)
		g.p("%s = %s", bare(target), value)
	case pointer:
		g.p("%s = new(%s)", target, value)
	default:
		g.p("%s = %s", bare(target), value)
	}
}

// fits lists the basic types that hold all values read as another.
var fits = map[string][]string{
	"bool":   {"bool"},
	"int64":  {"int", "int32", "int64"}, // Values have at most as many bits: see bits.
	"number": {"float32", "float64"},
	"string": {"string"},
	"[]byte": {"[]byte"},
}

// constant returns a default as Go source, and stops if it is not a primitive.
func (g *generator) constant(s schema) string {
	switch v := s.Default.(type) {
	case string, bool:
		return fmt.Sprintf("%#v", v)
	case float64:
		return g.node(join(s.at, "default")).Value
	default:
		g.fail(join(s.at, "default"), "a default must be a string, a number or a boolean")
		return ""
	}
}
