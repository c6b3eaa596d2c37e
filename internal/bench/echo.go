package main

import (
	"errors"
	"io"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"example.com/tasks/internal/store"
)

// byHand is the API as one implements it by hand in an afternoon: without entity
// tags, without links to further pages, and checking only titles.
type byHand struct{ store store.Store }

func newEcho(s store.Store, _ workload, _ io.Writer) (http.Handler, error) {
	e, h := echo.New(), byHand{s}
	e.GET("/tasks", h.list)
	e.POST("/tasks", h.create)
	e.GET("/tasks/:id", h.get)
	e.PATCH("/tasks/:id", h.update)
	return e, nil
}

type taskView struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Done  bool   `json:"done"`
}

func view(t store.Task) taskView { return taskView{t.ID.String(), t.Title, t.Done} }

func (s byHand) list(c echo.Context) error {
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
	list := make([]taskView, len(page))
	for i, t := range page {
		list[i] = view(t)
	}
	return c.JSON(http.StatusOK, list)
}

func (s byHand) create(c echo.Context) error {
	var body taskView
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

func (s byHand) get(c echo.Context) error {
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

func (s byHand) update(c echo.Context) error {
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
