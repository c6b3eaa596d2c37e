package main

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"

	"example.com/tasks/gen"
	"example.com/tasks/internal/asynclog"
	"example.com/tasks/internal/bench/conventional"
	"example.com/tasks/internal/server"
	"example.com/tasks/internal/service"
	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/memory"
)

// candidate is a server that is measured.
type candidate struct {
	name, about string
	// build returns a server over s. Only the bare one needs to know its
	// workload, and only the last one writes to log.
	build func(s store.Store, w workload, log io.Writer) (http.Handler, error)
}

// candidates are compared with the first one.
var candidates = []candidate{
	{"bare", "a handler that reads the body and writes the body that this server wrote once, with its Content-Type", repeat("Content-Type", "Content-Length")},
	{"bare+headers", "the same, with all headers of this server's answer", repeat()},
	{"echo", "Echo with encoding/json and its default binder, nothing checked but the title", newEcho},
	{"conventional", "oapi-codegen's strict Echo server behind kin-openapi's validator", newConventional},
	{"tasks", "this server, its log off", newTasks},
	{"tasks+log", "this server, its log as text to a file", newTasksWithLog},
}

func newConventional(s store.Store, _ workload, _ io.Writer) (http.Handler, error) {
	return conventional.New(s, gen.YAML)
}

func newTasks(s store.Store, _ workload, _ io.Writer) (http.Handler, error) {
	return server.New(service.New(s), server.Config{}), nil
}

func newTasksWithLog(s store.Store, _ workload, log io.Writer) (http.Handler, error) {
	return server.New(service.New(s), server.Config{Log: slog.New(slog.NewTextHandler(asynclog.New(log), nil))}), nil
}

// repeat returns how to build the least that can be mistaken for this server: it
// gives its first answer to a workload again and again, with these headers, or
// with all. Whatever it costs is net/http's.
func repeat(headers ...string) func(store.Store, workload, io.Writer) (http.Handler, error) {
	return func(_ store.Store, w workload, _ io.Writer) (http.Handler, error) {
		a, err := once(candidate{build: newTasks}, w)
		if err != nil {
			return nil, err
		}
		maps.DeleteFunc(a.header, func(name string, _ []string) bool {
			return name == "Date" || // net/http sets it, and the length of a body that fits its buffer.
				name == "Content-Length" && len(a.body) <= 2048 ||
				headers != nil && !slices.Contains(headers, name)
		})
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				panic(err)
			}
			maps.Copy(w.Header(), a.header)
			w.WriteHeader(a.status)
			_, _ = w.Write(a.body)
		}), nil
	}
}

// answer is what a server answers.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// once returns how a new server answers the first request of a workload.
func once(c candidate, w workload) (answer, error) {
	s := memory.New()
	if err := seed(s); err != nil {
		return answer{}, err
	}
	h, err := c.build(s, w, io.Discard)
	if err != nil {
		return answer{}, err
	}
	conn, text := connect(h, w), []byte(nil)
	defer close(conn.begin)
	conn.answer = &text
	if _, err := conn.run(1); err != nil {
		return answer{}, err
	}
	r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(text)), nil)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	return answer{r.StatusCode, r.Header, body}, err
}
