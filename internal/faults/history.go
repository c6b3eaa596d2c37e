package main

import (
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"example.com/tasks/internal/contract/model"
)

// states are those of the few tasks that a history is about.
type states [4]model.State

// initial returns the states in which a history finds the tasks.
func initial() (s states) {
	for i := range s {
		s[i].Title = fmt.Sprintf("task %d", i)
	}
	return s
}

// An input is a request about one of the tasks, or about all.
type input struct {
	kind   kind
	task   int         // Its index, but for a list.
	seen   model.State // What If-Match names, for a write.
	change model.Change
}

type kind int

const (
	get kind = iota
	list
	write // A patch or a deletion.
)

// An output is what a response tells.
type output struct {
	unknown bool        // There was none, or one that leaves open whether a change was made.
	refused bool        // The status 412.
	told    model.State // Gone for 404.
	list    states      // What a list tells.
}

// promises are what the API promises of requests that follow each other.
var promises = porcupine.Model{
	Init: func() any { return initial() },
	Step: func(before, in, out any) (bool, any) {
		return step(before.(states), in.(input), out.(output))
	},
}

// step reports whether a request can have that output, and returns what it makes
// of the states.
func step(s states, in input, out output) (bool, states) {
	var expected output
	after := s
	if in.kind == list {
		expected.list = s
	} else if in.kind == get {
		expected.told = s[in.task]
	} else if now := s[in.task]; now != model.Gone && now != in.seen {
		expected.refused = true
	} else {
		after[in.task], expected.told = in.change.Apply(now)
	}
	return out.unknown || out == expected, after
}

// A history records requests and their responses. It is safe for concurrent use.
type history struct {
	mu         sync.Mutex
	operations []porcupine.Operation
	changes    int // Acknowledged ones.
	unknown    int // Changes whose outcome is unknown.
}

// add adds a request that has begun at a time and ends now. A change whose
// outcome is unknown may be made at any time from its beginning on. A read
// without an answer tells nothing.
func (h *history) add(worker int, begun time.Time, in input, out output) {
	h.mu.Lock()
	defer h.mu.Unlock()
	op := porcupine.Operation{ClientId: worker, Input: in, Call: begun.UnixNano(), Output: out, Return: time.Now().UnixNano()}
	switch {
	case in.kind != write && out.unknown:
		return
	case in.kind == write && out.unknown:
		h.unknown++
		op.Return = math.MaxInt64
	case in.kind == write && !out.refused:
		h.changes++
	}
	h.operations = append(h.operations, op)
}

// check reports whether there is an order of all requests, each at a moment
// between its beginning and its end, in which the model has the same outputs.
func (h *history) check() porcupine.CheckResult {
	return porcupine.CheckOperationsTimeout(promises, h.operations, time.Minute)
}
