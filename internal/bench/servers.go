package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"example.com/tasks/gen"
	"example.com/tasks/internal/bench/conventional"
	"example.com/tasks/internal/server"
	"example.com/tasks/internal/service"
	"example.com/tasks/internal/store"
)

// candidate is a server that is measured.
type candidate struct {
	name  string
	about string
	// build returns a handler over s. Only the bare one needs to know the kind
	// of request that comes next, and only the last one writes to log.
	build   func(s store.Store, next *kind, log io.Writer) (http.Handler, error)
	fills   bool // Whether its memory for many tasks is measured.
	settled bool // Whether its heap is set as cmd/tasksd's.
}

// candidates are compared with the first one.
var candidates = []candidate{
	{name: "bare", about: "a bare net/http handler that reads the body and writes the same bytes each time", build: newBare},
	{name: "echo", about: "Echo with encoding/json and its default binder, nothing checked but the title", build: newEcho, fills: true},
	{name: "conventional", about: "oapi-codegen's strict Echo server behind kin-openapi's validator", build: newConventional, fills: true},
	{name: "tasks", about: "this server, its log off", build: newTasks, fills: true, settled: true},
	{name: "tasks+log", about: "this server, its log as text to a file", build: newTasksWithLog, settled: true},
}

func candidateNamed(name string) (candidate, error) {
	for _, c := range candidates {
		if c.name == name {
			return c, nil
		}
	}
	return candidate{}, fmt.Errorf("no server is called %q", name)
}

func newTasks(s store.Store, _ *kind, _ io.Writer) (http.Handler, error) {
	return server.New(service.New(s), server.Config{}), nil
}

func newTasksWithLog(s store.Store, _ *kind, log io.Writer) (http.Handler, error) {
	return server.New(service.New(s), server.Config{Log: slog.New(slog.NewTextHandler(log, nil))}), nil
}

func newConventional(s store.Store, _ *kind, _ io.Writer) (http.Handler, error) {
	return conventional.New(s, gen.YAML)
}

// newBare returns the least that a handler can do and still be mistaken for this
// server: it takes the same requests and writes answers of the same status,
// media type and bytes. Whatever it costs is net/http's and the kernel's.
func newBare(s store.Store, next *kind, log io.Writer) (http.Handler, error) {
	h, err := newTasks(s, next, log)
	if err != nil {
		return nil, err
	}
	l, err := newLocal(next.requests()[0])
	if err != nil {
		return nil, err
	}
	l.serve(h)
	if l.status != next.status {
		return nil, fmt.Errorf("%s: this server answers %d, want %d", next.title, l.status, next.status)
	}
	mediaType, length := l.header.Get("Content-Type"), strconv.Itoa(len(l.body))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		header := w.Header()
		header.Set("Content-Type", mediaType)
		if len(l.body) > 2048 { // Up to there net/http finds the length itself.
			header.Set("Content-Length", length)
		}
		w.WriteHeader(l.status)
		_, _ = w.Write(l.body)
	}), nil
}

// newEcho is a server as one writes it by hand in an afternoon: no entity tags,
// no pages but by limit, no checks but of the title.
func newEcho(s store.Store, _ *kind, _ io.Writer) (http.Handler, error) {
	type task struct {
		ID    string `json:"id"`
		Title string `json:"title"`
		Done  bool   `json:"done"`
	}
	view := func(t store.Task) task { return task{t.ID.String(), t.Title, t.Done} }
	failed := func(err error) error {
		if errors.Is(err, store.ErrNotFound) {
			return echo.ErrNotFound
		}
		return err
	}
	checkTitle := func(title string) error {
		if title == "" || len(title) > 200 {
			return echo.NewHTTPError(http.StatusBadRequest, "title must have 1 to 200 characters")
		}
		return nil
	}
	e := echo.New()
	e.GET("/tasks", func(c echo.Context) error {
		q := struct {
			Limit int `query:"limit"`
		}{1000}
		if err := c.Bind(&q); err != nil {
			return err
		}
		page, _, err := s.List(c.Request().Context(), store.Query{Limit: q.Limit})
		if err != nil {
			return err
		}
		list := make([]task, len(page))
		for i, t := range page {
			list[i] = view(t)
		}
		return c.JSON(http.StatusOK, list)
	})
	e.POST("/tasks", func(c echo.Context) error {
		var body task
		if err := c.Bind(&body); err != nil {
			return err
		}
		if err := checkTitle(body.Title); err != nil {
			return err
		}
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		t := store.Task{ID: id, Title: body.Title, Done: body.Done}
		if err := s.Create(c.Request().Context(), t); err != nil {
			return err
		}
		return c.JSON(http.StatusCreated, view(t))
	})
	e.GET("/tasks/:id", func(c echo.Context) error {
		id, err := uuid.Parse(c.Param("id"))
		if err != nil {
			return echo.ErrNotFound
		}
		t, err := s.Get(c.Request().Context(), id)
		if err != nil {
			return failed(err)
		}
		return c.JSON(http.StatusOK, view(t))
	})
	e.PATCH("/tasks/:id", func(c echo.Context) error {
		var body struct {
			Title *string `json:"title"`
			Done  *bool   `json:"done"`
		}
		if err := c.Bind(&body); err != nil {
			return err
		}
		id, err := uuid.Parse(c.Param("id"))
		if err != nil {
			return echo.ErrNotFound
		}
		t, err := s.Update(c.Request().Context(), id, func(t store.Task) (store.Task, error) {
			if body.Title != nil {
				if err := checkTitle(*body.Title); err != nil {
					return t, err
				}
				t.Title = *body.Title
			}
			if body.Done != nil {
				t.Done = *body.Done
			}
			return t, nil
		})
		if err != nil {
			return failed(err)
		}
		return c.JSON(http.StatusOK, view(t))
	})
	return e, nil
}
