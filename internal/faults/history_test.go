package main

import (
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"example.com/tasks/gen/client"
	"example.com/tasks/internal/contract/model"
)

// request adds a request to a history that begins and ends after all others.
func request(h *history, in input, out output) {
	begun := time.Now()
	time.Sleep(time.Microsecond)
	h.add(0, begun, in, out)
}

func patchOf(seen model.State, title string) input {
	return input{kind: write, seen: seen, change: model.Change{Patch: &client.TaskPatch{Title: &title}}}
}

func TestHistories(t *testing.T) {
	first := initial()[0]
	x, y := model.State{Title: "x"}, model.State{Title: "y"}
	toX, toY := patchOf(first, "x"), patchOf(first, "y")
	get := input{kind: get}
	list := input{kind: list}
	listed := initial()
	listed[0] = x
	for name, test := range map[string]struct {
		ins  []input
		outs []output
		want porcupine.CheckResult
	}{
		"one of two changes is refused": {[]input{toX, toY, get}, []output{{told: x}, {refused: true}, {told: x}}, porcupine.Ok},
		"both are made":                 {[]input{toX, toY}, []output{{told: x}, {told: y}}, porcupine.Illegal},
		"one is lost":                   {[]input{toX, get}, []output{{told: x}, {told: first}}, porcupine.Illegal},
		"an unknown one is made later":  {[]input{toX, get, get}, []output{{unknown: true}, {told: first}, {told: x}}, porcupine.Ok},
		"an unknown one is undone":      {[]input{toX, get, get}, []output{{unknown: true}, {told: x}, {told: first}}, porcupine.Illegal},
		"refused without a reason":      {[]input{toX}, []output{{refused: true}}, porcupine.Illegal},
		"a list tells of it":            {[]input{toX, list}, []output{{told: x}, {list: listed}}, porcupine.Ok},
		"a list is stale":               {[]input{toX, list}, []output{{told: x}, {list: initial()}}, porcupine.Illegal},
		"a deleted task comes back":     {[]input{{kind: write, seen: first}, get}, []output{{told: first}, {told: first}}, porcupine.Illegal},
		"a deleted task is gone":        {[]input{{kind: write, seen: first}, toX}, []output{{told: first}, {}}, porcupine.Ok},
	} {
		t.Run(name, func(t *testing.T) {
			var h history
			for i := range test.ins {
				request(&h, test.ins[i], test.outs[i])
			}
			if got := h.check(); got != test.want {
				t.Errorf("the history is %s, want %s", got, test.want)
			}
		})
	}
}
