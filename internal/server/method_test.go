package server_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// HEAD returns the status and the headers of GET, except those that identify the
// request. The raw request proves that no body is sent.
func TestHeadIsGetWithoutABody(t *testing.T) {
	s := start(t)
	id := s.create("x", "y")[0].ID
	tag := s.get("/tasks/" + id).etag()
	for _, test := range []struct {
		target string
		header []string
		status int
	}{
		{"/tasks", nil, 200},
		{"/tasks?limit=1", nil, 200},
		{"/tasks?limit=0", nil, 400},
		{"/tasks?colour=red", nil, 400},
		{"/tasks/" + id, nil, 200},
		{"/tasks/" + id, []string{"If-None-Match: " + tag}, 304},
		{"/tasks/" + id, []string{"If-None-Match: *"}, 304},
		{"/tasks/" + id, []string{"If-None-Match: x"}, 400},
		{"/tasks/" + noID, nil, 404},
		{"/nowhere", nil, 404},
		{"/openapi.yaml", nil, 200},
		{"/openapi.json", nil, 200},
		{"/docs/", nil, 200},
	} {
		t.Run(test.target, func(t *testing.T) {
			want := s.raw("GET "+test.target+" HTTP/1.1", "", test.header...).is(test.status)
			got := s.raw("HEAD "+test.target+" HTTP/1.1", "", test.header...).is(test.status)
			for _, a := range []answer{want, got} {
				a.Header.Del("X-Request-Id")
				a.Header.Del("Date")
				// net/http sets the length of short bodies for GET only, which RFC 9110, section 9.3.2, allows.
				if got.Header.Get("Content-Length") == "" || want.Header.Get("Content-Length") == "" {
					a.Header.Del("Content-Length")
				}
				a.Header.Del("Transfer-Encoding")
			}
			if diff := cmp.Diff(want.Header, got.Header); diff != "" {
				t.Errorf("(-GET +HEAD)\n%s", diff)
			}
		})
	}
}

// Responses to OPTIONS and to unsupported methods list the methods of the path in
// Allow. The transport compares it with the specification.
func TestAllowListsMethods(t *testing.T) {
	s := start(t)
	task := "/tasks/" + s.create("x")[0].ID
	for _, test := range []struct {
		target  string
		allow   []string
		refused []string
	}{
		{"/tasks", []string{"GET", "HEAD", "OPTIONS", "POST"}, []string{"PUT", "PATCH", "DELETE", "TRACE", "BREW", "get", "Post", "PROPFIND"}},
		{task, []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH"}, []string{"POST", "PUT", "TRACE", "BREW", "patch", "QUERY"}},
		{"/tasks/" + noID, []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH"}, []string{"POST", "PUT"}},
		{"/openapi.yaml", []string{"GET", "HEAD", "OPTIONS"}, []string{"POST", "DELETE", "BREW"}},
		{"/openapi.json", []string{"GET", "HEAD", "OPTIONS"}, []string{"POST", "PUT"}},
		{"/docs/", []string{"GET", "HEAD", "OPTIONS"}, []string{"POST", "PUT"}},
	} {
		t.Run(test.target, func(t *testing.T) {
			options := s.do(http.MethodOptions, test.target, "").is(http.StatusNoContent)
			if got := options.list("Allow"); !slices.Equal(got, test.allow) {
				t.Errorf("OPTIONS: Allow is %q, want %q", got, test.allow)
			}
			for _, method := range test.refused {
				a := s.raw(method+" "+test.target+" HTTP/1.1", "").is(http.StatusMethodNotAllowed)
				if got := a.list("Allow"); !slices.Equal(got, test.allow) {
					t.Errorf("%s: Allow is %q, want %q", method, got, test.allow)
				}
				p := decode[problem](a)
				equal(t, method+": error", p.Error, "method not allowed")
				equal(t, method+": type", p.Type, "/problems/method-not-allowed")
			}
		})
	}
	s.get(task).is(http.StatusOK)
}

// OPTIONS lists the media types of PATCH in Accept-Patch (RFC 5789).
func TestOptionsListsPatchTypes(t *testing.T) {
	s := start(t)
	a := s.do(http.MethodOptions, "/tasks/"+noID, "").is(http.StatusNoContent)
	if got, want := a.list("Accept-Patch"), []string{"application/json", "application/merge-patch+json"}; !slices.Equal(got, want) {
		t.Errorf("Accept-Patch is %q, want %q", got, want)
	}
	equal(t, "Accept-Patch of the list", s.do(http.MethodOptions, "/tasks", "").Header.Get("Accept-Patch"), "")
}

// An unknown path is 404 for every method, OPTIONS included.
func TestUnknownPathsHaveNoMethods(t *testing.T) {
	s := start(t)
	for _, request := range []string{
		"OPTIONS *", "OPTIONS /nowhere", "BREW /nowhere", "POST /nowhere", "PUT /nowhere/", "get /nowhere", "PATCH /task", "DELETE /v1/tasks",
		"POST /tasks/", "PUT /tasks/", "OPTIONS /tasks/", "PATCH /tasks/a/b", "PUT /tasks/a/b", "OPTIONS /tasks/a/b", "OPTIONS /", "POST /",
		"GET http://tasks.example", "CONNECT tasks.example:80",
	} {
		a := s.raw(request+" HTTP/1.1", "").is(http.StatusNotFound)
		equal(t, request+": error", decode[problem](a).Error, "not found")
	}
}

// Content negotiation, overrides and other headers without meaning here change
// nothing.
func TestUnknownHeadersAreIgnored(t *testing.T) {
	s := start(t)
	s.create("x")
	want := s.get("/tasks").is(http.StatusOK)
	for _, header := range []string{
		"Accept: text/html", "Accept: application/xml;q=1, */*;q=0", "Accept-Language: tlh", "Accept-Charset: utf-16", "Range: bytes=0-1",
		"If-Modified-Since: Mon, 01 Jan 2035 00:00:00 GMT", "If-Unmodified-Since: Mon, 01 Jan 2001 00:00:00 GMT", `If-Match: "x"`,
		"X-HTTP-Method-Override: DELETE", "X-Method-Override: PUT", "X-Original-URL: /nowhere", "X-Rewrite-Url: /nowhere", "Authorization: Bearer x",
		"Content-Type: text/plain", "Cookie: a=b", "X-Unknown: x",
	} {
		got := s.get("/tasks", header).is(http.StatusOK)
		equal(t, header+": the body", got.body, want.body)
		equal(t, header+": ETag", got.etag(), want.etag())
	}
}

// net/http refuses requests that it cannot parse. Its responses are plain text and
// not logged: the only exception to the promises of the API.
func TestNetHTTPRefusesMalformedRequests(t *testing.T) {
	s := start(t)
	for _, test := range []struct {
		name, request string
		status        int
	}{
		{"malformed percent-encoding", "GET /tasks/%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		{"no Host", "GET /tasks HTTP/1.1\r\n\r\n", 400},
		{"two Hosts", "GET /tasks HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
		{"unknown transfer coding", "POST /tasks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
		{"two Content-Lengths", "POST /tasks HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
		{"space after a header name", "GET /tasks HTTP/1.1\r\nHost : x\r\n\r\n", 400},
		{"header with a control character", "GET /tasks HTTP/1.1\r\nHost: x\r\nIf-None-Match: \x01\r\n\r\n", 400},
		{"no method", "/tasks HTTP/1.1\r\nHost: x\r\n\r\n", 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := s.rawText(test.request).is(test.status)
			equal(t, "Content-Type", a.Header.Get("Content-Type"), "text/plain; charset=utf-8")
		})
	}
	equal(t, "the number of lines in the log", len(s.lines()), 0)
}
