package proof

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"example.com/tasks/internal/validatorgen/proof/meaning"
	"example.com/tasks/internal/validatorgen/proof/specs"
)

// Endpoint is an operation with what judges the parameters of its requests.
type Endpoint struct {
	*meaning.Operation
	spec   specs.Spec
	router routers.Router
}

// Endpoints returns all operations that have parameters and no body.
var Endpoints = sync.OnceValue(func() (all []*Endpoint) {
	for _, spec := range specs.All {
		m, err := meaning.Load(spec.Text)
		if err != nil {
			panic(fmt.Sprintf("%s: %v", spec.Name, err))
		}
		router, err := legacy.NewRouter(loadKin(spec), openapi3.DisableSchemaPatternValidation())
		if err != nil {
			panic(fmt.Sprintf("%s: %v", spec.Name, err))
		}
		for _, o := range m.Operations {
			if len(o.Parameters) > 0 && o.Method == http.MethodGet {
				all = append(all, &Endpoint{o, spec, router})
			}
		}
	}
	return all
})

// Request is a request to an endpoint, with the faults of its parameters.
type Request struct {
	*Endpoint
	meaning.Request
	Faults []meaning.Fault
}

func (r *Request) String() string {
	return fmt.Sprintf("%s: path %q, query %q, header %q", r.ID, r.Path, r.Query, r.Header)
}

// HTTP returns the request as a server receives it.
func (r *Request) HTTP() *http.Request {
	path := r.Operation.Path
	for name, value := range r.Path {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	unescaped, err := url.PathUnescape(path)
	if err != nil {
		panic(err) // A server rejects such a path.
	}
	u := &url.URL{Path: unescaped, RawQuery: r.Query}
	if u.EscapedPath() != path {
		u.RawPath = path
	}
	return &http.Request{Method: r.Method, URL: u, Header: r.Header}
}

// Ours returns the verdict of the generated decoder: whether the request is valid,
// and the places of its faults.
func (r *Request) Ours() (valid bool, places []string) {
	request := r.HTTP()
	path := request.URL.Path
	if request.URL.RawPath != "" {
		path = request.URL.RawPath
	}
	segments := strings.Split(path, "/")
	var values []string
	for i, token := range strings.Split(r.Operation.Path, "/") {
		if strings.HasPrefix(token, "{") {
			values = append(values, segments[i])
		}
	}
	err := r.spec.Operations[r.ID](request, values...)
	if err == nil {
		return true, nil
	}
	return false, r.spec.Places(err)
}

// Kin returns the verdict of kin-openapi.
func (r *Request) Kin() error {
	request := r.HTTP()
	route, path, err := r.router.FindRoute(request)
	if err != nil {
		return err
	}
	return openapi3filter.ValidateRequest(context.Background(), &openapi3filter.RequestValidationInput{
		Request: request, PathParams: path, Route: route, Options: kinOptions,
	})
}

// values lists texts of parameters that are often invalid.
var values = []string{
	"", " ", "true", "false", "TRUE", "True", "t", "1", "0", "-0", "+1", "01", "-01", "1.0", "1e2", "1E2", ".5", "5.", "0x1", "0x1p2", "1_000", "NaN", "Inf", "Infinity", "-Infinity", "null",
	"9223372036854775807", "9223372036854775808", "2147483648", "1e400", "-", "--1", " 1", "1 ", "1\n", "٣", "a", "b c", "d/e", "a,b", ",", ",,", "1,2", "1,1", "1,,2", "é", "😀", "a;b", "a&b", "a=b", "%", "%41", "+", "\"a\"", "[]", "{}",
}

// Request makes a request to an endpoint, valid or nearly so.
func (m *Maker) Request(e *Endpoint) *Request {
	r := meaning.Request{Path: map[string]string{}, Header: http.Header{}}
	var query []string
	for _, p := range e.Parameters {
		if p.In != "path" && !p.Required && m.chance(2) || p.Required && p.In != "path" && m.chance(30) {
			continue
		}
		items := m.items(p)
		switch p.In {
		case "path":
			for i := range items {
				items[i] = url.PathEscape(items[i])
			}
			r.Path[p.Name] = strings.Join(items, ",")
			if r.Path[p.Name] == "" || strings.Trim(r.Path[p.Name], ".") == "" { // A path can't have such a segment.
				r.Path[p.Name] = "x"
			}
		case "query":
			name := m.escape(p.Name)
			for i := range items {
				items[i] = m.escape(items[i])
			}
			if p.Explode != nil && !*p.Explode {
				items = []string{strings.Join(items, ",")}
			}
			if m.chance(40) {
				items = append(items, items...)
			}
			for _, item := range items {
				query = append(query, name+"="+item)
			}
		case "header":
			if len(items) > 1 && m.chance(2) {
				items = []string{strings.Join(items, m.word(",", ", ", " ,", ",\t"))}
			}
			for _, item := range items {
				r.Header.Add(p.Name, strings.Map(func(c rune) rune {
					if c < ' ' {
						return -1 // A field can't have control characters.
					}
					return c
				}, strings.TrimSpace(item)))
			}
		}
	}
	if m.chance(20) {
		query = append(query, m.word("unknown=1", "Q=x", "=", "a", "q[]=1", "%zz=1", "q=%zz", "q=%ff", "%6a=1", "x=%", "ids=%e", "%00=1"))
	}
	if m.chance(3) {
		m.Shuffle(len(query), func(i, j int) { query[i], query[j] = query[j], query[i] })
	}
	r.Query = strings.Join(query, "&")
	if m.chance(50) {
		r.Query = m.word("&", "&&", r.Query+"&", "&"+r.Query, r.Query+";a=1")
	}
	return &Request{e, r, e.Judge(r)}
}

// items returns the texts of a parameter's value: one, or one for each item.
func (m *Maker) items(p *meaning.Parameter) (items []string) {
	v := m.Value(p.Schema)
	for try := 0; try < 10 && !p.Schema.Accepts(v) && !m.chance(50); try++ {
		v = m.Value(p.Schema)
	}
	list := []*meaning.Value{v}
	if v.Kind == '[' {
		list = v.Items
	}
	for _, item := range list {
		text := item.String()
		if item.Kind == '"' {
			text = item.Text
		}
		if m.chance(40) {
			text = values[m.IntN(len(values))]
		}
		items = append(items, text)
	}
	if len(items) == 0 {
		items = []string{""}
	}
	return items
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

// JudgeRequest compares our verdict on a request with those of package meaning and
// kin-openapi. Excused has the RequestDifferences that explain a disagreement.
func JudgeRequest(r *Request) (wrong, excused []string) {
	valid := len(r.Faults) == 0
	ours, places := r.Ours()
	tell := func(oracle string, detail any) {
		wrong = append(wrong, fmt.Sprintf("%s: ours says %t %q, %s the opposite\n\tfaults by meaning: %v\n\t%.500v", r, ours, places, oracle, r.Faults, detail))
	}
	if ours != valid {
		tell("meaning", "")
	}
	for _, f := range r.Faults {
		// Each parameter with a fault is reported, except that items are not compared
		// in a request that has other faults.
		if !ours && !slices.Contains(places, f.Pointer) && (f.Rule != "uniqueItems" || len(r.Faults) == 1) {
			tell("the place "+f.Pointer, "")
		}
	}
	if err := r.Kin(); (err == nil) != ours {
		if name := excuse(RequestDifferences, r, r.Faults, "kin"); name != "" {
			excused = append(excused, "kin: "+name)
		} else {
			tell("kin", err)
		}
	}
	return wrong, excused
}
