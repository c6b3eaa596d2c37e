package server_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"

	"example.com/tasks/gen/client"
	"example.com/tasks/internal/server"
	"example.com/tasks/internal/service"
	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/memory"
)

// A full server says so, and serves everything but creations. A creation that it
// knows is repeated, and there is room again after a deletion.
func TestFullStore(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.NewBounded(2), server.Config{})
	s.post("/tasks", `{"title": "one"}`, withKey("k")).is(http.StatusCreated)
	id := s.create("two")[0].ID
	for range 2 {
		equal(t, "type", decode[problem](s.post("/tasks", `{"title": "three"}`).is(http.StatusInsufficientStorage)).Type, "/problems/insufficient-storage")
	}
	s.post("/tasks", `{"title": "three"}`, withKey("l")).is(http.StatusInsufficientStorage)
	s.post("/tasks", `{"title": "one"}`, withKey("k")).is(http.StatusCreated)
	s.patch("/tasks/"+id, `{"done": true}`).is(http.StatusOK)
	equal(t, "tasks", len(decode[[]client.Task](s.get("/tasks").is(http.StatusOK))), 2)
	s.delete("/tasks/" + id).is(http.StatusOK)
	s.post("/tasks", `{"title": "three"}`, withKey("l")).is(http.StatusCreated)
}

// Where the store is unavailable, every operation says so and when to try again,
// and so does /readyz; /healthz does not.
func TestUnavailableStore(t *testing.T) {
	var down atomic.Bool
	fail := func() error { return errors.Join(store.ErrUnavailable, errors.New("dial tcp 10.1.2.3: refused")) }
	s := serve(t, failing{fail}, server.Config{Ready: func(context.Context) error {
		if down.Load() {
			return errors.New("refused")
		}
		return nil
	}})
	for _, a := range []answer{
		s.get("/tasks"), s.post("/tasks", `{"title": "x"}`), s.post("/tasks", `{"title": "x"}`, withKey("k")),
		s.get("/tasks/" + noID), s.patch("/tasks/"+noID, `{"done": true}`), s.delete("/tasks/" + noID),
	} {
		equal(t, "type", decode[problem](a.is(http.StatusServiceUnavailable)).Type, "/problems/service-unavailable")
		equal(t, "Retry-After", a.Header.Get("Retry-After"), "1")
	}
	for range 2 { // It resumes by itself.
		equal(t, "/readyz", s.get("/readyz").is(http.StatusOK).body, "ok\n")
		down.Store(true)
		s.get("/readyz").is(http.StatusServiceUnavailable)
		s.get("/healthz").is(http.StatusOK)
		down.Store(false)
	}
}

// Probes need no token and are not logged while they succeed. A server that
// drains is alive but not ready, and serves all else, but nothing after it on the
// same connection.
func TestProbes(t *testing.T) {
	s := serve(t, newStore(t), twoTokens)
	s.get("/healthz").is(http.StatusOK)
	s.get("/readyz").is(http.StatusOK)
	s.do(http.MethodHead, "/readyz", "").is(http.StatusOK)
	equal(t, "the log", s.logged(), "")

	s = start(t)
	handler := server.New(service.New(newStore(t)), server.Config{})
	s.Config.Handler = handler
	equal(t, "whether the connection ends", s.get("/readyz").is(http.StatusOK).Close, false)
	handler.Drain()
	s.get("/readyz").is(http.StatusServiceUnavailable)
	s.get("/healthz").is(http.StatusOK)
	equal(t, "whether the connection ends", s.get("/tasks").is(http.StatusOK).Close, true)
}
