package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// A step is a request and the status that must answer it. In path and header,
// {id} and {etag} stand for those of the last task in an answer.
type step struct {
	operation string
	want      int
	method    string
	path      string
	body      string
	header    []string // Each "Name: value"; without a Content-Type the body is JSON.
	invalid   bool     // Whether the specification forbids the request.
}

// valid returns a step whose request the specification allows, whatever the
// answer.
func valid(operation string, want int, method, path, body string, header ...string) step {
	return step{operation, want, method, path, body, header, false}
}

// invalid returns a step whose request the specification forbids.
func invalid(operation string, want int, method, path, body string, header ...string) step {
	return step{operation, want, method, path, body, header, true}
}

const (
	noTask = "/tasks/01890a5d-ac96-774b-bcce-b302099a8057" // No task has this id.
	merge  = "Content-Type: application/merge-patch+json"
	evil   = "Sec-Fetch-Site: cross-site" // A page of another site sends the request.
)

var large = `{"title":"` + strings.Repeat("x", 1<<16) + `"}`

// once names a creation. It is random, since a running server at -url knows the
// keys of the last 24 hours.
var once = "Idempotency-Key: " + rand.Text()

// unproduced are the declared statuses that no step produces: 500 takes a defect of
// the server, and 503 a store that it cannot reach, while the judged servers keep
// their tasks in memory.
var unproduced = []string{"500", "503", "507"}

// steps produce every answer that the specification declares, except 401 and
// those unproduced.
var steps = []step{
	valid("createTask", 201, "POST", "/tasks", `{"title":"Learn WSGI","done":true}`),
	valid("createTask", 201, "POST", "/tasks", `{"title":"`+strings.Repeat("🙂", 200)+`"}`),
	valid("createTask", 201, "POST", "/tasks", `{"title":"Learn WSGI"}`, "Content-Type: application/json; charset=utf-8"),
	valid("createTask", 201, "POST", "/tasks", `{"title":"Learn WSGI"}`, once),
	valid("createTask", 201, "POST", "/tasks", `{"title":"Learn WSGI"}`, once),
	valid("createTask", 403, "POST", "/tasks", `{"title":"Learn WSGI"}`, evil),
	valid("createTask", 422, "POST", "/tasks", `{"title":"Learn ASGI"}`, once),
	invalid("createTask", 400, "POST", "/tasks", `{"titel":"x","done":"no"}`),
	invalid("createTask", 400, "POST", "/tasks", `{"title":""}`),
	invalid("createTask", 400, "POST", "/tasks", `{"title":"two\nlines"}`),
	invalid("createTask", 400, "POST", "/tasks", `{"title":"`+strings.Repeat("x", 201)+`"}`),
	invalid("createTask", 400, "POST", "/tasks", `{"title":1}`),
	invalid("createTask", 400, "POST", "/tasks", `null`),
	invalid("createTask", 400, "POST", "/tasks", `[]`),
	invalid("createTask", 400, "POST", "/tasks", `{"title":"x"}`, "Idempotency-Key: two words"),
	invalid("createTask", 400, "POST", "/tasks", `{"title":"x"}`, "Idempotency-Key: "+strings.Repeat("x", 256)),
	invalid("createTask", 413, "POST", "/tasks", large),
	invalid("createTask", 415, "POST", "/tasks", `title=x`, "Content-Type: application/x-www-form-urlencoded"),
	invalid("createTask", 415, "POST", "/tasks", `x`, "Content-Type: text/plain"),

	valid("listTasks", 200, "GET", "/tasks", ""),
	valid("listTasks", 200, "GET", "/tasks?limit=1&order=desc", ""),
	valid("listTasks", 200, "GET", "/tasks?limit=1000&order=asc&done=true", ""),
	valid("listTasks", 200, "GET", "/tasks?after={id}", ""),
	valid("listTasks", 200, "GET", "/tasks?done=false", "", `If-None-Match: "another"`),
	valid("listTasks", 304, "GET", "/tasks", "", "If-None-Match: *"),
	invalid("listTasks", 400, "GET", "/tasks?limit=0", ""),
	invalid("listTasks", 400, "GET", "/tasks?limit=1001", ""),
	invalid("listTasks", 400, "GET", "/tasks?limit=ten", ""),
	invalid("listTasks", 400, "GET", "/tasks?order=up", ""),
	invalid("listTasks", 400, "GET", "/tasks?done=maybe", ""),
	invalid("listTasks", 400, "GET", "/tasks?after=nothing", ""),
	invalid("listTasks", 400, "GET", "/tasks?unknown=1", ""),
	invalid("listTasks", 400, "GET", "/tasks", "", "If-None-Match: nothing"),

	valid("getTask", 200, "GET", "/tasks/{id}", ""),
	valid("getTask", 200, "GET", "/tasks/{id}", "", `If-None-Match: "another"`),
	valid("getTask", 304, "GET", "/tasks/{id}", "", "If-None-Match: {etag}"),
	valid("getTask", 304, "GET", "/tasks/{id}", "", `If-None-Match: "another", W/{etag}`),
	invalid("getTask", 400, "GET", "/tasks/{id}?unknown=1", ""),
	invalid("getTask", 400, "GET", "/tasks/{id}", "", "If-None-Match: nothing"),
	valid("getTask", 404, "GET", noTask, ""),
	valid("getTask", 404, "GET", "/tasks/nonexistent", ""),
	invalid("getTask", 404, "GET", "/tasks/no.thing", ""),

	valid("updateTask", 200, "PATCH", "/tasks/{id}", `{"done":true}`),
	valid("updateTask", 200, "PATCH", "/tasks/{id}", `{"title":"Learn ASGI","done":false}`, merge, "If-Match: {etag}"),
	valid("updateTask", 200, "PATCH", "/tasks/{id}", `{}`, "If-Match: *"),
	invalid("updateTask", 400, "PATCH", "/tasks/{id}", `{"title":null}`),
	invalid("updateTask", 400, "PATCH", "/tasks/{id}", `{"id":"x"}`, merge),
	invalid("updateTask", 400, "PATCH", "/tasks/{id}", `{}`, "If-Match: nothing"),
	valid("updateTask", 403, "PATCH", "/tasks/{id}", `{"done":true}`, evil),
	valid("updateTask", 404, "PATCH", noTask, `{"done":true}`),
	valid("updateTask", 412, "PATCH", "/tasks/{id}", `{"done":true}`, `If-Match: "another"`),
	valid("updateTask", 412, "PATCH", "/tasks/{id}", `{"done":true}`, `If-Match: W/{etag}`),
	invalid("updateTask", 413, "PATCH", "/tasks/{id}", large),
	invalid("updateTask", 415, "PATCH", "/tasks/{id}", `<done/>`, "Content-Type: application/xml"),

	invalid("deleteTask", 400, "DELETE", "/tasks/{id}?unknown=1", ""),
	invalid("deleteTask", 400, "DELETE", "/tasks/{id}", "", "If-Match: nothing"),
	valid("deleteTask", 403, "DELETE", "/tasks/{id}", "", evil),
	valid("deleteTask", 412, "DELETE", "/tasks/{id}", "", `If-Match: "another"`),
	valid("deleteTask", 200, "DELETE", "/tasks/{id}", "", "If-Match: {etag}"),
	valid("deleteTask", 404, "DELETE", "/tasks/{id}", ""),
	valid("getTask", 404, "GET", "/tasks/{id}", ""),
}

// unauthorized are steps that a server with tokens must refuse.
var unauthorized = []step{
	invalid("listTasks", 401, "GET", "/tasks", ""),
	invalid("createTask", 401, "POST", "/tasks", `{"title":"x"}`),
	invalid("getTask", 401, "GET", noTask, ""),
	invalid("updateTask", 401, "PATCH", noTask, `{"done":true}`),
	invalid("deleteTask", 401, "DELETE", noTask, ""),
	valid("listTasks", 401, "GET", "/tasks", "", "Authorization: Bearer wrong"),
	valid("createTask", 401, "POST", "/tasks", `{"title":"x"}`, "Authorization: Bearer wrong"),
}

// A scenario sends the steps through a proxy and collects what is wrong with
// the answers.
type scenario struct {
	target target
	proxy  string // The proxy's URL.

	id, etag string // Of the last task in an answer.
	seen     map[string]bool
	caught   bool // Whether the proxy has objected to any invalid request.
	requests int
	findings []string
}

func (s *scenario) finds(format string, args ...any) {
	s.findings = append(s.findings, fmt.Sprintf(format, args...))
}

// play sends all steps. An error means that it could not go on.
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
		for _, step := range unauthorized {
			if err := s.take(ctx, step); err != nil {
				return err
			}
		}
	}
	if !s.caught {
		s.finds("it objected to no request, not even to the invalid ones")
	}
	doc, err := s.specification(ctx)
	if err != nil {
		return err
	}
	s.compareSeen(doc)
	return nil
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
	if !step.invalid {
		response = append(response, request...)
	}
	for _, violation := range response {
		s.finds("%s: %s", at, violation)
	}
	s.caught = s.caught || step.invalid && len(request) > 0
	s.seen[fmt.Sprint(step.operation, " ", resp.StatusCode)] = true
	if etag := resp.Header.Get("ETag"); etag != "" && step.operation != "listTasks" {
		s.etag = etag
	}
	var task struct{ ID string }
	if json.Unmarshal(body, &task) == nil && task.ID != "" {
		s.id = task.ID
	}
}

// specification returns the specification that the server serves.
func (s *scenario) specification(ctx context.Context) (*openapi3.T, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.target.url+"/openapi.yaml", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return openapi3.NewLoader().LoadFromIoReader(resp.Body)
}

// compareSeen finds the answers that the specification declares and no step
// produced, and the reverse. Each finding says how to mend the steps.
func (s *scenario) compareSeen(doc *openapi3.T) {
	const file = "internal/contract/judges/scenario.go"
	before, declared := len(s.findings), map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for status := range op.Responses.Map() {
				answer := op.OperationID + " " + status
				declared[answer] = true
				if !s.seen[answer] && !slices.Contains(unproduced, status) && (status != "401" || s.target.token != "") {
					list, line := sample(op, status, method, path)
					s.finds("no step produces %s: add one to %s in %s, such as\n\t%s", answer, list, file, line)
				}
			}
		}
	}
	for answer := range s.seen {
		if !declared[answer] {
			s.finds("a step produces %s, which the specification does not declare: declare it, or remove the step from %s", answer, file)
		}
	}
	slices.Sort(s.findings[before:])
}

// sample returns the beginnings of a step that produces an answer, as a line of
// Go, and the list that it belongs to.
func sample(op *openapi3.Operation, status, method, path string) (list, line string) {
	list, function, body := "steps", "valid", `""`
	switch status {
	case "400", "413", "415":
		function = "invalid"
	case "401":
		list, function = "unauthorized", "invalid"
	}
	if op.RequestBody != nil {
		body = "`{}`"
	}
	return list, fmt.Sprintf("%s(%q, %s, %q, %q, %s),", function, op.OperationID, status, method, path, body)
}
