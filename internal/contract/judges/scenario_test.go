package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const (
	onRequest  = `[{"location":["request","body"],"severity":"Error","message":"odd"}]`
	onResponse = `[{"location":["response","header"],"severity":"Error","message":"missing"}]`
)

func TestWeigh(t *testing.T) {
	allowed := asIs("getTask", 200, "GET", "/tasks/1", "")
	refused := odd("getTask", 400, "GET", "/tasks/1?x", "")
	for name, test := range map[string]struct {
		step       step
		status     int
		violations string
		body       string
		want       string // A part of the only finding; empty for none.
	}{
		"as it should be":           {step: allowed, status: 200},
		"another status":            {step: allowed, status: 404, want: "want 200"},
		"answer with a violation":   {step: allowed, status: 200, violations: onResponse, want: "response.header: missing"},
		"request with a violation":  {step: allowed, status: 200, violations: onRequest, want: "request.body: odd"},
		"odd request":               {step: refused, status: 400, violations: onRequest},
		"odd request, odd answer":   {step: refused, status: 400, violations: onResponse, want: "response.header: missing"},
		"a violation of nothing":    {step: refused, status: 400, violations: `[{"message":"odd"}]`, want: ": odd"},
		"violations that are none":  {step: allowed, status: 200, violations: "odd", want: "sl-violations"},
		"Prism's own error":         {step: allowed, status: 200, body: `{"type":"https://stoplight.io/prism/errors#UNKNOWN"}`, want: "prism itself"},
		"a problem of the server's": {step: refused, status: 400, body: `{"type":"/problems/invalid-request"}`},
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
		if caught := test.step.odd && test.violations == onRequest; s.caught != caught {
			t.Errorf("%s: it was caught: %v", name, s.caught)
		}
	}
}

// proxied is a server that hands out the specification, and answers each other
// request as the scenario wants it. It objects to odd ones, unless it is blind.
func proxied(t *testing.T, file string, wanted []step, blind bool) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/openapi.yaml", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, "../../../gen/api/"+file)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		step := wanted[0]
		wanted = wanted[1:]
		if step.odd && !blind {
			w.Header().Set("sl-violations", onRequest)
		}
		w.WriteHeader(step.want)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func TestPlay(t *testing.T) {
	without412 := func(all []step) (some []step) {
		for _, s := range all {
			if s.operation == "deleteTask" && s.want == 412 {
				s.want = 200
			}
			some = append(some, s)
		}
		return some
	}
	for name, test := range map[string]struct {
		token, file string
		wanted      []step
		blind       bool
		want        string
	}{
		"open":            {"", "openapi.yaml", steps, false, ""},
		"secured":         {"x", "openapi.secured.yaml", append(append([]step{}, steps...), strangers...), false, ""},
		"blind":           {"", "openapi.yaml", steps, true, "objected to no request"},
		"an answer lacks": {"", "openapi.yaml", without412(steps), false, "no step was answered deleteTask 412"},
	} {
		t.Run(name, func(t *testing.T) {
			server := proxied(t, test.file, test.wanted, test.blind)
			s := &scenario{target: target{url: server.URL, token: test.token}, proxy: server.URL}
			if err := s.play(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := strings.Join(s.findings, "; ")
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if s.requests != len(test.wanted) {
				t.Errorf("it has sent %d requests of %d", s.requests, len(test.wanted))
			}
		})
	}
}
