package service

import (
	"testing"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/storetest"
)

// A change of any field of a task changes the tags of the task and of its page.
func TestTagsDependOnEveryField(t *testing.T) {
	task, other := storetest.Filled[store.Task](t, 1), store.Task{}
	for _, to := range []store.Task{storetest.Filled[store.Task](t, 2), {}} {
		for name, changed := range storetest.Changes(task, to) {
			if taskTag(changed) == taskTag(task) {
				t.Errorf("a change of %s does not change the tag of the task", name)
			}
			if pageTag([]store.Task{other, changed}, nil) == pageTag([]store.Task{other, task}, nil) {
				t.Errorf("a change of %s does not change the tag of the page", name)
			}
		}
	}
}
