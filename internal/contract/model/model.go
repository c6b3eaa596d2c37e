// Package model knows what a client of a server must find of the tasks that only
// this client changes, even where the outcome of a change is unknown.
package model

import (
	"context"
	"net/http"
	"slices"

	"example.com/tasks/gen/client"
)

// State is what a client can see of a task.
type State struct {
	Title string
	Done  bool
}

// Gone is the state of a task that does not exist: no other has an empty title.
var Gone State

// StateOf returns the state that a response tells: Gone if it has no task.
func StateOf(t *client.Task) State {
	if t == nil {
		return Gone
	}
	return State{t.Title, t.Done}
}

// Change is a patch or, if that is nil, a deletion.
type Change struct{ Patch *client.TaskPatch }

// Apply returns what becomes of a task in a state, and the state that the
// response tells.
func (c Change) Apply(s State) (next, told State) {
	switch {
	case s == Gone:
		return Gone, Gone
	case c.Patch == nil:
		return Gone, s
	}
	if c.Patch.Title != nil {
		s.Title = *c.Patch.Title
	}
	if c.Patch.Done != nil {
		s.Done = *c.Patch.Done
	}
	return s, s
}

// Task is what one client knows of a task that only this client changes.
type Task struct {
	ID       client.TaskID
	Possible []State // One of these is the task's state; more than one if the outcome of a change is unknown.
}

// Tried notes that a change may have been made.
func (t *Task) Tried(c Change) {
	for _, s := range slices.Clone(t.Possible) {
		if next, _ := c.Apply(s); !slices.Contains(t.Possible, next) {
			t.Possible = append(t.Possible, next)
		}
	}
}

// Answered notes that a change was made, and the response told a state. It
// reports whether that was possible.
func (t *Task) Answered(c Change, told State) bool {
	var possible []State
	for _, s := range t.Possible {
		next, expected := c.Apply(s)
		if expected == told && !slices.Contains(possible, next) {
			possible = append(possible, next)
		}
	}
	if possible == nil {
		next, _ := c.Apply(told)
		t.Possible = []State{next}
		return false
	}
	t.Possible = possible
	return true
}

// Seen reports whether a state was possible. If not, it is from now on.
func (t *Task) Seen(s State) bool {
	if slices.Contains(t.Possible, s) {
		return true
	}
	t.Possible = []State{s}
	return false
}

// Answer is a response about one task.
type Answer struct {
	Status int
	Told   State   // Gone if the response has no task.
	ETag   *string // Nil if there is none.
}

// NewAnswer returns the answer that is a response and the task in it, or nil.
func NewAnswer(r *http.Response, t *client.Task) Answer {
	a := Answer{Status: r.StatusCode, Told: StateOf(t)}
	if etag := r.Header.Get("ETag"); etag != "" {
		a.ETag = &etag
	}
	return a
}

// Send sends a change with ifMatch, unless that is nil.
func (c Change) Send(ctx context.Context, api *client.ClientWithResponses, id client.TaskID, ifMatch *string) (Answer, error) {
	if c.Patch == nil {
		r, err := api.DeleteTaskWithResponse(ctx, id, &client.DeleteTaskParams{IfMatch: ifMatch})
		if err != nil {
			return Answer{}, err
		}
		return NewAnswer(r.HTTPResponse, r.JSON200), nil
	}
	r, err := api.UpdateTaskWithResponse(ctx, id, &client.UpdateTaskParams{IfMatch: ifMatch}, *c.Patch)
	if err != nil {
		return Answer{}, err
	}
	return NewAnswer(r.HTTPResponse, r.JSON200), nil
}
