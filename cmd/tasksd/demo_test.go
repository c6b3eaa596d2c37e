package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"example.com/tasks/gen"
)

// A server with -demo has the task of the specification's examples and others, in
// the order of a list. A server without it is empty.
func TestDemoHasTaskOfExamples(t *testing.T) {
	t.Parallel()
	demo := listed(t, start(t, nil, "-addr", "127.0.0.1:0", "-demo"))
	if len(demo) < 3 {
		t.Fatalf("%d tasks, want at least 3", len(demo))
	}
	if want := "{ id: " + demo[0].ID + ", title: " + demo[0].Title + ", done: false }"; !strings.Contains(string(gen.YAML), want) {
		t.Errorf("the specification has no example %s", want)
	}
	for i, task := range demo {
		if task != (demoTask{demoTasks[i].ID.String(), demoTasks[i].Title, demoTasks[i].Done}) {
			t.Errorf("task %d is %+v, want %+v", i, task, demoTasks[i])
		}
	}
	if empty := listed(t, start(t, nil, "-addr", "127.0.0.1:0")); len(empty) > 0 {
		t.Errorf("without -demo, the tasks are %+v, want none", empty)
	}
}

type demoTask struct {
	ID, Title string
	Done      bool
}

func listed(t *testing.T, p *process) (tasks []demoTask) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/tasks", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&tasks); err != nil {
		t.Fatal(err)
	}
	return tasks
}
