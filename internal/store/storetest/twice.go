package storetest

import (
	"context"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
)

// Twice returns a store that calls every callback twice, as any store may, and
// uses the second result. Who passes callbacks to it sees whether they are pure.
func Twice(s store.Store) store.Store { return twice{s} }

type twice struct{ store.Store }

func (s twice) Update(ctx context.Context, id uuid.UUID, change func(store.Task) (store.Task, error)) (store.Task, error) {
	return s.Store.Update(ctx, id, func(t store.Task) (store.Task, error) {
		_, _ = change(t)
		return change(t)
	})
}

func (s twice) Delete(ctx context.Context, id uuid.UUID, check func(store.Task) error) (store.Task, error) {
	return s.Store.Delete(ctx, id, func(t store.Task) error {
		_ = check(t)
		return check(t)
	})
}
