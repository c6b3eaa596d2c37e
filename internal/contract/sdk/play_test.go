package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// callFunc makes a function a caller.
type callFunc func(line map[string]any) (map[string]any, error)

func (f callFunc) call(line map[string]any) (map[string]any, error) { return f(line) }

func TestTake(t *testing.T) {
	s := step{
		Step: "patch", Call: "updateTask",
		With:   map[string]any{"id": "$create.task.id"},
		Expect: map[string]any{"status": 200, "sent": "application/json"},
	}
	tests := []struct {
		name      string
		requests  int
		mediaType string
		answer    map[string]any
		want      []string
	}{
		{"right", 1, "application/json", map[string]any{"step": "patch", "status": 200}, nil},
		{"wrong status", 1, "application/json", map[string]any{"step": "patch", "status": 204}, []string{"status is 204, not 200"}},
		{"wrong media type", 1, "text/plain", map[string]any{"step": "patch", "status": 200}, []string{`sent is "text/plain", not "application/json"`}},
		{"no request", 0, "", map[string]any{"step": "patch", "status": 200}, []string{`sent is "", not "application/json"`, "the client sent 0 requests, not 1"}},
		{"two requests", 2, "application/json", map[string]any{"step": "patch", "status": 200}, []string{"the client sent 2 requests, not 1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := &watched{url: "http://server", requests: 9, mediaType: "left/over"}
			c := callFunc(func(line map[string]any) (map[string]any, error) {
				want := map[string]any{"step": "patch", "call": "updateTask", "url": "http://server", "id": "7"}
				if diff := cmp.Diff(want, line); diff != "" {
					t.Error(diff)
				}
				server.requests += test.requests
				server.mediaType = test.mediaType
				return test.answer, nil
			})
			known := answers{"create": map[string]any{"task": map[string]any{"id": "7"}}}
			got, err := known.take(s, c, server)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTakeRefusesTheAnswerToAnotherStep(t *testing.T) {
	c := callFunc(func(map[string]any) (map[string]any, error) { return map[string]any{"step": "before"}, nil })
	if _, err := (answers{}).take(step{Step: "now"}, c, &watched{}); err == nil {
		t.Error("no error")
	}
}

func TestWatchSeesWhatWasSent(t *testing.T) {
	w := &watched{}
	proxy := httptest.NewServer(w.watch(http.NotFoundHandler()))
	defer proxy.Close()
	for _, mediaType := range []string{"text/plain", "Application/JSON; charset=utf-8"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, proxy.URL, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", mediaType)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	if requests, mediaType := w.seen(); requests != 2 || mediaType != "application/json" {
		t.Errorf("seen: %d requests, the last one's media type %q", requests, mediaType)
	}
}

func TestWatchLosesOneAnswerToACreation(t *testing.T) {
	var w watched
	var arrived atomic.Int64
	proxy := httptest.NewServer(w.watch(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived.Add(1) })))
	defer proxy.Close()
	w.loseCreation()
	for i, want := range []struct {
		method string
		lost   bool
	}{{http.MethodGet, false}, {http.MethodPost, true}, {http.MethodPost, false}} {
		r, err := http.NewRequestWithContext(t.Context(), want.method, proxy.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(r)
		if err == nil {
			response.Body.Close()
		}
		if (err != nil) != want.lost || arrived.Load() != int64(i+1) {
			t.Errorf("%s: error %v, and %d requests arrived", want.method, err, arrived.Load())
		}
	}
}

// testRunner returns a runner without a scenario, in a directory of its own.
func testRunner(t *testing.T) *runner {
	t.Helper()
	spec, err := filepath.Abs("../../../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return &runner{spec: spec, dir: t.TempDir(), start: time.Now()}
}

func TestBuild(t *testing.T) {
	good := client{dir: "c", version: "echo the tool v1.2.3", generate: "cp openapi.yaml made", generated: "made", check: "test -e made"}
	changed := func(change func(*client)) client {
		c := good
		change(&c)
		return c
	}
	tests := []struct {
		name      string
		c         client
		wantError string
	}{
		{"good", good, ""},
		{"no version", changed(func(c *client) { c.version = "exit 3" }), "exit status 3"},
		{"generator fails", changed(func(c *client) { c.generate = "echo no such option; exit 2" }), "no such option"},
		{"generator writes nothing", changed(func(c *client) { c.generate = "true" }), "exit status 1"},
		{"compiler fails", changed(func(c *client) { c.check = "echo no such type >&2; exit 1" }), "no such type"},
		{"compiler warns", changed(func(c *client) { c.check = "echo never used >&2" }), "the compiler warns:\nnever used"},
	}
	r := testRunner(t) // One for all: what a case generates is there for the next.
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			version, err := r.build(t.Context(), test.c)
			switch {
			case test.wantError == "" && (err != nil || version != "1.2.3"):
				t.Errorf("version %q, error %v", version, err)
			case test.wantError != "" && (err == nil || !strings.Contains(err.Error(), test.wantError)):
				t.Errorf("error %v, not %q", err, test.wantError)
			}
		})
	}
}

func TestTrySkipsAClientWithoutItsTools(t *testing.T) {
	result := testRunner(t).try(t.Context(), client{needs: []string{"sh", "no-such-command"}})
	if result.Skipped != "no-such-command is not installed" {
		t.Errorf("skipped: %q", result.Skipped)
	}
}

func TestTryFindsAClientThatCannotBeBuilt(t *testing.T) {
	result := testRunner(t).try(t.Context(), client{name: "broken", dir: "c", version: "exit 1"})
	if result.Findings != 1 {
		t.Errorf("%d findings", result.Findings)
	}
}

func TestDriver(t *testing.T) {
	tests := []struct {
		name, driver  string
		wantCallError string
		wantStopError string
	}{
		{"answers", "cat", "", ""},
		{"ends early", "sh -c 'read line'", "ended early", ""},
		{"writes no JSON", "sh -c 'read line; echo hello'", "invalid character", ""},
		{"fails at the end", "sh -c 'cat; exit 3'", "", "exit status 3"},
		{"writes too much", "sh -c 'cat; echo more'", "", "after the last step"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d, err := testRunner(t).startDriver(t.Context(), client{driver: test.driver})
			if err != nil {
				t.Fatal(err)
			}
			answer, err := d.call(map[string]any{"step": "a"})
			if test.wantCallError != "" {
				if err == nil || !strings.Contains(err.Error(), test.wantCallError) {
					t.Errorf("call: %v", err)
				}
				return
			}
			if err != nil || answer["step"] != "a" {
				t.Errorf("call: %v, error %v", answer, err)
			}
			err = d.stop()
			if (err == nil) != (test.wantStopError == "") || err != nil && !strings.Contains(err.Error(), test.wantStopError) {
				t.Errorf("stop: %v", err)
			}
		})
	}
}
