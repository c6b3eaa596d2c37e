package validatorgen

import (
	"go/ast"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// encoders has a function written for each schema of a JSON response that
// appends its values as JSON. It goes by oapi-codegen's types alone: checking
// what the server itself has made is not its business.
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
			schema, at := response.Value.Content[mediaType].Schema, join(at, "content", mediaType, "schema")
			if schema == nil || schema.Ref == "" {
				g.fail(at, "the JSON of a response needs a schema among the components, whose name its encoder has")
			}
			t := ast.NewIdent(g.goName(g.rules(schema, at)))
			if a, ok := g.underlying(t).(*ast.ArrayType); ok {
				g.arrayEncoder(at, t, a)
			} else {
				g.encoder(at, t)
			}
		}
	}
}

// encoder has the function written that appends values of a named type, and
// returns its name.
func (g *generator) encoder(at string, t *ast.Ident) string {
	return g.declare("Append"+t.Name, t.Name, func(name string) {
		g.p("// %s appends v as JSON, its members in the order of the fields.", name)
		g.p("func %s(b []byte, v *%s) []byte {", name, t.Name)
		if s, ok := g.underlying(t).(*ast.StructType); ok {
			g.appendMembers(at, s)
		} else {
			g.appendValue(at, "*v", g.underlying(t))
		}
		g.p("return b\n}\n")
	})
}

// arrayEncoder has the function written that appends items of a named array, as
// many at a time as a response is to be written in pieces.
func (g *generator) arrayEncoder(at string, t *ast.Ident, a *ast.ArrayType) {
	g.declare("Append"+t.Name, t.Name, func(name string) {
		g.p("// %s appends items as JSON, with a comma after each, until b has size bytes\n// or more, and returns those that are left.", name)
		g.p("func %s(b []byte, items %s, size int) ([]byte, %s) {", name, t.Name, t.Name)
		g.p("for i := range items {\nif len(b) >= size {\nreturn b, items[i:]\n}")
		g.appendValue(at, "items[i]", a.Elt)
		g.p("b = append(b, ',')\n}\nreturn b, nil\n}\n")
	})
}

// appendMembers writes the appending of a struct. Each member has a comma before
// it; the first one's becomes the brace.
func (g *generator) appendMembers(at string, s *ast.StructType) {
	g.p("start := len(b)")
	always := false // Whether there is a member in every value.
	for _, f := range s.Fields.List {
		if f.Tag == nil || len(f.Names) != 1 {
			g.fail(at, "oapi-codegen's type has a field without a tag")
		}
		name, options, _ := strings.Cut(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json"), ",")
		field, t := "v."+f.Names[0].Name, f.Type
		member := "b = append(b, " + quote(","+strconv.Quote(name)+":") + "...)"
		if !strings.Contains(options, "omitempty") {
			always = true
			g.p("%s", member)
			g.appendValue(at, field, t)
			continue
		}
		if p, ok := t.(*ast.StarExpr); ok {
			g.p("if %s != nil {\n%s", field, member)
			field, t = "*"+field, p.X
		} else {
			g.p("if len(%s) > 0 {\n%s", field, member)
		}
		g.appendValue(at, field, t)
		g.p("}")
	}
	if !always {
		g.p("if len(b) == start {\nb = append(b, ',')\n}")
	}
	g.p("b[start] = '{'\nb = append(b, '}')")
}

// appendValue writes the appending of x, of type t.
func (g *generator) appendValue(at, x string, t ast.Expr) {
	if id, ok := g.unalias(t).(*ast.Ident); ok && g.types[id.Name] != nil {
		if _, ok := g.underlying(id).(*ast.StructType); ok {
			g.p("b = %s(b, %s)", g.encoder(at, id), address("("+x+")"))
			return
		}
	}
	switch u := g.underlying(t).(type) {
	case *ast.ArrayType:
		item := g.name("i")
		g.p("b = append(b, '[')\nfor %s := range %s {\nif %s > 0 {\nb = append(b, ',')\n}", item, x, item)
		g.appendValue(at, "("+x+")["+item+"]", u.Elt)
		g.p("}\nb = append(b, ']')")
	default:
		switch name := spell(u); {
		case name == "string":
			g.p("b = appendString(b, string(%s))", x)
		case name == "bool":
			g.p("b = strconv.AppendBool(b, bool(%s))", x)
		case slices.Contains([]string{"int", "int32", "int64"}, name):
			g.p("b = strconv.AppendInt(b, int64(%s), 10)", x)
		case g.isUUID(u):
			g.p("b = appendUUID(b, %s)", x)
		default:
			g.fail(at, "there is no encoder for oapi-codegen's type %s", name)
		}
	}
}

// isJSON reports whether a media type is one of JSON.
func isJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}
