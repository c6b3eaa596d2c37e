package main

import (
	"slices"
	"testing"

	"example.com/tasks/gen/client"
)

var (
	a, b      = state{title: "a"}, state{title: "b"}
	toB, toC  = change{&client.TaskPatch{Title: new("b")}}, change{&client.TaskPatch{Title: new("c")}}
	toDone    = change{&client.TaskPatch{Done: new(true)}}
	deletion  = change{}
	doneState = func(s state) state { s.done = true; return s }
)

func TestAcknowledgedChangesMustBeSeen(t *testing.T) {
	x := &task{possible: []state{a}}
	if !x.answered(toB, b) || !x.seen(b) {
		t.Error("an acknowledged change was not expected")
	}
	if x.seen(a) {
		t.Error("the state before an acknowledged change was accepted")
	}
	if !x.seen(a) {
		t.Error("a loss was counted twice")
	}
	if !x.answered(deletion, a) || !x.seen(gone) || x.seen(a) {
		t.Error("a deletion was not expected, or a deleted task was accepted")
	}
}

func TestAnUnknownOutcomeIsEither(t *testing.T) {
	x := &task{possible: []state{a}}
	x.tried(toB)
	x.tried(deletion)
	if !slices.Equal(x.possible, []state{a, b, gone}) {
		t.Errorf("possible are %v", x.possible)
	}
	if x.seen(state{title: "c"}) {
		t.Error("what nobody wrote was accepted")
	}
}

func TestAnAnswerTellsWhichOfTheStatesItWas(t *testing.T) {
	x := &task{possible: []state{a, b, gone}}
	if !x.answered(toDone, doneState(b)) || !slices.Equal(x.possible, []state{doneState(b)}) {
		t.Errorf("possible are %v", x.possible)
	}
	x = &task{possible: []state{a, b, gone}}
	if !x.answered(deletion, gone) || !slices.Equal(x.possible, []state{gone}) {
		t.Errorf("possible are %v", x.possible)
	}
	x = &task{possible: []state{a, b}}
	if x.answered(toC, gone) {
		t.Error("404 for a task that must exist was accepted")
	}
	if x.answered(toDone, doneState(a)) {
		t.Error("a deleted task was changed")
	}
}
