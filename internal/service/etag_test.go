package service

import (
	"testing"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/storetest"
)

// A field that a tag leaves out could change under a client that trusts the tag.
func TestTagsDependOnEveryField(t *testing.T) {
	task, other := storetest.Filled[store.Task](t, 1), store.Task{}
	for _, to := range []store.Task{storetest.Filled[store.Task](t, 2), {}} {
		for name, changed := range storetest.Changes(task, to) {
			if taskTag(changed) == taskTag(task) {
				t.Errorf("a change of %s leaves the tag of the task as it is", name)
			}
			if pageTag([]store.Task{other, changed}, nil) == pageTag([]store.Task{other, task}, nil) {
				t.Errorf("a change of %s leaves the tag of a page as it is", name)
			}
		}
	}
}
