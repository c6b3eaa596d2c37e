// Package store defines what a store of tasks promises. It knows nothing of
// HTTP, of JSON or of the specification; package storetest tests the promises.
package store

import (
	"context"
	"errors"

	"github.com/google/uuid"
)

var (
	// ErrNotFound is returned if no task has the id.
	ErrNotFound = errors.New("task not found")
	// ErrExists is returned if a task with the id exists already.
	ErrExists = errors.New("task exists already")
)

// Task is a task as it is stored. It is a value: nothing that a field refers to
// is ever changed.
type Task struct {
	ID    uuid.UUID // Chosen by the caller; lists are ordered by it.
	Title string    // Valid UTF-8 without NUL.
	Done  bool
}

// Query selects a page of tasks.
type Query struct {
	Limit      int        // The maximum number of tasks; at least 1.
	After      *uuid.UUID // Selects tasks that follow this id in the page's order; it need not exist. Nil selects all.
	Descending bool       // Largest id first.
	Done       *bool      // Selects tasks that are done, or tasks that are not. Nil selects both.
}

// Store keeps tasks. Its methods are safe for concurrent use, and each is
// atomic: what it returns or changes is the state at one moment. The caller owns
// the page that List returns. If ctx is done before a method begins, the method
// returns ctx.Err(), calls no callback and changes nothing. If a callback panics,
// the method panics, too, and has changed nothing.
type Store interface {
	// Create adds a task. The error is ErrExists if its id is in use.
	Create(ctx context.Context, t Task) error

	// Get returns the task with the id. The error is ErrNotFound if there is
	// none.
	Get(ctx context.Context, id uuid.UUID) (Task, error)

	// List returns the tasks that q selects, ordered by id as bytes, and reports
	// whether more of them follow. A walk that passes the last id of each page as
	// After of the next returns exactly once every task that existed, and was
	// selected, from the beginning of the walk until its page was read.
	List(ctx context.Context, q Query) (page []Task, more bool, err error)

	// Update calls change with the task, and stores and returns the result. No
	// other call changes the task in between. The error is ErrNotFound, or that of
	// change, and then nothing has changed. Since it may be called more than once,
	// change must be pure; it must not call the store. If it changes the id,
	// Update panics and has changed nothing.
	Update(ctx context.Context, id uuid.UUID, change func(Task) (Task, error)) (Task, error)

	// Delete removes the task unless check returns an error, and returns the task
	// as it last was. The error is ErrNotFound, or that of check, and then nothing
	// has changed. The rules for Update's change apply to check.
	Delete(ctx context.Context, id uuid.UUID, check func(Task) error) (Task, error)
}
