package proof

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"example.com/tasks/internal/validatorgen/proof/cases"
	"example.com/tasks/internal/validatorgen/proof/meaning"
)

// fuzzed lists the schemas that are fuzzed: those with the most keywords, and one of
// each type. The corpus refers to them by index, so new ones go at the end.
var fuzzed = [][2]string{
	{"orders", "Order"},
	{"orders", "BusinessCustomer"},
	{"orders", "Product"},
	{"orders", "NullableEverything"},
	{"orders", "Stock"},
	{"trees", "Comment"},
	{"trees", "Expression"},
	{"trees", "Polygon"},
	{"trees", "Configuration"},
	{"trees", "Anything"},
	{"trees", "Odd"},
	{"cases", "JSONText"},
	{"cases", "TypeNone"},
	{"cases", "EnumMixed"},
	{"cases", "UniqueAny"},
	{"cases", "MultipleOfTenth"},
	{"cases", "FormatDateTime"},
	{"cases", "FormatURI"},
	{"cases", "PatternSpace"},
	{"cases", "PatternNested"},
	{"cases", "FormatInt32"},
	{"cases", "EnumNumber"},
}

// FuzzDocuments looks for texts that make a validator panic or disagree with an
// oracle.
func FuzzDocuments(f *testing.F) {
	for _, c := range cases.All() {
		if i := slices.Index(fuzzed, [2]string{"cases", c.Name}); i >= 0 {
			for _, test := range c.Tests {
				f.Add(byte(i), test.Bytes())
			}
		}
	}
	m := NewMaker(1)
	for i, name := range fuzzed {
		f.Add(byte(i), m.Text(find(name[0], name[1]).Schema))
	}
	f.Fuzz(func(t *testing.T, subject byte, text []byte) {
		name := fuzzed[int(subject)%len(fuzzed)]
		wrong, _ := Judge(NewDocument(find(name[0], name[1]), text))
		for _, x := range wrong {
			t.Error(x)
		}
	})
}

// FuzzRequests does so for parameters.
func FuzzRequests(f *testing.F) {
	m := NewMaker(1)
	for i, e := range Endpoints() {
		for range 5 {
			r := m.Request(e)
			path, header := "", ""
			for _, p := range e.Parameters {
				path += "/" + r.Path[p.Name]
				header += "\n" + r.Header.Get(p.Name)
			}
			f.Add(byte(i), r.Query, path, header)
		}
	}
	f.Fuzz(func(t *testing.T, endpoint byte, query, path, header string) {
		r := fuzzedRequest(Endpoints()[int(endpoint)%len(Endpoints())], query, path, header)
		wrong, _ := JudgeRequest(r)
		for _, x := range wrong {
			t.Error(x)
		}
	})
}

// fuzzedRequest makes a request that a server could receive: path has a segment for
// each path parameter, and header a line for each header.
func fuzzedRequest(e *Endpoint, query, path, header string) *Request {
	r := meaning.Request{Path: map[string]string{}, Query: printable(query), Header: http.Header{}}
	for _, p := range e.Parameters {
		switch p.In {
		case "path":
			r.Path[p.Name], path = first(path, '/')
			if unescaped, err := url.PathUnescape(r.Path[p.Name]); err != nil || unescaped == "" || unescaped == "." || unescaped == ".." {
				r.Path[p.Name] = "x"
			}
		case "header":
			var value string
			if value, header = first(header, '\n'); value != "" {
				r.Header.Add(p.Name, value)
			}
		}
	}
	return NewRequest(e, r)
}

// first cuts a text at the first separator.
func first(text string, separator byte) (part, rest string) {
	if i := slices.Index([]byte(text), separator); i >= 0 {
		return printable(text[:i]), text[i+1:]
	}
	return printable(text), ""
}

// printable removes what a line of HTTP can't contain: control characters, and white
// space at its ends.
func printable(text string) string {
	b := slices.DeleteFunc([]byte(text), func(c byte) bool { return c < ' ' || c == 0x7f || c == '#' })
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	return string(b)
}
