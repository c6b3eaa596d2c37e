package meaning

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Request has the parts of a request that a specification is about.
type Request struct {
	Path   map[string]string // The escaped values, by parameter.
	Query  string            // As it is sent.
	Header http.Header
	Body   []byte // Nil if there is none.
}

// Judge finds the faults of a request. The pointers of parameters have the form
// "query limit", without the name if it is not safe to repeat.
func (o *Operation) Judge(r Request) Verdict {
	j := newJudgement()
	given := j.query(o, r.Query)
	for _, p := range o.Parameters {
		here := place{pointer: p.In + " " + p.Name}
		if p.In == "header" {
			here.pointer = "header " + http.CanonicalHeaderKey(p.Name)
		}
		texts, unescape := p.texts(r, given)
		if len(texts) > 1 && !p.Repeats() {
			j.fail(here, "repeated parameter", nil, nil)
			texts = texts[:1]
		}
		members := p.members(given)
		if len(texts) == 0 && len(members) == 0 {
			if p.Required {
				j.fail(here, "required", nil, nil)
			}
			continue
		}
		if len(texts) == 1 && texts[0] == "" && p.Empty && p.In == "query" {
			continue
		}
		before, narrow := len(j.faults), len(*j.narrow)
		j.parameter(p, texts, members, unescape, here)
		for i := range (*j.narrow)[narrow:] {
			(*j.narrow)[narrow+i].Pointer = here.pointer
		}
		for i := range j.faults[before:] {
			if j.faults[before+i].Pointer = here.pointer; j.faults[before+i].Rule == "escapes" {
				j.faults[before+i].Pointer = p.In + " " + shown(p.Name)
			}
		}
	}
	if o.Body != nil {
		j.body(o.Body, r)
	}
	return j.verdict()
}

// pair is a name in a query or form with its escaped value.
type pair struct{ name, value string }

// query judges the names in a query, and returns the pairs that have known ones.
func (j *judgement) query(o *Operation, query string) (given []pair) {
	for text := range strings.SplitSeq(query, "&") {
		if text == "" {
			continue
		}
		name, value, _ := strings.Cut(text, "=")
		unescaped, err := url.QueryUnescape(name)
		if err != nil {
			j.fail(place{pointer: "query "}, "escapes", &Value{Kind: '"', Text: name}, nil)
		} else if !slices.ContainsFunc(o.Parameters, func(p *Parameter) bool { return p.In == "query" && p.takes(unescaped, o) }) {
			j.fail(place{pointer: "query " + shown(unescaped)}, "unknown parameter", &Value{Kind: '"', Text: unescaped}, nil)
		} else {
			given = append(given, pair{unescaped, value})
		}
	}
	return given
}

// takes reports whether a name in a query belongs to a parameter.
func (p *Parameter) takes(name string, o *Operation) bool {
	switch {
	case p.Deep():
		path := brackets(name)
		return path != nil && path[0] == p.Name
	case p.Spread():
		_, known, allowed := PropertySchemas(p.Schema.Flat(), name)
		open := slices.ContainsFunc(p.Schema.Flat(), func(s *Schema) bool { return s.Additional != nil || s.open() })
		return allowed && (known || open && !slices.ContainsFunc(o.Parameters, func(q *Parameter) bool {
			return q != p && q.In == "query" && !q.Spread() && q.takes(name, o)
		}))
	}
	return p.Name == name
}

// open reports whether a schema has additionalProperties: true.
func (s *Schema) open() bool {
	return slices.Contains(s.Keywords, "additionalProperties") && !s.Closed && s.Additional == nil
}

// Shape returns the type of the values as far as it decides how they are written.
func (p *Parameter) Shape() string { return Shape(p.Schema.Flat()) }

// Deep reports whether the members of an object are written as name[member]=value.
func (p *Parameter) Deep() bool {
	return p.In == "query" && p.Media == "" && p.Style == "deepObject" && p.Shape() == "object"
}

// brackets returns the names in one like filter[size][least], or nil if it has no brackets.
func brackets(name string) []string {
	first, rest, _ := strings.Cut(name, "[")
	rest, ok := strings.CutSuffix(rest, "]")
	if !ok {
		return nil
	}
	return slices.Concat([]string{first}, strings.Split(rest, "]["))
}

// Spread reports whether the members of an object are parameters of their own, as in
// R=100&G=200.
func (p *Parameter) Spread() bool {
	return p.In == "query" && p.Media == "" && p.Style == "form" && p.Explode && p.Shape() == "object"
}

// Repeats reports whether a parameter is sent item by item, as in tag=a&tag=b.
func (p *Parameter) Repeats() bool {
	return p.In == "query" && p.Media == "" && p.Explode && p.Shape() == "array"
}

// texts returns the escaped values of a parameter, and what unescapes them. Headers and
// cookies are not escaped.
func (p *Parameter) texts(r Request, given []pair) (texts []string, unescape func(string) (string, error)) {
	plain := func(s string) (string, error) { return s, nil }
	switch p.In {
	case "query":
		if p.Deep() || p.Spread() {
			return nil, url.QueryUnescape
		}
		for _, g := range given {
			if g.name == p.Name {
				texts = append(texts, g.value)
			}
		}
		return texts, url.QueryUnescape
	case "path":
		return []string{r.Path[p.Name]}, url.PathUnescape
	case "header":
		if lines := r.Header.Values(p.Name); len(lines) > 0 {
			// The field lines form one list (RFC 9110, section 5.3).
			return []string{strings.Join(lines, ", ")}, plain
		}
	case "cookie":
		for _, c := range (&http.Request{Header: r.Header}).CookiesNamed(p.Name) {
			texts = append(texts, c.Value)
		}
	}
	return texts, plain
}

// members returns the members of an object that are parameters of their own.
func (p *Parameter) members(given []pair) (all []pair) {
	for _, g := range given {
		if (p.Deep() || p.Spread()) && p.takes(g.name, &Operation{}) {
			all = append(all, g)
		}
	}
	return all
}

// shown returns a name that the client chose if it is safe to repeat, or "".
func shown(name string) string {
	if (place{}).member(name, false).hidden {
		return ""
	}
	return name
}

// parameter judges the escaped values of a parameter, or the members of an object.
func (j *judgement) parameter(p *Parameter, texts []string, members []pair, unescape func(string) (string, error), at place) {
	schemas := p.Schema.Flat()
	if p.Media != "" {
		if text, ok := j.unescaped(p, texts[0], unescape, at); ok && isJSON(p.Media) {
			j.text(p.Schema, []byte(text), at)
		} else if ok {
			j.value(schemas, &Value{Kind: 'x', Text: text}, at)
		}
		return
	}
	var v *Value
	switch p.Shape() {
	case "array":
		if !p.Repeats() {
			var ok bool
			if texts, ok = p.split(texts[0]); !ok {
				j.fail(at, "form", &Value{Kind: '"', Text: texts[0]}, nil)
				return
			}
		}
		v = &Value{Kind: '['}
		for _, text := range texts {
			if text, ok := j.unescaped(p, text, unescape, at); ok {
				v.Items = append(v.Items, &Value{Kind: 'x', Text: text})
			}
		}
		if len(v.Items) < len(texts) {
			return
		}
	case "object":
		if len(texts) > 0 {
			var ok bool
			if members, ok = p.pairs(texts[0]); !ok {
				j.fail(at, "form", &Value{Kind: '"', Text: texts[0]}, nil)
				return
			}
		}
		var all []sent
		for _, m := range members {
			path, ok := []string{m.name}, true
			if p.Deep() {
				path = brackets(m.name)[1:]
			} else if len(texts) > 0 {
				path[0], ok = j.unescaped(p, m.name, unescape, at)
			}
			text, also := j.unescaped(p, m.value, unescape, at)
			if !ok || !also {
				return
			}
			all = append(all, sent{path, text})
		}
		v = described(schemas, all)
	default:
		text, ok := strings.CutPrefix(texts[0], p.Prefix())
		if !ok {
			j.fail(at, "form", &Value{Kind: '"', Text: text}, nil)
			return
		}
		if text, ok = j.unescaped(p, text, unescape, at); !ok {
			return
		}
		v = &Value{Kind: 'x', Text: text}
	}
	j.value(schemas, v, at)
}

// unescaped returns the text that an escaped one stands for, if there is one.
func (j *judgement) unescaped(p *Parameter, escaped string, unescape func(string) (string, error), at place) (text string, ok bool) {
	text, err := unescape(escaped)
	if p.In == "header" && p.Shape() != "" {
		text = strings.Trim(text, " \t") // RFC 9110, section 5.6.1: OWS.
	}
	switch {
	case err != nil:
		j.fail(at, "escapes", &Value{Kind: '"', Text: escaped}, nil)
	case !utf8.ValidString(text):
		j.fail(at, ErrUTF8.Error(), &Value{Kind: '"', Text: text}, nil)
	default:
		return text, true
	}
	return "", false
}

// Prefix returns what precedes a value in a path (RFC 6570, sections 3.2.5 and 3.2.7).
func (p *Parameter) Prefix() string {
	switch {
	case p.Style == "label":
		return "."
	case p.Style == "matrix" && p.Explode && p.Shape() == "object":
		return ";"
	case p.Style == "matrix":
		return ";" + p.Name + "="
	}
	return ""
}

// Separator returns what is between the items or members in one text.
func (p *Parameter) Separator() string {
	switch {
	case p.Style == "label" && p.Explode:
		return "."
	case p.Style == "matrix" && p.Explode && p.Shape() == "array":
		return ";" + p.Name + "="
	case p.Style == "matrix" && p.Explode:
		return ";"
	case p.Style == "pipeDelimited":
		return "|"
	case p.Style == "spaceDelimited":
		return " "
	}
	return ","
}

// split splits an escaped text at the separators. An escaped comma is part of an item;
// the other separators of a query have to be escaped in a URI.
func (p *Parameter) split(text string) (items []string, ok bool) {
	text, ok = strings.CutPrefix(text, p.Prefix())
	if !ok {
		return []string{text}, false
	}
	switch separator := p.Separator(); separator {
	case "|":
		text = strings.NewReplacer("%7C", "|", "%7c", "|").Replace(text)
		return strings.Split(text, "|"), true
	case " ":
		text = strings.NewReplacer("%20", " ", "+", " ").Replace(text)
		return strings.Split(text, " "), true
	default:
		return strings.Split(text, separator), true
	}
}

// pairs splits an escaped text into names and values: a,1,b,2 or a=1,b=2.
func (p *Parameter) pairs(text string) (members []pair, ok bool) {
	items, ok := p.split(text)
	if !ok {
		return nil, false
	}
	if p.Explode {
		for _, item := range items {
			name, value, ok := strings.Cut(item, "=")
			if !ok {
				return nil, false
			}
			members = append(members, pair{name, value})
		}
		return members, true
	}
	if len(items)%2 == 1 {
		return nil, false
	}
	for i := 0; i < len(items); i += 2 {
		members = append(members, pair{items[i], items[i+1]})
	}
	return members, true
}

// reading judges a text that is not JSON by what it may be: of the types that the schemas
// allow, one as which it is valid. Without a type it is a string.
func (j *judgement) reading(schemas []*Schema, v *Value, at place) {
	types, union := textTypes(schemas)
	if union && len(types) == 0 {
		for _, s := range schemas {
			j.alternatives(s, v, at)
		}
		return
	}
	if len(types) == 0 {
		types = []string{"string"}
	}
	var first []Fault
	for i, t := range types {
		own := j.within()
		if read := readText(t, v.Text); read != nil {
			own.value(schemas, read, at)
		} else {
			own.fail(at, "form", &Value{Kind: '"', Text: v.Text}, nil)
		}
		if len(own.faults) == 0 {
			return
		}
		if i == 0 {
			first = own.faults
		}
	}
	j.faults = append(j.faults, first...)
}

// textTypes returns the types of texts that all schemas allow, the narrowest first, and
// whether there are alternatives.
func textTypes(schemas []*Schema) (types []string, union bool) {
	typed := false
	for _, s := range schemas {
		typed = typed || s.Types != nil
		union = union || s.OneOf != nil || s.AnyOf != nil || s.Not != nil
	}
	if !typed {
		return nil, union
	}
	for _, t := range []string{"boolean", "integer", "number", "string"} {
		if !slices.ContainsFunc(schemas, func(s *Schema) bool {
			return s.Types != nil && !slices.Contains(s.Types, t) && (t != "integer" || !slices.Contains(s.Types, "number"))
		}) && (t != "integer" || slices.ContainsFunc(schemas, func(s *Schema) bool { return slices.Contains(s.Types, "integer") })) {
			types = append(types, t)
		}
	}
	return types, union
}

// spelled returns the value of the narrowest type that a text spells, or v if it is no text.
func spelled(schemas []*Schema, v *Value) *Value {
	if v.Kind == 'x' {
		types, _ := textTypes(schemas)
		for _, t := range types {
			if read := readText(t, v.Text); read != nil {
				return read
			}
		}
	}
	return v
}

// readText returns the value of a type that a text spells, or nil.
func readText(valueType, text string) *Value {
	switch {
	case valueType == "string":
		return &Value{Kind: '"', Text: text}
	case valueType == "boolean" && (text == "true" || text == "false"):
		return &Value{Kind: text[0]}
	case valueType == "integer" && integerForm.MatchString(text), valueType == "number" && numberForm.MatchString(text):
		return &Value{Kind: '0', Text: text}
	}
	return nil
}

// The forms of numbers in JSON (RFC 8259, section 6). Parameters have integers without
// a fraction or exponent.
var (
	integerForm = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)
	numberForm  = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
)

// body judges the body of a request. The pointers of faults of its media type are empty.
func (j *judgement) body(b *Body, r Request) {
	given := r.Header.Get("Content-Type")
	if len(r.Body) == 0 && given == "" {
		if b.Required {
			j.fail(place{}, "required", nil, nil)
		}
		return
	}
	mediaType, params, err := mime.ParseMediaType(given)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		j.fail(place{}, "media type", &Value{Kind: '"', Text: given}, nil)
		return
	}
	m := b.match(mediaType)
	root := place{pointer: "#"}
	switch {
	case m == nil:
		j.fail(place{}, "media type", &Value{Kind: '"', Text: given}, nil)
	case len(r.Body) > b.MaxBytes:
		j.fail(place{}, "size", nil, nil)
	case strings.Contains(m.Type, "*") && binary(m.Schema):
	case isJSON(mediaType):
		j.text(m.Schema, r.Body, root)
	case mediaType == "application/x-www-form-urlencoded":
		j.urlencoded(m, string(r.Body), root)
	case mediaType == "multipart/form-data":
		j.multipart(m, r.Body, params["boundary"], root)
	case strings.HasPrefix(mediaType, "multipart/") && params["boundary"] == "":
		j.fail(root, "form", &Value{Kind: '"', Text: given}, nil) // RFC 2046, section 5.1.1.
	case strings.HasPrefix(m.Type, "text/") && mediaType != "text/xml" && Shape(m.Schema.Flat()) == "" && !binary(m.Schema):
		j.characters(m.Schema, string(r.Body), root)
	}
}

// binary reports whether values are bytes that no keyword is about.
func binary(s *Schema) bool {
	return slices.ContainsFunc(s.Flat(), func(s *Schema) bool { return s.Format == "binary" })
}

// Match returns the entry for the value of Content-Type, or nil.
func (b *Body) Match(given string) *Media {
	mediaType, _, err := mime.ParseMediaType(given)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return nil
	}
	return b.match(mediaType)
}

// match returns the entry for a media type: itself, its type with any subtype, or any.
func (b *Body) match(mediaType string) *Media {
	kind, _, ok := strings.Cut(mediaType, "/")
	if !ok {
		return nil
	}
	for _, want := range []string{mediaType, kind + "/*", "*/*"} {
		for _, m := range b.Media {
			if name, _, _ := strings.Cut(m.Type, ";"); strings.TrimSpace(name) == want {
				return m
			}
		}
	}
	return nil
}

// characters judges a text that is not JSON.
func (j *judgement) characters(s *Schema, text string, at place) {
	if !utf8.ValidString(text) {
		j.fail(at, ErrUTF8.Error(), &Value{Kind: '"', Text: text}, nil)
		return
	}
	j.value(s.Flat(), &Value{Kind: 'x', Text: text}, at)
}

// urlencoded judges a form like the query parameters that its members would be, except
// that the schema decides about members that it does not name, and that the members of an
// object, and of objects in an array, have names with brackets.
func (j *judgement) urlencoded(m *Media, text string, at place) {
	var whole []Member
	var all []sent
	once := map[string]bool{}
	for text := range strings.SplitSeq(text, "&") {
		if text == "" {
			continue
		}
		escaped, raw, _ := strings.Cut(text, "=")
		name, err := url.QueryUnescape(escaped)
		if err != nil || !utf8.ValidString(name) {
			j.fail(at, "escapes", &Value{Kind: '"', Text: escaped}, nil)
			return
		}
		path := []string{name}
		if deep := brackets(name); deep != nil && m.Deep(deep[0]) {
			path = deep
		}
		p := m.Member(path[0])
		here := at.member(path[0], len(p.Schema.AllOf) > 0)
		value, ok := j.unescaped(p, raw, url.QueryUnescape, here)
		if !ok {
			return
		}
		e := m.Encoding[path[0]]
		switch shape := p.Shape(); {
		case e != nil && slices.ContainsFunc(e.Types, isJSON):
			v, err := Parse([]byte(value))
			if err != nil {
				j.fail(here, "form", &Value{Kind: '"', Text: value}, nil)
				return
			}
			whole = append(whole, Member{name, v})
		case e != nil && e.Style != "" && !p.Repeats() && !p.Deep() && (shape == "array" || shape == "object"):
			if once[name] {
				j.fail(here, "duplicate name", &Value{Kind: '"', Text: name}, nil)
				return
			}
			once[name] = true
			v := j.inOne(p, raw, here)
			if v == nil {
				return
			}
			whole = append(whole, Member{name, v})
		default:
			all = append(all, sent{path, value})
		}
	}
	v := described(m.Possible(), all)
	v.Members = append(v.Members, whole...)
	j.value(m.Schema.Flat(), v, at)
}

// Possible returns the schemas of a form, and those of its alternatives, some of which may
// apply.
func (m *Media) Possible() []*Schema { return possible(m.Schema.Flat()) }

// possible returns schemas, and those of their alternatives.
func possible(schemas []*Schema) []*Schema {
	all := slices.Clone(schemas)
	for i := 0; i < len(all); i++ {
		for _, part := range slices.Concat(all[i].OneOf, all[i].AnyOf) {
			for _, s := range part.Flat() {
				if !slices.Contains(all, s) {
					all = append(all, s)
				}
			}
		}
	}
	return all
}

// Member returns the query parameter that a member of a form is written like.
func (m *Media) Member(name string) *Parameter {
	schemas, _, _ := PropertySchemas(m.Possible(), name)
	p := &Parameter{Name: name, In: "query", Style: "form", Explode: true, Schema: &Schema{AllOf: schemas}}
	if e := m.Encoding[name]; e != nil && e.Style != "" {
		p.Style, p.Explode = e.Style, e.Explode
	}
	return p
}

// Deep reports whether the parts of a member of a form have names with brackets.
func (m *Media) Deep(name string) bool {
	p, e := m.Member(name), m.Encoding[name]
	switch schemas := p.Schema.Flat(); Shape(schemas) {
	case "object":
		return e == nil || e.Style == "" || e.Style == "deepObject"
	case "array":
		return Shape(ItemSchemas(schemas, 0)) != ""
	}
	return false
}

// inOne returns the value of an array or object in one text of a form, or nil if that is
// malformed.
func (j *judgement) inOne(p *Parameter, raw string, at place) *Value {
	items, _ := p.split(raw)
	members, ok := p.pairs(raw)
	if p.Shape() == "array" {
		members, ok = make([]pair, len(items)), true
		for i, item := range items {
			members[i].value = item
		}
	}
	if !ok {
		j.fail(at, "form", &Value{Kind: '"', Text: raw}, nil)
		return nil
	}
	var all []sent
	v := &Value{Kind: '['}
	for _, m := range members {
		name, ok := j.unescaped(p, m.name, url.QueryUnescape, at)
		text, also := j.unescaped(p, m.value, url.QueryUnescape, at)
		if !ok || !also {
			return nil
		}
		all = append(all, sent{[]string{name}, text})
		v.Items = append(v.Items, &Value{Kind: 'x', Text: text})
	}
	if p.Shape() == "array" {
		return v
	}
	return described(p.Schema.Flat(), all)
}

// sent is a text that was sent for the part of a value to which a path leads: names of
// members, and indexes of items.
type sent struct {
	path []string
	text string
}

// described returns the object or array that texts describe. Several of one path are an
// array, whatever the schemas say, and one is, if they say so.
func described(schemas []*Schema, all []sent) *Value {
	v := &Value{Kind: '{'}
	var names []string
	leaves, inner := map[string][]sent{}, map[string][]sent{}
	for _, s := range all {
		name := s.path[0]
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		if len(s.path) == 1 {
			leaves[name] = append(leaves[name], s)
		} else {
			inner[name] = append(inner[name], sent{s.path[1:], s.text})
		}
	}
	for _, name := range names {
		member, _, _ := PropertySchemas(schemas, name)
		if Shape(schemas) == "array" {
			member = ItemSchemas(schemas, 0)
		}
		member = possible(member)
		list := &Value{Kind: '['}
		for _, s := range leaves[name] {
			list.Items = append(list.Items, &Value{Kind: 'x', Text: s.text})
		}
		if len(list.Items) == 1 && Shape(member) != "array" {
			list = list.Items[0]
		}
		if leaves[name] != nil {
			v.Members = append(v.Members, Member{name, list})
		}
		if inner[name] != nil {
			v.Members = append(v.Members, Member{name, described(member, inner[name])})
		}
	}
	if Shape(schemas) == "array" {
		return v.indexed()
	}
	return v
}

// indexed returns the array whose items are the members of an object by their indexes, or
// the object itself if it has other members.
func (v *Value) indexed() *Value {
	array := &Value{Kind: '['}
	for i := range v.Members {
		item := v.Get(strconv.Itoa(i))
		if item == nil {
			return v
		}
		array.Items = append(array.Items, item)
	}
	return array
}

// multipart judges a form of parts (RFC 7578).
func (j *judgement) multipart(m *Media, body []byte, boundary string, at place) {
	object := &Value{Kind: '{'}
	schemas, possible := m.Schema.Flat(), m.Possible()
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	lists := map[string]*Value{}
	for {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		var content []byte
		if err == nil {
			content, err = io.ReadAll(part)
		}
		if err != nil || boundary == "" || part.FormName() == "" {
			j.fail(at, "form", &Value{Kind: '"', Text: string(body)}, nil)
			return
		}
		name := part.FormName()
		member, known, _ := PropertySchemas(possible, name)
		here := at.member(name, known)
		list := Shape(member) == "array" || !known
		if Shape(member) == "array" {
			member = ItemSchemas(member, 0)
		}
		v := j.part(member, m.Encoding[name], part, content, here)
		if v == nil {
			return
		}
		if list && lists[name] == nil {
			lists[name] = &Value{Kind: '['}
			object.Members = append(object.Members, Member{name, lists[name]})
		}
		if list {
			lists[name].Items = append(lists[name].Items, v)
		} else {
			object.Members = append(object.Members, Member{name, v})
		}
	}
	j.value(schemas, object, at)
}

// part returns the value of a part, or nil if it is malformed. A part that is binary, or
// of a media type that this package does not read, is any string.
func (j *judgement) part(schemas []*Schema, e *Encoding, part *multipart.Part, content []byte, at place) *Value {
	mediaType, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
	if err != nil {
		mediaType = "text/plain" // RFC 7578, section 4.4.
		if Shape(schemas) == "object" {
			mediaType = "application/json"
		}
	}
	if e != nil && e.Types != nil && part.Header.Get("Content-Type") != "" && (&Body{Media: e.media()}).match(mediaType) == nil {
		j.fail(at, "media type", &Value{Kind: '"', Text: mediaType}, nil)
		return nil
	}
	switch {
	case slices.ContainsFunc(schemas, binary), len(schemas) == 0:
		return &Value{Kind: 'b'}
	case isJSON(mediaType):
		v, err := Parse(content)
		if err != nil {
			j.fail(at, "form", &Value{Kind: '"', Text: string(content)}, nil)
			return nil
		}
		return v
	case !utf8.Valid(content):
		j.fail(at, ErrUTF8.Error(), &Value{Kind: '"', Text: string(content)}, nil)
		return nil
	}
	return &Value{Kind: 'x', Text: string(content)}
}

// media returns the media types of an encoding as those of a body.
func (e *Encoding) media() (all []*Media) {
	for _, t := range e.Types {
		all = append(all, &Media{Type: t})
	}
	return all
}
