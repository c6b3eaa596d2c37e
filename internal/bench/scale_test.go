package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/google/uuid"

	"example.com/tasks/internal/gctune"
	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/memory"
)

// BenchmarkScale measures calls of the memory store for random tasks, by the
// number of tasks in it.
func BenchmarkScale(b *testing.B) {
	gctune.Apply()
	for n := 1000; n <= 1_000_000; n *= 10 {
		s := newFilled(b, n)
		for _, call := range []struct {
			name string
			call func(at int) error
		}{
			{"get", s.get},
			{"page of 100", s.page(0, store.Query{Limit: 100})},
			{"page of 100, descending", s.page(n/4, store.Query{Limit: 100, Descending: true})},
			{"page of 100, a half matches", s.page(0, store.Query{Limit: 100, Done: new(true)})},
			{"page of 100, few match", s.page(n/2, store.Query{Limit: 100, Done: new(false)})},
			{"page of 500", s.page(0, store.Query{Limit: 500})},
			{"create after all others, and delete", s.add},
			{"delete, and create again", s.replace},
			{"update, the title", s.update(func(t *store.Task) { t.Title = "a title of about thirty bytes" })},
			{"update, done", s.update(func(t *store.Task) { t.Done = !t.Done })},
		} {
			b.Run(fmt.Sprintf("call=%s/tasks=%d", call.name, n), func(b *testing.B) {
				random := rand.New(rand.NewPCG(1, 1))
				for b.Loop() {
					if err := call.call(random.IntN(n)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// filled is a store of n tasks. Every other task of the first half is done, and all
// but 200 of the second half.
type filled struct {
	*memory.Store
	n int
}

func newFilled(b *testing.B, n int) *filled {
	b.Helper()
	s := &filled{memory.New(), n}
	for i := range n {
		if err := s.Create(context.Background(), s.task(i)); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// task returns the task with the rank i.
func (s *filled) task(i int) store.Task {
	done := i%2 == 0
	if i >= s.n/2 {
		done = i%(s.n/400) != 0
	}
	return store.Task{ID: rank(i), Title: "a task with the number " + strconv.Itoa(1e7+i), Done: done}
}

func rank(i int) (id uuid.UUID) {
	binary.BigEndian.PutUint64(id[:], uint64(i))
	return id
}

func (s *filled) get(at int) error {
	_, err := s.Get(context.Background(), rank(at))
	return err
}

// page returns a call that reads a full page, which begins anywhere in the quarter
// of the tasks that starts at the task with the rank from.
func (s *filled) page(from int, q store.Query) func(at int) error {
	return func(at int) error {
		q := q
		q.After = new(rank(from + at/4))
		page, _, err := s.List(context.Background(), q)
		if err == nil && len(page) < q.Limit {
			err = fmt.Errorf("a page has %d tasks", len(page))
		}
		return err
	}
}

func (s *filled) add(int) error {
	if err := s.Create(context.Background(), s.task(s.n)); err != nil {
		return err
	}
	_, err := s.Delete(context.Background(), rank(s.n), func(store.Task) error { return nil })
	return err
}

func (s *filled) replace(at int) error {
	t, err := s.Delete(context.Background(), rank(at), func(store.Task) error { return nil })
	if err != nil {
		return err
	}
	return s.Create(context.Background(), t)
}

// update returns a call that changes a task.
func (s *filled) update(change func(*store.Task)) func(at int) error {
	return func(at int) error {
		_, err := s.Update(context.Background(), rank(at), func(t store.Task) (store.Task, error) {
			change(&t)
			return t, nil
		})
		return err
	}
}
