package plan

import (
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
	for _, mediaType := range content.Names {
		p.content(o, mediaType, content, fields)
	}
}

// content plans a body of a media type.
func (p *planner) content(o *Operation, mediaType string, contents *spec.Node, fields []target.Field) {
	n := contents.Get(mediaType)
	switch {
	case !isJSON(mediaType):
		p.stop(n, "the media type is not JSON's: only application/json and …+json are handled")
		return
	case n.Get("schema") == nil:
		p.stop(n, "a request body needs a schema")
		return
	}
	p.keys(n, "schema")
	f := bodyField(fields, mediaType, len(contents.Names) == 1)
	if f == nil {
		p.stop(n, "oapi-codegen's type has no field for a body of %s", mediaType)
		return
	}
	before := len(p.unit.problems)
	rs := p.rules(n.Get("schema"))
	if len(p.unit.problems) > before {
		return
	}
	element, pointer := target.Element(f.Type)
	name, ok := p.pkg.LastName(element)
	switch {
	case invalid(element):
		p.stop(n, "oapi-codegen's type for the body is an alias that leads back to itself, or does not compile")
		return
	case !ok || !pointer:
		p.stop(n, "oapi-codegen's type for the body has no name, or is not a pointer")
		return
	}
	if rs.has("default") {
		p.note(n, "the body's default is not applied, as with oapi-codegen")
	}
	o.Body.Contents = append(o.Body.Contents, &Content{strings.ToLower(mediaType), f.Name, p.value(rs, f.Type)})
	p.declare("Decode"+name, rs.key(), func(function string) (*unit, func()) {
		t := &Function{Name: function, Title: rs.title(), Type: name}
		p.plan.Texts = append(p.plan.Texts, t)
		return &t.unit, func() { t.Value = p.value(p.rules(n.Get("schema")), p.pkg.Lookup(name)) }
	})
}

// isJSON reports whether a media type is application/json or ends in +json.
func isJSON(mediaType string) bool {
	mediaType = strings.ToLower(mediaType)
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

// bodyField returns the field that oapi-codegen generates for a body of a media type,
// which may be the only one, or nil.
func bodyField(fields []target.Field, mediaType string, only bool) *target.Field {
	if only {
		return field(fields, "Body")
	}
	want := letters(strings.ReplaceAll(mediaType, "+", "plus")) + "body"
	if mediaType == "application/json" {
		want = "jsonbody"
	}
	for i, f := range fields {
		if strings.EqualFold(f.Name, want) {
			return &fields[i]
		}
	}
	return nil
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
			if name, ok := p.bodyType(id+status, mediaType, content.Get(mediaType).Get("schema")); ok && isJSON(mediaType) {
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
		return p.typeLike(strings.NewReplacer("~1", "/", "~0", "~").Replace(ref[strings.LastIndex(ref, "/")+1:]), "")
	}
	if mediaType == "application/json" {
		mediaType = "JSON"
	}
	name, ok = p.typeLike(response+strings.ReplaceAll(mediaType, "+", "plus"), "ResponseBody")
	return name + "ResponseBody", ok
}
