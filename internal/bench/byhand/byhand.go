// Package byhand is the task server as one writes it by hand in an afternoon,
// with Echo, for the benchmark to compare with: no entity tags, no pages but by
// limit, no checks but of the title.
package byhand

import (
	"errors"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"example.com/tasks/internal/store"
)

type task struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Done  bool   `json:"done"`
}

func view(t store.Task) task { return task{t.ID.String(), t.Title, t.Done} }

type tasks struct{ store store.Store }

// New returns a server that keeps its tasks in s. Nothing is deleted in it.
func New(s store.Store) http.Handler {
	e, t := echo.New(), tasks{s}
	e.GET("/tasks", t.list)
	e.POST("/tasks", t.create)
	e.GET("/tasks/:id", t.get)
	e.PATCH("/tasks/:id", t.update)
	return e
}

func (s tasks) list(c echo.Context) error {
	q := struct {
		Limit int `query:"limit"`
	}{1000}
	if err := c.Bind(&q); err != nil {
		return err
	}
	page, _, err := s.store.List(c.Request().Context(), store.Query{Limit: q.Limit})
	if err != nil {
		return err
	}
	list := make([]task, len(page))
	for i, t := range page {
		list[i] = view(t)
	}
	return c.JSON(http.StatusOK, list)
}

func (s tasks) create(c echo.Context) error {
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
	if err := s.store.Create(c.Request().Context(), t); err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, view(t))
}

func (s tasks) get(c echo.Context) error {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return echo.ErrNotFound
	}
	t, err := s.store.Get(c.Request().Context(), id)
	if err != nil {
		return failed(err)
	}
	return c.JSON(http.StatusOK, view(t))
}

func (s tasks) update(c echo.Context) error {
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
	t, err := s.store.Update(c.Request().Context(), id, func(t store.Task) (store.Task, error) {
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
}

func checkTitle(title string) error {
	if title == "" || len(title) > 200 {
		return echo.NewHTTPError(http.StatusBadRequest, "title must have 1 to 200 characters")
	}
	return nil
}

func failed(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return echo.ErrNotFound
	}
	return err
}
