package memory_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/memory"
	"example.com/tasks/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return memory.New() })
}

// A full store refuses tasks, repeats creations that it knows, and has room again
// once a task is deleted. A creation that it refused does not use its key.
func TestFull(t *testing.T) {
	t.Parallel()
	s := memory.NewBounded(2)
	ctx := t.Context()
	key := func(value string) store.Key { return store.Key{Value: value, Now: time.Now()} }
	create := func(i int) error { return s.Create(ctx, task(i, 3)) }
	once := func(i int, value string) error {
		_, err := s.CreateOnce(ctx, task(i, 3), key(value))
		return err
	}
	for _, step := range []struct {
		name string
		err  error
		want error
	}{
		{"the first", once(0, "a"), nil},
		{"the second", create(1), nil},
		{"one more", create(2), store.ErrFull},
		{"one more with a key", once(2, "b"), store.ErrFull},
		{"an id in use", create(1), store.ErrExists},
		{"the first again", once(0, "a"), nil},
	} {
		if !errors.Is(step.err, step.want) {
			t.Errorf("%s: %v, want %v", step.name, step.err, step.want)
		}
	}
	if _, err := s.Delete(ctx, task(1, 3).ID, func(store.Task) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if got, err := s.CreateOnce(ctx, task(3, 3), key("b")); err != nil || got.ID != task(3, 3).ID {
		t.Errorf("after a deletion: %v, %v; want task %v", got, err, task(3, 3))
	}
}

// TestWalkOfDeepTrees walks trees of more levels than storetest's few tasks make.
func TestWalkOfDeepTrees(t *testing.T) {
	const n = 50_000
	s := filled(t, n, 3)
	for _, desc := range []bool{false, true} {
		for _, done := range []*bool{nil, new(true), new(false)} {
			q := store.Query{Limit: 999, Descending: desc, Done: done}
			for i, more := 0, true; more || i < n; {
				var page []store.Task
				var err error
				page, more, err = s.List(t.Context(), q)
				if err != nil || len(page) == 0 && more {
					t.Fatalf("List(%v) = %v, %t, %v", q, page, more, err)
				}
				for ; i < n; i++ {
					want := task(i, 3)
					if desc {
						want = task(n-1-i, 3)
					}
					if done != nil && want.Done != *done {
						continue
					}
					if len(page) == 0 {
						break
					}
					if page[0] != want {
						t.Fatalf("List(%v) has %v, want %v", q, page[0], want)
					}
					q.After, page = &want.ID, page[1:]
				}
				if !more && i < n {
					t.Fatalf("List(%v) ends before the %dth task", q, i)
				}
			}
		}
	}
}

// sizes returns the numbers of tasks to run benchmarks with. The cost of a page
// must not grow with them.
func sizes() []int {
	if testing.Short() {
		return []int{1e3, 1e5}
	}
	return []int{1e3, 1e5, 1e6}
}

func BenchmarkList(b *testing.B) {
	for _, n := range sizes() {
		half, rare := filled(b, n, 2), filled(b, n, n/100) // In rare, 100 tasks are done.
		after := id(n / 4)
		for _, bb := range []struct {
			name  string
			store store.Store
			q     store.Query
		}{
			{"asc", half, store.Query{}},
			{"desc", half, store.Query{Descending: true}},
			{"done", half, store.Query{Done: new(true)}},
			{"rare", rare, store.Query{Done: new(true)}},
		} {
			bb.q.Limit, bb.q.After = 50, &after
			b.Run(fmt.Sprintf("n=%d/%s", n, bb.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					page, more, err := bb.store.List(b.Context(), bb.q)
					if len(page) != bb.q.Limit || !more || err != nil {
						b.Fatalf("%d tasks, more = %t, %v", len(page), more, err)
					}
				}
			})
		}
	}
}

func BenchmarkTask(b *testing.B) {
	retitle := func(t store.Task) (store.Task, error) { t.Title = "new"; return t, nil }
	toggle := func(t store.Task) (store.Task, error) { t.Done = !t.Done; return t, nil }
	agree := func(store.Task) error { return nil }
	for _, n := range sizes() {
		s := filled(b, n, 2)
		for _, bb := range []struct {
			name string
			call func(context.Context, uuid.UUID) error
		}{
			{"get", func(ctx context.Context, id uuid.UUID) error {
				_, err := s.Get(ctx, id)
				return err
			}},
			{"retitle", func(ctx context.Context, id uuid.UUID) error {
				_, err := s.Update(ctx, id, retitle)
				return err
			}},
			{"toggle", func(ctx context.Context, id uuid.UUID) error {
				_, err := s.Update(ctx, id, toggle)
				return err
			}},
			{"delete and create", func(ctx context.Context, id uuid.UUID) error {
				t, err := s.Delete(ctx, id, agree)
				return errors.Join(err, s.Create(ctx, t))
			}},
		} {
			b.Run(fmt.Sprintf("n=%d/%s", n, bb.name), func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i = (i + 7919) % n { // Steps of a prime reach all tasks, in no order.
					if err := bb.call(b.Context(), id(i)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkMemory reports how much of the heap a task takes, including its title.
func BenchmarkMemory(b *testing.B) {
	for _, n := range sizes() {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			var before, after runtime.MemStats
			for b.Loop() {
				runtime.GC()
				runtime.ReadMemStats(&before)
				s := filled(b, n, 2)
				runtime.GC()
				runtime.ReadMemStats(&after)
				runtime.KeepAlive(s)
			}
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(n), "B/task")
		})
	}
}

// filled returns a store of the tasks 0 to n-1, created in order.
func filled(tb testing.TB, n, every int) *memory.Store {
	tb.Helper()
	s := memory.New()
	for i := range n {
		if err := s.Create(tb.Context(), task(i, every)); err != nil {
			tb.Fatal(err)
		}
	}
	runtime.GC() // Otherwise what follows would pay for this garbage.
	return s
}

// task returns the task with the number i, which is done if every divides i.
func task(i, every int) store.Task {
	return store.Task{ID: id(i), Title: fmt.Sprintf("a task with the number %d", i), Done: i%every == 0}
}

// id returns the id with the number i. Ids are ordered as their numbers are.
func id(i int) (u uuid.UUID) {
	binary.BigEndian.PutUint64(u[:], uint64(i))
	return u
}
