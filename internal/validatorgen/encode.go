package validatorgen

import (
	"go/ast"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json/jsontext"
)

// encoders declares the functions that append the bodies of an operation's JSON
// responses. They depend on oapi-codegen's types alone, since nothing checks
// responses. A body whose type has no name gets no function.
func (g *generator) encoders(at string, o *openapi3.Operation) {
	for _, status := range g.keys(join(at, "responses")) {
		response, at := o.Responses.Value(status), join(at, "responses", status)
		if response.Ref != "" {
			at = response.Ref
		}
		for _, mediaType := range g.keys(join(at, "content")) {
			if !isJSON(mediaType) {
				continue
			}
			name, ok := g.bodyType(o.OperationID+status, mediaType, response.Value.Content[mediaType].Schema)
			if !ok {
				continue
			}
			t := ast.NewIdent(name)
			if item, ok := g.item(t); ok {
				g.arrayEncoder(t, item)
			} else {
				g.encoder(t)
			}
		}
	}
}

// bodyType returns the name of a response body's type, and whether it has one: that
// of the component, or the one that gen/templates and oapi-codegen give to inline
// schemas.
func (g *generator) bodyType(response, mediaType string, schema *openapi3.SchemaRef) (name string, ok bool) {
	if schema != nil && schema.Ref != "" {
		return g.typeLike(unescape(schema.Ref[strings.LastIndex(schema.Ref, "/")+1:]), "")
	}
	if mediaType == "application/json" {
		mediaType = "JSON"
	}
	name, ok = g.typeLike(response+strings.ReplaceAll(mediaType, "+", "plus"), "ResponseBody")
	return name + "ResponseBody", ok
}

// encoder declares the function that appends values of a named type, and returns
// its name.
func (g *generator) encoder(t *ast.Ident) string {
	want := "Append" + t.Name
	if _, ok := g.item(t); ok {
		want = "append" + t.Name // The other name is arrayEncoder's.
	}
	return g.declare(want, want, func(name string) {
		g.p("// %s appends v as JSON.", name)
		g.p("func %s(b []byte, v *%s) []byte {", name, t.Name)
		switch fields, ok := g.jsonFields(t); {
		case ok:
			g.appendMembers("v", fields)
		case g.marshals(t):
			g.p("b = appendJSON(b, v)")
		default:
			g.appendValue("(*v)", g.underlying(t))
		}
		g.p("return b\n}\n")
	})
}

// arrayEncoder declares the function that appends items of a named array, as many
// as a piece of a response takes.
func (g *generator) arrayEncoder(t *ast.Ident, item ast.Expr) {
	g.declare("Append"+t.Name, "Append"+t.Name, func(name string) {
		g.p("// %s appends items as JSON, with a comma after each, until b has at\n// least size bytes. It returns the items that are left.", name)
		g.p("func %s(b []byte, items %s, size int) ([]byte, %s) {", name, t.Name, t.Name)
		i := g.name("i")
		g.p("for %s := range items {\nif len(b) >= size {\nreturn b, items[%s:]\n}", i, i)
		g.appendValue("items["+i+"]", item)
		g.p("b = append(b, ',')\n}\nreturn b, nil\n}\n")
	})
}

// scalars has the calls that append values of types.
var scalars = map[string]string{
	"[]byte":             "appendBase64(b, %s)",
	"bool":               "strconv.AppendBool(b, bool(%s))",
	"float32":            "appendFloat(b, float64(%s), 32)",
	"float64":            "appendFloat(b, float64(%s), 64)",
	"int":                "strconv.AppendInt(b, int64(%s), 10)",
	"int16":              "strconv.AppendInt(b, int64(%s), 10)",
	"int32":              "strconv.AppendInt(b, int64(%s), 10)",
	"int64":              "strconv.AppendInt(b, int64(%s), 10)",
	"int8":               "strconv.AppendInt(b, int64(%s), 10)",
	"openapi_types.Date": "appendDate(b, %s)",
	"string":             "appendString(b, string(%s))",
	"time.Time":          "appendTime(b, %s)",
	"uint":               "strconv.AppendUint(b, uint64(%s), 10)",
	"uint16":             "strconv.AppendUint(b, uint64(%s), 10)",
	"uint32":             "strconv.AppendUint(b, uint64(%s), 10)",
	"uint64":             "strconv.AppendUint(b, uint64(%s), 10)",
	"uint8":              "strconv.AppendUint(b, uint64(%s), 10)",
}

// appendValue writes code that appends x, a variable of type t. It leaves types
// that need more than a few lines to encoding/json.
func (g *generator) appendValue(x string, t ast.Expr) {
	fields, isStruct := g.jsonFields(t)
	item, isArray := g.item(t)
	u := g.underlying(t)
	pointer, isPointer := u.(*ast.StarExpr)
	entries, isMap := u.(*ast.MapType)
	id, named := g.unalias(t).(*ast.Ident)
	switch {
	case g.marshals(t):
		g.p("b = appendJSON(b, %s)", address(x))
	case named && (isStruct || isArray || isMap): // It may be recursive.
		g.p("b = %s(b, %s)", g.encoder(id), address(x))
	case isStruct:
		g.appendMembers(x, fields)
	case isPointer:
		g.p("if %s == nil {\nb = append(b, \"null\"...)\n} else {", x)
		g.appendValue("(*"+x+")", pointer.X)
		g.p("}")
	case isArray:
		i := g.name("i")
		g.p("b = append(b, '[')\nfor %s := range %s {\nif %s > 0 {\nb = append(b, ',')\n}", i, bare(x), i)
		g.appendValue(x+"["+i+"]", item)
		g.p("}\nb = append(b, ']')")
	case isMap && spell(entries.Key) == "string":
		i, name, value := g.name("i"), g.name("name"), g.name("value")
		g.p("b = append(b, '{')\nfor %s, %s := range sortedNames(%s) {\nif %s > 0 {\nb = append(b, ',')\n}", i, name, bare(x), i)
		g.p("b = append(appendString(b, %s), ':')\n%s := %s[%s]", name, value, x, name)
		g.appendValue(value, entries.Value)
		g.p("}\nb = append(b, '}')")
	case scalars[spell(u)] != "":
		g.p("b = "+scalars[spell(u)], bare(x))
	case g.isUUID(u):
		g.p("b = appendUUID(b, %s)", bare(x))
	default:
		g.p("b = appendJSON(b, %s)", address(x))
	}
}

// item returns the type of the items of t, and whether t is an array in JSON.
func (g *generator) item(t ast.Expr) (ast.Expr, bool) {
	a, ok := g.underlying(t).(*ast.ArrayType)
	if !ok || a.Len != nil || spell(a) == "[]byte" {
		return nil, false
	}
	return a.Elt, true
}

// jsonField is a field of a struct that is encoded as a member of an object.
type jsonField struct {
	name, field string
	typ         ast.Expr
	omitEmpty   bool // Whether the field is omitted if it is empty.
}

// jsonFields returns the fields of a struct type, and whether encoding/json encodes
// each as a member, by the field's type alone.
func (g *generator) jsonFields(t ast.Expr) (fields []jsonField, ok bool) {
	s, ok := g.underlying(t).(*ast.StructType)
	if !ok || g.marshals(t) {
		return nil, false
	}
	for _, f := range s.Fields.List {
		name, options, _ := strings.Cut(jsonTag(f), ",")
		_, known := g.notEmpty("", f.Type)
		if len(f.Names) != 1 || name == "" || name == "-" || options != "" && (options != "omitempty" || !known) {
			return nil, false
		}
		fields = append(fields, jsonField{name, f.Names[0].Name, f.Type, options != ""})
	}
	return fields, true
}

// notEmpty returns the condition on which encoding/json does not omit x as empty,
// or "" if it never omits x. The condition is not known for every type of other
// packages.
func (g *generator) notEmpty(x string, t ast.Expr) (condition string, known bool) {
	u := g.underlying(t)
	name := spell(u)
	_, isArray := g.item(t)
	_, isMap := u.(*ast.MapType)
	_, isPointer := u.(*ast.StarExpr)
	_, isStruct := u.(*ast.StructType)
	switch {
	case isPointer, isAny(u):
		return x + " != nil", true
	case isMap, isArray, name == "[]byte", name == "string", name == "json.RawMessage":
		return "len(" + x + ") > 0", true
	case name == "bool":
		return x, true
	case isStruct, name == "time.Time", name == "openapi_types.Date", g.isUUID(u):
		return "", true
	case scalars[name] != "":
		return x + " != 0", true
	}
	return "", false
}

// appendMembers writes code that appends x, a struct, as an object. Each member
// follows a comma; a brace then replaces the first comma.
func (g *generator) appendMembers(x string, fields []jsonField) {
	start := g.name("start")
	g.p("%s := len(b)", start)
	always := false // Whether some member is never omitted.
	for _, f := range fields {
		field, t, condition := x+"."+f.field, f.typ, ""
		if f.omitEmpty {
			condition, _ = g.notEmpty(field, t)
		}
		if condition == "" {
			always = true
		} else {
			g.p("if %s {", condition)
			if p, ok := t.(*ast.StarExpr); ok {
				field, t = "(*"+field+")", p.X
			}
		}
		name, _ := jsontext.AppendQuote(nil, f.name) // It is valid UTF-8, like all of the specification.
		g.p("b = append(b, %s...)", quote(","+string(name)+":"))
		g.appendValue(field, t)
		if condition != "" {
			g.p("}")
		}
	}
	if !always {
		g.p("if len(b) == %s {\nb = append(b, ',')\n}", start)
	}
	g.p("b[%s] = '{'\nb = append(b, '}')", start)
}

// isJSON reports whether a media type is application/json or ends in +json.
func isJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}
