package validatorgen

import (
	"fmt"
	"go/ast"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// What each part of a specification may have beside extensions. Everything
// else stops the generator, so that no rule is passed over.
var (
	annotations     = []string{"description", "summary", "title", "example", "examples", "deprecated", "externalDocs", "tags"}
	pathItemKeys    = append([]string{"parameters", "get", "put", "post", "delete", "options", "head", "patch", "trace"}, annotations...)
	operationKeys   = append([]string{"operationId", "parameters", "requestBody", "responses", "security"}, annotations...)
	parameterKeys   = append([]string{"name", "in", "required", "schema"}, annotations...)
	requestBodyKeys = append([]string{"required", "content"}, annotations...)
	mediaTypeKeys   = append([]string{"schema"}, annotations...)
	schemaKeys      = append([]string{"type", "default"}, annotations...)
)

// structure are the keywords that are handled where a value of a type is read.
var structure = map[string][]string{
	"boolean": nil,
	"integer": {"format"},
	"object":  {"properties", "required", "additionalProperties"},
	"string":  nil,
}

// check is how keywords become Go that judges a value after it was read.
type check struct {
	kind     string // The type of the values.
	keywords []string
	write    func(g *generator, s schema, to sink, x string) // Writes the statements that check x.
}

var checks = []check{
	{"string", []string{"minLength", "maxLength"}, (*generator).length},
	{"string", []string{"pattern"}, (*generator).pattern},
	{"string", []string{"enum"}, (*generator).enum},
	{"integer", []string{"minimum", "maximum"}, (*generator).bounds},
}

// audit stops at a key of the mapping at a place that is neither known nor an
// extension.
func (g *generator) audit(at string, known ...[]string) {
	for _, key := range g.keys(at) {
		if !slices.Contains(slices.Concat(known...), key) && !strings.HasPrefix(key, "x-") {
			g.fail(join(at, key), "%s is not handled here, and must not be ignored: express it otherwise", key)
		}
	}
}

// auditSchema stops at a keyword that is not handled for the schema's type.
func (g *generator) auditSchema(s schema) {
	if _, ok := structure[s.kind()]; !ok {
		g.fail(s.at, "a schema must have a type of object, string, integer or boolean")
	}
	known := slices.Concat(schemaKeys, structure[s.kind()])
	for _, c := range checks {
		if c.kind == s.kind() {
			known = append(known, c.keywords...)
		}
	}
	g.audit(s.at, known)
}

// sink is how the code being written names the faults that it adds to.
type sink struct {
	receiver string // Of a method of faults,
	pointer  string // and of type *faults.
}

var (
	toBody   = sink{"d", "&d.faults"} // In a function that has a decoder.
	toParams = sink{"f", "&f"}        // In one that decodes an operation.
	toCaller = sink{"f", "f"}         // In one that was given a *faults.
)

// checks writes the checks of x, a value of the schema's type: in place, or
// for a component in a function that all its uses share.
func (g *generator) checks(s schema, to sink, x, goType string) {
	g.auditSchema(s)
	if s.name == "" {
		g.writeChecks(s, to, x)
		return
	}
	if !slices.ContainsFunc(checks, func(c check) bool { return g.applies(c, s) }) {
		return
	}
	name := "check" + g.goName(s)
	g.p("%s(%s, %s)", name, to.pointer, x)
	g.once(name, func() {
		g.p("// %s checks a value of the schema %s.", name, s.name)
		g.p("func %s(f *faults, %s %s) {", name, goType[:1], goType)
		g.writeChecks(s, toCaller, goType[:1])
		g.p("}\n")
	})
}

func (g *generator) writeChecks(s schema, to sink, x string) {
	for _, c := range checks {
		if g.applies(c, s) {
			c.write(g, s, to, x)
		}
	}
}

// applies reports whether the schema has one of the keywords of a check.
func (g *generator) applies(c check, s schema) bool {
	return c.kind == s.kind() && slices.ContainsFunc(g.keys(s.at), func(key string) bool { return slices.Contains(c.keywords, key) })
}

// quoted returns names as arguments that follow another.
func quoted(names []string) string {
	var b strings.Builder
	for _, n := range names {
		fmt.Fprintf(&b, ", %q", n)
	}
	return b.String()
}

// title is what a schema is called: as a component, or else by what it is for.
func title(s schema) string {
	if s.name != "" {
		return s.name
	}
	tokens := strings.Split(strings.TrimSuffix(s.at, "/schema"), "/")
	return tokens[len(tokens)-1]
}

// goName is the Go name of a schema: that of oapi-codegen's type where it has
// one.
func (g *generator) goName(s schema) string {
	name := letters(title(s))
	for _, t := range slices.Sorted(maps.Keys(g.types)) {
		if strings.EqualFold(t, name) {
			return t
		}
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

func (g *generator) length(s schema, to sink, x string) {
	most := "math.MaxInt"
	if s.MaxLength != nil {
		most = strconv.FormatUint(*s.MaxLength, 10)
	}
	g.p("%s.length(%s, %d, %s)", to.receiver, x, s.MinLength, most)
}

func (g *generator) pattern(s schema, to sink, x string) {
	translated, err := translate(s.Pattern)
	if err != nil {
		g.fail(join(s.at, "pattern"), "the pattern can't be written as Go's: %v", err)
	}
	message := "must match " + s.Pattern
	if m, ok := s.Extensions["x-pattern-message"].(string); ok {
		message = m
	}
	match, name := "matches", g.patternName(s, translated)
	if _, simple := runs(translated); !simple {
		match = "MatchString"
	}
	g.p("if !%s.%s(%s) {\n%s.add(%q)\n}", name, match, x, to.receiver, message)
}

// patternName has the variable of a translated pattern written, and returns its
// name.
func (g *generator) patternName(s schema, translated string) string {
	if name, ok := g.patterns[translated]; ok {
		return name
	}
	name := "pattern" + g.goName(s)
	for i := 2; g.emitted[name]; i++ {
		name = strings.TrimRight(name, "0123456789") + strconv.Itoa(i)
	}
	g.patterns[translated] = name
	g.once(name, func() {
		all, simple := runs(translated)
		if !simple {
			g.p("var %s = regexp.MustCompile(%s)\n", name, quote(translated))
			return
		}
		g.p("// %s is %s", name, s.Pattern)
		g.p("var %s = pattern{", name)
		for _, r := range all {
			most := strconv.Itoa(r.max)
			if r.max == math.MaxInt32 {
				most = "math.MaxInt"
			}
			g.p("{%d, %s, %#x, %#x, %t}, // %s", r.min, most, r.low, r.high, r.beyond, r.text)
		}
		g.p("}\n")
	})
	return name
}

// quote returns s as Go writes it, raw where that is shorter.
func quote(s string) string {
	if strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

func (g *generator) enum(s schema, to sink, x string) {
	var values []string
	for _, v := range s.Enum {
		values = append(values, fmt.Sprintf("%q", v))
	}
	g.p("%s.oneOf(%s, %s)", to.receiver, x, strings.Join(values, ", "))
}

func (g *generator) bounds(s schema, to sink, x string) {
	least, most := "math.MinInt64", "math.MaxInt64"
	if s.Min != nil {
		least = strconv.FormatFloat(*s.Min, 'f', -1, 64)
	}
	if s.Max != nil {
		most = strconv.FormatFloat(*s.Max, 'f', -1, 64)
	}
	g.p("%s.between(%s, %s, %s)", to.receiver, x, least, most)
}

// value writes the reading and checking of a JSON value into target, a variable
// of type t.
func (g *generator) value(s schema, target string, t ast.Expr) {
	switch s.kind() {
	case "object":
		g.object(s, target, t)
	case "string":
		g.p("if s, ok := d.string(); ok {")
		g.checks(s, toBody, "s", "string")
		g.assign(s, target, t, "s", "string")
		g.p("}")
	case "boolean":
		g.p("if b, ok := d.boolean(); ok {")
		g.checks(s, toBody, "b", "bool")
		g.assign(s, target, t, "b", "bool")
		g.p("}")
	default:
		g.auditSchema(s)
		g.fail(s.at, "a body's %s is not handled", s.kind())
	}
}

// object writes the reading of an object: in place, or for a component in a
// function that all its uses share.
func (g *generator) object(s schema, target string, t ast.Expr) {
	g.auditSchema(s)
	if p, ok := t.(*ast.StarExpr); ok {
		g.p("%s = new(%s)", target, spell(p.X))
		target, t = "(*"+target+")", p.X
	}
	id, ok := g.unalias(t).(*ast.Ident)
	if !ok || g.types[id.Name] == nil {
		g.members(s, target, t)
		return
	}
	name := "decode" + id.Name
	g.p("%s(d, %s)", name, address(target))
	g.once(name, func() {
		g.p("// %s reads and checks a value of the schema %s.", name, title(s))
		g.p("func %s(d *decoder, v *%s) {", name, id.Name)
		g.members(s, "v", id)
		g.p("}\n")
	})
}

// integerBits returns the width of an integer.
func integerBits(s schema) int {
	if s.Format == "int32" {
		return 32
	}
	return 64
}

// address returns the address of a variable.
func address(target string) string {
	if pointer, ok := strings.CutPrefix(target, "(*"); ok {
		return strings.TrimSuffix(pointer, ")")
	}
	return "&" + target
}

// members writes the loop over an object's members.
func (g *generator) members(s schema, target string, t ast.Expr) {
	fields, ok := g.fields(t)
	if !ok {
		g.fail(s.at, "oapi-codegen's type %s is not a struct", spell(t))
	}
	if s.AdditionalProperties.Has == nil || *s.AdditionalProperties.Has {
		g.fail(s.at, "an object in a request must have additionalProperties: false")
	}
	names := g.keys(join(s.at, "properties"))
	g.p("if d.object() {")
	g.p("var given [%d]bool", len(names))
	g.p("for d.next() {\nswitch string(d.name) {")
	for i, n := range names {
		at := join(s.at, "properties", n)
		f := g.field(at, fields, n)
		g.p("case %q:\nif d.member(%q, &given[%d]) {", n, n, i)
		g.value(g.schema(s.Properties[n], at), target+"."+f.name, f.typ)
		g.p("}")
	}
	g.p("default:\nd.unknown(%q%s)\n}\n}", title(s), quoted(names))
	for i, n := range names {
		if slices.Contains(s.Required, n) {
			g.p("d.required(given[%d], %q)", i, n)
		}
	}
	for _, n := range s.Required {
		if !slices.Contains(names, n) {
			g.fail(join(s.at, "required"), "%s is required and not a property: no object is valid", n)
		}
	}
	g.p("}")
}

// assign writes the assignment of x, of Go type from, to a variable of type t,
// which is that type, one like it, or a pointer to one. From is "" where x is a
// constant.
func (g *generator) assign(s schema, target string, t ast.Expr, x, from string) {
	pointer := false
	if p, ok := t.(*ast.StarExpr); ok {
		pointer, t = true, p.X
	}
	basic, ok := g.underlying(t).(*ast.Ident)
	if !ok || !assignable(from, basic.Name) {
		g.fail(s.at, "oapi-codegen's type %s does not fit", spell(t))
	}
	if from != "" && spell(g.unalias(t)) != from {
		x = spell(t) + "(" + x + ")"
	}
	switch {
	case !pointer:
		g.p("%s = %s", target, x)
	case from == "" || strings.HasSuffix(x, ")"):
		g.p("%s = new(%s)\n*%s = %s", target, spell(t), target, x)
	default:
		g.p("%s = &%s", target, x)
	}
}

// assignable reports whether a value of one basic type can become another's
// without a loss that a check has not excluded.
func assignable(from, to string) bool {
	return from == "" || from == to || from == "int64" && slices.Contains([]string{"int", "int32"}, to)
}
