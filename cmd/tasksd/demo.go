package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
)

// demoTasks are the tasks that -demo starts with. The first has the id of the
// specification's examples, so that they work unchanged.
var demoTasks = []store.Task{
	{ID: uuid.MustParse("01890a5d-ac96-774b-bcce-b302099a8057"), Title: "Learn WSGI"},
	{ID: uuid.MustParse("01890a62-4b1e-7c03-9f5a-6d2e81c4b790"), Title: "Water the plants", Done: true},
	{ID: uuid.MustParse("01890a7c-03d5-7e4f-8a16-f2b95c70e3d8"), Title: "Call the plumber"},
	{ID: uuid.MustParse("01890ad1-92f0-7216-a4c8-0be73d5f16a9"), Title: "Write to grandmother ✉"},
}

func addDemoTasks(ctx context.Context, s store.Store) error {
	for _, t := range demoTasks {
		if err := s.Create(ctx, t); err != nil && !errors.Is(err, store.ErrExists) {
			return fmt.Errorf("-demo: create task %s: %w", t.ID, err)
		}
	}
	return nil
}
