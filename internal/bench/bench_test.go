package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/tasks/gen/api"
	"example.com/tasks/internal/gctune"
	"example.com/tasks/internal/service"
	"example.com/tasks/internal/store/memory"
)

// fresh returns a server with the data that a slice begins with.
func fresh(tb testing.TB, c candidate, k *kind) http.Handler {
	tb.Helper()
	s := memory.New()
	if err := seed(s, seeded); err != nil {
		tb.Fatal(err)
	}
	h, err := c.build(s, k, io.Discard)
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

func locals(tb testing.TB, k *kind) (all []*local) {
	tb.Helper()
	for _, request := range k.requests() {
		l, err := newLocal(request)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, l)
	}
	return all
}

// What is compared must be the same: every server answers every request with the
// status and the task that the others answer.
func TestServersAnswerAlike(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			var want any
			var length int
			for _, c := range candidates {
				h := fresh(t, c, k)
				for i, l := range locals(t, k) {
					if l.serve(h); l.status != k.status {
						t.Fatalf("%s: request %d: %d %s, want %d", c.name, i, l.status, l.body, k.status)
					}
					if i > 0 {
						continue
					}
					if c.name == "bare" {
						length = len(l.body)
					} else if c.name == "tasks" && len(l.body) != length {
						t.Errorf("bare writes %d bytes, tasks %d", length, len(l.body))
					}
					got := answered(t, l)
					if c.name == "bare" {
						want = got
					}
					if diff := cmp.Diff(want, got); diff != "" && k.status < 300 {
						t.Errorf("%s (-bare +it)\n%s", c.name, diff)
					}
				}
			}
		})
	}
}

// answered returns a JSON answer without the ids of new tasks.
func answered(t *testing.T, l *local) (v any) {
	t.Helper()
	if err := json.Unmarshal(l.body, &v); err != nil {
		t.Fatalf("%v: %s", err, l.body)
	}
	if task, ok := v.(map[string]any); ok && l.status == http.StatusCreated {
		delete(task, "id")
	}
	return v
}

// A load must count what it counts: answers of any form, and no wrong ones.
func TestClientReadsAnswersWhole(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.URL.Query().Get("limit"))
		if err != nil {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = io.WriteString(w, strings.Repeat("0\r\n", n)) // Chunked where it is long.
	}))
	defer s.Close()
	c, err := dial(t.Context(), s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll([]*client{c})
	var requests [][]byte
	k := &kind{status: http.StatusOK, requests: func() [][]byte { return requests }}
	for _, n := range []int{0, 1, 600, 700, 10_000, 15_000} {
		requests = append(requests, render(http.MethodGet, "/?limit="+strconv.Itoa(n), ""))
	}
	if _, err := load([]*client{c}, k, 0, 100); err != nil {
		t.Error(err)
	}
	requests = append(requests, render(http.MethodGet, "/", ""))
	if _, err := load([]*client{c}, k, 0, 100); err == nil {
		t.Error("a wrong answer was taken")
	}
}

// mostCreated is after how many requests that create tasks a benchmark takes a
// new store, so that its size does not depend on how often the benchmark runs.
const mostCreated = 10_000

// BenchmarkHandler is what the servers' own code costs, without net/http and the
// kernel, with the collector set as the server's own process has it.
func BenchmarkHandler(b *testing.B) {
	for _, c := range candidates[1:] {
		for _, k := range kinds {
			b.Run("server="+c.name+"/request="+k.name, func(b *testing.B) {
				if c.settled {
					defer debug.SetGCPercent(debug.SetGCPercent(100))
					gctune.Apply()
				}
				h, requests := fresh(b, c, k), locals(b, k)
				b.ReportAllocs()
				for i := 1; b.Loop(); i++ {
					if i%mostCreated == 0 && k.name == "post" {
						b.StopTimer()
						h = fresh(b, c, k)
						b.StartTimer()
					}
					requests[i%len(requests)].serve(h)
				}
			})
		}
	}
}

// BenchmarkDecode is what the generated code costs that reads a request.
func BenchmarkDecode(b *testing.B) {
	id := taskID(0).String()
	decoders := map[string]func(r *http.Request) error{
		"get":    func(r *http.Request) error { _, err := api.DecodeGetTask(r, id); return err },
		"post":   func(r *http.Request) error { _, err := api.DecodeCreateTask(r); return err },
		"patch":  func(r *http.Request) error { _, err := api.DecodeUpdateTask(r, id); return err },
		"list":   func(r *http.Request) error { _, err := api.DecodeListTasks(r); return err },
		"refuse": func(r *http.Request) error { _, err := api.DecodeCreateTask(r); return err },
	}
	for _, k := range kinds {
		b.Run("request="+k.name, func(b *testing.B) {
			l, decode := locals(b, k)[0], decoders[k.name]
			b.ReportAllocs()
			for b.Loop() {
				l.rewind()
				if err := decode(l.request); (err != nil) != (k.status == http.StatusBadRequest) {
					b.Fatal(err)
				}
			}
		})
	}
}

// operation is a request that is decoded already: serve has the service answer
// it, and write encodes the answer.
type operation struct {
	name  string
	serve func(s *service.Service) (any, error)
	write func(w http.ResponseWriter, answer any) error
}

func operations(b *testing.B) []operation {
	b.Helper()
	ctx, id := b.Context(), taskID(0).String()
	request := func(name string) *http.Request {
		k, err := kindNamed(name)
		if err != nil {
			b.Fatal(err)
		}
		l := locals(b, k)[0]
		l.rewind()
		return l.request
	}
	get, err1 := api.DecodeGetTask(request("get"), id)
	post, err2 := api.DecodeCreateTask(request("post"))
	patch, err3 := api.DecodeUpdateTask(request("patch"), id)
	list, err4 := api.DecodeListTasks(request("list"))
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		b.Fatal(err)
	}
	return []operation{
		{
			"get",
			func(s *service.Service) (any, error) { return s.GetTask(ctx, get) },
			func(w http.ResponseWriter, r any) error { return r.(api.GetTaskResponseObject).VisitGetTaskResponse(w) },
		},
		{
			"post",
			func(s *service.Service) (any, error) { return s.CreateTask(ctx, post) },
			func(w http.ResponseWriter, r any) error {
				return r.(api.CreateTaskResponseObject).VisitCreateTaskResponse(w)
			},
		},
		{
			"patch",
			func(s *service.Service) (any, error) { return s.UpdateTask(ctx, patch) },
			func(w http.ResponseWriter, r any) error {
				return r.(api.UpdateTaskResponseObject).VisitUpdateTaskResponse(w)
			},
		},
		{
			"list",
			func(s *service.Service) (any, error) { return s.ListTasks(ctx, list) },
			func(w http.ResponseWriter, r any) error {
				return r.(api.ListTasksResponseObject).VisitListTasksResponse(w)
			},
		},
	}
}

// newService returns a service over the data that a slice begins with.
func newService(b *testing.B) *service.Service {
	b.Helper()
	s := memory.New()
	if err := seed(s, seeded); err != nil {
		b.Fatal(err)
	}
	return service.New(s)
}

// BenchmarkService is what the operations and the store cost. The patch changes
// nothing but for the first time.
func BenchmarkService(b *testing.B) {
	for _, op := range operations(b) {
		b.Run("request="+op.name, func(b *testing.B) {
			s := newService(b)
			b.ReportAllocs()
			for i := 1; b.Loop(); i++ {
				if i%mostCreated == 0 && op.name == "post" {
					b.StopTimer()
					s = newService(b)
					b.StartTimer()
				}
				if _, err := op.serve(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEncode is what it costs to write an answer.
func BenchmarkEncode(b *testing.B) {
	for _, op := range operations(b) {
		b.Run("request="+op.name, func(b *testing.B) {
			answer, err := op.serve(newService(b))
			if err != nil {
				b.Fatal(err)
			}
			l := &local{request: new(http.Request), header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				l.rewind()
				if err := op.write(l, answer); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
