// Package service implements the operations of the API: each is a method that
// calls the store once and turns the result into a response. It relies on requests
// being valid, and knows nothing of HTTP beyond the headers that the
// specification declares.
package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unsafe"

	"github.com/google/uuid"

	"example.com/tasks/gen/api"
	"example.com/tasks/internal/store"
)

// ErrPreconditionFailed is returned if If-Match does not name the task's entity
// tag (RFC 9110, section 13.1.1).
var ErrPreconditionFailed = errors.New("precondition failed")

// Service implements the operations over a store. Its methods are safe for
// concurrent use. Their errors wrap store.ErrNotFound, store.ErrKeyReused,
// store.ErrFull, store.ErrUnavailable, ErrPreconditionFailed, or an error of the
// store or of ctx.
type Service struct{ store store.Store }

var _ api.StrictServerInterface = (*Service)(nil)

func init() { uuid.EnableRandPool() } // 16 random bytes at a time cost 90 ns and an allocation, many at once 20 ns.

// New returns a service that keeps its tasks in s.
func New(s store.Store) *Service { return &Service{s} }

// ListTasks returns a page of tasks, with a link to the next one if more follow.
func (s *Service) ListTasks(ctx context.Context, r api.ListTasksRequestObject) (api.ListTasksResponseObject, error) {
	page, more, err := s.store.List(ctx, store.Query{
		Limit:      int(r.Params.Limit),
		After:      r.Params.After,
		Descending: r.Params.Order == api.TaskOrderDesc,
		Done:       r.Params.Done,
	})
	if err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	var next *string
	if more {
		next = nextLink(r.Params, page[len(page)-1].ID)
	}
	etag := pageTag(page, next)
	if matchesWeakly(r.Params.IfNoneMatch, etag) {
		return &api.ListTasks304Response{Headers: api.NotModifiedResponseHeaders{ETag: etag}}, nil
	}
	return &api.ListTasks200JSONResponse{
		Body:    taskList(page),
		Headers: api.ListTasks200ResponseHeaders{ETag: etag, Link: next},
	}, nil
}

// nextLink returns the Link (RFC 8288) to the page after the one that ends with
// last.
func nextLink(p api.ListTasksParams, last uuid.UUID) *string {
	query := "limit=" + strconv.Itoa(int(p.Limit)) + "&after=" + last.String()
	if p.Order == api.TaskOrderDesc {
		query += "&order=desc"
	}
	if p.Done != nil {
		query += "&done=" + strconv.FormatBool(*p.Done)
	}
	return new("</tasks?" + query + `>; rel="next"`)
}

// callerKey is the key of the caller's name in a context.
type callerKey struct{}

// WithCaller returns a context of requests by the caller of that name, whose
// idempotency keys are its own.
func WithCaller(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, callerKey{}, name)
}

// CreateTask creates a task with a new id, or returns the one that was created
// with the same key.
func (s *Service) CreateTask(ctx context.Context, r api.CreateTaskRequestObject) (api.CreateTaskResponseObject, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("create task: %w", err)
	}
	t := store.Task{ID: id, Title: r.Body.Title, Done: r.Body.Done != nil && *r.Body.Done}
	var replayed *string
	if key := r.Params.IdempotencyKey; key == nil {
		err = s.store.Create(ctx, t)
	} else {
		caller, _ := ctx.Value(callerKey{}).(string)
		t, err = s.store.CreateOnce(ctx, t, store.Key{Owner: caller, Value: *key, Now: time.Now()})
		if t.ID != id {
			replayed = new("true")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("create task %s: %w", id, err)
	}
	return &api.CreateTask201JSONResponse{
		Body:    api.Task(t),
		Headers: api.CreateTask201ResponseHeaders{ETag: taskTag(t), IdempotencyReplayed: replayed, Location: "/tasks/" + t.ID.String()},
	}, nil
}

// GetTask returns a task.
func (s *Service) GetTask(ctx context.Context, r api.GetTaskRequestObject) (api.GetTaskResponseObject, error) {
	id, err := parseID(r.ID)
	if err != nil {
		return nil, fmt.Errorf("get task: %w", err)
	}
	t, err := s.store.Get(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("get task %s: %w", id, err)
	}
	etag := taskTag(t)
	if matchesWeakly(r.Params.IfNoneMatch, etag) {
		return &api.GetTask304Response{Headers: api.NotModifiedResponseHeaders{ETag: etag}}, nil
	}
	return &api.GetTask200JSONResponse{Body: api.Task(t), Headers: api.GetTask200ResponseHeaders{ETag: etag}}, nil
}

// UpdateTask changes the members of a task that the body names, in either media
// type.
func (s *Service) UpdateTask(ctx context.Context, r api.UpdateTaskRequestObject) (api.UpdateTaskResponseObject, error) {
	id, err := parseID(r.ID)
	if err != nil {
		return nil, fmt.Errorf("update task: %w", err)
	}
	patch, ifMatch := cmp.Or(r.JSONBody, r.ApplicationMergePatchPlusJSONBody), r.Params.IfMatch
	t, err := s.store.Update(ctx, id, func(t store.Task) (store.Task, error) {
		if !matchesStrongly(ifMatch, t) {
			return t, ErrPreconditionFailed
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
		return nil, fmt.Errorf("update task %s: %w", id, err)
	}
	return &api.UpdateTask200JSONResponse{Body: api.Task(t), Headers: api.UpdateTask200ResponseHeaders{ETag: taskTag(t)}}, nil
}

// DeleteTask deletes a task and returns its last state.
func (s *Service) DeleteTask(ctx context.Context, r api.DeleteTaskRequestObject) (api.DeleteTaskResponseObject, error) {
	id, err := parseID(r.ID)
	if err != nil {
		return nil, fmt.Errorf("delete task: %w", err)
	}
	t, err := s.store.Delete(ctx, id, func(t store.Task) error {
		if !matchesStrongly(r.Params.IfMatch, t) {
			return ErrPreconditionFailed
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("delete task %s: %w", id, err)
	}
	return &api.DeleteTask200JSONResponse{Body: api.Task(t)}, nil
}

// parseID parses the id in a path. The error is store.ErrNotFound for anything
// but a UUID in lower case, which is how the API writes ids.
func parseID(s string) (uuid.UUID, error) {
	id, err := uuid.Parse(s)
	if err != nil || id.String() != s {
		return uuid.Nil, store.ErrNotFound
	}
	return id, nil
}

// taskList returns tasks as the API's type, in the same memory: the two types
// differ only in their tags, or this would not compile. Copying a page of 100
// takes 1.3 µs.
func taskList(tasks []store.Task) api.TaskList {
	return unsafe.Slice((*api.Task)(unsafe.SliceData(tasks)), len(tasks)) //nolint:gosec // See above.
}
