package model_test

import (
	"slices"
	"testing"

	"example.com/tasks/gen/client"
	"example.com/tasks/internal/contract/model"
)

var (
	a, b      = model.State{Title: "a"}, model.State{Title: "b"}
	toB, toC  = model.Change{&client.TaskPatch{Title: new("b")}}, model.Change{&client.TaskPatch{Title: new("c")}}
	toDone    = model.Change{&client.TaskPatch{Done: new(true)}}
	deletion  = model.Change{}
	doneState = func(s model.State) model.State { s.Done = true; return s }
)

func TestAcknowledgedChangesMustBeSeen(t *testing.T) {
	x := &model.Task{Possible: []model.State{a}}
	if !x.Answered(toB, b) || !x.Seen(b) {
		t.Error("an acknowledged change was not expected")
	}
	if x.Seen(a) {
		t.Error("the state before an acknowledged change was accepted")
	}
	if !x.Seen(a) {
		t.Error("a loss was counted twice")
	}
	if !x.Answered(deletion, a) || !x.Seen(model.Gone) || x.Seen(a) {
		t.Error("a deletion was not expected, or a deleted task was accepted")
	}
}

func TestAnUnknownOutcomeIsEither(t *testing.T) {
	x := &model.Task{Possible: []model.State{a}}
	x.Tried(toB)
	x.Tried(deletion)
	if !slices.Equal(x.Possible, []model.State{a, b, model.Gone}) {
		t.Errorf("possible are %v", x.Possible)
	}
	if x.Seen(model.State{Title: "c"}) {
		t.Error("what nobody wrote was accepted")
	}
}

func TestAnAnswerTellsWhichOfTheStatesItWas(t *testing.T) {
	x := &model.Task{Possible: []model.State{a, b, model.Gone}}
	if !x.Answered(toDone, doneState(b)) || !slices.Equal(x.Possible, []model.State{doneState(b)}) {
		t.Errorf("possible are %v", x.Possible)
	}
	x = &model.Task{Possible: []model.State{a, b, model.Gone}}
	if !x.Answered(deletion, model.Gone) || !slices.Equal(x.Possible, []model.State{model.Gone}) {
		t.Errorf("possible are %v", x.Possible)
	}
	x = &model.Task{Possible: []model.State{a, b}}
	if x.Answered(toC, model.Gone) {
		t.Error("404 for a task that must exist was accepted")
	}
	if x.Answered(toDone, doneState(a)) {
		t.Error("a deleted task was changed")
	}
}
