package validatorgen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// defaultMaxBytes limits a request body without x-max-bytes.
const defaultMaxBytes = 1 << 20

// operation writes the description of an operation, and the function that decodes
// and checks its requests.
func (g *generator) operation(path, method string, o *openapi3.Operation) {
	at := join("#/paths", path, strings.ToLower(method))
	g.audit(at, operationKeys)
	if o.OperationID == "" {
		g.fail(at, "an operation needs an operationId")
	}
	name, ok := g.typeLike(o.OperationID, "RequestObject")
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

// decodeOperation writes the function that decodes and checks the requests of an
// operation.
func (g *generator) decodeOperation(name, method, path, at string, o *openapi3.Operation, params []parameter) {
	g.used = map[string]int{}
	fields, ok := g.fields(&ast.Ident{Name: name + "RequestObject"})
	if !ok {
		g.fail(at, "%sRequestObject is not a struct", name)
	}
	g.p("// Decode%s reads and checks a request of %s (%s %s).", name, o.OperationID, method, path)
	args := ""
	for _, p := range params {
		if p.In == "path" {
			args += ", " + p.argument
		}
	}
	if args != "" {
		g.p("// The arguments after r are the path parameters, as Echo's Param returns them.")
	}
	if o.RequestBody == nil {
		g.p("// The error is an *InvalidRequest with all faults.")
	} else {
		g.p("// The error is an *InvalidRequest with all faults, a *MediaTypeError\n// or a *BodySizeError.")
	}
	if args != "" {
		args += " string"
	}
	g.p("func Decode%s(r *http.Request%s) (v %sRequestObject, err error) {\nvar f faults", name, args, name)
	for _, p := range params {
		if p.In == "path" {
			text := "s"
			if g.valueType(p.rules) == "array" {
				text = "_" // The items must be split before they are unescaped.
			}
			g.p("if %s, ok := f.pathValue(r, %q, %s); ok {", text, p.Name, p.argument)
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

// field returns the Go field for a name in the specification.
func (g *generator) field(at string, fields map[string]field, name string) field {
	f, ok := fields[name]
	if !ok {
		g.fail(at, "oapi-codegen's type has no field for %s", name)
	}
	return f
}

// parameter is a parameter of an operation and its place.
type parameter struct {
	*openapi3.Parameter
	at       string
	rules    rules
	argument string // The argument for a path parameter in the function that decodes the operation.
}

// argumentName makes an identifier of a path parameter's name that is not used for
// anything else.
func (g *generator) argumentName(name string, taken []string) string {
	id := letters(name)
	if id != "" {
		id = strings.ToLower(id[:1]) + id[1:]
	}
	for !token.IsIdentifier(id) || g.reserved[id] || types.Universe.Lookup(id) != nil || slices.Contains(taken, id) {
		id = "path" + id
	}
	return id
}

// parameters returns an operation's parameters: those of the path item, unless the
// operation overrides them, and then its own.
func (g *generator) parameters(path, at string, o *openapi3.Operation) (params []parameter) {
	var arguments []string
	add := func(ref *openapi3.ParameterRef, at string) {
		if ref.Ref != "" {
			at = ref.Ref
		}
		g.audit(at, parameterKeys)
		p := parameter{ref.Value, at, g.rules(ref.Value.Schema, join(at, "schema")), ""}
		g.checkParameter(p)
		if p.In == "path" {
			p.argument = g.argumentName(p.Name, arguments)
			arguments = append(arguments, p.argument)
		}
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

// checkParameter stops if the generator does not handle a parameter.
func (g *generator) checkParameter(p parameter) {
	switch {
	case p.In == "cookie":
		g.fail(p.at, "cookies are not handled: use a header or a query parameter")
	case p.In == "header" && slices.Contains([]string{"Accept", "Content-Type", "Authorization"}, textproto.CanonicalMIMEHeaderKey(p.Name)):
		g.fail(p.at, "OpenAPI ignores header parameters of this name: describe it by responses, requestBody or security")
	case !slices.Contains([]string{"array", "boolean", "integer", "number", "string"}, g.valueType(p.rules)):
		g.fail(p.rules[0].at, "a parameter must be a string, a number, an integer, a boolean or an array of these: move an object into the body")
	case p.rules.nullable():
		g.fail(p.rules[0].at, "null can't be sent as a parameter: make it optional instead")
	case p.Style != "" && p.Style != defaultStyle[p.In]:
		g.fail(join(p.at, "style"), "the style %s is not handled: use %s", p.Style, defaultStyle[p.In])
	}
	if g.valueType(p.rules) == "array" {
		for _, s := range p.rules {
			if s.Items != nil && slices.Contains([]string{"", "array", "object"}, g.valueType(g.rules(s.Items, join(s.at, "items")))) {
				g.fail(join(s.at, "items"), "a parameter's items must be strings, numbers, integers or booleans")
			}
		}
	}
}

// defaultStyle has the default style of parameters by their location.
var defaultStyle = map[string]string{"header": "simple", "path": "simple", "query": "form"}

// queryParameters writes the loop over the query string, and the checks after it.
func (g *generator) queryParameters(operation string, params []parameter, fields map[string]field) {
	var query []parameter
	var names []string
	for _, p := range params {
		if p.In == "query" {
			query, names = append(query, p), append(names, p.Name)
		}
	}
	if len(names) == 0 {
		g.p("for q := (query{rest: r.URL.RawQuery}); q.next(&f); {\nq.unknown(&f, %q)\n}", operation)
		return
	}
	g.p("var given [%d]bool", len(names))
	texts := map[string]string{}
	for _, p := range query {
		g.parameterDefault(p, fields)
		if g.exploded(p) {
			texts[p.Name] = g.itemTexts(p)
		}
	}
	g.p("for q := (query{rest: r.URL.RawQuery}); q.next(&f); {\nswitch q.name {")
	for i, p := range query {
		target := g.field(p.at, fields, p.Name)
		g.p("case %q:", p.Name)
		if g.exploded(p) {
			g.p("given[%d] = true\nif s, ok := q.text(&f); ok {", i)
			g.parameterItems(p, texts[p.Name], "v.Params."+target.name, target.typ)
		} else {
			g.p("if q.once(&f, &given[%d]) {", i)
			g.parameterValue(p, "q.value", "v.Params."+target.name, target.typ)
		}
		g.p("}")
	}
	g.p("default:\nq.unknown(&f, %q%s)\n}\n}", operation, quoted(names))
	for i, p := range query {
		target := g.field(p.at, fields, p.Name)
		if p.Required {
			g.p("f.at(\"query\", %q)\nf.require(given[%d])", p.Name, i)
		}
		if g.exploded(p) && g.has(p.rules, "minItems", "maxItems", "uniqueItems") {
			g.p("if given[%d] {\nf.at(\"query\", %q)", i, p.Name)
			g.parameterCount(p, texts[p.Name], "v.Params."+target.name, target.typ)
			g.p("}")
		}
	}
}

// exploded reports whether a parameter is an array that is sent item by item, as in
// tag=a&tag=b.
func (g *generator) exploded(p parameter) bool {
	return p.In == "query" && g.valueType(p.rules) == "array" && (p.Explode == nil || *p.Explode)
}

// headerParameters writes the decoding of the headers.
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

// parameterDefault writes the assignment of a parameter's default, which applies if
// the parameter is not given.
func (g *generator) parameterDefault(p parameter, fields map[string]field) {
	for _, s := range p.rules {
		if s.Default == nil {
			continue
		}
		target, t := "v.Params."+g.field(p.at, fields, p.Name).name, g.field(p.at, fields, p.Name).typ
		if star, ok := t.(*ast.StarExpr); ok {
			g.p("%s = new(%s)", target, spell(star.X))
			target = "*" + target
		}
		g.p("%s = %s", target, g.constant(s))
		return
	}
}

// parameterValue writes the parsing and checking of a parameter's text, and its
// assignment to a target of type t.
func (g *generator) parameterValue(p parameter, text, target string, t ast.Expr) {
	if g.valueType(p.rules) != "array" {
		g.parsed(p.rules, text, target, t)
		return
	}
	list, unescape := text, "trimSpace"
	switch p.In {
	case "query":
		list, unescape = "q.raw", "url.QueryUnescape"
	case "path":
		list, unescape = p.argument, "pathUnescape(r)"
	}
	texts := g.itemTexts(p)
	g.p("for s := range f.split(%s, %s) {", list, unescape)
	g.parameterItems(p, texts, target, t)
	g.p("}")
	g.parameterCount(p, texts, target, t)
}

// itemTexts writes a variable for the texts of an array's items if they must be
// unique, and returns its name.
func (g *generator) itemTexts(p parameter) string {
	if !slices.ContainsFunc(p.rules, func(s schema) bool { return s.UniqueItems }) {
		return ""
	}
	texts := g.name("texts")
	g.p("var %s []string", texts)
	return texts
}

// items returns the schemas that apply to the items of an array.
func (g *generator) items(rs rules) (items rules) {
	for _, s := range rs {
		if s.Items != nil {
			items = append(items, g.rules(s.Items, join(s.at, "items"))...)
		}
	}
	return items
}

// parameterItems writes the parsing of an array's item, whose text is s.
func (g *generator) parameterItems(p parameter, texts, target string, t ast.Expr) {
	if texts != "" {
		g.p("%s = append(%s, s)", texts, texts)
	}
	if _, ok := t.(*ast.StarExpr); ok {
		g.p("if %s == nil {", target)
		target, t = g.allocated(target, t)
		g.p("}")
	}
	list, ok := g.underlying(t).(*ast.ArrayType)
	if !ok {
		g.fail(p.at, "oapi-codegen's type %s is not a slice", spell(t))
	}
	item := g.name("item")
	g.p("%s := grow(%s)", item, address(target))
	g.parsed(g.items(p.rules), "s", "(*"+item+")", list.Elt)
}

// parameterCount writes the checks of a whole array.
func (g *generator) parameterCount(p parameter, texts, target string, t ast.Expr) {
	if _, ok := t.(*ast.StarExpr); ok {
		target = "*" + target
	}
	g.checks("array", p.rules, toParams, variable{"len(" + target + ")", "int"})
	if texts != "" {
		g.p("f.distinct(%s, %t)", texts, g.valueType(g.items(p.rules)) != "string")
	}
}

// parsed writes the parsing and checking of a primitive, and its assignment to a
// target of type t.
func (g *generator) parsed(rs rules, text, target string, t ast.Expr) {
	valueType, x := g.valueType(rs), variable{"s", "string"}
	switch valueType {
	case "boolean":
		x = variable{"b", "bool"}
		g.p("if b, ok := f.parseBool(%s); ok {", text)
	case "integer":
		x = variable{"n", "int64"}
		g.p("if n, ok := f.parseInt(%s, %d); ok {", text, g.bits(valueType, rs, t))
	case "number":
		x = variable{"n", "number"}
		g.p("if n, ok := f.parseNumber(%s, %d); ok {", text, g.bits(valueType, rs, t))
	default:
		if text != "s" {
			g.p("s := %s", text)
		}
	}
	g.checked(valueType, rs, toParams, x, target, t)
	if valueType != "string" {
		for _, s := range rs {
			if s.Enum != nil {
				g.p("f.equals([]byte(%s), %s)", text, g.enumName(s))
			}
		}
		g.p("}")
	}
}

// mediaTypes returns the media types of a request body in the order of the text.
func (g *generator) mediaTypes(at string) []string {
	at = join(at, "requestBody")
	return g.keys(join(at, "content"))
}

// requestBody writes the switch over media types and the decoding of the body.
func (g *generator) requestBody(name, at string, o *openapi3.Operation, fields map[string]field) {
	body, at := o.RequestBody.Value, join(at, "requestBody")
	if o.RequestBody.Ref != "" {
		at = o.RequestBody.Ref
	}
	g.audit(at, requestBodyKeys)
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
		if !isJSON(mediaType) {
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
	if body.Required {
		g.p("f.at(\"\", \"\")\nf.require(false)")
	}
	g.p("}")
}

// bodySchema returns the schemas that apply to a request body of a media type.
func (g *generator) bodySchema(body *openapi3.RequestBody, at, mediaType string) rules {
	at = join(at, "content", mediaType)
	g.audit(at, mediaTypeKeys)
	if body.Content[mediaType].Schema == nil {
		g.fail(at, "a request body needs a schema")
	}
	return g.rules(body.Content[mediaType].Schema, join(at, "schema"))
}

// bodyFunctions declares, for each type of request body, the function that decodes
// it from a JSON text.
func (g *generator) bodyFunctions(body *openapi3.RequestBody, at string, fields map[string]field) {
	for _, mediaType := range g.keys(join(at, "content")) {
		rs := g.bodySchema(body, at, mediaType)
		pointer, ok := g.bodyField(at, fields, mediaType).typ.(*ast.StarExpr)
		if !ok {
			g.fail(at, "oapi-codegen's type for the body is not a pointer")
		}
		id, ok := g.lastName(pointer.X)
		if !ok {
			g.fail(at, "oapi-codegen's type for the body has no name")
		}
		t := id.Name
		g.declare("Decode"+t, g.key(rs), func(name string) {
			g.p("// %s reads a value of the schema %s from a JSON text, which\n// it does not keep, and checks it. The error is an *InvalidRequest with all faults.", name, rs.title())
			g.p("func %s(text []byte) (value %s, err error) {\nd := open(text)\ndefer d.close()", name, t)
			g.value(rs, "value", id)
			g.p("d.end()\nreturn value, d.err()\n}\n")
		})
	}
}

// bodyField returns the field that oapi-codegen generates for a body of a media type.
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
