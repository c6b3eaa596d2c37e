package main

import (
	"slices"

	"example.com/tasks/gen/client"
)

// A state is what a client can see of a task.
type state struct {
	title string
	done  bool
}

// gone is the state of a task that does not exist: no other has an empty title.
var gone state

// stateOf returns the state that a response tells: gone if it has no task.
func stateOf(t *client.Task) state {
	if t == nil {
		return gone
	}
	return state{t.Title, t.Done}
}

// A change is a patch or, if that is nil, a deletion.
type change struct{ patch *client.TaskPatch }

// apply returns what becomes of a task in a state, and the state that the
// response tells.
func (c change) apply(s state) (next, told state) {
	switch {
	case s == gone:
		return gone, gone
	case c.patch == nil:
		return gone, s
	}
	if c.patch.Title != nil {
		s.title = *c.patch.Title
	}
	if c.patch.Done != nil {
		s.done = *c.patch.Done
	}
	return s, s
}

// A task is what one client knows of a task that only this client changes.
type task struct {
	id       client.TaskID
	possible []state // One of these is the task's state; more than one if the outcome of a change is unknown.
}

// tried notes that a change may have been made.
func (t *task) tried(c change) {
	for _, s := range slices.Clone(t.possible) {
		if next, _ := c.apply(s); !slices.Contains(t.possible, next) {
			t.possible = append(t.possible, next)
		}
	}
}

// answered notes that a change was made, and the response told a state. It
// reports whether that was possible.
func (t *task) answered(c change, told state) bool {
	var possible []state
	for _, s := range t.possible {
		next, expected := c.apply(s)
		if expected == told && !slices.Contains(possible, next) {
			possible = append(possible, next)
		}
	}
	if possible == nil {
		next, _ := c.apply(told)
		t.possible = []state{next}
		return false
	}
	t.possible = possible
	return true
}

// seen reports whether a state was possible. If not, it is from now on.
func (t *task) seen(s state) bool {
	if slices.Contains(t.possible, s) {
		return true
	}
	t.possible = []state{s}
	return false
}
