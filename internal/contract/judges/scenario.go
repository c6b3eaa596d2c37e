package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// A step is a request and the status that it must be answered with. In path and
// header, {id} and {etag} stand for those of the task that was answered last.
type step struct {
	operation string
	want      int
	method    string
	path      string
	body      string
	header    []string // Each "Name: value"; without a Content-Type the body is JSON.
	odd       bool     // Whether the request is one that the specification does not allow.
}

// asIs is a step whose request the specification allows, whatever the answer.
func asIs(operation string, want int, method, path, body string, header ...string) step {
	return step{operation, want, method, path, body, header, false}
}

// odd is a step whose request the specification does not allow.
func odd(operation string, want int, method, path, body string, header ...string) step {
	return step{operation, want, method, path, body, header, true}
}

const (
	nobody = "/tasks/01890a5d-ac96-774b-bcce-b302099a8057" // No task has this id.
	merge  = "Content-Type: application/merge-patch+json"
)

var large = `{"title":"` + strings.Repeat("x", 1<<16) + `"}`

// steps produce every answer that the specification has, but for 500 and 401.
var steps = []step{
	asIs("createTask", 201, "POST", "/tasks", `{"title":"Learn WSGI","done":true}`),
	asIs("createTask", 201, "POST", "/tasks", `{"title":"`+strings.Repeat("🙂", 200)+`"}`),
	asIs("createTask", 201, "POST", "/tasks", `{"title":"Learn WSGI"}`, "Content-Type: application/json; charset=utf-8"),
	odd("createTask", 400, "POST", "/tasks", `{"titel":"x","done":"no"}`),
	odd("createTask", 400, "POST", "/tasks", `{"title":""}`),
	odd("createTask", 400, "POST", "/tasks", `{"title":"two\nlines"}`),
	odd("createTask", 400, "POST", "/tasks", `{"title":"`+strings.Repeat("x", 201)+`"}`),
	odd("createTask", 400, "POST", "/tasks", `{"title":1}`),
	odd("createTask", 400, "POST", "/tasks", `null`),
	odd("createTask", 400, "POST", "/tasks", `[]`),
	odd("createTask", 413, "POST", "/tasks", large),
	odd("createTask", 415, "POST", "/tasks", `title=x`, "Content-Type: application/x-www-form-urlencoded"),
	odd("createTask", 415, "POST", "/tasks", `x`, "Content-Type: text/plain"),

	asIs("listTasks", 200, "GET", "/tasks", ""),
	asIs("listTasks", 200, "GET", "/tasks?limit=1&order=desc", ""),
	asIs("listTasks", 200, "GET", "/tasks?limit=1000&order=asc&done=true", ""),
	asIs("listTasks", 200, "GET", "/tasks?after={id}", ""),
	asIs("listTasks", 200, "GET", "/tasks?done=false", "", `If-None-Match: "another"`),
	asIs("listTasks", 304, "GET", "/tasks", "", "If-None-Match: *"),
	odd("listTasks", 400, "GET", "/tasks?limit=0", ""),
	odd("listTasks", 400, "GET", "/tasks?limit=1001", ""),
	odd("listTasks", 400, "GET", "/tasks?limit=ten", ""),
	odd("listTasks", 400, "GET", "/tasks?order=up", ""),
	odd("listTasks", 400, "GET", "/tasks?done=maybe", ""),
	odd("listTasks", 400, "GET", "/tasks?after=nothing", ""),
	odd("listTasks", 400, "GET", "/tasks?unknown=1", ""),
	odd("listTasks", 400, "GET", "/tasks", "", "If-None-Match: nothing"),

	asIs("getTask", 200, "GET", "/tasks/{id}", ""),
	asIs("getTask", 200, "GET", "/tasks/{id}", "", `If-None-Match: "another"`),
	asIs("getTask", 304, "GET", "/tasks/{id}", "", "If-None-Match: {etag}"),
	asIs("getTask", 304, "GET", "/tasks/{id}", "", `If-None-Match: "another", W/{etag}`),
	odd("getTask", 400, "GET", "/tasks/{id}?unknown=1", ""),
	odd("getTask", 400, "GET", "/tasks/{id}", "", "If-None-Match: nothing"),
	asIs("getTask", 404, "GET", nobody, ""),
	asIs("getTask", 404, "GET", "/tasks/nonexistent", ""),
	odd("getTask", 404, "GET", "/tasks/no.thing", ""),

	asIs("updateTask", 200, "PATCH", "/tasks/{id}", `{"done":true}`),
	asIs("updateTask", 200, "PATCH", "/tasks/{id}", `{"title":"Learn ASGI","done":false}`, merge, "If-Match: {etag}"),
	asIs("updateTask", 200, "PATCH", "/tasks/{id}", `{}`, "If-Match: *"),
	odd("updateTask", 400, "PATCH", "/tasks/{id}", `{"title":null}`),
	odd("updateTask", 400, "PATCH", "/tasks/{id}", `{"id":"x"}`, merge),
	odd("updateTask", 400, "PATCH", "/tasks/{id}", `{}`, "If-Match: nothing"),
	asIs("updateTask", 404, "PATCH", nobody, `{"done":true}`),
	asIs("updateTask", 412, "PATCH", "/tasks/{id}", `{"done":true}`, `If-Match: "another"`),
	asIs("updateTask", 412, "PATCH", "/tasks/{id}", `{"done":true}`, `If-Match: W/{etag}`),
	odd("updateTask", 413, "PATCH", "/tasks/{id}", large),
	odd("updateTask", 415, "PATCH", "/tasks/{id}", `<done/>`, "Content-Type: application/xml"),

	odd("deleteTask", 400, "DELETE", "/tasks/{id}?unknown=1", ""),
	odd("deleteTask", 400, "DELETE", "/tasks/{id}", "", "If-Match: nothing"),
	asIs("deleteTask", 412, "DELETE", "/tasks/{id}", "", `If-Match: "another"`),
	asIs("deleteTask", 200, "DELETE", "/tasks/{id}", "", "If-Match: {etag}"),
	asIs("deleteTask", 404, "DELETE", "/tasks/{id}", ""),
	asIs("getTask", 404, "GET", "/tasks/{id}", ""),
}

// strangers are what a server with tokens must refuse.
var strangers = []step{
	odd("listTasks", 401, "GET", "/tasks", ""),
	odd("createTask", 401, "POST", "/tasks", `{"title":"x"}`),
	odd("getTask", 401, "GET", nobody, ""),
	odd("updateTask", 401, "PATCH", nobody, `{"done":true}`),
	odd("deleteTask", 401, "DELETE", nobody, ""),
	asIs("listTasks", 401, "GET", "/tasks", "", "Authorization: Bearer wrong"),
	asIs("createTask", 401, "POST", "/tasks", `{"title":"x"}`, "Authorization: Bearer wrong"),
}

// A scenario sends the steps through a proxy and collects what is wrong with
// the answers.
type scenario struct {
	target target
	proxy  string // The proxy's URL.

	id, etag string // Of the task that was answered last.
	seen     map[string]bool
	caught   bool // Whether the proxy has objected to any odd request.
	requests int
	findings []string
}

func (s *scenario) finds(format string, args ...any) {
	s.findings = append(s.findings, fmt.Sprintf(format, args...))
}

// play sends all steps. The error says that it cannot go on.
func (s *scenario) play(ctx context.Context) error {
	s.seen = map[string]bool{}
	for _, step := range steps {
		if s.target.token != "" {
			step.header = append(slices.Clone(step.header), "Authorization: Bearer "+s.target.token)
		}
		if err := s.take(ctx, step); err != nil {
			return err
		}
	}
	if s.target.token != "" {
		for _, step := range strangers {
			if err := s.take(ctx, step); err != nil {
				return err
			}
		}
	}
	if !s.caught {
		s.finds("it has objected to no request, not even to those that it should")
	}
	return s.checkSeen(ctx)
}

// take sends one step.
func (s *scenario) take(ctx context.Context, step step) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	fill := strings.NewReplacer("{id}", s.id, "{etag}", s.etag)
	req, err := http.NewRequestWithContext(ctx, step.method, s.proxy+fill.Replace(step.path), strings.NewReader(step.body))
	if err != nil {
		return err
	}
	if step.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, line := range step.header {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, fill.Replace(value))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	s.requests++
	s.weigh(step, resp, body)
	return nil
}

// weigh judges an answer.
func (s *scenario) weigh(step step, resp *http.Response, body []byte) {
	at := fmt.Sprintf("%s %.60s %.40s %q: %s", step.method, step.path, step.body, step.header, resp.Status)
	request, response, err := violations(resp, body)
	switch {
	case err != nil:
		s.finds("%s: %v", at, err)
	case resp.StatusCode != step.want:
		s.finds("%s, want %d: %.200s", at, step.want, body)
	}
	if !step.odd {
		response = append(response, request...)
	}
	for _, violation := range response {
		s.finds("%s: %s", at, violation)
	}
	s.caught = s.caught || step.odd && len(request) > 0
	s.seen[fmt.Sprint(step.operation, " ", resp.StatusCode)] = true
	if etag := resp.Header.Get("ETag"); etag != "" && step.operation != "listTasks" {
		s.etag = etag
	}
	var task struct{ ID string }
	if json.Unmarshal(body, &task) == nil && task.ID != "" {
		s.id = task.ID
	}
}

// checkSeen finds the answers that the server's specification has and that none
// of the steps got.
func (s *scenario) checkSeen(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.target.url+"/openapi.yaml", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	doc, err := openapi3.NewLoader().LoadFromIoReader(resp.Body)
	if err != nil {
		return err
	}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			for status := range op.Responses.Map() {
				name := op.OperationID + " " + status
				if !s.seen[name] && status != "500" && (status != "401" || s.target.token != "") {
					s.finds("no step was answered %s", name)
				}
			}
		}
	}
	return nil
}
