package server_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"example.com/tasks/internal/server"
	"example.com/tasks/internal/store/memory"
)

// Each request is one line, with what was asked, what was answered and by
// which id the two are found again.
func TestEachRequestIsOneLogLine(t *testing.T) {
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
		holds(t, what+"method", line["method"], any(a.Request.Method))
		holds(t, what+"path", line["path"], any(a.Request.URL.Path))
		holds(t, what+"status", line["status"], any(float64(a.StatusCode)))
		holds(t, what+"bytes", line["bytes"], any(float64(len(a.body))))
		if took, ok := line["duration"].(float64); !ok || took < 0 {
			t.Errorf("%sduration is %v", what, line["duration"])
		}
		if !slices.Contains(values(line), a.Header.Get("X-Request-Id")) {
			t.Errorf("%sthe line lacks the request id: %v", what, line)
		}
		if !slices.ContainsFunc(values(line), func(v string) bool { return strings.HasPrefix(v, "127.0.0.1") }) {
			t.Errorf("%sthe line lacks the remote address: %v", what, line)
		}
	}
}

func values(line map[string]any) (values []string) {
	for _, v := range line {
		values = append(values, fmt.Sprint(v))
	}
	return values
}

// Whoever calls may claim any address; the log has that of the connection.
func TestForwardedAddressesAreNotBelieved(t *testing.T) {
	const claim = "203.0.113.7"
	s := start(t)
	s.get("/tasks", "X-Forwarded-For: "+claim, "X-Real-Ip: "+claim, "Forwarded: for="+claim, "True-Client-Ip: "+claim, "Cf-Connecting-Ip: "+claim)
	if text := s.logged(); strings.Contains(text, claim) || !strings.Contains(text, "127.0.0.1") {
		t.Errorf("the log has another address:\n%s", text)
	}
}

// No path or method can end a line of the log, begin one, or reach the
// terminal of whoever reads it.
func TestRequestsCannotForgeLogLines(t *testing.T) {
	for _, format := range []string{"text", "JSON"} {
		t.Run(format, func(t *testing.T) {
			var text bytes.Buffer
			handler := slog.Handler(slog.NewTextHandler(&text, nil))
			if format == "JSON" {
				handler = slog.NewJSONHandler(&text, nil)
			}
			s := serve(t, memory.New(), server.Config{Log: slog.New(handler)})
			targets := []string{
				"/tasks/%0alevel=ERROR%20msg=forged", "/%0d%0alevel=ERROR", "/tasks/%1b[31m", "/%22%20status=200%20x=%22", "/tasks/%E2%80%A8forged",
				"/tasks/%C2%9B31m", "/tasks/%00", "/nowhere?x=%0a", "/tasks?%0a=%0a",
			}
			for _, target := range targets {
				s.raw("GET "+target+" HTTP/1.1", "")
			}
			s.Close()
			lines := slices.Collect(strings.Lines(text.String()))
			holds(t, "the number of lines", len(lines), len(targets))
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

// A server without a log works all the same.
func TestALogIsNotNeeded(t *testing.T) {
	s := serve(t, memory.New(), server.Config{Log: slog.New(slog.DiscardHandler)})
	s.create("x")
	s.get("/nowhere").is(http.StatusNotFound)
}
