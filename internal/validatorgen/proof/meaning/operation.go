package meaning

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Operation has what an operation says about its requests.
type Operation struct {
	ID, Method, Path string       // The ID is empty if there is none.
	Parameters       []*Parameter // Includes those of the path item, unless overridden.
	Body             *Body        // Nil if there is none.
	Unread           []string     // What this package does not define.
}

// Parameter is a parameter of a request.
type Parameter struct {
	Name, In string
	Required bool
	Empty    bool   // allowEmptyValue: ?name= is valid.
	Style    string // The default one if none is given.
	Explode  bool
	Media    string // The media type of content, or "".
	Schema   *Schema
}

// Body is the body of a request.
type Body struct {
	Required bool
	MaxBytes int      // x-max-bytes; 1 MiB if there is none.
	Media    []*Media // In the order of the text.
}

// Media is a media type of a body. Type is in small letters and may have wildcards and
// parameters.
type Media struct {
	Type     string
	Schema   *Schema
	Encoding map[string]*Encoding // Of forms, by the property.
}

// Encoding is how a property is encoded in a form.
type Encoding struct {
	Types   []string // The media types that a part may have, in small letters; nil if any.
	Style   string
	Explode bool
}

// methods lists the keys of a path item that are operations.
var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// operations reads the operations of a specification.
func (spec *Spec) operations() {
	for path, item := range pairs(get(spec.document.root, "paths")) {
		if strings.HasPrefix(path, "x-") {
			continue
		}
		item, err := spec.document.follow(item)
		if err != nil {
			spec.Operations = append(spec.Operations, &Operation{Path: path, Unread: []string{err.Error()}})
			continue
		}
		for method, n := range pairs(item) {
			if !slices.Contains(methods, method) {
				continue
			}
			o := &Operation{ID: word(n, "operationId"), Method: strings.ToUpper(method), Path: path}
			own := spec.parameters(o, get(n, "parameters"))
			for _, p := range spec.parameters(o, get(item, "parameters")) {
				if !slices.ContainsFunc(own, func(q *Parameter) bool { return p.In == q.In && p.Name == q.Name }) {
					o.Parameters = append(o.Parameters, p)
				}
			}
			o.Parameters = append(o.Parameters, own...)
			if body := get(n, "requestBody"); body != nil {
				o.Body = spec.body(o, body)
			}
			o.unread()
			spec.Operations = append(spec.Operations, o)
		}
	}
}

// unread collects what is unread in the schemas of an operation.
func (o *Operation) unread() {
	for _, p := range o.Parameters {
		o.Unread = append(o.Unread, p.Schema.AllUnread()...)
		o.Unread = append(o.Unread, p.unread()...)
	}
	if o.Body != nil {
		for _, m := range o.Body.Media {
			o.Unread = append(o.Unread, m.Schema.AllUnread()...)
			o.Unread = append(o.Unread, m.unread()...)
		}
	}
	slices.Sort(o.Unread)
	o.Unread = slices.Compact(o.Unread)
}

// IgnoredHeaders lists the header parameters that OpenAPI says to ignore (3.0.3, section
// 4.7.12.2).
var IgnoredHeaders = []string{"Accept", "Authorization", "Content-Type"}

// parameters reads a list of parameters, without those that are to be ignored.
func (spec *Spec) parameters(o *Operation, list *yaml.Node) (all []*Parameter) {
	if list == nil {
		return nil
	}
	for _, n := range list.Content {
		n, err := spec.document.follow(n)
		if err != nil {
			o.Unread = append(o.Unread, err.Error())
			continue
		}
		p := &Parameter{
			Name: word(n, "name"), In: word(n, "in"), Required: word(n, "required") == "true", Empty: word(n, "allowEmptyValue") == "true",
			Style: word(n, "style"), Schema: new(Schema),
		}
		if p.In == "header" && slices.Contains(IgnoredHeaders, http.CanonicalHeaderKey(p.Name)) {
			continue
		}
		if p.Style == "" {
			p.Style = map[string]string{"query": "form", "cookie": "form"}[p.In]
		}
		if p.Style == "" {
			p.Style = "simple"
		}
		if p.Explode = p.Style == "form"; get(n, "explode") != nil {
			p.Explode = word(n, "explode") == "true"
		}
		if s := get(n, "schema"); s != nil {
			p.Schema = spec.schema(s)
		}
		for media, content := range pairs(get(n, "content")) {
			p.Media = strings.ToLower(media)
			if s := get(content, "schema"); s != nil {
				p.Schema = spec.schema(s)
			}
		}
		all = append(all, p)
	}
	return all
}

// body reads a request body.
func (spec *Spec) body(o *Operation, n *yaml.Node) *Body {
	n, err := spec.document.follow(n)
	if err != nil {
		o.Unread = append(o.Unread, err.Error())
		return nil
	}
	b := &Body{Required: word(n, "required") == "true", MaxBytes: 1 << 20}
	if limit := get(n, "x-max-bytes"); limit != nil {
		if err := limit.Decode(&b.MaxBytes); err != nil {
			o.Unread = append(o.Unread, err.Error())
		}
	}
	for media, content := range pairs(get(n, "content")) {
		content, err := spec.document.follow(content)
		if err != nil {
			o.Unread = append(o.Unread, err.Error())
			continue
		}
		m := &Media{Type: strings.ToLower(media), Schema: new(Schema), Encoding: map[string]*Encoding{}}
		if s := get(content, "schema"); s != nil {
			m.Schema = spec.schema(s)
		}
		for name, e := range pairs(get(content, "encoding")) {
			encoding := &Encoding{Style: word(e, "style")}
			if encoding.Style == "" && get(e, "explode") != nil {
				encoding.Style = "form"
			}
			encoding.Explode = word(e, "explode") == "true" || get(e, "explode") == nil && encoding.Style == "form"
			if types := word(e, "contentType"); types != "" {
				for t := range strings.SplitSeq(strings.ToLower(types), ",") {
					encoding.Types = append(encoding.Types, strings.TrimSpace(t))
				}
			}
			m.Encoding[name] = encoding
		}
		b.Media = append(b.Media, m)
	}
	return b
}

// Shape returns the type of what schemas describe as far as it decides how a parameter is
// written: array, object, or "" for everything else. Without a type, their other keywords
// decide.
func Shape(schemas []*Schema) string {
	shape := map[string]bool{}
	for _, s := range schemas {
		if s.Types == nil && len(s.OneOf)+len(s.AnyOf) == 0 {
			if s.Properties != nil || s.Additional != nil || s.Closed {
				shape["object"] = true
			} else if s.Items != nil {
				shape["array"] = true
			}
		}
		for _, t := range s.Types {
			if t == "array" || t == "object" {
				shape[t] = true
			} else if t != "null" {
				shape[""] = true
			}
		}
		for _, part := range slices.Concat(s.OneOf, s.AnyOf) {
			if !slices.Equal(part.Types, []string{"null"}) {
				shape[Shape(part.Flat())] = true
			}
		}
	}
	if len(shape) == 1 {
		for s := range shape {
			return s
		}
	}
	if len(shape) == 0 {
		return ""
	}
	return "several"
}

// unread returns what this package does not define about a parameter: nested values,
// and values of several shapes.
func (p *Parameter) unread() (all []string) {
	fail := func(format string, args ...any) {
		all = append(all, fmt.Sprintf("the parameter %s: "+format, append([]any{p.Name}, args...)...))
	}
	if p.Media != "" {
		if !isJSON(p.Media) && !strings.HasPrefix(p.Media, "text/") {
			fail("content of %s", p.Media)
		}
		return all
	}
	schemas := p.Schema.Flat()
	shape := Shape(schemas)
	styles := map[string][]string{"query": {"form", "spaceDelimited", "pipeDelimited", "deepObject"}, "path": {"simple", "label", "matrix"}, "header": {"simple"}, "cookie": {"form"}}
	switch {
	case !slices.Contains(styles[p.In], p.Style):
		fail("style %s in %s", p.Style, p.In)
	case shape == "several":
		fail("values of several shapes")
	case p.Style == "deepObject" && shape == "array", strings.HasSuffix(p.Style, "Delimited") && shape == "object" && p.Explode:
		fail("style %s for values of the shape %q", p.Style, shape)
	}
	if !p.Deep() && p.Nests() {
		fail("nested values")
	}
	return all
}

// Nests reports whether items or members of the values are arrays or objects.
func (p *Parameter) Nests() bool {
	for _, schemas := range inner(p.Schema.Flat()) {
		if Shape(schemas) != "" {
			return true
		}
	}
	return false
}

// inner returns the schemas of the items and members of values that are written as
// texts.
func inner(schemas []*Schema) map[string][]*Schema {
	all := map[string][]*Schema{}
	for _, s := range schemas {
		if s.Items != nil {
			all["items"] = append(all["items"], s.Items.Flat()...)
		}
		for _, p := range s.Prefix {
			all["prefixItems"] = append(all["prefixItems"], p.Flat()...)
		}
		if s.Additional != nil {
			all["additionalProperties"] = append(all["additionalProperties"], s.Additional.Flat()...)
		}
		for name, p := range s.Properties {
			all["properties/"+name] = append(all["properties/"+name], p.Flat()...)
		}
		for _, part := range slices.Concat(s.OneOf, s.AnyOf) {
			for name, list := range inner(part.Flat()) {
				all[name] = append(all[name], list...)
			}
		}
	}
	return all
}

// unread returns what this package does not define about a media type: forms that are no
// objects, and nested values in urlencoded ones.
func (m *Media) unread() (all []string) {
	form := m.Type == "application/x-www-form-urlencoded" || m.Type == "multipart/form-data"
	schemas := m.Schema.Flat()
	if form && Shape(schemas) != "object" && len(m.Schema.Keywords) > 0 {
		return []string{m.Type + ": a form that is no object"}
	}
	if m.Type != "application/x-www-form-urlencoded" {
		return nil
	}
	members := inner(schemas)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		shape := Shape(members[name])
		e := m.Encoding[strings.TrimPrefix(name, "properties/")]
		styled := e != nil && e.Style != "" && e.Style != "deepObject"
		nested := false
		for _, list := range inner(members[name]) {
			nested = nested || Shape(list) != ""
		}
		if shape == "several" || styled && (nested || shape == "object" && e.Style == "form" && e.Explode) {
			all = append(all, fmt.Sprintf("%s: nested values in %s", m.Type, name))
		}
	}
	return all
}

// isJSON reports whether a media type, which may have parameters, is JSON.
func isJSON(mediaType string) bool {
	name, _, _ := strings.Cut(mediaType, ";")
	name = strings.TrimSpace(name)
	return name == "application/json" || strings.HasSuffix(name, "+json")
}
