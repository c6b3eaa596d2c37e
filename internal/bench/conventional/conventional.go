// Package conventional implements the API as OpenAPI-first servers in Go usually
// do, for comparison: with oapi-codegen's strict Echo server, from its built-in
// templates, behind kin-openapi's openapi3filter. It implements the operations that
// are measured, over the same stores as this server. It sends only the headers in
// the specification, and has neither request ids nor a log nor recovery from panics.
package conventional

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"example.com/tasks/internal/store"
)

//go:generate go tool oapi-codegen -config oapi-codegen.yaml ../../../openapi.yaml

var errChanged = errors.New("the task has changed since")

// New returns a server over s that validates requests against the specification,
// given as YAML. Its router is kin-openapi's legacy one, which needs no other
// module, and its options are the cheapest.
func New(s store.Store, specification []byte) (http.Handler, error) {
	doc, err := openapi3.NewLoader().LoadFromData(specification)
	if err != nil {
		return nil, fmt.Errorf("specification: %w", err)
	}
	doc.Servers = nil
	router, err := legacy.NewRouter(doc)
	if err != nil {
		return nil, fmt.Errorf("specification: %w", err)
	}
	e := echo.New()
	e.HTTPErrorHandler = answerError
	e.Use(validate(router))
	RegisterHandlers(e, NewStrictHandler(&tasks{s}, nil))
	return e, nil
}

// validate returns a middleware that validates requests, as
// github.com/oapi-codegen/echo-middleware does, and answers 400 with the place of
// every fault.
func validate(router routers.Router) echo.MiddlewareFunc {
	options := &openapi3filter.Options{
		MultiError:          true,
		SkipSettingDefaults: true,
		KeepValidatedValue:  true,
		AuthenticationFunc:  openapi3filter.NoopAuthenticationFunc,
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			route, params, err := router.FindRoute(r)
			if err != nil {
				return echo.ErrNotFound
			}
			err = openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
				Request: r, PathParams: params, Route: route, Options: options,
			})
			if err != nil {
				return write(c, http.StatusBadRequest, "/problems/invalid-request", "the request is invalid", faults(nil, err))
			}
			return next(c)
		}
	}
}

// answerError is Echo's handler for the errors of operations.
func answerError(err error, c echo.Context) {
	switch {
	case errors.Is(err, store.ErrNotFound):
		err = write(c, http.StatusNotFound, "/problems/not-found", "no task has this id", nil)
	case errors.Is(err, errChanged):
		err = write(c, http.StatusPreconditionFailed, "/problems/precondition-failed", err.Error(), nil)
	}
	if err != nil {
		c.Echo().DefaultHTTPErrorHandler(err, c)
	}
}

func write(c echo.Context, status int, problemType, detail string, faults []Fault) error {
	c.Response().Header().Set(echo.HeaderContentType, "application/problem+json")
	return c.JSON(status, Problem{
		Type: problemType, Title: http.StatusText(status), Status: int32(status), Detail: detail, Error: detail,
		Errors: faults, Instance: uuid.New().URN(),
	})
}

// faults appends the faults that err joins, without the schema and the client's
// value, which openapi3filter would print.
func faults(list []Fault, err error) []Fault {
	if many, ok := errors.AsType[openapi3.MultiError](err); ok {
		for _, one := range many {
			list = faults(list, one)
		}
		return list
	}
	if one, ok := errors.AsType[*openapi3.SchemaError](err); ok {
		pointer := "#"
		for _, name := range one.JSONPointer() {
			pointer += "/" + url.PathEscape(name)
		}
		return append(list, Fault{Detail: one.Reason, Pointer: &pointer})
	}
	if one, ok := errors.AsType[*openapi3filter.RequestError](err); ok {
		return append(list, Fault{Detail: one.Reason})
	}
	return append(list, Fault{Detail: "the request is invalid"})
}

// tasks implements the operations.
type tasks struct{ store store.Store }

func (s *tasks) ListTasks(ctx context.Context, r ListTasksRequestObject) (ListTasksResponseObject, error) {
	p := r.Params
	q := store.Query{Limit: 1000, Done: p.Done, Descending: p.Order != nil && *p.Order == TaskOrderDesc}
	if p.Limit != nil {
		q.Limit = int(*p.Limit)
	}
	if p.After != nil {
		q.After = new(uuid.MustParse(*p.After)) // It has been validated.
	}
	page, more, err := s.store.List(ctx, q)
	if err != nil {
		return nil, err
	}
	list := make(TaskList, len(page))
	for i, t := range page {
		list[i] = view(t)
	}
	etag := tag(page...)
	if p.IfNoneMatch != nil && *p.IfNoneMatch == etag {
		return ListTasks304Response{Headers: NotModifiedResponseHeaders{ETag: etag}}, nil
	}
	answer := ListTasks200JSONResponse{Body: list, Headers: ListTasks200ResponseHeaders{ETag: etag}}
	if more {
		next := url.Values{"limit": {strconv.Itoa(q.Limit)}, "after": {list[len(list)-1].ID}}
		if p.Order != nil {
			next.Set("order", string(*p.Order))
		}
		if p.Done != nil {
			next.Set("done", strconv.FormatBool(*p.Done))
		}
		answer.Headers.Link = new("</tasks?" + next.Encode() + `>; rel="next"`)
	}
	return answer, nil
}

func (s *tasks) CreateTask(ctx context.Context, r CreateTaskRequestObject) (CreateTaskResponseObject, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	t := store.Task{ID: id, Title: r.Body.Title, Done: r.Body.Done != nil && *r.Body.Done}
	if err := s.store.Create(ctx, t); err != nil {
		return nil, err
	}
	headers := CreateTask201ResponseHeaders{ETag: tag(t), Location: "/tasks/" + id.String()}
	return CreateTask201JSONResponse{Body: view(t), Headers: headers}, nil
}

func (s *tasks) GetTask(ctx context.Context, r GetTaskRequestObject) (GetTaskResponseObject, error) {
	id, err := uuid.Parse(r.ID)
	if err != nil {
		return nil, store.ErrNotFound
	}
	t, err := s.store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	etag := tag(t)
	if r.Params.IfNoneMatch != nil && *r.Params.IfNoneMatch == etag {
		return GetTask304Response{Headers: NotModifiedResponseHeaders{ETag: etag}}, nil
	}
	return GetTask200JSONResponse{Body: view(t), Headers: GetTask200ResponseHeaders{ETag: etag}}, nil
}

func (s *tasks) UpdateTask(ctx context.Context, r UpdateTaskRequestObject) (UpdateTaskResponseObject, error) {
	id, err := uuid.Parse(r.ID)
	if err != nil {
		return nil, store.ErrNotFound
	}
	patch := cmp.Or(r.JSONBody, r.ApplicationMergePatchPlusJSONBody)
	t, err := s.store.Update(ctx, id, func(t store.Task) (store.Task, error) {
		if r.Params.IfMatch != nil && *r.Params.IfMatch != tag(t) {
			return t, errChanged
		}
		if patch.Title != nil {
			t.Title = *patch.Title
		}
		if patch.Done != nil {
			t.Done = *patch.Done
		}
		return t, nil
	})
	if err != nil {
		return nil, err
	}
	return UpdateTask200JSONResponse{Body: view(t), Headers: UpdateTask200ResponseHeaders{ETag: tag(t)}}, nil
}

func view(t store.Task) Task { return Task{ID: t.ID.String(), Title: t.Title, Done: t.Done} }

// tag returns a strong entity tag of the tasks.
func tag(tasks ...store.Task) string {
	var text []byte
	for _, t := range tasks {
		text = strconv.AppendBool(append(text, t.ID[:]...), t.Done)
		text = append(append(text, t.Title...), 0)
	}
	hash := sha256.Sum256(text)
	return `"` + base64.RawURLEncoding.EncodeToString(hash[:]) + `"`
}
