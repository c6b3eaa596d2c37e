package server_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/tasks/internal/server"
	"example.com/tasks/internal/store/memory"
)

// Only a response that refuses the coding of a body names those that are
// accepted (RFC 9110, section 12.5.3).
func TestAcceptEncodingIsForCodings(t *testing.T) {
	s := start(t)
	coded := s.post("/tasks", `{"title": "x"}`, "Content-Encoding: gzip").is(http.StatusUnsupportedMediaType)
	equal(t, "Accept-Encoding for a coding", coded.Header.Get("Accept-Encoding"), "identity")
	text := s.do(http.MethodPost, "/tasks", "x", "Content-Type: text/plain").is(http.StatusUnsupportedMediaType)
	equal(t, "Accept-Encoding for a media type", len(text.Header.Values("Accept-Encoding")), 0)
}

// Only a path with PATCH says what PATCH accepts (RFC 5789, section 3.1).
func TestAcceptPatchIsForPaths(t *testing.T) {
	s := start(t)
	equal(t, "Accept-Patch of a task", s.do(http.MethodOptions, "/tasks/"+noID, "").Header.Get("Accept-Patch") != "", true)
	equal(t, "Accept-Patch of the list", len(s.do(http.MethodOptions, "/tasks", "").Header.Values("Accept-Patch")), 0)
}

// Browsers that load the root find the documentation. Other requests get 404.
func TestRootLeadsBrowsersToDocs(t *testing.T) {
	s := start(t)
	const browser = "Accept: text/html"
	s.get("/", browser).is(http.StatusFound)
	s.do(http.MethodHead, "/", "", browser).is(http.StatusFound)
	s.do(http.MethodPost, "/", "", browser).is(http.StatusNotFound)
	s.get("/").is(http.StatusNotFound)
}

// A file that is not compressed has no Content-Encoding, not an empty one.
func TestPlainFilesHaveNoCoding(t *testing.T) {
	equal(t, "the number of codings", len(start(t).get("/docs/").is(http.StatusOK).Header.Values("Content-Encoding")), 0)
}

// What is between backquotes is code in the HTML of a problem's page.
func TestProblemPagesMarkCode(t *testing.T) {
	page := start(t).get("/problems/method-not-allowed", "Accept: text/html").is(http.StatusOK).body
	if !strings.Contains(page, "the methods in the <code>Allow</code> header") || strings.Contains(page, "`") {
		t.Errorf("the page marks other text as code, or has backquotes:\n%s", page)
	}
}

// A line of the log has a stack only for a panic, an error only for a failure, a
// token only if there was one, and a detail only for the client's own faults.
func TestLogLineHasOnlyWhatApplies(t *testing.T) {
	var calls atomic.Int32
	s := serve(t, failing{func() error {
		if calls.Add(1) == 1 {
			return errors.New("disk full")
		}
		panic("nil map")
	}}, server.Config{})
	s.get("/nowhere")
	s.get("/tasks")
	s.get("/tasks")
	lines := s.lines()
	for i, want := range []struct{ detail, error, stack, token bool }{
		{detail: true},
		{error: true},
		{error: true, stack: true},
	} {
		for name, want := range map[string]bool{"detail": want.detail, "error": want.error, "stack": want.stack, "token": want.token} {
			if _, got := lines[i][name]; got != want {
				t.Errorf("line %d: whether it has %s is %t, want %t: %v", i, name, got, want, lines[i])
			}
		}
		if ms, ok := lines[i]["duration_ms"].(float64); !ok || ms > float64(time.Hour.Milliseconds()) {
			t.Errorf("line %d: duration_ms is %v", i, lines[i]["duration_ms"])
		}
	}
	if stack, _ := lines[2]["stack"].(string); !strings.Contains(stack, "details_test.go") {
		t.Errorf("the stack does not show where the panic came from: %s", stack)
	}
}

// A log whose level is error gets the failures alone.
func TestLogKeepsItsLevel(t *testing.T) {
	var text bytes.Buffer
	fail := func() error { return errors.New("disk full") }
	s := serve(t, failing{fail}, server.Config{Log: slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelError}))})
	s.get("/nowhere")
	s.get("/tasks")
	s.Close()
	equal(t, "the number of lines", strings.Count(text.String(), "\n"), 1)
	equal(t, "whether it is the failure", strings.Contains(text.String(), "disk full"), true)
}

// New tokens replace the old ones at once, and none leaves nobody with access.
func TestSetTokensReplacesAll(t *testing.T) {
	s := serve(t, memory.New(), twoTokens)
	const old, changed = "Authorization: Bearer Secret-of-Ann-1", "Authorization: Bearer Secret-of-Eve-333"
	set := s.Config.Handler.(*server.Server).SetTokens
	s.get("/tasks", old).is(http.StatusOK)
	set([]server.Token{{Name: "eve", Secret: "Secret-of-Eve-333"}})
	s.get("/tasks", old).is(http.StatusUnauthorized)
	s.get("/tasks", changed).is(http.StatusOK)
	set(nil)
	s.get("/tasks", changed).is(http.StatusUnauthorized)
	s.get("/tasks").is(http.StatusUnauthorized)
}
