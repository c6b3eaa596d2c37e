package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"example.com/tasks/gen/client"
	"example.com/tasks/internal/contract"
	"example.com/tasks/internal/memconn"
	"example.com/tasks/internal/server"
	"example.com/tasks/internal/service"
	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/memory"
)

const (
	// fuzzMark is in values of the seeds and must not come back in an error.
	fuzzMark  = "Zq7x"
	fuzzToken = "the-right-token-of-the-fuzzer"
)

// FuzzRequests sends bytes on a connection, to a server that requires a token if
// secured is true, and then no more. Every response must be complete, as the
// specification says and true; an error must leave all tasks as they are and repeat
// no value. The bytes contain any number of requests.
func FuzzRequests(f *testing.F) {
	sites := map[bool]*fuzzSite{
		false: newFuzzSite(server.Config{}),
		true:  newFuzzSite(server.Config{Tokens: []server.Token{{Name: "ann", Secret: fuzzToken}}}),
	}
	f.Fuzz(func(t *testing.T, text []byte, secured bool) {
		s := sites[secured]
		s.reset(t)
		before := s.tasks(t)
		c := &fuzzClient{text: text, closed: make(chan struct{})}
		memconn.Serve(s, c)
		<-c.closed
		s.judge(t, c.answers.Bytes())
		if secured && !bytes.Contains(text, []byte(fuzzToken)) && !slices.Equal(before, s.tasks(t)) {
			t.Error("a client without the token changed tasks")
		}
	})
}

// fuzzClient sends a text and keeps the answers.
type fuzzClient struct {
	text    []byte
	answers bytes.Buffer
	once    sync.Once
	closed  chan struct{} // Closed when the server closes the connection.
}

func (c *fuzzClient) Send() (text []byte, err error) {
	if len(c.text) == 0 {
		return nil, io.EOF
	}
	text, c.text = c.text, nil
	return text, nil
}

func (c *fuzzClient) Receive(b []byte) { c.answers.Write(b) }

func (c *fuzzClient) Closed() { c.once.Do(func() { close(c.closed) }) }

// fuzzSite is a server with a store that is replaced, and what it has handled.
type fuzzSite struct {
	store.Store
	handler http.Handler
	handled []handled
}

// handled is a request that reached the server, and all tasks before and after it.
type handled struct {
	request       *http.Request
	doubtful      bool // Whether a proxy may have seen another end of it.
	before, after []store.Task
}

func newFuzzSite(cfg server.Config) *fuzzSite {
	s := &fuzzSite{}
	cfg.Log = slog.New(slog.NewJSONHandler(io.Discard, nil)) //nolint:sloglint // DiscardHandler would turn the log off.
	s.handler = server.New(service.New(s), cfg)
	return s
}

// reset replaces the store by one with a few tasks.
func (s *fuzzSite) reset(t *testing.T) {
	s.Store, s.handled = memory.New(), nil
	for i, title := range []string{"Learn WSGI", "Water the plants ✉", strings.Repeat("x", 200)} {
		id := uuid.MustParse(noID)
		id[15] += byte(i)
		if err := s.Create(t.Context(), store.Task{ID: id, Title: title, Done: i == 1}); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *fuzzSite) tasks(t *testing.T) []store.Task {
	page, _, err := s.List(context.Background(), store.Query{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// ServeHTTP keeps what judge needs.
func (s *fuzzSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := handled{
		request:  &http.Request{Method: r.Method, URL: &url.URL{Path: r.URL.EscapedPath()}},
		doubtful: len(r.TransferEncoding) > 0 || r.ProtoMinor == 0,
	}
	h.before, _, _ = s.List(context.Background(), store.Query{Limit: 1000})
	s.handler.ServeHTTP(w, r)
	h.after, _, _ = s.List(context.Background(), store.Query{Limit: 1000})
	s.handled = append(s.handled, h)
}

// judge judges the answers to all requests that were handled, and the one with which
// net/http may have refused what follows them.
func (s *fuzzSite) judge(t *testing.T, answers []byte) {
	in := bufio.NewReader(bytes.NewReader(answers))
	for i, h := range s.handled {
		if i > 0 && s.handled[i-1].doubtful {
			t.Errorf("%s %s follows a request of doubtful length", h.request.Method, h.request.URL)
		}
		resp := nextResponse(t, in, h.request)
		if resp == nil {
			t.Fatalf("%s %s is not answered", h.request.Method, h.request.URL)
		}
		contract.Check(t, h.request, resp)
		body, err := io.ReadAll(resp.Body)
		if err = errors.Join(err, resp.Body.Close()); err != nil {
			t.Fatal(err)
		}
		h.judge(t, resp, body)
	}
	resp := nextResponse(t, in, &http.Request{Method: http.MethodGet, URL: &url.URL{}})
	if resp == nil {
		return
	}
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil || !resp.Close || resp.StatusCode < 400 || bytes.Contains(body, []byte(fuzzMark)) {
		t.Errorf("net/http refuses with %s, %v, %q, %v", resp.Status, resp.Header, body, err)
	}
	if in.Buffered() > 0 {
		t.Errorf("a response follows: %.100q", answers[len(answers)-in.Buffered():])
	}
}

// nextResponse reads a response, without those that are interim. It returns nil at
// the end.
func nextResponse(t *testing.T, in *bufio.Reader, req *http.Request) *http.Response {
	for {
		if _, err := in.Peek(1); err == io.EOF {
			return nil
		}
		resp, err := http.ReadResponse(in, req)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode >= 200 {
			return resp
		}
	}
}

// judge judges what the specification does not say of a response: whether it is true
// and repeats no value.
func (h *handled) judge(t *testing.T, resp *http.Response, body []byte) {
	what := h.request.Method + " " + h.request.URL.String() + ": " + resp.Status
	if resp.StatusCode >= 500 {
		t.Errorf("%s: %s", what, body)
	}
	if resp.StatusCode >= 400 && echoes(resp, body) {
		t.Errorf("%s repeats a value: %v %s", what, resp.Header, body)
	}
	changed := h.changes()
	switch {
	case resp.StatusCode == http.StatusCreated && resp.Header.Get("Idempotency-Replayed") == "",
		resp.StatusCode == http.StatusOK && (h.request.Method == http.MethodPatch || h.request.Method == http.MethodDelete):
		var told client.Task
		if err := json.Unmarshal(body, &told); err != nil {
			t.Fatal(err)
		}
		// A patch may change nothing.
		if len(changed) > 1 || len(changed) == 0 && h.request.Method != http.MethodPatch || len(changed) == 1 && changed[0] != toTask(told) {
			t.Errorf("%s tells of %+v, but %+v changed", what, told, changed)
		}
	case len(changed) > 0:
		t.Errorf("%s, but %+v changed", what, changed)
	}
}

// changes returns the tasks that were created or patched, as they are, and those that
// were deleted, as they were.
func (h *handled) changes() (changed []store.Task) {
	for _, task := range h.after {
		if !slices.Contains(h.before, task) {
			changed = append(changed, task)
		}
	}
	for _, task := range h.before {
		if !slices.ContainsFunc(h.after, func(other store.Task) bool { return other.ID == task.ID }) {
			changed = append(changed, task)
		}
	}
	return changed
}

func toTask(t client.Task) store.Task {
	return store.Task{ID: uuid.MustParse(t.ID), Title: t.Title, Done: t.Done}
}

// echoes reports whether an error repeats the mark, in its headers or its body, but
// for names of members and parameters, which it may repeat.
func echoes(resp *http.Response, body []byte) bool {
	for _, values := range resp.Header {
		if strings.Contains(strings.Join(values, " "), fuzzMark) {
			return true
		}
	}
	var p problem
	if json.Unmarshal(body, &p) != nil {
		return false // contract.Check has said so.
	}
	text := string(body)
	for _, f := range p.Errors {
		for name := range strings.SplitSeq(f.Pointer+"/"+f.Parameter, "/") {
			if strings.Contains(name, fuzzMark) {
				text = strings.ReplaceAll(text, name, "")
			}
		}
	}
	return strings.Contains(text, fuzzMark)
}
