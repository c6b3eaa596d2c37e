package proof

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"example.com/tasks/internal/validatorgen/proof/meaning"
	"example.com/tasks/internal/validatorgen/proof/specs"
)

// Endpoint is an operation with what judges its requests.
type Endpoint struct {
	*meaning.Operation

	// Decode calls the generated decoder with the values of the path parameters, and
	// returns the places of the faults of its error. It is nil if there is no decoder, so
	// that the oracles are compared with package meaning.
	Decode func(r *http.Request, path []string) (places []string, err error)

	// AsItComes says that oapi-codegen's settings are the usual ones, with which its types
	// hold no more than Verdict.Narrow says.
	AsItComes bool

	route *routers.Route // Nil if kin-openapi does not know the operation.
}

// NewEndpoint returns an endpoint without Decode. kin-openapi does not judge its requests
// if doc, which may be nil, does not have the operation. It is not asked about security,
// nor about the header parameters that OpenAPI says to ignore.
func NewEndpoint(o *meaning.Operation, doc *openapi3.T) *Endpoint {
	e := &Endpoint{Operation: o}
	if doc == nil || doc.Paths.Value(o.Path) == nil || doc.Paths.Value(o.Path).GetOperation(o.Method) == nil {
		return e
	}
	item, operation := *doc.Paths.Value(o.Path), *doc.Paths.Value(o.Path).GetOperation(o.Method)
	operation.Security = openapi3.NewSecurityRequirements()
	for _, list := range []*openapi3.Parameters{&item.Parameters, &operation.Parameters} {
		*list = slices.DeleteFunc(slices.Clone(*list), func(p *openapi3.ParameterRef) bool {
			return p.Value != nil && p.Value.In == "header" && slices.Contains(meaning.IgnoredHeaders, http.CanonicalHeaderKey(p.Value.Name))
		})
	}
	e.route = &routers.Route{Spec: doc, Path: o.Path, PathItem: &item, Method: o.Method, Operation: &operation}
	return e
}

// Endpoints returns all operations of the specifications that are not those of a Subject.
var Endpoints = sync.OnceValue(func() []*Endpoint { return endpoints(specs.All) })

// PendingEndpoints returns those of the pending specifications.
var PendingEndpoints = sync.OnceValue(func() []*Endpoint { return endpoints(pending()) })

func endpoints(list []specs.Spec) (all []*Endpoint) {
	for _, spec := range list {
		m, err := meaning.Load(spec.Text)
		if err != nil {
			panic(fmt.Sprintf("%s: %v", spec.Name, err))
		}
		doc := loadKin(spec)
		for _, o := range m.Operations {
			if m.Schemas[strings.TrimPrefix(o.ID, "post")] != nil {
				continue
			}
			e := NewEndpoint(o, doc)
			if decode := spec.Operations[o.ID]; decode != nil {
				e.Decode = func(r *http.Request, path []string) ([]string, error) {
					err := decode(r, path...)
					return spec.Places(err), err
				}
			}
			all = append(all, e)
		}
	}
	return all
}

// Request is a request to an endpoint, with its faults.
type Request struct {
	*Endpoint
	meaning.Request
	meaning.Verdict
}

// NewRequest returns a request with the faults that package meaning finds.
func NewRequest(e *Endpoint, r meaning.Request) *Request { return &Request{e, r, e.Judge(r)} }

func (r *Request) String() string {
	return fmt.Sprintf("%s %s: path %q, query %q, header %q, body %.1000q", r.Method, r.Operation.Path, r.Path, r.Query, r.Header, r.Body)
}

// HTTP returns the request as a server receives it.
func (r *Request) HTTP() *http.Request {
	path := templated.ReplaceAllStringFunc(r.Operation.Path, func(token string) string { return r.Path[strings.Trim(token, "{}.;*")] })
	unescaped, err := url.PathUnescape(path)
	if err != nil {
		panic(err) // A server rejects such a path.
	}
	u := &url.URL{Path: unescaped, RawQuery: r.Query}
	if u.EscapedPath() != path {
		u.RawPath = path
	}
	request := &http.Request{Method: r.Method, URL: u, Header: r.Header.Clone(), Body: http.NoBody}
	if r.Body != nil {
		request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(r.Body)), int64(len(r.Body))
	}
	return request
}

// templated matches a parameter in a path. oapi-codegen takes RFC 6570's operators in it.
var templated = regexp.MustCompile(`\{[^{}]+\}`)

// Values returns the values of the path parameters as Echo's Param returns them.
func (r *Request) Values(request *http.Request) (values []string) {
	for _, token := range templated.FindAllString(r.Operation.Path, -1) {
		value := r.Path[strings.Trim(token, "{}.;*")]
		if request.URL.RawPath == "" {
			value, _ = url.PathUnescape(value) // HTTP has done it without an error.
		}
		values = append(values, value)
	}
	return values
}

// Ours returns the verdict of the generated decoder: whether the request is valid, and
// the places of its faults.
func (r *Request) Ours() (valid bool, places []string) {
	if r.Decode == nil {
		for _, f := range r.Faults {
			places = append(places, f.Pointer)
		}
		return r.Valid(), places
	}
	request := r.HTTP()
	places, err := r.Decode(request, r.Values(request))
	return err == nil, places
}

// Kin returns the verdict of kin-openapi.
func (r *Request) Kin() (err error) {
	defer catch(&err)
	path := map[string]string{}
	for name, value := range r.Path {
		path[name], _ = url.PathUnescape(value) // HTTP has done it without an error.
	}
	return openapi3filter.ValidateRequest(context.Background(), &openapi3filter.RequestValidationInput{
		Request: r.HTTP(), PathParams: path, Route: r.route, Options: kinOptions,
	})
}

// document returns the body as a document, or nil if it is none of JSON.
func (r *Request) document() *Document {
	if r.Operation.Body == nil || r.Body == nil {
		return nil
	}
	m := r.Operation.Body.Match(r.Header.Get("Content-Type"))
	if m == nil {
		return nil
	}
	v, _ := meaning.Parse(r.Body)
	s := &Subject{Schema: m.Schema, Keywords: slices.Sorted(maps.Keys(m.Schema.AllKeywords()))}
	if r.route != nil {
		s.doc = r.route.Spec
	}
	return &Document{s, r.Body, v, r.Verdict}
}

// concerns reports whether a verdict may be about the body of a request.
func (d *Document) concerns(v meaning.Verdict) bool {
	if v.Valid() {
		return d.Value != nil
	}
	return v.Faults[0].Pointer == "" || strings.HasPrefix(v.Faults[0].Pointer, "#")
}

// excused returns the names of the differences that explain a disagreement with
// kin-openapi, or nil if there are none.
func (r *Request) excused() []string {
	d := r.document()
	verdicts := []meaning.Verdict{r.Verdict}
	if !r.Valid() { // Each fault may have another reason.
		verdicts = nil
	}
	for _, f := range r.Faults {
		verdicts = append(verdicts, meaning.Verdict{Faults: []meaning.Fault{f}, Hidden: r.Hidden})
	}
	var names []string
	for _, v := range verdicts {
		name := excuse(RequestDifferences, r, v, "kin")
		if name == "" && d != nil && d.concerns(v) {
			name = excuse(Differences, d, v, "kin")
		}
		if name == "" {
			return nil
		}
		names = append(names, "kin: "+name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// RequestDisagreement is a request on which an oracle differs.
type RequestDisagreement struct {
	*Request
	Oracle string   // "meaning", "kin" or "the place" of a fault.
	Ours   bool     // Our verdict; the oracle's is the opposite.
	Places []string // Where ours finds faults.
	Detail string   // For people.
}

func (d *RequestDisagreement) String() string {
	if d.Oracle == "the place" {
		return fmt.Sprintf("%s: ours has %q, and no fault in %s\n\tfaults by meaning: %.1000v", d.Request, d.Places, d.Detail, d.Faults)
	}
	return fmt.Sprintf("%s: ours says %t %q, %s the opposite\n\tfaults by meaning: %.1000v\n\t%.500s", d.Request, d.Ours, d.Places, d.Oracle, d.Faults, d.Detail)
}

// JudgeRequest compares our verdict on a request with those of package meaning and
// kin-openapi. Excused has the differences that explain a disagreement.
func JudgeRequest(r *Request) (wrong []*RequestDisagreement, excused []string) {
	ours, places := r.Ours()
	tell := func(oracle, detail string) {
		wrong = append(wrong, &RequestDisagreement{r, oracle, ours, places, detail})
	}
	if ours != r.Valid() {
		tell("meaning", "")
	}
	for _, f := range r.Faults {
		if !ours && !r.reported(f, places) {
			tell("the place", f.Pointer)
		}
	}
	if r.narrow(ours, places) {
		return nil, []string{"oapi-codegen: " + r.Narrow[0].Rule}
	}
	if !r.kinReads() {
		return wrong, nil
	}
	if err := r.Kin(); errors.Is(err, errPanic) {
		excused = []string{"kin: " + errPanic.Error()}
	} else if (err == nil) != ours {
		if excused = r.excused(); excused == nil {
			tell("kin", fmt.Sprint(err))
		}
	}
	return wrong, excused
}

// narrow reports whether ours may reject a valid request, or see other alternatives agree,
// because of values that oapi-codegen's types do not hold.
func (r *Request) narrow(ours bool, places []string) bool {
	if !r.AsItComes || len(r.Narrow) == 0 {
		return false
	}
	if !r.Valid() {
		return ours && !slices.ContainsFunc(r.Faults, func(f meaning.Fault) bool { return f.Rule != "oneOf" && f.Rule != "not" })
	}
	return !ours && !slices.ContainsFunc(places, func(place string) bool {
		return !slices.ContainsFunc(r.Narrow, func(f meaning.Fault) bool {
			return strings.HasPrefix(f.Pointer, place) || strings.HasPrefix(place, f.Pointer)
		})
	})
}

// kinReads reports whether kin-openapi knows the operation and reads bodies of the media
// type.
func (r *Request) kinReads() bool {
	mediaType, _, _ := strings.Cut(strings.ToLower(r.Header.Get("Content-Type")), ";")
	return r.route != nil && (r.Body == nil || mediaType == "" || openapi3filter.RegisteredBodyDecoder(mediaType) != nil)
}

// reported reports whether the places have a fault of a parameter: each parameter with
// a fault is reported, except that items are not compared in a request that has other
// faults, and that a media type which is not accepted, and a body that is too long, are
// reported alone.
func (r *Request) reported(f meaning.Fault, places []string) bool {
	return len(places) == 0 && slices.ContainsFunc(r.Faults, func(f meaning.Fault) bool { return f.Rule == "media type" || f.Rule == "size" }) ||
		f.Pointer == "" || strings.HasPrefix(f.Pointer, "#") || slices.Contains(places, f.Pointer) || f.Rule == "uniqueItems" && len(r.Faults) > 1
}
