package prelude

import (
	"bytes"
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// textStyle says how the items of an array or the members of an object stand in one text
// (OpenAPI 3.0.3, section 4.7.12.3).
type textStyle struct {
	prefix    string // What precedes them in a path.
	separator string // What is between them.
	pairs     bool   // Whether members are name=value, not a name and then its value.
}

// cut returns the parts of a text, and whether this has the prefix. Spaces and bars are
// escaped in a URI, even as separators.
func (s textStyle) cut(text string) (parts []string, ok bool) {
	text, ok = strings.CutPrefix(text, s.prefix)
	switch s.separator {
	case " ":
		text = strings.NewReplacer("%20", " ", "+", " ").Replace(text)
	case "|":
		text = strings.NewReplacer("%7C", "|", "%7c", "|").Replace(text)
	}
	return strings.Split(text, s.separator), ok
}

// membersIn returns the members of an object in one text, whose names and values a function
// unescapes, or which are not escaped if it is nil. Path leads to the object.
func (s textStyle) membersIn(text string, unescape func(string) (string, error), path ...string) (fields []formField, ok bool) {
	parts, ok := s.cut(text)
	if !s.pairs && len(parts)%2 == 1 {
		return nil, false
	}
	for i := 0; i < len(parts); i++ {
		name, value, found := strings.Cut(parts[i], "=")
		if !s.pairs {
			name, value, found = parts[i], parts[i+1], true
			i++
		}
		if unescape != nil {
			name, _ = unescape(name) // The whole text was unescaped before, without an error.
			value, _ = unescape(value)
		}
		ok = ok && found
		fields = append(fields, formField{path: append(slices.Clone(path), name), text: value})
	}
	return fields, ok
}

// formField is a text that was sent for a part of an object.
type formField struct {
	path  []string // The names that lead to the part; those of items are their indexes.
	text  string
	json  bool // Whether the text is JSON, and not the value of a scalar.
	item  bool // Whether the text is an item of the array that path leads to.
	order int  // Sorts the members of the whole object.
}

// brackets returns the path in a name like filter[size], or nil if it has none.
func brackets(name string) []string {
	base, rest, _ := strings.Cut(name, "[")
	inner, ok := strings.CutSuffix(rest, "]")
	if !ok {
		return nil
	}
	return append([]string{base}, strings.Split(inner, "][")...)
}

// queryObject collects the members of an object that are query parameters of their own.
type queryObject struct {
	fields []formField
	bad    bool // Whether one of them has a fault.
}

// deep adds the query parameter that q is at if its name is that of the object with a
// member in brackets, and reports whether it is.
func (m *queryObject) deep(f *faults, q *query, object string) bool {
	path := brackets(q.name)
	if path == nil || path[0] != object {
		return false
	}
	m.collect(f, q, object, path[1:])
	return true
}

// spread adds the query parameter that q is at if its name is known, or no names are, and
// reports whether it did.
func (m *queryObject) spread(f *faults, q *query, object string, known ...string) bool {
	if len(known) > 0 && !slices.Contains(known, q.name) {
		return false
	}
	m.collect(f, q, object, []string{q.name})
	return true
}

func (m *queryObject) collect(f *faults, q *query, object string, path []string) {
	f.at("query", object)
	if !f.isText(q.name + q.value) {
		m.bad = true
	}
	m.fields = append(m.fields, formField{path: path, text: q.value})
}

// objectIn returns a decoder of an object whose members are in one text, at the place of f,
// or nil if the text is malformed, which is a fault then.
func (f *faults) objectIn(text string, s textStyle, unescape func(string) (string, error)) *decoder {
	fields, ok := s.membersIn(text, unescape)
	if !ok {
		f.add("is not well formed")
		return nil
	}
	return f.collected(fields)
}

// collected returns a decoder of an object of fields, at the place of f.
func (f *faults) collected(fields []formField) *decoder {
	d := f.document("")
	d.load(fields)
	return d
}

// document returns a decoder of a parameter that is JSON, at the place of f.
func (f *faults) document(text string) *decoder {
	d := open([]byte(text))
	d.at(f.in, f.name)
	return d
}

// quoted returns a decoder of a parameter that is a scalar of any type, at the place of f.
func (f *faults) quoted(text string) *decoder {
	d := f.document(string(appendText(nil, text)))
	d.texts = len(d.input)
	return d
}

// load begins an object of fields as JSON whose strings stand for all scalars, up to the
// fields that are JSON themselves. A name is there as often as it was sent; texts of one
// name become one array.
func (d *decoder) load(fields []formField) {
	first := map[string]int{} // When a name was sent first.
	for i := range fields {
		f := &fields[i]
		if len(f.path) >= maxDepth {
			d.refuse("is nested too deeply")
			return
		}
		if _, ok := first[f.path[0]]; !ok {
			first[f.path[0]] = i
		}
		f.order = first[f.path[0]]
		if f.json {
			f.order += len(fields)
		}
	}
	slices.SortStableFunc(fields, func(a, b formField) int {
		return cmp.Or(cmp.Compare(a.order, b.order), slices.CompareFunc(a.path, b.path, func(a, b string) int {
			return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) // So that 9 precedes 10.
		}))
	})
	texts := len(fields)
	if i := slices.IndexFunc(fields, func(f formField) bool { return f.json }); i >= 0 {
		texts = i
	}
	b := appendMembers([]byte("{"), fields[:texts], 0)
	d.texts = len(b)
	d.begin(closed(appendMembers(b, fields[texts:], 0), '}'))
}

// refuse adds a fault of the whole, or of the member that path leads to, after which
// nothing can be read.
func (d *decoder) refuse(what string, path ...string) {
	for _, name := range path {
		d.path = append(d.path, step{name: name, index: -1})
	}
	d.add(what)
	d.path = d.path[:0]
	d.broken = true
}

// appendMembers appends the members of an object, with a comma after each. The fields are
// sorted, and their paths agree in the first depth names.
func appendMembers(b []byte, fields []formField, depth int) []byte {
	for len(fields) > 0 {
		name, n, inner := fields[0].path[depth], 0, 0
		for n < len(fields) && fields[n].path[depth] == name {
			if n++; len(fields[n-1].path) > depth+1 {
				inner++
			}
		}
		if leaves := fields[:n-inner]; len(leaves) > 0 {
			b = appendTexts(b, name, leaves)
		}
		if inner > 0 {
			b = append(appendText(b, name), ':', '{')
			b = append(closed(appendMembers(b, fields[n-inner:n], depth+1), '}'), ',')
		}
		fields = fields[n:]
	}
	return b
}

// appendTexts appends a member with all texts that were sent for it.
func appendTexts(b []byte, name string, fields []formField) []byte {
	list := fields[0].item || len(fields) > 1 && !fields[0].json
	for i, f := range fields {
		if i == 0 || !list {
			b = append(appendText(b, name), ':')
		}
		if i == 0 && list {
			b = append(b, '[')
		}
		if f.json {
			b = append(b, f.text...)
		} else {
			b = appendText(b, f.text)
		}
		b = append(b, ',')
	}
	if list {
		b = append(closed(b, ']'), ',')
	}
	return b
}

// appendText appends valid UTF-8 as a JSON string.
func appendText(b []byte, text string) []byte {
	b, _ = jsontext.AppendQuote(b, text)
	return b
}

// closed ends an object or array, whose last comma it removes.
func closed(b []byte, with byte) []byte { return append(bytes.TrimSuffix(b, []byte(",")), with) }

// text returns the next value if that is a string that stands for a value of another
// type.
func (d *decoder) text() (string, bool) {
	if d.broken || d.offset() >= d.texts || d.json.PeekKind() != '"' {
		return "", false
	}
	return d.string()
}

// spelled removes the quotes of the string that text has returned, so that it is compared
// as a value of its type.
func (d *decoder) spelled(text string) {
	end := d.offset() - 1
	d.input[end-len(text)-1], d.input[end] = ' ', ' '
}

// another advances to the next item of an array of a form: its only one, or the member of
// an object that the index names. It returns false at the end.
func (d *decoder) another(array *step) bool {
	array.index++
	if array.as == '"' {
		return array.index == 0
	}
	if d.json.PeekKind() == '}' {
		_, _ = d.json.ReadToken()
		return false
	}
	if name, _ := d.json.ReadValue(); string(name) != strconv.Quote(strconv.Itoa(array.index)) {
		d.add("must have the indexes 0, 1, and so on")
	}
	return true
}

// formEncoding says how a member of a form is written.
type formEncoding struct {
	style  textStyle // If the separator is not empty, the member is given once.
	object bool      // Whether it is an object of that style.
	deep   bool      // Whether the parts of the member have names with brackets.
	json   bool      // Whether the member is JSON.
	item   bool      // Whether the member is an item of an array.
	file   bool      // Whether the member may be any bytes.
	alone  bool      // Whether the member is valid or not whatever the others are.
	accept []string  // The media types that the member may have; nil for any.
}

// readForm begins the object in a body of application/x-www-form-urlencoded. Members without
// an encoding are texts.
func (d *decoder) readForm(encodings map[string]formEncoding) {
	body := d.body.String()
	all := make([]formField, 0, strings.Count(body, "&")+1)
	given := map[string]bool{}
	for pair := range strings.SplitSeq(body, "&") {
		if pair == "" {
			continue
		}
		escaped, raw, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(escaped)
		text, malformed := url.QueryUnescape(raw)
		switch {
		case err != nil || malformed != nil:
			d.refuse("is not well formed")
			return
		case !utf8.ValidString(name) || !utf8.ValidString(text):
			d.refuse("must be valid UTF-8")
			return
		}
		path := []string{name}
		if deep := brackets(name); deep != nil && encodings[deep[0]].deep {
			path = deep
		}
		e := encodings[name]
		if e.style.separator != "" && given[name] {
			d.refuse("must be given only once", name)
			return
		}
		given[name] = true
		fields, ok := e.textsOf(path, text, raw)
		if !ok {
			d.refuse("is not well formed", name)
			return
		}
		all = append(all, fields...)
	}
	d.load(all)
}

// textsOf returns the texts of a member, and whether it is well formed.
func (e formEncoding) textsOf(path []string, text, raw string) (fields []formField, ok bool) {
	switch {
	case e.json:
		return []formField{{path: path, text: text, json: true, item: e.item}}, jsontext.Value(text).IsValid(jsontext.AllowDuplicateNames(true))
	case e.object:
		return e.style.membersIn(raw, url.QueryUnescape, path...)
	case e.style.separator == "":
		return []formField{{path: path, text: text}}, true
	}
	items, ok := e.style.cut(raw)
	for _, item := range items {
		text, _ = url.QueryUnescape(item) // The whole text was unescaped before, without an error.
		fields = append(fields, formField{path: path, text: text, item: true})
	}
	return fields, ok
}
