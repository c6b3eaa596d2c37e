package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/memory"
)

// startAdmin starts a server with -admin-addr and returns it with the URL of its
// metrics.
func startAdmin(t *testing.T, env []string, args ...string) (p *process, metrics string) {
	t.Helper()
	p = launch(t, env, append(args, "-addr", "127.0.0.1:0", "-admin-addr", "127.0.0.1:0")...)
	metrics = urlIn(t, p.await("serving metrics"))
	p.url = urlIn(t, p.await("listening"))
	return p, metrics
}

// get returns the body of a page, which must be there.
func get(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Timeout: patience}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b strings.Builder
	if err := resp.Write(&b); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s = %d", url, resp.StatusCode)
	}
	return b.String()
}

// Requests are counted by route and status, problems by type, and no path, which
// clients choose, becomes a label.
func TestMetricsCountRequests(t *testing.T) {
	t.Parallel()
	p, metrics := startAdmin(t, []string{"TASKSD_TOKEN=s3cret-long-enough"}, "-demo")
	for _, request := range []struct {
		line, header string
		want         int
	}{
		{"GET /tasks", "Authorization: Bearer s3cret-long-enough", http.StatusOK},
		{"GET /tasks/secret-path", "Authorization: Bearer s3cret-long-enough", http.StatusNotFound},
		{"HEAD /tasks", "Authorization: Bearer s3cret-long-enough", http.StatusOK},
		{"GET /tasks", "Authorization: Bearer wrong", http.StatusUnauthorized},
		{"GET /tasks", "A: b", http.StatusUnauthorized},
		{"SECRET /tasks", "A: b", http.StatusMethodNotAllowed},
		{"GET /secret-path", "A: b", http.StatusNotFound},
	} {
		if got := p.raw(request.line + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + request.header + "\r\n\r\n"); got != request.want {
			t.Errorf("%s = %d, want %d", request.line, got, request.want)
		}
	}
	text := get(t, metrics)
	for _, want := range []string{
		`tasksd_http_request_duration_seconds_count{method="GET",route="/tasks",status="200"} 2`,
		`tasksd_http_request_duration_seconds_count{method="GET",route="/tasks",status="401"} 2`,
		`tasksd_http_request_duration_seconds_count{method="GET",route="/tasks/{id}",status="404"} 1`,
		`tasksd_http_request_duration_seconds_count{method="other",route="other",status="404"} 1`,
		`tasksd_http_request_duration_seconds_count{method="other",route="other",status="405"} 1`,
		`tasksd_http_problems_total{problem="unauthorized"} 2`,
		`tasksd_http_problems_total{problem="not-found"} 2`,
		`tasksd_http_problems_total{problem="internal-server-error"} 0`,
		`tasksd_http_requests_in_flight 0`,
		`tasksd_tasks 4`,
		`tasksd_connections_max `,
		`tasksd_log_lines_dropped_total 0`,
		`specification="` + specificationVersion() + `"`,
		`process_open_fds `,
		`go_goroutines `,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if strings.Contains(strings.ToLower(text), "secret") {
		t.Error("metrics have what a client sent")
	}
	if t.Failed() {
		t.Log(text)
	}
}

// The public address has neither metrics nor profiles, and the private one has
// both.
func TestAdminIsApart(t *testing.T) {
	t.Parallel()
	p, metrics := startAdmin(t, nil)
	for _, path := range []string{"/metrics", "/debug/pprof/"} {
		if got := p.raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n"); got != http.StatusNotFound {
			t.Errorf("GET %s on the public address = %d, want 404", path, got)
		}
	}
	if text := get(t, strings.TrimSuffix(metrics, "/metrics")+"/debug/pprof/goroutine?debug=1"); !strings.Contains(text, "goroutine profile") {
		t.Error("there is no profile of goroutines")
	}
}

// Metrics are served until the last request is answered.
func TestEndIsWatched(t *testing.T) {
	t.Parallel()
	p, metrics := startAdmin(t, nil)
	finish := p.beginUpload(`{"title": "x"}`)
	p.signal(syscall.SIGTERM)
	p.awaitRefusal()
	if want := "tasksd_http_requests_in_flight 1\n"; !strings.Contains(get(t, metrics), want) {
		t.Errorf("the metrics of a server that stops lack %q", want)
	}
	if status := finish(); status != http.StatusCreated {
		t.Errorf("the upload = %d, want 201", status)
	}
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d, want 0; log:\n%s", code, p.log)
	}
}

// Clients that promise a body and send none keep nobody from the metrics.
func TestUnsentBodiesDoNotHideMetrics(t *testing.T) {
	t.Parallel()
	_, metrics := startAdmin(t, nil)
	addr, _, _ := strings.Cut(strings.TrimPrefix(metrics, "http://"), "/")
	for i := range adminConnections {
		path := []string{"/metrics", "/debug/pprof/heap", "/nowhere"}[i%3]
		fmt.Fprintf(dial(t, addr), "GET %s HTTP/1.1\r\nHost: rebound.example\r\nContent-Length: 10\r\n\r\n", path)
	}
	get(t, metrics)
}

// The README explains the metrics that there are, and no others.
func TestREADMENamesEveryMetric(t *testing.T) {
	t.Parallel()
	files := newCertFiles(t)
	files.issue(t, "metrics", tomorrow)
	p, metrics := startAdmin(t, nil, append(files.args()[2:], "-store", "sqlite:"+filepath.Join(t.TempDir(), "tasks.db"))...)
	if got := readStatusOf(t, strings.TrimPrefix(p.url, "https://")); got != http.StatusBadRequest {
		t.Errorf("a request without TLS = %d", got)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	want := found(get(t, metrics), `(?m)^# TYPE (tasksd_\w+)`)
	want = append(want, "tasksd_http_request_duration_seconds") // Without requests, it has no series.
	slices.Sort(want)
	if got := found(string(readme), "(?m)^\\| `(tasksd_[a-z_]+)"); !slices.Equal(got, slices.Compact(want)) {
		t.Errorf("the README explains %q, want %q", got, want)
	}
}

// slow is a store that takes a while to count and says how often it has.
type slow struct {
	store.Store
	counts int
	took   time.Duration
	err    error
}

func (s *slow) Len(context.Context) (int, error) {
	s.counts++
	time.Sleep(s.took)
	return s.counts, s.err
}

// Counting tasks takes a hundredth of the time at most, and a store that does not
// answer has no count rather than a false one.
func TestTaskCount(t *testing.T) {
	t.Parallel()
	collect := func(c *taskCount) string {
		r := prometheus.NewRegistry()
		r.MustRegister(c)
		n, err := testutil.GatherAndCount(r)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return ""
		}
		return strconv.Itoa(int(testutil.ToFloat64(c)))
	}
	s := &slow{Store: memory.New(), took: 10 * time.Millisecond}
	c := newTaskCount(s)
	for range 10 {
		if got := collect(c); got != "1" {
			t.Errorf("count %q, want 1", got)
		}
	}
	if s.counts != 1 {
		t.Errorf("counted %d times within a moment", s.counts)
	}
	away := &slow{Store: memory.New(), took: 10 * time.Millisecond, err: store.ErrUnavailable}
	c = newTaskCount(away)
	if got := collect(c); got != "" {
		t.Errorf("a store that does not answer has %s tasks", got)
	}
	if away.err = nil; collect(c) == "" {
		t.Error("a store that answers again has no count")
	}
}

// Other machines get metrics, and no profiles, which show more.
func TestProfilesAreForThisMachine(t *testing.T) {
	t.Parallel()
	handler := (&admin{registry: prometheus.NewRegistry()}).handler()
	for _, tt := range []struct {
		from, path string
		want       int
	}{
		{"127.0.0.1:1", "http://localhost:8001/debug/pprof/heap", http.StatusOK},
		{"127.0.0.1:1", "http://rebound.example:8001/debug/pprof/heap", http.StatusForbidden},
		{"127.0.0.1:1", "http://localhost.example/debug/pprof/heap", http.StatusForbidden},
		{"127.0.0.1:1", "/debug/pprof/heap", http.StatusOK},
		{"[::1]:1", "/debug/pprof/heap", http.StatusOK},
		{"[::ffff:127.0.0.1]:1", "/debug/pprof/heap", http.StatusOK},
		{"192.0.2.1:1", "/metrics", http.StatusOK},
		{"192.0.2.1:1", "/debug/pprof/", http.StatusForbidden},
		{"192.0.2.1:1", "/debug/pprof/heap", http.StatusForbidden},
		{"192.0.2.1:1", "/debug/pprof/cmdline", http.StatusForbidden},
		{"192.0.2.1:1", "/debug/pprof/profile", http.StatusForbidden},
		{"192.0.2.1:1", "/debug/pprof/symbol", http.StatusForbidden},
		{"192.0.2.1:1", "/debug/pprof/trace", http.StatusForbidden},
		{"[2001:db8::1]:1", "/debug/pprof/heap", http.StatusForbidden},
		{"[::ffff:192.0.2.1]:1", "/debug/pprof/heap", http.StatusForbidden},
		{"", "/debug/pprof/heap", http.StatusForbidden},
	} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, tt.path, nil)
		req.RemoteAddr = tt.from
		if req.URL.Host == "" {
			req.Host = "127.0.0.1:8001"
		}
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, req)
		if rec.Code != tt.want {
			t.Errorf("GET %s from %q = %d, want %d", tt.path, tt.from, rec.Code, tt.want)
		}
	}
}
