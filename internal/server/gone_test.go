package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/tasks/internal/server"
	"example.com/tasks/internal/service"
	"example.com/tasks/internal/store"
)

// waiting is a store whose calls last until their context is canceled.
type waiting struct{ store.Store }

func (waiting) Get(ctx context.Context, _ uuid.UUID) (store.Task, error) {
	<-ctx.Done()
	return store.Task{}, ctx.Err()
}

func (w waiting) Delete(ctx context.Context, id uuid.UUID, _ func(store.Task) error) (store.Task, error) {
	return w.Get(ctx, id)
}

// halfClosed sends a request, closes the sending side and returns the status and
// the body of the response, or "" if the connection was cut without one.
func (s *site) halfClosed(request string) (status, body string) {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String()) //nolint:noctx // The server is the test's own.
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		s.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		s.t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return "", ""
	}
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatalf("%s: %v", resp.Status, err)
	}
	return resp.Status, string(text)
}

// A request that is canceled because its client has gone gets no response: the
// connection is cut, and the log has status 499.
func TestCanceledRequestCutsConnection(t *testing.T) {
	s := serve(t, waiting{newStore(t)}, server.Config{})
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		if status, _ := s.halfClosed(method + " /tasks/" + noID + " HTTP/1.1\r\nHost: x\r\n\r\n"); status != "" {
			t.Errorf("%s: got %s, want no response", method, status)
		}
	}
	for _, line := range s.lines() {
		equal(t, "status", line["status"], any(499.0))
	}
}

// A client that closes its sending side gets a true response or none: a task that
// is reported deleted is gone, and every response has the task.
func TestHalfClosedConnectionGetsNoFalseResponse(t *testing.T) {
	st := newStore(t)
	s := serve(t, st, server.Config{})
	answered := 0
	for n := range 300 {
		id := uuid.UUID{15: byte(n), 14: byte(n >> 8)}
		if err := st.Create(t.Context(), store.Task{ID: id, Title: "x"}); err != nil {
			t.Fatal(err)
		}
		for _, request := range []string{
			"GET /tasks/" + id.String() + " HTTP/1.1\r\nHost: x\r\n\r\n",
			"POST /tasks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"title\": \"x\"}",
			"DELETE /tasks/" + id.String() + " HTTP/1.1\r\nHost: x\r\n\r\n",
		} {
			status, body := s.halfClosed(request)
			if status == "" {
				continue
			}
			answered++
			if !strings.Contains(body, `"title":"x"`) {
				t.Errorf("%.30q: got %s with body %q", request, status, body)
			}
			if _, err := st.Get(t.Context(), id); strings.HasPrefix(request, "DELETE") && !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%.30q: got %s, but the task still exists", request, status)
			}
		}
	}
	if answered == 0 && *storeFlag == "memory" { // Databases notice that the client has gone.
		t.Error("no request got a response")
	}
}

// A response whose body cannot be written to its end does not look complete.
func TestFailedWriteCutsConnection(t *testing.T) {
	s := serve(t, newStore(t), server.Config{})
	s.Config.Handler = cutter{server.New(service.New(newStore(t)), server.Config{})}
	resp, err := http.Get(s.URL + "/tasks") //nolint:noctx // The server is the test's own.
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
	}
	if err == nil {
		t.Error("a truncated response looks complete")
	}
}

// cutter passes requests on with a ResponseWriter of which each Write writes one
// byte and fails.
type cutter struct{ next http.Handler }

func (c cutter) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.next.ServeHTTP(partial{w}, r) }

type partial struct{ http.ResponseWriter }

func (p partial) Write(b []byte) (int, error) {
	n, _ := p.ResponseWriter.Write(b[:1])
	return n, fmt.Errorf("wrote %d of %d bytes", n, len(b))
}
