package validatorgen

import (
	"fmt"
	"go/ast"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// defaultMaxBytes bounds a request body that has no x-max-bytes.
const defaultMaxBytes = 1 << 20

// operation writes what belongs to one operation: its description, and the
// function that decodes and checks its requests.
func (g *generator) operation(path, method string, o *openapi3.Operation) {
	at := join("#/paths", path, strings.ToLower(method))
	g.audit(at, operationKeys)
	if o.OperationID == "" {
		g.fail(at, "an operation needs an operationId")
	}
	name, ok := g.requestObject(o.OperationID)
	if !ok {
		g.fail(at, "%s has no type for the requests of %s: run oapi-codegen first, with models and strict-server", g.dir, o.OperationID)
	}
	params := g.parameters(path, at, o)
	security := g.Security
	if o.Security != nil {
		security = *o.Security
	}
	g.p("// %sOperation describes %s.", name, o.OperationID)
	g.p("var %sOperation = Operation{ID: %q, Method: %q, Path: %q", name, o.OperationID, method, path)
	g.out.Truncate(g.out.Len() - 1)
	if slices.ContainsFunc(security, func(r openapi3.SecurityRequirement) bool { return len(r) > 0 }) {
		g.out.WriteString(", Secured: true")
	}
	if o.RequestBody != nil {
		fmt.Fprintf(&g.out, ", Accept: %#v", g.mediaTypes(at))
	}
	g.p("}\n")
	g.decodeOperation(name, method, path, at, o, params)
}

// decodeOperation writes the function that joins media type, size, parameters
// and body.
func (g *generator) decodeOperation(name, method, path, at string, o *openapi3.Operation, params []parameter) {
	fields, ok := g.fields(&ast.Ident{Name: name + "RequestObject"})
	if !ok {
		g.fail(at, "%sRequestObject is not a struct", name)
	}
	g.p("// Decode%s reads and checks a request of %s (%s %s).", name, o.OperationID, method, path)
	args := ""
	for _, p := range params {
		if p.In == "path" {
			args += ", " + pathArgument(p)
		}
	}
	if args != "" {
		g.p("// What follows r are the path's parameters, as Echo's Param returns them.")
	}
	if o.RequestBody == nil {
		g.p("// The error is an *InvalidRequest that has every fault.")
	} else {
		g.p("// The error is an *InvalidRequest that has every fault, a\n// *MediaTypeError or a *BodySizeError.")
	}
	if args != "" {
		args += " string"
	}
	g.p("func Decode%s(r *http.Request%s) (v %sRequestObject, err error) {\nvar f faults", name, args, name)
	for _, p := range params {
		if p.In == "path" {
			g.p("if s, ok := f.pathValue(r, %q, %s); ok {", p.Name, pathArgument(p))
			g.parameterValue(p, "s", "v."+g.field(p.at, fields, p.Name).name, g.field(p.at, fields, p.Name).typ)
			g.p("}")
		}
	}
	var inner map[string]field
	if p, ok := fields["Params"]; ok {
		inner, _ = g.fields(p.typ)
	}
	g.queryParameters(o.OperationID, params, inner)
	g.headerParameters(params, inner)
	if o.RequestBody != nil {
		g.requestBody(name, at, o, fields)
	}
	g.p("return v, f.err()\n}\n")
	if o.RequestBody != nil {
		g.bodyFunctions(o.RequestBody.Value, join(at, "requestBody"), fields)
	}
}

// field returns the Go field of a name of the specification.
func (g *generator) field(at string, fields map[string]field, name string) field {
	f, ok := fields[name]
	if !ok {
		g.fail(at, "oapi-codegen's type has no field for %s", name)
	}
	return f
}

// parameter is a parameter of an operation and where it stands.
type parameter struct {
	*openapi3.Parameter
	at     string
	schema schema
}

func pathArgument(p parameter) string { return goName(p.Name) }

// goName makes a Go identifier of a name.
func goName(name string) string {
	id := letters(name)
	if id == "" || id == "r" || id == "v" || id == "f" || id[0] >= '0' && id[0] <= '9' {
		id = "p" + id
	}
	return strings.ToLower(id[:1]) + id[1:]
}

// parameters returns an operation's parameters, the path item's first, which
// the operation's own replace.
func (g *generator) parameters(path, at string, o *openapi3.Operation) (params []parameter) {
	add := func(ref *openapi3.ParameterRef, at string) {
		if ref.Ref != "" {
			at = ref.Ref
		}
		g.audit(at, parameterKeys)
		p := parameter{ref.Value, at, g.schema(ref.Value.Schema, join(at, "schema"))}
		g.checkParameter(p)
		same := func(q parameter) bool { return q.In == p.In && q.Name == p.Name }
		if i := slices.IndexFunc(params, same); i >= 0 {
			params[i] = p
		} else {
			params = append(params, p)
		}
	}
	item := join("#/paths", path)
	g.audit(item, pathItemKeys)
	for i, ref := range g.Paths.Value(path).Parameters {
		add(ref, join(item, "parameters", strconv.Itoa(i)))
	}
	for i, ref := range o.Parameters {
		add(ref, join(at, "parameters", strconv.Itoa(i)))
	}
	return params
}

// checkParameter stops at what a parameter must not be.
func (g *generator) checkParameter(p parameter) {
	switch {
	case p.In == "cookie":
		g.fail(p.at, "cookies are not handled: use a header or a query parameter")
	case p.In == "header" && slices.Contains([]string{"Accept", "Content-Type", "Authorization"}, textproto.CanonicalMIMEHeaderKey(p.Name)):
		g.fail(p.at, "OpenAPI ignores header parameters of this name: describe it by responses, requestBody or security")
	case !slices.Contains([]string{"string", "boolean", "integer"}, p.schema.kind()):
		g.fail(p.schema.at, "a parameter must be a string, a boolean or an integer")
	}
}

// queryParameters writes the loop over the query.
func (g *generator) queryParameters(operation string, params []parameter, fields map[string]field) {
	var names []string
	for _, p := range params {
		if p.In == "query" {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		g.p("for q := (query{rest: r.URL.RawQuery}); q.next(&f); {\nq.unknown(&f, %q)\n}", operation)
		return
	}
	i := -1
	g.p("var given [%d]bool", len(names))
	for _, p := range params {
		if p.In == "query" {
			g.parameterDefault(p, fields)
		}
	}
	g.p("for q := (query{rest: r.URL.RawQuery}); q.next(&f); {\nswitch q.name {")
	for _, p := range params {
		if p.In != "query" {
			continue
		}
		i++
		target := g.field(p.at, fields, p.Name)
		g.p("case %q:\nif q.once(&f, &given[%d]) {", p.Name, i)
		g.parameterValue(p, "q.value", "v.Params."+target.name, target.typ)
		g.p("}")
	}
	g.p("default:\nq.unknown(&f, %q%s)\n}\n}", operation, quoted(names))
	for i, name := range names {
		for _, p := range params {
			if p.In == "query" && p.Name == name && p.Required {
				g.p("f.at(\"query\", %q)\nf.require(given[%d])", name, i)
			}
		}
	}
}

// headerParameters writes the reading of the headers.
func (g *generator) headerParameters(params []parameter, fields map[string]field) {
	for _, p := range params {
		if p.In != "header" {
			continue
		}
		g.parameterDefault(p, fields)
		target := g.field(p.at, fields, p.Name)
		if p.Required {
			g.p("f.at(\"header\", %[1]q)\nf.require(len(r.Header[%[1]q]) > 0)", textproto.CanonicalMIMEHeaderKey(p.Name))
		}
		g.p("if s, ok := f.headerValue(r.Header, %q); ok {", textproto.CanonicalMIMEHeaderKey(p.Name))
		g.parameterValue(p, "s", "v.Params."+target.name, target.typ)
		g.p("}")
	}
}

// parameterDefault sets a parameter's default, which applies where it is not
// given.
func (g *generator) parameterDefault(p parameter, fields map[string]field) {
	if p.schema.Default != nil {
		target := g.field(p.at, fields, p.Name)
		g.assign(p.schema, "v.Params."+target.name, target.typ, fmt.Sprintf("%#v", p.schema.Default), "")
	}
}

// parameterValue writes the parsing and checking of a parameter's text, and its
// assignment to a target of type t.
func (g *generator) parameterValue(p parameter, text, target string, t ast.Expr) {
	switch p.schema.kind() {
	case "string":
		if text != "s" {
			g.p("s := %s", text)
		}
		g.checks(p.schema, toParams, "s", "string")
		g.assign(p.schema, target, t, "s", "string")
	case "boolean":
		g.p("if b, ok := f.parseBool(%s); ok {", text)
		g.checks(p.schema, toParams, "b", "bool")
		g.assign(p.schema, target, t, "b", "bool")
		g.p("}")
	case "integer":
		g.p("if n, ok := f.parseInt(%s, %d); ok {", text, integerBits(p.schema))
		g.checks(p.schema, toParams, "n", "int64")
		g.assign(p.schema, target, t, "n", "int64")
		g.p("}")
	}
}

// mediaTypes returns the media types of a request body in their order.
func (g *generator) mediaTypes(at string) []string {
	at = join(at, "requestBody")
	return g.keys(join(at, "content"))
}

// requestBody writes the choice of a media type and the decoding of the body.
func (g *generator) requestBody(name, at string, o *openapi3.Operation, fields map[string]field) {
	body, at := o.RequestBody.Value, join(at, "requestBody")
	if o.RequestBody.Ref != "" {
		at = o.RequestBody.Ref
	}
	g.audit(at, requestBodyKeys)
	if !body.Required {
		g.fail(at, "a request body must be required")
	}
	limit := defaultMaxBytes
	if x, ok := body.Extensions["x-max-bytes"]; ok {
		n, ok := x.(float64)
		if !ok || n < 1 || n != float64(int(n)) {
			g.fail(join(at, "x-max-bytes"), "x-max-bytes must be a number of bytes")
		}
		limit = int(n)
	}
	g.p("switch mediaType(r.Header) {")
	for mediaType := range body.Content {
		if mediaType != "application/json" && !strings.HasSuffix(mediaType, "+json") {
			g.fail(join(at, "content", mediaType), "the media type is not JSON's: only application/json and …+json are handled")
		}
	}
	for _, mediaType := range g.keys(join(at, "content")) {
		target := g.bodyField(join(at, "content", mediaType), fields, mediaType)
		g.p("case %q:\nd, err := openBody(r, %d, %sOperation.Accept)\nif err != nil {\nreturn v, err\n}", mediaType, limit, name)
		g.value(g.bodySchema(body, at, mediaType), "v."+target.name, target.typ)
		g.p("d.end()\nf.join(d)")
	}
	g.p("default:\nif err := unsupported(r, %sOperation.Accept); err != nil {\nreturn v, err\n}", name)
	g.p("f.at(\"\", \"\")\nf.require(false)\n}")
}

// bodySchema returns the schema of a request body of a media type.
func (g *generator) bodySchema(body *openapi3.RequestBody, at, mediaType string) schema {
	at = join(at, "content", mediaType)
	g.audit(at, mediaTypeKeys)
	if body.Content[mediaType].Schema == nil {
		g.fail(at, "a request body needs a schema")
	}
	return g.schema(body.Content[mediaType].Schema, join(at, "schema"))
}

// bodyFunctions writes, for each type of request body, the function that reads
// it from a text.
func (g *generator) bodyFunctions(body *openapi3.RequestBody, at string, fields map[string]field) {
	for _, mediaType := range g.keys(join(at, "content")) {
		s := g.bodySchema(body, at, mediaType)
		pointer, ok := g.bodyField(at, fields, mediaType).typ.(*ast.StarExpr)
		if !ok {
			g.fail(s.at, "oapi-codegen's type for the body is not a pointer")
		}
		t := spell(g.unalias(pointer.X))
		g.once("Decode"+t, func() {
			g.p("// Decode%[1]s reads a %[1]s from a JSON text, which stays the caller's, and\n// checks it. The error is an *InvalidRequest that has every fault.", t)
			g.p("func Decode%[1]s(text []byte) (v %[1]s, err error) {\nd := open(text)\ndefer d.close()", t)
			g.value(s, "v", pointer.X)
			g.p("d.end()\nreturn v, d.err()\n}\n")
		})
	}
}

// bodyField returns the field that oapi-codegen gives a body of a media type.
func (g *generator) bodyField(at string, fields map[string]field, mediaType string) field {
	if f, ok := fields["Body"]; ok {
		return f
	}
	want := letters(strings.ReplaceAll(mediaType, "+", "plus")) + "body"
	if mediaType == "application/json" {
		want = "jsonbody"
	}
	for name, f := range fields {
		if strings.EqualFold(name, want) {
			return f
		}
	}
	g.fail(at, "oapi-codegen's type has no field for a body of %s", mediaType)
	return field{}
}
