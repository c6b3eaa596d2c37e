package service

import (
	"testing"

	"github.com/google/uuid"

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

// A link can have the bytes of a task, with a length that is the first of its id.
func TestTagsTellTasksFromLinks(t *testing.T) {
	const title = "a title"
	task := store.Task{ID: uuid.UUID{17 + byte(len(title))}, Title: title}
	link := string(appendTask(nil, &task)[1:])
	if int(task.ID[0]) != len(link) {
		t.Fatalf("the link has %d bytes, want %d", len(link), task.ID[0])
	}
	if pageTag([]store.Task{task}, nil) == pageTag(nil, &link) {
		t.Error("a page of one task and an empty page with a link have the same tag")
	}
}
