package service

import (
	"example.com/tasks/gen/api"
	"example.com/tasks/internal/store"
)

// toAPI returns a stored task as the API shows it.
func toAPI(t store.Task) api.Task {
	return api.Task{ID: t.ID.String(), Title: t.Title, Done: t.Done}
}

// toAPIList returns stored tasks as the API shows them; none is an empty array.
func toAPIList(tasks []store.Task) api.TaskList {
	list := make(api.TaskList, len(tasks))
	for i, t := range tasks {
		list[i] = toAPI(t)
	}
	return list
}
