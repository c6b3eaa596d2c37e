package contract_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"example.com/tasks/internal/contract"
)

const (
	id      = "01890a5d-ac96-774b-bcce-b302099a8057"
	task    = `{"id":"` + id + `","title":"x","done":false}`
	invalid = `{"type":"/problems/invalid-request","title":"Invalid request","status":400,"detail":"no","error":"no",` +
		`"errors":[{"detail":"no"}],"instance":"urn:uuid:` + id + `"}`
	missing = `{"type":"/problems/not-found","title":"Not found","status":404,"detail":"no","error":"no","instance":"urn:uuid:` + id + `"}`
)

// verdict is a TB that Check may fail without failing the test.
type verdict struct {
	testing.TB
	said string
}

func (v *verdict) Helper() {}

func (v *verdict) Errorf(format string, args ...any) { v.said += fmt.Sprintf(format, args...) }

// answer returns a function that makes a valid response with the given headers, of
// which change replaces or removes some.
func answer(method, target string, status int, body string, header ...string) func(change ...string) *http.Response {
	return func(change ...string) *http.Response {
		h := http.Header{
			"Date":                   {"Mon, 01 Jan 2035 00:00:00 GMT"},
			"X-Request-Id":           {id},
			"X-Content-Type-Options": {"nosniff"},
			"Cache-Control":          {"no-store"},
		}
		if method == http.MethodGet && status < 400 {
			h.Set("Cache-Control", "private, no-cache")
		}
		if status >= 400 {
			h.Set("Content-Type", "application/problem+json")
		}
		for _, line := range append(slices.Clone(header), change...) {
			name, value, _ := strings.Cut(line, ": ")
			if h.Set(name, value); value == "" {
				h.Del(name)
			}
		}
		return &http.Response{
			Request: httptest.NewRequestWithContext(context.Background(), method, target, nil), Status: fmt.Sprint(status), StatusCode: status,
			Header: h, Body: io.NopCloser(strings.NewReader(body)),
		}
	}
}

// Check accepts valid responses and finds every broken promise.
func TestCheckFindsBrokenPromises(t *testing.T) {
	const taskPath, etag, isJSON = "/tasks/" + id, `ETag: "x"`, "Content-Type: application/json"
	get := func(body string) func(...string) *http.Response {
		return answer(http.MethodGet, taskPath, 200, body, etag, isJSON)
	}
	refused := func(body string) *http.Response { return answer(http.MethodGet, "/tasks", 400, body)() }
	with := func(body, part, by string) string { return strings.Replace(body, part, by, 1) }
	plain := answer(http.MethodGet, "/tasks", 400, "400 Bad Request", "Content-Type: text/plain; charset=utf-8")
	notModified := answer(http.MethodGet, taskPath, 304, "", etag)
	options := answer(http.MethodOptions, "/tasks", 204, "", "Allow: OPTIONS, GET, HEAD, POST")
	head := answer(http.MethodHead, taskPath, 200, "", etag, isJSON, "Cache-Control: private, no-cache")
	const pagePolicy = "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
		"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	const noReferrer = "Referrer-Policy: no-referrer"
	docs := answer(http.MethodGet, "/docs/", 200, "x", "Content-Type: text/html", pagePolicy, noReferrer)
	about := answer(http.MethodGet, "/problems/not-found", 200, "x", "Content-Type: text/plain", pagePolicy, noReferrer)

	for name, resp := range map[string]*http.Response{
		"a task":                 get(task)(),
		"a list":                 answer(http.MethodGet, "/tasks", 200, "["+task+"]", etag, isJSON)(),
		"a list with a link":     answer(http.MethodGet, "/tasks", 200, "[]", etag, isJSON, `Link: </tasks?after=x>; rel="next"`)(),
		"a refusal":              refused(invalid),
		"a missing task":         answer(http.MethodGet, taskPath, 404, missing)(),
		"an unknown path":        answer(http.MethodGet, "/nowhere", 404, missing)(),
		"not modified":           notModified(),
		"HEAD":                   head(),
		"OPTIONS":                options(),
		"the wrong method":       answer(http.MethodPut, "/tasks", 405, with(missing, "404", "405"), "Allow: GET, HEAD, OPTIONS, POST")(),
		"the documentation":      docs(),
		"the page of a problem":  about(),
		"an unknown problem":     answer(http.MethodGet, "/problems/nothing", 404, missing)(),
		"the specification":      answer(http.MethodGet, "/openapi.yaml", 200, "x", "Content-Type: application/yaml")(),
		"a refusal by net/http":  plain("Date: ", "X-Request-Id: ", "Cache-Control: "),
		"a redirect by the root": answer(http.MethodGet, "/", 302, "")("Cache-Control: no-store"),
		"a deleted task":         answer(http.MethodDelete, taskPath, 200, task, isJSON)(),
		"HEAD of a missing task": answer(http.MethodHead, taskPath, 404, "")(),
	} {
		v := &verdict{}
		if contract.Check(v, resp.Request, resp); v.said != "" {
			t.Errorf("%s: %s", name, v.said)
		}
	}
	for _, test := range []struct {
		name string
		resp *http.Response
		want string
	}{
		{"no request id", get(task)("X-Request-Id: "), "X-Request-Id"},
		{"invalid request id", get(task)("X-Request-Id: 1"), "X-Request-Id"},
		{"no nosniff", get(task)("X-Content-Type-Options: "), "X-Content-Type-Options"},
		{"page with another referrer policy", docs("Referrer-Policy: origin"), "Referrer-Policy"},
		{"task with a page's referrer policy", get(task)(noReferrer), "Referrer-Policy"},
		{"documentation with a weak policy", docs("Content-Security-Policy: default-src 'unsafe-inline'"), "Content-Security-Policy"},
		{"page of a problem without policy", about("Content-Security-Policy: "), "Content-Security-Policy"},
		{"task with a page's policy", get(task)(pagePolicy), "Content-Security-Policy"},
		{"problem with a page's policy", answer(http.MethodGet, "/problems/nothing", 404, missing)(pagePolicy), "Content-Security-Policy"},
		{"success that is not cached", get(task)("Cache-Control: no-store"), "Cache-Control"},
		{"error that is cached", answer(http.MethodGet, taskPath, 404, missing)("Cache-Control: private, no-cache"), "Cache-Control"},
		{"body that is not JSON", get(task[1:])(), "not valid JSON"},
		{"body with a duplicate name", get(`{"done":true,` + task[1:])(), "not valid JSON"},
		{"task with an undeclared member", get(with(task, "{", `{"more":1,`))(), "more"},
		{"task without a required member", get(with(task, `,"done":false`, ""))(), "done"},
		{"list of tasks with an undeclared member", answer(http.MethodGet, "/tasks", 200, "["+with(task, "{", `{"more":1,`)+"]", etag, isJSON)(), "more"},
		{"body without type", get(task)("Content-Type: "), "Content-Type"},
		{"body with an undeclared type", get(task)("Content-Type: application/json; charset=utf-8"), "Content-Type"},
		{"no ETag", get(task)("ETag: "), "ETag"},
		{"weak ETag", get(task)(`ETag: W/"x"`), "ETag"},
		{"no ETag on 304", notModified("ETag: "), "ETag"},
		{"no ETag on HEAD", head("ETag: "), "ETag"},
		{"ETag of a deleted task", answer(http.MethodDelete, taskPath, 200, task, isJSON)(etag), "ETag"},
		{"Link of a task", get(task)(`Link: </tasks?after=x>; rel="next"`), "Link"},
		{"status that is not declared", answer(http.MethodGet, "/tasks", 404, missing)(), "no such status"},
		{"304 that is not declared", answer(http.MethodPost, "/tasks", 304, "", etag)(), "no such status"},
		{"HEAD with a status that is not declared", answer(http.MethodHead, "/tasks", 404, "")(), "no such status"},
		{"HEAD with a body", answer(http.MethodHead, taskPath, 200, task, etag, isJSON, "Cache-Control: private, no-cache")(), "body"},
		{"304 with a body", answer(http.MethodGet, taskPath, 304, "x", etag)(), "body"},
		{"path that is not in the API", answer(http.MethodGet, "/nowhere", 200, "[]", isJSON)(), "path"},
		{"path below a task", answer(http.MethodGet, taskPath+"/x", 200, task, isJSON, etag)(), "path"},
		{"method that is not in the API", answer(http.MethodPut, "/tasks", 404, missing)(), "method"},
		{"OPTIONS with 200", answer(http.MethodOptions, "/tasks", 200, "", "Allow: OPTIONS, GET, HEAD, POST")(), "method"},
		{"OPTIONS without a method", options("Allow: OPTIONS, GET, POST"), "Allow"},
		{"refusal that is not a problem", answer(http.MethodGet, "/tasks", 400, "no", "Content-Type: text/plain; charset=utf-8")(), "Content-Type"},
		{"problem with another status", refused(with(invalid, "400", "401")), "status is 401"},
		{"problem with another id", refused(with(invalid, "urn:uuid:0", "urn:uuid:1")), "instance"},
		{"problem with an undeclared member", refused(with(invalid, "{", `{"more":1,`)), "more"},
		{"problem without detail", refused(with(invalid, `"detail":"no","error"`, `"error"`)), "detail"},
		{"problem without errors", refused(with(invalid, `"errors":[{"detail":"no"}],`, "")), "0 errors"},
		{"problem with another error", refused(with(invalid, `"error":"no"`, `"error":"oh"`)), "error is"},
		{"problem outside the API with an undeclared member", answer(http.MethodGet, "/nowhere", 404, with(missing, "{", `{"more":1,`))(), "more"},
	} {
		v := &verdict{}
		if contract.Check(v, test.resp.Request, test.resp); !strings.Contains(v.said, test.want) {
			t.Errorf("%s: Check reported %q, want it to mention %q", test.name, v.said, test.want)
		}
	}
}

// Unseen omits a response after Check gets it, and keeps the others.
func TestUnseenOmitsCheckedResponses(t *testing.T) {
	const given, never = "deleteTask 412", "createTask 500"
	want := slices.DeleteFunc(contract.Unseen(), func(response string) bool { return response == given })
	resp := answer(http.MethodDelete, "/tasks/"+id, 412, strings.Replace(missing, "404", "412", 1))()
	contract.Check(t, resp.Request, resp)
	if got := contract.Unseen(); !slices.Equal(got, want) || !slices.Contains(got, never) {
		t.Errorf("unseen is %q, want %q", got, want)
	}
}
