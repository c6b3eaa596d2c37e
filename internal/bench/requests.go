package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
)

const (
	seeded = 1000 // Tasks that each server has before a slice.
	host   = "tasks.test"
)

// kind is a kind of request.
type kind struct {
	name     string // As the command to a server has it, and the Go benchmarks.
	title    string // As the tables have it.
	status   int    // What it must be answered.
	requests func() [][]byte
}

// kinds are what is measured. A slice walks through the requests of its kind,
// so that no server can answer from a warm cache line alone. They are made when
// they are first needed, since a server's start is measured, too.
var kinds = []*kind{
	{"get", "GET a task", http.StatusOK, sync.OnceValue(func() [][]byte {
		return perTask(1, func(i, _ int) []byte {
			return render(http.MethodGet, "/tasks/"+taskID(i).String(), "")
		})
	})},
	{"post", "POST a task", http.StatusCreated, sync.OnceValue(func() [][]byte {
		return [][]byte{render(http.MethodPost, "/tasks", newTask(0))}
	})},
	// The second walk takes back what the first one does: each is a change.
	{"patch", "PATCH a task", http.StatusOK, sync.OnceValue(func() [][]byte {
		return perTask(2, func(i, walk int) []byte {
			return render(http.MethodPatch, "/tasks/"+taskID(i).String(), fmt.Sprintf(`{"done": %t}`, (walk == 0) != taskDone(i)))
		})
	})},
	{"list", "GET 100 tasks", http.StatusOK, sync.OnceValue(func() [][]byte {
		return [][]byte{render(http.MethodGet, "/tasks?limit=100", "")}
	})},
	// Two faults: title is missing, and titel is not known.
	{"refuse", "POST with two faults", http.StatusBadRequest, sync.OnceValue(func() [][]byte {
		return [][]byte{render(http.MethodPost, "/tasks", `{"titel": "`+taskTitle(0)+`"}`)}
	})},
}

func kindNamed(name string) (*kind, error) {
	for _, k := range kinds {
		if k.name == name {
			return k, nil
		}
	}
	return nil, fmt.Errorf("no kind of request is called %q", name)
}

func perTask(walks int, request func(i, walk int) []byte) (requests [][]byte) {
	for walk := range walks {
		for i := range seeded {
			requests = append(requests, request(i, walk))
		}
	}
	return requests
}

// render writes a request as a client sends it.
func render(method, target, body string) []byte {
	text := fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench\r\nAccept: application/json\r\n", method, target, host)
	if body != "" {
		text = fmt.Appendf(text, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	return append(text, "\r\n"+body...)
}

// taskID is the id of the seeded task i: a UUID of version 7 (RFC 9562, section
// 5.7), each a millisecond after the last, all before those made now.
func taskID(i int) uuid.UUID {
	id := uuid.UUID{6: 0x70, 8: 0x80}
	binary.BigEndian.PutUint64(id[8:], 0x8000_0000_0000_0000|uint64(i)*0x9E37_79B9_7F4A_7C15>>2)
	milliseconds := uint64(0x0189_0a5d_ac96) + uint64(i)
	for b := range 6 {
		id[b] = byte(milliseconds >> (40 - 8*b))
	}
	return id
}

// taskTitle has 30 bytes for every i below ten million.
func taskTitle(i int) string { return fmt.Sprintf("Water the plants, turn %07d", i) }

// newTask is the body of a request that creates task i.
func newTask(i int) string { return `{"title": "` + taskTitle(i) + `"}` }

func taskDone(i int) bool { return i%3 == 0 }

// seed creates n tasks.
func seed(s store.Store, n int) error {
	for i := range n {
		if err := s.Create(context.Background(), store.Task{ID: taskID(i), Title: taskTitle(i), Done: taskDone(i)}); err != nil {
			return err
		}
	}
	return nil
}

// local is a request and the room for its answer, for calling a handler again
// and again without a socket: what the handler costs, and nothing else. It is
// the http.ResponseWriter itself.
type local struct {
	request *http.Request
	text    []byte // The request's body.
	reader  bytes.Reader
	header  http.Header
	status  int
	body    []byte // The answer's.
}

func newLocal(request []byte) (*local, error) {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(request)))
	if err != nil {
		return nil, err
	}
	l := &local{request: r, header: http.Header{}}
	l.text, err = io.ReadAll(r.Body)
	return l, err
}

// rewind makes the request new again, and its answer empty.
func (l *local) rewind() {
	l.request.Body = http.NoBody
	if len(l.text) > 0 {
		l.reader.Reset(l.text)
		l.request.Body = l
	}
	clear(l.header)
	l.status, l.body = 0, l.body[:0]
}

// serve has h answer the request.
func (l *local) serve(h http.Handler) {
	l.rewind()
	h.ServeHTTP(l, l.request)
}

func (l *local) Read(b []byte) (int, error) { return l.reader.Read(b) }
func (l *local) Close() error               { return nil }
func (l *local) Header() http.Header        { return l.header }
func (l *local) WriteHeader(status int)     { l.status = status }

func (l *local) Write(b []byte) (int, error) {
	l.body = append(l.body, b...)
	return len(b), nil
}
