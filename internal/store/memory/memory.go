// Package memory keeps tasks in the memory of the process, with which they end.
package memory

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
)

// Store is a store.Store. With n tasks in it, List costs O(log n + page),
// however few of them its filter selects, and every other method O(log n).
//
// Get and List take no lock and wait for nothing: they read the state that the
// last change has left, while the next one is made, even one whose callback
// takes its time. Changes wait for each other, callbacks included.
//
// A title that Get or List has returned keeps the titles around it in memory,
// width at most.
type Store struct {
	changing sync.Mutex // Held by what replaces state.
	state    atomic.Pointer[state]
}

var _ store.Store = (*Store)(nil)

// state is all tasks at one moment. What state points at never changes.
type state struct{ open, done tree } // Each task is in one of them.

// New returns an empty store.
func New() *Store {
	s := new(Store)
	s.state.Store(new(state))
	return s
}

// Create is store.Store's.
func (s *Store) Create(ctx context.Context, t store.Task) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	next := *s.state.Load()
	if _, err := next.get(t.ID); err == nil {
		return store.ErrExists
	}
	next.put(t)
	s.state.Store(&next)
	return nil
}

// Get is store.Store's.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (store.Task, error) {
	if err := ctx.Err(); err != nil {
		return store.Task{}, err
	}
	return s.state.Load().get(id)
}

// List is store.Store's.
func (s *Store) List(ctx context.Context, q store.Query) (page []store.Task, more bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	page, more = s.state.Load().list(q)
	return page, more, nil
}

// Update is store.Store's.
func (s *Store) Update(ctx context.Context, id uuid.UUID, change func(*store.Task) error) (store.Task, error) {
	if err := ctx.Err(); err != nil {
		return store.Task{}, err
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	next := *s.state.Load()
	old, err := next.get(id)
	if err != nil {
		return store.Task{}, err
	}
	passed := old
	if err := change(&passed); err != nil {
		return store.Task{}, err
	}
	t := passed // Which change may have kept.
	if t.ID != id {
		panic(fmt.Sprintf("memory: update of task %s changed its id to %s", id, t.ID))
	}
	if t.Done != old.Done {
		next.remove(old)
	}
	if t != old {
		next.put(t)
		s.state.Store(&next)
	}
	return t, nil
}

// Delete is store.Store's.
func (s *Store) Delete(ctx context.Context, id uuid.UUID, check func(store.Task) error) (store.Task, error) {
	if err := ctx.Err(); err != nil {
		return store.Task{}, err
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	next := *s.state.Load()
	t, err := next.get(id)
	if err != nil {
		return store.Task{}, err
	}
	if err := check(t); err != nil {
		return store.Task{}, err
	}
	next.remove(t)
	s.state.Store(&next)
	return t, nil
}

func (st *state) tree(done bool) *tree {
	if done {
		return &st.done
	}
	return &st.open
}

func (st *state) get(id uuid.UUID) (store.Task, error) {
	for _, done := range [...]bool{false, true} {
		if title, ok := st.tree(done).get(&id); ok {
			return store.Task{ID: id, Title: title, Done: done}, nil
		}
	}
	return store.Task{}, store.ErrNotFound
}

func (st *state) put(t store.Task) {
	tr := st.tree(t.Done)
	*tr = tr.put(t.ID, t.Title)
}

func (st *state) remove(t store.Task) {
	tr := st.tree(t.Done)
	*tr = tr.remove(&t.ID)
}

// list merges the two trees, or goes through the one that q selects.
func (st *state) list(q store.Query) (page []store.Task, more bool) {
	open, done := cursor{desc: q.Descending}, cursor{desc: q.Descending}
	selected := 0
	if q.Done == nil || !*q.Done {
		selected += st.open.len
		open.seek(st.open, q.After)
	}
	if q.Done == nil || *q.Done {
		selected += st.done.len
		done.seek(st.done, q.After)
	}
	page = make([]store.Task, 0, min(q.Limit, selected))
	for open.leaf != nil || done.leaf != nil {
		c, other := &open, &done
		if done.before(&open) {
			c, other = &done, &open
		}
		for ok := true; ok; ok = c.before(other) {
			if len(page) == q.Limit {
				return page, true
			}
			page = append(page, store.Task{ID: c.leaf.ids[c.i], Title: c.leaf.title(c.i), Done: c == &done})
			c.next()
		}
	}
	return page, false
}
