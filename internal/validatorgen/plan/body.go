package plan

import (
	"cmp"
	"go/types"
	"slices"
	"strings"

	"example.com/tasks/internal/validatorgen/spec"
	"example.com/tasks/internal/validatorgen/target"
)

// defaultLimit limits a request body without x-max-bytes.
const defaultLimit = 1 << 20

// body plans the request body of an operation, and the functions that decode its types
// from JSON texts.
func (p *planner) body(o *Operation, ref *spec.Node, fields []target.Field) {
	n := p.resolve(ref)
	if n == nil {
		return
	}
	p.keys(n, "required", "content")
	o.Body = &Body{Required: n.True("required"), Limit: defaultLimit}
	if x := n.Get("x-max-bytes"); x != nil {
		limit, ok := x.Rat()
		if !ok || !limit.IsInt() || !limit.Num().IsInt64() || limit.Sign() <= 0 {
			p.stop(x, "x-max-bytes must be a number of bytes")
			return
		}
		o.Body.Limit = int(limit.Num().Int64())
	}
	content := n.Get("content")
	if content == nil || len(content.Names) == 0 {
		p.stop(n, "a request body needs content")
		return
	}
	o.Body.Typed = target.FieldOf(fields, "ContentType") != nil
	for _, mediaType := range content.Names {
		p.content(o, mediaType, content, fields)
	}
}

// content plans a body of a media type.
func (p *planner) content(o *Operation, mediaType string, contents *spec.Node, fields []target.Field) {
	n := contents.Get(mediaType)
	p.keys(n, "schema", "encoding")
	c := &Content{MediaType: strings.ToLower(mediaType)}
	var tag string
	c.Kind, tag = kindOf(c.MediaType)
	f := target.BodyField(fields, tag, len(contents.Names) == 1)
	if f == nil {
		p.stop(n, "oapi-codegen's type has no field for a body of %s", mediaType)
		return
	}
	c.Field = f.Name
	o.Body.Ranges = o.Body.Ranges || strings.ContainsAny(mediaType, "*;")
	if slices.ContainsFunc(o.Body.Contents, func(other *Content) bool { return other.MediaType == c.MediaType }) {
		p.stop(n, "the media type is there twice")
	}
	o.Body.Contents = append(o.Body.Contents, c)
	schema := n.Get("schema")
	if schema == nil {
		if c.Kind != Parts && c.Kind != Bytes {
			p.stop(n, "a request body needs a schema")
		}
		return
	}
	before := len(p.unit.problems)
	rs := p.rules(schema)
	if len(p.unit.problems) > before {
		return
	}
	if rs.has("default") {
		p.note(n, "the body's default is not applied, as with oapi-codegen")
	}
	switch c.Kind {
	case JSON, Form:
		p.typed(c, n, rs, f.Type)
	case Parts:
		p.parts(c, n, rs)
	case Text:
		p.text(c, rs, f.Type)
	default:
		if !isFile(rs) {
			p.unread(c, n, rs)
		}
	}
}

// unread plans a body that the handler reads. Its schema applies to it only if it is text,
// or JSON in a range of media types.
func (p *planner) unread(c *Content, n *spec.Node, rs rules) {
	switch {
	case strings.HasPrefix(c.MediaType, "text/") && c.MediaType != "text/xml" && p.formKind(rs) == "scalar":
		c.Kind = Chars
		p.text(c, rs, anyType)
	case c.MediaType == "*/*", c.MediaType == "application/*":
		c.Kind = Mixed
		c.Value = p.value(rs, anyType)
		p.note(n, "a body that is not JSON is handed on as it is: its schema is not checked")
	default:
		p.note(n, "the body is handed on as it is: its schema is not checked")
	}
}

// kindOf returns what is made of a body of a media type, and how oapi-codegen's field for
// it begins.
func kindOf(mediaType string) (kind Kind, tag string) {
	switch {
	case mediaType == "application/json":
		return JSON, "JSON"
	case isJSONType(mediaType):
		return JSON, strings.NewReplacer("+", "plus", "*", "wildcard").Replace(mediaType)
	case mediaType == "application/x-www-form-urlencoded":
		return Form, "Formdata"
	case strings.HasPrefix(mediaType, "multipart/"):
		return Parts, "Multipart"
	case mediaType == "text/plain":
		return Text, "Text"
	}
	return Bytes, ""
}

// typed plans a body that becomes a value of oapi-codegen's type t, and a function that
// decodes such values from JSON texts.
func (p *planner) typed(c *Content, n *spec.Node, rs rules, t types.Type) {
	element, pointer := target.Element(t)
	name, ok := p.pkg.LastName(element)
	switch {
	case invalid(element):
		p.stop(n, "oapi-codegen's type for the body is an alias that leads back to itself, or does not compile")
		return
	case !ok || !pointer:
		p.stop(n, "oapi-codegen's type for the body has no name, or is not a pointer")
		return
	}
	c.Value = p.value(rs, t)
	if c.Kind == Form {
		c.Encodings = p.encodings(n, rs)
		return
	}
	p.declare("Decode"+name, rs.key(), func(function string) (*unit, func()) {
		t := &Function{Name: function, Title: rs.title(), Type: name}
		p.plan.Texts = append(p.plan.Texts, t)
		return &t.unit, func() { t.Value = p.value(p.rules(n.Get("schema")), p.pkg.Lookup(name)) }
	})
}

// text plans a body that is a text.
func (p *planner) text(c *Content, rs rules, t types.Type) {
	kind := cmp.Or(p.kind(rs, t), "string")
	if reads[kind].Var == "" {
		p.stop(rs[0].Node, "a text must be a string, a number, an integer or a boolean")
		return
	}
	p.audit(rs, kind)
	c.Value = p.scalar(kind, rs, t)
}

// isJSONType reports whether a media type is application/json or ends in +json.
func isJSONType(mediaType string) bool {
	name, _, _ := strings.Cut(strings.ToLower(mediaType), ";")
	name = strings.TrimSpace(name)
	return name == "application/json" || strings.HasSuffix(name, "+json")
}

// responses returns the names of the types of an operation's JSON responses. A body
// whose type has no name is left out.
func (p *planner) responses(id string, responses *spec.Node) (names []string) {
	if responses == nil {
		return nil
	}
	for _, status := range responses.Names {
		response, problem := p.Resolve(responses.Get(status))
		content := response.Get("content")
		if problem != nil || content == nil {
			continue
		}
		for _, mediaType := range content.Names {
			if name, ok := p.bodyType(id+status, mediaType, content.Get(mediaType).Get("schema")); ok && isJSONType(mediaType) {
				names = append(names, name)
			}
		}
	}
	return names
}

// bodyType returns the name of a response body's type, and whether it has one: that of
// the component, or the one that gen/templates and oapi-codegen give to inline schemas.
func (p *planner) bodyType(response, mediaType string, schema *spec.Node) (name string, ok bool) {
	if ref := schema.String("$ref"); ref != "" {
		return p.pkg.TypeLike(strings.NewReplacer("~1", "/", "~0", "~").Replace(ref[strings.LastIndex(ref, "/")+1:]), "")
	}
	if mediaType == "application/json" {
		mediaType = "JSON"
	}
	name, ok = p.pkg.TypeLike(response+strings.ReplaceAll(mediaType, "+", "plus"), "ResponseBody")
	return name + "ResponseBody", ok
}
