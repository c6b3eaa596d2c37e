// Package contract checks the responses of a running server against the
// specification and against the promises for all responses that a specification
// cannot express. It uses kin-openapi, which shares no code with the server's own
// validators, and knows neither the server nor its service. Tests import it, and
// so does tasksd if built with the tag check.
package contract

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"example.com/tasks/gen"
)

// TB is the part of testing.TB that Transport and Check need.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
}

// Transport passes requests on to Base and checks each response with Check.
// It is safe for concurrent use.
type Transport struct {
	TB   TB                // Fails if a response breaks a promise.
	Base http.RoundTripper // Sends the requests.
}

// RoundTrip returns Base's response with its body already read, whether or not it
// breaks a promise.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.Base.RoundTrip(req)
	if err == nil {
		Check(t.TB, req, resp)
	}
	return resp, err
}

// Check reports to tb the promises that the response to req breaks, and records the
// response for Unseen. It reads the body and replaces it by one to be read again.
func Check(tb TB, req *http.Request, resp *http.Response) {
	tb.Helper()
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var broken []string
	if err != nil {
		broken = append(broken, "the body ends early: "+err.Error())
	}
	x := &verdict{req: req, resp: resp, body: body}
	if !x.refusedByNetHTTP() {
		broken = append(broken, x.check()...)
	}
	if len(broken) > 0 {
		tb.Errorf("%s %.200s: %s:\n%s\n%.1000s", req.Method, req.URL, resp.Status, strings.Join(broken, "\n"), body)
	}
}

var seen sync.Map // The responses that Unseen omits.

// Unseen returns, as "operation status", the responses that the specification
// declares and that no call of Check in this process got.
func Unseen() (unseen []string) {
	for _, item := range specification().Paths.Map() {
		for _, op := range item.Operations() {
			for status := range op.Responses.Map() {
				response := op.OperationID + " " + status
				if _, ok := seen.Load(response); !ok {
					unseen = append(unseen, response)
				}
			}
		}
	}
	slices.Sort(unseen)
	return unseen
}

// specification returns openapi.yaml, parsed and validated.
var specification = sync.OnceValue(func() *openapi3.T {
	doc, err := openapi3.NewLoader().LoadFromData(gen.YAML)
	if err == nil {
		doc.Servers = nil
		err = doc.Validate(context.Background())
	}
	if err != nil {
		panic(err)
	}
	for _, schema := range doc.Components.Schemas {
		refuseUndeclared(schema.Value)
	}
	return doc
})

// refuseUndeclared makes a schema refuse members that it does not declare. The
// specification allows them in responses, so that later versions can add some, but
// this version sends none.
func refuseUndeclared(s *openapi3.Schema) {
	if s.Properties != nil {
		s.AdditionalProperties.Has = new(bool)
	}
	for _, property := range s.Properties {
		refuseUndeclared(property.Value)
	}
	if s.Items != nil {
		refuseUndeclared(s.Items.Value)
	}
}
