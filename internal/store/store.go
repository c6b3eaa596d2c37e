// Package store says what a store of tasks promises. It knows nothing of HTTP,
// of JSON or of the specification; storetest holds its promises as tests.
package store

import (
	"context"
	"errors"

	"github.com/google/uuid"
)

var (
	// ErrNotFound says that no task has the id.
	ErrNotFound = errors.New("task not found")
	// ErrExists says that a task with the id exists already.
	ErrExists = errors.New("task exists already")
)

// Task is a task as it is stored.
type Task struct {
	ID    uuid.UUID // Made by the caller; the order of ids is the order of lists.
	Title string    // Valid UTF-8 without NUL.
	Done  bool
}

// Query selects a page of tasks.
type Query struct {
	Limit      int        // The most tasks to return; at least 1.
	After      *uuid.UUID // Only tasks that come after this id in the page's order; it need not exist. Nil starts at the beginning.
	Descending bool       // Largest id first.
	Done       *bool      // Only tasks that are done, or only those that are not. Nil returns both.
}

// Store keeps tasks. All methods are safe for concurrent use. Each is atomic:
// what it returns or changes is the state at one moment. A page that is
// returned belongs to the caller, who may keep and change it. Where ctx is done before a method begins, it returns
// ctx.Err(), calls nothing back and changes nothing. Where a callback panics,
// so does the method, and nothing has changed.
type Store interface {
	// Create adds a task. The error is ErrExists where its id is taken.
	Create(ctx context.Context, t Task) error

	// Get returns the task with the id. The error is ErrNotFound where there
	// is none.
	Get(ctx context.Context, id uuid.UUID) (Task, error)

	// List returns the tasks that q selects, ordered by id as bytes, and
	// whether more of them follow. A walk that passes the last id of each page
	// as After of the next returns exactly once every task that existed, and
	// was selected, from the walk's beginning until its page was read.
	List(ctx context.Context, q Query) (page []Task, more bool, err error)

	// Update passes the task to change, and keeps and returns what change
	// returns. Nothing else happens to the task between the two. The error is
	// ErrNotFound, or change's own, and then nothing has changed. change must
	// be pure, since it may run more than once, and must not call the store.
	// Where it changes the id, Update panics and nothing has changed.
	Update(ctx context.Context, id uuid.UUID, change func(Task) (Task, error)) (Task, error)

	// Delete removes the task where check agrees to it, and returns it as it
	// last was. The error is ErrNotFound, or check's own, and then nothing has
	// changed. check is subject to the rules of Update's change.
	Delete(ctx context.Context, id uuid.UUID, check func(Task) error) (Task, error)
}
