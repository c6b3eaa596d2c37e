package contract

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/go-json-experiment/json/jsontext"
)

// verdict is a request, its response, and the promises that the response breaks.
type verdict struct {
	req    *http.Request
	resp   *http.Response
	body   []byte
	broken []string
}

// check returns the broken promises.
func (x *verdict) check() []string {
	x.everyAnswer()
	x.shared()
	x.problem()
	x.operation()
	return x.broken
}

func (x *verdict) breaks(format string, args ...any) {
	x.broken = append(x.broken, fmt.Sprintf(format, args...))
}

// header checks that the values of a header of the response are exactly want.
func (x *verdict) header(name string, want ...string) {
	if got := x.resp.Header.Values(name); !slices.Equal(got, want) {
		x.breaks("%s is %q, want %q", name, got, want)
	}
}

// refusedByNetHTTP reports whether net/http refused the request before any handler
// saw it: it sets Date only for handlers, and for 417, which has no body.
func (x *verdict) refusedByNetHTTP() bool {
	h := x.resp.Header
	return x.resp.StatusCode == http.StatusExpectationFailed && len(x.body) == 0 ||
		x.resp.StatusCode >= 400 && h.Get("Date") == "" && h.Get("Content-Type") == "text/plain; charset=utf-8"
}

var (
	requestID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	parameter = regexp.MustCompile(`{[^}]*}`)
	// Paths outside the specification: the documentation, redirects to it, and probes.
	leftOut = regexp.MustCompile(`^/(docs|openapi\.yaml|openapi\.json|healthz|readyz|(docs|problems)/.*)?$`)
	// The pages for people among them.
	page = regexp.MustCompile(`^/(docs|problems)/`)
)

// pagePolicy is the Content-Security-Policy of pages, which load everything from
// the same server. No other response has one, since browsers show none of them as
// a document.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// everyAnswer checks the promises for all responses.
func (x *verdict) everyAnswer() {
	h, status, head := x.resp.Header, x.resp.StatusCode, x.req.Method == http.MethodHead
	if ids := h.Values("X-Request-Id"); len(ids) != 1 || !requestID.MatchString(ids[0]) {
		x.breaks("X-Request-Id is %q, want a UUID", ids)
	}
	x.header("X-Content-Type-Options", "nosniff")
	if page.MatchString(x.req.URL.Path) && (status == http.StatusOK || status == http.StatusNotModified) {
		x.header("Referrer-Policy", "no-referrer")
		x.header("Content-Security-Policy", pagePolicy)
	} else {
		x.header("Referrer-Policy")
		x.header("Content-Security-Policy")
	}
	cache := "no-store"
	if (head || x.req.Method == http.MethodGet) && (status == http.StatusOK || status == http.StatusNotModified) {
		cache = "private, no-cache"
	}
	x.header("Cache-Control", cache)
	switch mediaType := h.Get("Content-Type"); {
	case head || status == http.StatusNoContent || status == http.StatusNotModified:
		if len(x.body) > 0 {
			x.breaks("the response has a body")
		}
	case len(x.body) > 0 && mediaType == "":
		x.breaks("the body has no Content-Type")
	case status != http.StatusPartialContent && strings.HasSuffix(mediaType, "json"):
		if !jsontext.Value(x.body).IsValid() { // Invalid UTF-8 and duplicate names count as invalid.
			x.breaks("the body is not valid JSON")
		}
	}
}

// shared checks that pages of another origin can read the response if and only if
// the request is of the one that it names, as caches are told.
func (x *verdict) shared() {
	h := x.resp.Header
	if origin := h.Get("Access-Control-Allow-Origin"); origin != "" {
		x.header("Access-Control-Allow-Origin", x.req.Header.Get("Origin"))
		x.header("Access-Control-Expose-Headers", "*")
		if !slices.Contains(h.Values("Vary"), "Origin") {
			x.breaks("Vary is %q, want Origin in it", h.Values("Vary"))
		}
	}
	x.header("Access-Control-Allow-Credentials")
}

// problem checks the promises for all errors, in the specification and outside.
func (x *verdict) problem() {
	if x.resp.StatusCode < 400 {
		return
	}
	x.header("Content-Type", "application/problem+json")
	if x.req.Method == http.MethodHead {
		return
	}
	var value any
	err := json.Unmarshal(x.body, &value)
	if err == nil {
		err = specification().Components.Schemas["Problem"].Value.VisitJSON(value, openapi3.MultiErrors())
	}
	var p struct {
		Status          int
		Error, Instance string
		Errors          []struct{ Detail string }
	}
	if err == nil {
		err = json.Unmarshal(x.body, &p)
	}
	if err != nil {
		x.breaks("the problem: %v", err)
		return
	}
	if p.Status != x.resp.StatusCode {
		x.breaks("the problem's status is %d", p.Status)
	}
	if want := "urn:uuid:" + x.resp.Header.Get("X-Request-Id"); p.Instance != want {
		x.breaks("the problem's instance is %q, want %q", p.Instance, want)
	}
	if invalid := p.Status == http.StatusBadRequest; invalid != (len(p.Errors) > 0) {
		x.breaks("the problem has %d errors", len(p.Errors))
	} else if invalid && p.Error != p.Errors[0].Detail {
		x.breaks("the problem's error is %q, want the first of its errors", p.Error)
	}
}

// operation checks the response against the operation that was called, or that it
// is one of the exceptions outside the specification.
func (x *verdict) operation() {
	method, status, p := x.req.Method, x.resp.StatusCode, x.req.URL.Path
	item := find(p)
	if x.refusedBrowser(item) {
		return
	}
	if item == nil {
		exception := leftOut.MatchString(p) && (status < 400 || status == http.StatusMethodNotAllowed) || p == "/readyz" && status == http.StatusServiceUnavailable
		if status != http.StatusNotFound && !exception {
			x.breaks("the path is not in the specification, want %d", http.StatusNotFound)
		}
		return
	}
	operations := item.Operations()
	if item.Get != nil {
		operations[http.MethodHead] = item.Get
	}
	if op := operations[method]; op != nil {
		x.declared(op)
		return
	}
	want := http.StatusMethodNotAllowed
	if method == http.MethodOptions {
		want = http.StatusNoContent
	}
	if status != want {
		x.breaks("the method is not in the specification, want %d", want)
	}
	operations[http.MethodOptions] = nil
	allow := strings.Split(x.resp.Header.Get("Allow"), ", ")
	slices.Sort(allow)
	if want := slices.Sorted(maps.Keys(operations)); !slices.Equal(allow, want) {
		x.breaks("Allow has %q, want %q", allow, want)
	}
}

// refusedBrowser reports whether the response is one that any path can have, and
// that concerns browsers: to a preflight, to a request for a host that leads here
// by DNS rebinding, or to a cross-site one that no operation of item declares.
func (x *verdict) refusedBrowser(item *openapi3.PathItem) bool {
	var p struct{ Type string }
	_ = json.Unmarshal(x.body, &p) // Of no JSON, and of none to HEAD, the type is empty.
	switch x.resp.StatusCode {
	case http.StatusNoContent:
		return x.resp.Header.Get("Access-Control-Allow-Methods") != "" && x.req.Header.Get("Access-Control-Request-Method") != ""
	case http.StatusMisdirectedRequest:
		return p.Type == "/problems/misdirected-request" || x.req.Method == http.MethodHead
	case http.StatusForbidden:
		return p.Type == "/problems/cross-site-request" && (item == nil || item.GetOperation(x.req.Method) == nil)
	}
	return false
}

// find returns the path item of the specification for a path, or nil.
func find(p string) *openapi3.PathItem {
	for template, item := range specification().Paths.Map() {
		if ok, _ := path.Match(parameter.ReplaceAllString(template, "?*"), p); ok {
			return item
		}
	}
	return nil
}

// declared checks the response against what op declares for its status.
func (x *verdict) declared(op *openapi3.Operation) {
	status := x.resp.StatusCode
	response := op.Responses.Status(status)
	if response == nil {
		x.breaks("%s declares no such status", op.OperationID)
		return
	}
	x.declaredHeaders(response.Value)
	if x.req.Method == http.MethodHead {
		return
	}
	content := response.Value.Content
	if mediaType := x.resp.Header.Get("Content-Type"); content != nil && content[mediaType] == nil {
		x.breaks("%s declares no Content-Type %q", op.OperationID, mediaType)
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: x.req,
			Route:   &routers.Route{Spec: specification(), Operation: op},
		},
		Status:  status,
		Header:  x.resp.Header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	if err := openapi3filter.ValidateResponse(x.req.Context(), input.SetBodyBytes(x.body)); err != nil {
		x.breaks("%s: %v", op.OperationID, err)
	}
	seen.Store(fmt.Sprint(op.OperationID, " ", status), true)
}

// declaredHeaders checks the headers in the specification: each appears where it is
// declared, once, and nowhere else. kin-openapi skips HEAD and 304, and checks
// only the first of several values.
func (x *verdict) declaredHeaders(response *openapi3.Response) {
	for name := range specification().Components.Headers {
		values, declared := x.resp.Header.Values(name), response.Headers[name]
		switch {
		case declared == nil && len(values) > 0:
			x.breaks("%s is not declared here", name)
		case declared == nil || len(values) == 0 && !declared.Value.Required:
		case len(values) != 1:
			x.breaks("%s appears %d times", name, len(values))
		default:
			if err := declared.Value.Schema.Value.VisitJSON(values[0]); err != nil {
				x.breaks("%s: %v", name, err)
			}
		}
	}
}
