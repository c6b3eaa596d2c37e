package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"example.com/tasks/internal/server"
	"example.com/tasks/internal/store"
)

// failing is a store whose methods all return the error of fail.
type failing struct{ fail func() error }

func (f failing) Create(context.Context, store.Task) error { return f.fail() }

func (f failing) CreateOnce(context.Context, store.Task, store.Key) (store.Task, error) {
	return store.Task{}, f.fail()
}

func (f failing) Len(context.Context) (int, error) { return 0, f.fail() }

func (f failing) Ready(context.Context) error { return f.fail() }

func (f failing) Close() error { return f.fail() }

func (f failing) Get(context.Context, uuid.UUID) (store.Task, error) { return store.Task{}, f.fail() }

func (f failing) List(context.Context, store.Query) ([]store.Task, bool, error) {
	return nil, false, f.fail()
}

func (f failing) Update(context.Context, uuid.UUID, func(store.Task) (store.Task, error)) (store.Task, error) {
	return store.Task{}, f.fail()
}

func (f failing) Delete(context.Context, uuid.UUID, func(store.Task) error) (store.Task, error) {
	return store.Task{}, f.fail()
}

// The cause of a failure is logged once, with the request's id. The response has
// the id and not the cause, and the next request is served.
func TestFailuresAreLoggedNotDisclosed(t *testing.T) {
	const secret = "dial tcp 10.1.2.3: refused"
	for name, fail := range map[string]func() error{
		"error":            func() error { return errors.New(secret) },
		"wrapped error":    func() error { return fmt.Errorf("get: %w", fmt.Errorf("query: %w", errors.New(secret))) },
		"panic":            func() error { panic(secret) },
		"panic with error": func() error { panic(errors.New(secret)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, failing{fail}, server.Config{})
			answers := []answer{
				s.get("/tasks"),
				s.post("/tasks", `{"title": "x"}`),
				s.get("/tasks/" + noID),
				s.patch("/tasks/"+noID, `{"done": true}`),
				s.patch("/tasks/"+noID, `{"done": true}`, "If-Match: *"),
				s.delete("/tasks/" + noID),
				s.do(http.MethodHead, "/tasks", ""),
			}
			var first problem
			for i, a := range answers {
				a.is(http.StatusInternalServerError)
				if head := fmt.Sprint(a.Header); strings.Contains(head+a.body, "10.1.2.3") || strings.Contains(head+a.body, "goroutine") {
					t.Errorf("the response discloses the cause: %s\n%s", head, a.body)
				}
				if a.Request.Method == http.MethodHead {
					continue
				}
				p := decode[problem](a)
				p.Instance = ""
				if i == 0 {
					first = p
				}
				equal(t, "error", p.Error, "internal server error")
				equal(t, "detail", p.Detail, first.Detail)
			}
			s.get("/nowhere").is(http.StatusNotFound)
			text := s.logged()
			for _, a := range answers {
				id, told := a.Header.Get("X-Request-Id"), 0
				for line := range strings.Lines(text) {
					if strings.Contains(line, secret) && strings.Contains(line, id) {
						told++
					}
				}
				equal(t, a.Request.Method+": lines with the cause and the id", told, 1)
			}
			requests := 0
			for _, line := range s.lines() {
				if line["status"] != nil {
					requests++
				}
			}
			equal(t, "lines with a status", requests, len(answers)+1)
			equal(t, "lines with the cause", strings.Count(text, secret), len(answers))
		})
	}
}

// An error of the store that is expected of one method is a failure when another
// returns it: ErrExists does not make createTask retry for ever.
func TestUnexpectedStoreErrorsAreFailures(t *testing.T) {
	s := serve(t, failing{func() error { return fmt.Errorf("create: %w", store.ErrExists) }}, server.Config{})
	s.post("/tasks", `{"title": "x"}`).is(http.StatusInternalServerError)
	s.get("/tasks").is(http.StatusInternalServerError)
}

// A wrapped error gets the same status as the error that it wraps.
func TestWrappedErrorsKeepTheirStatus(t *testing.T) {
	s := serve(t, failing{func() error { return fmt.Errorf("get: %w", store.ErrNotFound) }}, server.Config{})
	s.get("/tasks/" + noID).is(http.StatusNotFound)
	s.patch("/tasks/"+noID, `{}`).is(http.StatusNotFound)
	s.delete("/tasks/" + noID).is(http.StatusNotFound)
}
