package server_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/tasks/internal/server"
)

// Each request logs one line with the method and path, the status and length of
// the response, and the request id.
func TestEachRequestLogsOneLine(t *testing.T) {
	s := start(t)
	created := s.post("/tasks", `{"title": "x"}`)
	target := created.Header.Get("Location")
	answers := []answer{
		created,
		s.get("/tasks"),
		s.get("/tasks?limit=1&order=desc"),
		s.get(target),
		s.get(target, "If-None-Match: *"),
		s.do(http.MethodHead, target, ""),
		s.patch(target, `{"done": true}`),
		s.patch(target, `{"done": 1}`),
		s.delete(target),
		s.delete(target),
		s.get("/nowhere"),
		s.get("/"),
		s.do(http.MethodPut, "/tasks", ""),
		s.do(http.MethodOptions, "/tasks", ""),
		s.do(http.MethodPost, "/tasks", "x", "Content-Type: text/plain"),
		s.post("/tasks", strings.Repeat(" ", 70_000)),
		s.get("/openapi.yaml"),
		s.get("/docs"),
		s.get("/docs/"),
	}
	lines := s.lines()
	if len(lines) != len(answers) {
		t.Fatalf("%d requests made %d lines:\n%s", len(answers), len(lines), s.logged())
	}
	for i, a := range answers {
		line := lines[i]
		what := fmt.Sprintf("%s %s: ", a.Request.Method, a.Request.URL.Path)
		equal(t, what+"method", line["method"], any(a.Request.Method))
		equal(t, what+"path", line["path"], any(a.Request.URL.Path))
		equal(t, what+"status", line["status"], any(float64(a.StatusCode)))
		equal(t, what+"bytes", line["bytes"], any(float64(len(a.body))))
		if took, ok := line["duration_ms"].(float64); !ok || took < 0 {
			t.Errorf("%sduration_ms is %v", what, line["duration_ms"])
		}
		if !slices.Contains(values(line), a.Header.Get("X-Request-Id")) {
			t.Errorf("%sthe line has no request id: %v", what, line)
		}
		if !slices.ContainsFunc(values(line), func(v string) bool { return strings.HasPrefix(v, "127.0.0.1") }) {
			t.Errorf("%sthe line has no remote address: %v", what, line)
		}
	}
}

func values(line map[string]any) (values []string) {
	for _, v := range line {
		values = append(values, fmt.Sprint(v))
	}
	return values
}

// The log has the address of the connection, not one that a client claims in a
// header.
func TestForwardedAddressesAreIgnored(t *testing.T) {
	const claim = "203.0.113.7"
	s := start(t)
	s.get("/tasks", "X-Forwarded-For: "+claim, "X-Real-Ip: "+claim, "Forwarded: for="+claim, "True-Client-Ip: "+claim, "Cf-Connecting-Ip: "+claim)
	if text := s.logged(); strings.Contains(text, claim) || !strings.Contains(text, "127.0.0.1") {
		t.Errorf("the log has another address:\n%s", text)
	}
}

// No path or query can break a line of the log, forge one, or send control
// characters to a terminal.
func TestRequestsCannotForgeLogLines(t *testing.T) {
	for _, format := range []string{"text", "JSON"} {
		t.Run(format, func(t *testing.T) {
			var text bytes.Buffer
			handler := slog.Handler(slog.NewTextHandler(&text, nil))
			if format == "JSON" {
				handler = slog.NewJSONHandler(&text, nil)
			}
			s := serve(t, newStore(t), server.Config{Log: slog.New(handler)})
			targets := []string{
				"/tasks/%0alevel=ERROR%20msg=forged", "/%0d%0alevel=ERROR", "/tasks/%1b[31m", "/%22%20status=200%20x=%22", "/tasks/%E2%80%A8forged",
				"/tasks/%C2%9B31m", "/tasks/%00", "/nowhere?x=%0a", "/tasks?%0a=%0a",
			}
			for _, target := range targets {
				s.raw("GET "+target+" HTTP/1.1", "")
			}
			s.Close()
			lines := slices.Collect(strings.Lines(text.String()))
			equal(t, "the number of lines", len(lines), len(targets))
			for _, line := range lines {
				if i := strings.IndexFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' }); i >= 0 {
					t.Errorf("the line has a control character at %d: %q", i, line)
				}
				if strings.Contains(line, " level=ERROR") || strings.HasPrefix(line, "level=ERROR") {
					t.Errorf("the line is forged: %q", line)
				}
			}
		})
	}
}

// A server works with its log disabled.
func TestLogIsOptional(t *testing.T) {
	s := serve(t, newStore(t), server.Config{Log: slog.New(slog.DiscardHandler)})
	s.create("x")
	s.get("/nowhere").is(http.StatusNotFound)
}

// The log has the operation and the reason of a refusal, without values from the
// client.
func TestLogHasOperationAndReason(t *testing.T) {
	s := serve(t, newStore(t), twoTokens)
	authorized := "Authorization: Bearer " + twoTokens.Tokens[0].Secret
	s.get("/tasks", authorized)
	s.get("/tasks/"+noID, authorized)
	s.post("/tasks", `{"title": 5, "secret": 1}`, authorized)
	s.patch("/tasks/"+noID, `{"done": true}`)
	s.do(http.MethodPut, "/tasks", "")
	s.get("/docs/")
	var got []string
	for _, line := range s.lines() {
		got = append(got, fmt.Sprint(line["route"], " ", line["operation"], ": ", line["problem"], ", ", line["detail"]))
	}
	want := []string{
		"/tasks listTasks: <nil>, <nil>",
		"/tasks/{id} getTask: not-found, no task has this id",
		"/tasks createTask: invalid-request, title must be a string (1 more: see errors)",
		"/tasks/{id} updateTask: unauthorized, this operation needs a bearer token",
		"<nil> <nil>: method-not-allowed, the path supports only the methods in Allow",
		"<nil> <nil>: <nil>, <nil>",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

// A request keeps its X-Request-Id if that is one UUID in the form that the server
// writes, and otherwise gets a new id.
func TestValidRequestIDIsKept(t *testing.T) {
	const given = "0f5f3bd4-6fd5-4d4e-b7f3-3c1b1b0f4b0a"
	s := start(t)
	for range 2 { // The client may send it again.
		a := s.get("/nowhere", "X-Request-Id: "+given)
		equal(t, "X-Request-Id", a.Header.Get("X-Request-Id"), given)
		equal(t, "instance", decode[problem](a).Instance, "urn:uuid:"+given)
	}
	met := map[string]bool{}
	for _, header := range [][]string{
		nil, nil,
		{"X-Request-Id: "},
		{"X-Request-Id: 1"},
		{"X-Request-Id: " + strings.ToUpper(given)},
		{"X-Request-Id: " + strings.ReplaceAll(given, "-", "")},
		{"X-Request-Id: " + strings.ReplaceAll(given, "-", "0")},
		{"X-Request-Id: " + strings.ReplaceAll(given, "0", "g")},
		{"X-Request-Id: " + given + "0"},
		{"X-Request-Id: " + given, "X-Request-Id: " + given},
	} {
		id := s.get("/tasks", header...).Header.Get("X-Request-Id")
		if id == given || met[id] {
			t.Errorf("%q: the id %s is not new", header, id)
		}
		met[id] = true
	}
	for i, line := range s.lines() {
		if kept := line["request_id"] == given; kept != (i < 2) {
			t.Errorf("line %d has the id %v", i, line["request_id"])
		}
	}
}

// The log has the trace id of a valid traceparent (W3C Trace Context) and of no
// other.
func TestLogHasTraceID(t *testing.T) {
	const id, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	s := start(t)
	tests := []struct {
		header []string
		want   any
	}{
		{[]string{"00-" + id + "-" + parent + "-01"}, id},
		{[]string{"01-" + id + "-" + parent + "-01-what-later-versions-add"}, id},
		{nil, nil},
		{[]string{id}, nil},
		{[]string{"00-" + id + "-" + parent + "-01-more"}, nil},
		{[]string{"ff-" + id + "-" + parent + "-01"}, nil},
		{[]string{"00-" + strings.ToUpper(id) + "-" + parent + "-01"}, nil},
		{[]string{"00-" + strings.Repeat("0", 32) + "-" + parent + "-01"}, nil},
		{[]string{"00-" + id + "-" + strings.Repeat("0", 16) + "-01"}, nil},
		{[]string{"00-" + id + "-" + parent + "-0x"}, nil},
		{[]string{"00-" + id + "-" + parent + "-01", "00-" + id + "-" + parent + "-01"}, nil},
	}
	for _, test := range tests {
		var header []string
		for _, value := range test.header {
			header = append(header, "Traceparent: "+value)
		}
		s.get("/tasks", header...)
	}
	for i, line := range s.lines() {
		equal(t, fmt.Sprintf("trace_id of %q", tests[i].header), line["trace_id"], tests[i].want)
	}
}
