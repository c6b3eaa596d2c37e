// Package store defines what a store of tasks promises. It knows nothing of
// HTTP, of JSON or of the specification; package storetest tests the promises.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
)

var (
	// ErrNotFound is returned if no task has the id.
	ErrNotFound = errors.New("task not found")
	// ErrExists is returned if a task with the id exists already.
	ErrExists = errors.New("task exists already")
	// ErrKeyReused is returned if a key was used to create a different task.
	ErrKeyReused = errors.New("idempotency key was used to create a different task")
	// ErrFull is returned, by a store that bounds how many tasks it keeps, if it
	// has as many.
	ErrFull = errors.New("store is full")
	// ErrUnavailable is returned, wrapped with the cause, if the store cannot be
	// reached, has no room on its disk, or does not answer in time. Trying again later may help.
	ErrUnavailable = errors.New("store is unavailable")
)

// Task is a task as it is stored. It is a value: nothing that a field refers to
// is ever changed.
type Task struct {
	ID    uuid.UUID // Chosen by the caller; lists are ordered by it.
	Title string    // Valid UTF-8 without NUL.
	Done  bool
}

// Key names a creation, so that repeating it has no further effect.
type Key struct {
	Owner string    // Who chose the key. The same key of another owner is another key.
	Value string    // 1 to 255 visible ASCII characters.
	Now   time.Time // When the key is used. Keys older than KeyLife by then are not known any more.
}

// KeyLife is how long a store knows a key after its first use. One that keeps
// nothing beyond the process may bound how many it knows.
const KeyLife = 24 * time.Hour

// Query selects a page of tasks.
type Query struct {
	Limit      int        // The maximum number of tasks; 1 to 1000.
	After      *uuid.UUID // Selects tasks that follow this id in the page's order; it need not exist. Nil selects all.
	Descending bool       // Largest id first.
	Done       *bool      // Selects tasks that are done, or tasks that are not. Nil selects both.
}

// Store keeps tasks. Its methods are safe for concurrent use, and each is
// atomic: what it returns or changes is the state at one moment. What a method
// has returned without an error is durable, as far as the store is, and all who
// share the store see it. The caller owns the page that List returns.
//
// If ctx is done before a method begins, the method returns ctx.Err(), calls no
// callback and changes nothing. If a callback panics, the method panics, too, and
// has changed nothing. After any other error than those that a method names,
// such as ErrUnavailable, the change may have been made.
type Store interface {
	// Create adds a task. The error is ErrExists if its id is in use, and ErrFull
	// if there is no room for it.
	Create(ctx context.Context, t Task) error

	// CreateOnce adds a task as Create does and returns it, unless key was used
	// before. Then it changes nothing and returns the task as it was created at
	// that time, whatever has become of it; the error is ErrKeyReused if that
	// task differs from t in anything but its id. Concurrent calls with one key
	// create one task.
	CreateOnce(ctx context.Context, t Task, key Key) (Task, error)

	// Get returns the task with the id. The error is ErrNotFound if there is
	// none.
	Get(ctx context.Context, id uuid.UUID) (Task, error)

	// List returns the tasks that q selects, ordered by id as bytes, and reports
	// whether more of them follow. A walk that passes the last id of each page as
	// After of the next returns exactly once every task that existed, and was
	// selected, from the beginning of the walk until its page was read.
	List(ctx context.Context, q Query) (page []Task, more bool, err error)

	// Update calls change with the task, and stores and returns the result. The
	// task equals what change was given when the result takes its place. The
	// error is ErrNotFound, or that of change, and then nothing has changed.
	// Since it may be called more than once, change must be pure; it must not
	// call the store. If it changes the id, Update panics and has changed nothing.
	Update(ctx context.Context, id uuid.UUID, change func(Task) (Task, error)) (Task, error)

	// Delete removes the task unless check returns an error, and returns the task
	// as it last was. The error is ErrNotFound, or that of check, and then nothing
	// has changed. The rules for Update's change apply to check.
	Delete(ctx context.Context, id uuid.UUID, check func(Task) error) (Task, error)

	// Len returns how many tasks there are. It may take time proportional to
	// that.
	Len(ctx context.Context) (int, error)

	// Ready returns nil if the store can serve now, else an error that wraps
	// ErrUnavailable.
	Ready(ctx context.Context) error

	// Close waits for the calls under way and releases what the store holds. No
	// method may be called afterwards.
	Close() error
}
