package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

const (
	onRequest  = `[{"location":["request","body"],"severity":"Error","message":"odd"}]`
	onResponse = `[{"location":["response","header"],"severity":"Error","message":"missing"}]`
)

func TestWeigh(t *testing.T) {
	allowed := valid("getTask", 200, "GET", "/tasks/1", "")
	forbidden := invalid("getTask", 400, "GET", "/tasks/1?x", "")
	for name, test := range map[string]struct {
		step       step
		status     int
		violations string
		body       string
		want       string // A part of the only finding; empty for none.
	}{
		"as it should be":             {step: allowed, status: 200},
		"another status":              {step: allowed, status: 404, want: "want 200"},
		"answer with a violation":     {step: allowed, status: 200, violations: onResponse, want: "response.header: missing"},
		"request with a violation":    {step: allowed, status: 200, violations: onRequest, want: "request.body: odd"},
		"invalid request":             {step: forbidden, status: 400, violations: onRequest},
		"invalid request, odd answer": {step: forbidden, status: 400, violations: onResponse, want: "response.header: missing"},
		"a violation of nothing":      {step: forbidden, status: 400, violations: `[{"message":"odd"}]`, want: ": odd"},
		"violations that are none":    {step: allowed, status: 200, violations: "odd", want: "sl-violations"},
		"Prism's own error":           {step: allowed, status: 200, body: `{"type":"https://stoplight.io/prism/errors#UNKNOWN"}`, want: "prism itself failed"},
		"a problem of the server's":   {step: forbidden, status: 400, body: `{"type":"/problems/invalid-request"}`},
	} {
		rec := httptest.NewRecorder()
		if test.violations != "" {
			rec.Header().Set("sl-violations", test.violations)
		}
		rec.WriteHeader(test.status)
		s := &scenario{seen: map[string]bool{}}
		s.weigh(test.step, rec.Result(), []byte(test.body))
		got := strings.Join(s.findings, "; ")
		if test.want == "" && got != "" || !strings.Contains(got, test.want) || len(s.findings) > 1 {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
		if caught := test.step.invalid && test.violations == onRequest; s.caught != caught {
			t.Errorf("%s: caught is %v, want %v", name, s.caught, caught)
		}
	}
}

// proxied starts a server that serves the specification, and answers each other
// request as the scenario wants it. It objects to invalid ones, unless it is
// blind.
func proxied(t *testing.T, file string, wanted []step, blind bool) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/openapi.yaml", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, "../../../gen/api/"+file)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		step := wanted[0]
		wanted = wanted[1:]
		if step.invalid && !blind {
			w.Header().Set("sl-violations", onRequest)
		}
		w.WriteHeader(step.want)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// TestPlay also fails where the specification and the steps have parted: each
// finding of the first two cases says how to mend them.
func TestPlay(t *testing.T) {
	answered := func(operation string, want, by int) []step {
		changed := slices.Clone(steps)
		for i, s := range changed {
			if s.operation == operation && s.want == want {
				changed[i].want = by
			}
		}
		return changed
	}
	for name, test := range map[string]struct {
		token, file string
		wanted      []step
		blind       bool
		want        string // A part of the findings; empty for none.
	}{
		"open":    {"", "openapi.yaml", steps, false, ""},
		"secured": {"x", "openapi.secured.yaml", slices.Concat(steps, unauthorized), false, ""},
		"blind":   {"", "openapi.yaml", steps, true, "objected to no request"},
		"an answer is missing": {
			"", "openapi.yaml", answered("deleteTask", 412, 200), false,
			"no step produces deleteTask 412: add one to steps in internal/contract/judges/scenario.go, such as\n" +
				"\tvalid(\"deleteTask\", 412, \"DELETE\", \"/tasks/{id}\", \"\"),",
		},
		"an invalid request is missing": {
			"", "openapi.yaml", answered("createTask", 413, 400), false,
			"no step produces createTask 413: add one to steps in internal/contract/judges/scenario.go, such as\n" +
				"\tinvalid(\"createTask\", 413, \"POST\", \"/tasks\", `{}`),",
		},
		"an answer is not declared": {
			"", "openapi.yaml", answered("deleteTask", 412, 409), false,
			"a step produces deleteTask 409, which the specification does not declare",
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := proxied(t, test.file, test.wanted, test.blind)
			s := &scenario{target: target{url: server.URL, token: test.token}, proxy: server.URL}
			if err := s.play(t.Context()); err != nil {
				t.Fatal(err)
			}
			if test.want == "" {
				for _, finding := range s.findings {
					t.Error(finding)
				}
			} else if got := strings.Join(s.findings, "\n"); !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if s.requests != len(test.wanted) {
				t.Errorf("it sent %d requests of %d", s.requests, len(test.wanted))
			}
		})
	}
}
