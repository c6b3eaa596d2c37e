package proof

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"example.com/tasks/internal/validatorgen/proof/meaning"
)

// values lists texts of parameters that are often invalid.
var values = []string{
	"", " ", "true", "false", "TRUE", "True", "t", "1", "0", "-0", "+1", "01", "-01", "1.0", "1e2", "1E2", ".5", "5.", "0x1", "0x1p2", "1_000", "NaN", "Inf", "Infinity", "-Infinity", "null",
	"9223372036854775807", "9223372036854775808", "2147483648", "1e400", "-", "--1", " 1", "1 ", "1\n", "٣", "a", "b c", "d/e", "a,b", ",", ",,", "1,2", "1,1", "1,,2", "é", "😀", "a;b", "a&b", "a=b", "%", "%41", "+", "\"a\"", "[]", "{}",
}

// Request makes a request to an endpoint, valid or nearly so.
func (m *Maker) Request(e *Endpoint) *Request {
	w := &writer{m, meaning.Request{Path: map[string]string{}, Header: http.Header{}}, nil, nil}
	for _, p := range e.Parameters {
		if p.In != "path" && !p.Required && m.chance(2) || p.Required && p.In != "path" && m.chance(30) {
			continue
		}
		w.parameter(p, m.fitting(p.Schema))
	}
	if m.chance(20) {
		w.query = append(w.query, m.word("unknown=1", "Q=x", "=", "a", "q[]=1", "%zz=1", "q=%zz", "q=%ff", "%6a=1", "x=%", "ids=%e", "%00=1"))
	}
	if m.chance(3) {
		m.Shuffle(len(w.query), func(i, j int) { w.query[i], w.query[j] = w.query[j], w.query[i] })
	}
	w.Query = strings.Join(w.query, "&")
	if m.chance(50) {
		w.Query = m.word("&", "&&", w.Query+"&", "&"+w.Query, w.Query+";a=1")
	}
	if len(w.cookies) > 0 {
		w.Header.Set("Cookie", strings.Join(w.cookies, "; "))
	}
	if e.Body != nil && len(e.Body.Media) > 0 && (e.Body.Required && !m.chance(30) || !m.chance(4)) {
		w.body(e.Body.Media[m.IntN(len(e.Body.Media))])
	}
	return NewRequest(e, w.Request)
}

// fitting makes a value that is valid if that succeeds in a few tries.
func (m *Maker) fitting(s *meaning.Schema) *meaning.Value {
	v := m.Value(s)
	for try := 0; try < 10 && !s.Accepts(v) && !m.chance(50); try++ {
		v = m.Value(s)
	}
	return v
}

// writer writes the parts of a request.
type writer struct {
	*Maker
	meaning.Request
	query, cookies []string
}

// text returns the text of a value in a parameter or form.
func (m *Maker) text(v *meaning.Value) string {
	switch {
	case m.chance(40):
		return values[m.IntN(len(values))]
	case v.Kind == '"':
		return v.Text
	}
	return v.String()
}

// parameter writes a parameter.
func (w *writer) parameter(p *meaning.Parameter, v *meaning.Value) {
	if p.Media != "" {
		text := string(w.render(v))
		if !strings.Contains(p.Media, "json") {
			text = w.text(v)
		}
		w.add(p, []string{text})
		return
	}
	var texts []string
	switch {
	case v.Kind == '[':
		for _, item := range v.Items {
			texts = append(texts, w.text(item))
		}
	case v.Kind == '{' && p.Deep():
		w.deep(p.Name, v)
		return
	case v.Kind == '{' && p.Spread():
		for _, member := range v.Members {
			w.query = append(w.query, w.escape(member.Name)+"="+w.escape(w.text(member.Value)))
		}
		return
	case v.Kind == '{':
		for _, member := range v.Members {
			if p.Explode {
				texts = append(texts, member.Name+"="+w.text(member.Value))
			} else {
				texts = append(texts, member.Name, w.text(member.Value))
			}
		}
	default:
		texts = []string{w.text(v)}
	}
	if len(texts) == 0 {
		texts = []string{""}
	}
	w.add(p, texts)
}

// deep writes the parts of a value, whose names have brackets.
func (w *writer) deep(name string, v *meaning.Value) {
	for _, member := range v.Members {
		w.deep(name+"["+member.Name+"]", member.Value)
	}
	indexed := slices.ContainsFunc(v.Items, func(item *meaning.Value) bool { return item.Kind == '{' || item.Kind == '[' }) || w.chance(4)
	for i, item := range v.Items {
		if indexed {
			w.deep(fmt.Sprintf("%s[%d]", name, i), item)
		} else {
			w.deep(name, item)
		}
	}
	if v.Kind != '{' && v.Kind != '[' {
		w.query = append(w.query, w.escape(name)+"="+w.escape(w.text(v)))
	}
}

// add writes the texts of a parameter: one, or those of its items.
func (w *writer) add(p *meaning.Parameter, texts []string) {
	switch p.In {
	case "path":
		for i, text := range texts {
			name, value, ok := strings.Cut(text, "=")
			if texts[i] = url.PathEscape(text); ok && p.Explode && p.Shape() == "object" {
				texts[i] = url.PathEscape(name) + "=" + url.PathEscape(value)
			}
			if p.Style == "label" {
				texts[i] = strings.ReplaceAll(texts[i], ".", w.word("%2E", "."))
			}
		}
		value := p.Prefix() + strings.Join(texts, p.Separator())
		if strings.Trim(value, ".") == "" { // A path can't have such a segment.
			value = "x"
		}
		w.Path[p.Name] = value
	case "query":
		w.inQuery(p, texts)
	case "header":
		if len(texts) > 1 && w.chance(2) {
			texts = []string{strings.Join(texts, w.word(",", ", ", " ,", ",\t"))}
		}
		for _, text := range texts {
			w.Header.Add(p.Name, strings.Map(func(c rune) rune {
				if c < ' ' {
					return -1 // A field can't have control characters.
				}
				return c
			}, strings.TrimSpace(text)))
		}
	case "cookie":
		value := strings.Map(func(c rune) rune {
			if c <= ' ' || c > '~' || strings.ContainsRune(`";\`, c) {
				return -1 // RFC 6265, section 4.1.1: cookie-octet, and commas, which browsers send.
			}
			return c
		}, strings.Join(texts, ","))
		w.cookies = append(w.cookies, p.Name+"="+value)
	}
}

// inQuery writes the texts of a query parameter.
func (w *writer) inQuery(p *meaning.Parameter, texts []string) {
	for i, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		if texts[i] = w.escape(text); ok && p.Explode && p.Shape() == "object" {
			texts[i] = w.escape(name) + "=" + w.escape(value)
		}
	}
	if !p.Repeats() {
		separator := p.Separator()
		switch separator {
		case " ":
			separator = w.word("%20", "+")
		case "|":
			separator = w.word("%7C", "|")
		}
		texts = []string{strings.Join(texts, separator)}
	}
	if w.chance(40) {
		texts = append(texts, texts...)
	}
	name := w.escape(p.Name)
	for _, text := range texts {
		w.query = append(w.query, name+"="+text)
	}
}

// escape escapes a name or value of a query.
func (m *Maker) escape(s string) string {
	switch escaped := url.QueryEscape(s); m.IntN(6) {
	case 0:
		return strings.ReplaceAll(escaped, "+", "%20")
	case 1:
		return strings.NewReplacer("%2F", "/", "%3A", ":", "%40", "@", "%5B", "[", "%22", "\"", "%C3%A9", "é").Replace(escaped)
	default:
		return escaped
	}
}

// body writes a body of a media type.
func (w *writer) body(media *meaning.Media) {
	mediaType, _, _ := strings.Cut(media.Type, ";")
	if mediaType = strings.TrimSpace(mediaType); strings.HasSuffix(mediaType, "*") {
		mediaType = strings.NewReplacer("*/*", "application/json", "application/*", "application/json", "/*", "/plain").Replace(mediaType)
	}
	switch {
	case strings.HasSuffix(mediaType, "json"):
		w.Body = w.Text(media.Schema)
	case mediaType == "application/x-www-form-urlencoded":
		w.Body = w.urlencoded(media)
	case mediaType == "multipart/form-data":
		mediaType = w.multipart(media)
	case strings.HasPrefix(mediaType, "multipart/") && !w.chance(4):
		mediaType += "; boundary=b"
	case strings.HasPrefix(mediaType, "text/"):
		w.Body = []byte(w.text(w.fitting(media.Schema)))
	default:
		w.Body = []byte(w.string(nil))
	}
	if w.chance(40) {
		mediaType = w.word("application/jsonp", "text/html", "json", "", "application/", "image/png")
	} else if w.chance(10) {
		mediaType += "; charset=utf-8"
	}
	w.Header.Set("Content-Type", mediaType)
}

// urlencoded makes a urlencoded form.
func (w *writer) urlencoded(media *meaning.Media) []byte {
	v := w.fitting(media.Schema)
	if w.chance(3) {
		w.Mutate(v)
	}
	form := &writer{Maker: w.Maker}
	for _, member := range v.Members {
		switch p := media.Member(member.Name); {
		case media.Deep(member.Name):
			form.deep(member.Name, member.Value)
		case !p.Spread(): // Else its members would be those of the form.
			form.parameter(p, member.Value)
		}
	}
	return []byte(strings.Join(form.query, "&"))
}

// multipart writes a form of parts and returns its media type.
func (w *writer) multipart(media *meaning.Media) string {
	v := w.fitting(media.Schema)
	if w.chance(3) {
		w.Mutate(v)
	}
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	_ = form.SetBoundary(fmt.Sprintf("boundary%d", w.IntN(1000))) // It is valid.
	for _, member := range v.Members {
		list := []*meaning.Value{member.Value}
		schemas, _, _ := meaning.PropertySchemas(media.Possible(), member.Name)
		if meaning.Shape(schemas) == "array" && member.Value.Kind == '[' {
			list = member.Value.Items
		}
		for _, item := range list {
			w.part(form, media, member.Name, item)
		}
	}
	_ = form.Close()
	w.Body = b.Bytes()
	return form.FormDataContentType()
}

// part writes a part of a form.
func (w *writer) part(form *multipart.Writer, media *meaning.Media, name string, v *meaning.Value) {
	header := textproto.MIMEHeader{}
	disposition := `form-data; name="` + strings.NewReplacer("\\", "\\\\", `"`, "\\\"", "\r", "", "\n", "").Replace(name) + `"`
	schemas, _, _ := meaning.PropertySchemas(media.Possible(), name)
	if meaning.Shape(schemas) == "array" {
		schemas = meaning.ItemSchemas(schemas, 0)
	}
	text := w.text(v)
	if slices.ContainsFunc(schemas, func(s *meaning.Schema) bool { return s.Format == "binary" }) {
		disposition += `; filename="f"`
		header.Set("Content-Type", "application/octet-stream")
	} else if v.Kind == '{' || v.Kind == '[' {
		header.Set("Content-Type", "application/json")
		text = string(w.render(v))
	}
	if e := media.Encoding[name]; e != nil && len(e.Types) > 0 {
		header.Set("Content-Type", strings.NewReplacer("image/*", "image/png", "*/*", "text/plain").Replace(e.Types[w.IntN(len(e.Types))]))
	}
	header.Set("Content-Disposition", disposition)
	to, err := form.CreatePart(header)
	if err == nil {
		_, err = to.Write([]byte(text))
	}
	if err != nil {
		panic(err) // A buffer takes everything.
	}
}
