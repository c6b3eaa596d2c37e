// Package memory keeps tasks in the memory of the process: they are lost when
// it exits.
package memory

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/google/uuid"
	"github.com/tidwall/btree"

	"example.com/tasks/internal/store"
)

// Store implements store.Store. With n tasks in it, List takes O(log n + page),
// however rarely its filter matches, and every other method O(log n). Writers
// exclude all other calls, callbacks included; readers run side by side.
type Store struct {
	mu   sync.RWMutex
	open *tree // The tasks that are not done.
	done *tree
	keys keys
	max  int // The most tasks to keep.
}

// A tree has tasks in the order of their ids. Pointers, since pages then take
// half the time, and a task 99 bytes instead of 111.
type tree = btree.BTreeG[*store.Task]

var _ store.Store = (*Store)(nil)

// New returns an empty store for as many tasks as there is memory for.
func New() *Store { return NewBounded(math.MaxInt) }

// NewBounded returns an empty store for at most maxTasks tasks, beyond which Create
// and CreateOnce return store.ErrFull. A task takes at most 1 KiB, most of it the
// title's.
func NewBounded(maxTasks int) *Store {
	opts := btree.Options{NoLocks: true} // Store.mu guards both trees as one.
	return &Store{
		open: btree.NewBTreeGOptions(before, opts),
		done: btree.NewBTreeGOptions(before, opts),
		max:  maxTasks,
	}
}

// before reports whether the id of a is less than that of b.
func before(a, b *store.Task) bool { return bytes.Compare(a.ID[:], b.ID[:]) < 0 }

// Create implements store.Store.
func (s *Store) Create(ctx context.Context, t store.Task) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.create(t)
}

// CreateOnce implements store.Store. It knows the last 100,000 keys at most.
func (s *Store) CreateOnce(ctx context.Context, t store.Task, key store.Key) (store.Task, error) {
	if err := ctx.Err(); err != nil {
		return store.Task{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if first, ok := s.keys.find(key); ok {
		t.ID = first.ID
		if t != first {
			return store.Task{}, store.ErrKeyReused
		}
		return first, nil
	}
	if err := s.create(t); err != nil {
		return store.Task{}, err
	}
	s.keys.add(key, t)
	return t, nil
}

func (s *Store) create(t store.Task) error {
	if s.find(t.ID) != nil {
		return store.ErrExists
	}
	if s.open.Len()+s.done.Len() >= s.max {
		return store.ErrFull
	}
	s.tree(t.Done).Set(&t)
	return nil
}

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (store.Task, error) {
	if err := ctx.Err(); err != nil {
		return store.Task{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.find(id)
	if t == nil {
		return store.Task{}, store.ErrNotFound
	}
	return *t, nil
}

// List implements store.Store.
func (s *Store) List(ctx context.Context, q store.Query) (page []store.Task, more bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	open, done := s.cursor(q, false), s.cursor(q, true)
	page = make([]store.Task, 0, min(q.Limit, open.size+done.size))
	for open.valid || done.valid {
		if len(page) == q.Limit {
			return page, true, nil
		}
		next := open
		if !open.valid || done.valid && before(done.Item(), open.Item()) != q.Descending {
			next = done
		}
		page = append(page, *next.Item())
		next.advance()
	}
	return page, false, nil
}

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, id uuid.UUID, change func(store.Task) (store.Task, error)) (store.Task, error) {
	if err := ctx.Err(); err != nil {
		return store.Task{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.find(id)
	if t == nil {
		return store.Task{}, store.ErrNotFound
	}
	changed, err := change(*t)
	if err != nil {
		return store.Task{}, err
	}
	if changed.ID != id {
		panic(fmt.Sprintf("memory: update of task %s changed its id to %s", id, changed.ID))
	}
	if changed.Done != t.Done {
		s.tree(t.Done).Delete(t)
		s.tree(changed.Done).Set(t)
	}
	*t = changed
	return changed, nil
}

// Delete implements store.Store.
func (s *Store) Delete(ctx context.Context, id uuid.UUID, check func(store.Task) error) (store.Task, error) {
	if err := ctx.Err(); err != nil {
		return store.Task{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.find(id)
	if t == nil {
		return store.Task{}, store.ErrNotFound
	}
	if err := check(*t); err != nil {
		return store.Task{}, err
	}
	s.tree(t.Done).Delete(t)
	return *t, nil
}

// Len implements store.Store.
func (s *Store) Len(ctx context.Context) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.open.Len() + s.done.Len(), nil
}

// Ready implements store.Store: memory is always ready.
func (s *Store) Ready(ctx context.Context) error { return ctx.Err() }

// Close implements store.Store: there is nothing to release.
func (s *Store) Close() error { return nil }

// find returns the task with the id, or nil.
func (s *Store) find(id uuid.UUID) *store.Task {
	key := &store.Task{ID: id}
	if t, ok := s.open.Get(key); ok {
		return t
	}
	t, _ := s.done.Get(key)
	return t
}

// tree returns the tree of the tasks that are done, or of those that are not.
func (s *Store) tree(done bool) *tree {
	if done {
		return s.done
	}
	return s.open
}

// A cursor walks one tree in a query's order. It is at a task while valid.
type cursor struct {
	btree.IterG[*store.Task]
	descending, valid bool
	size              int // Of the tree, or 0 if the query selects none of it.
}

// cursor returns a cursor at the first task that q selects from one tree.
func (s *Store) cursor(q store.Query, done bool) *cursor {
	c := &cursor{descending: q.Descending}
	if q.Done != nil && *q.Done != done {
		return c
	}
	tree := s.tree(done)
	c.Init(tree, false)
	c.size = tree.Len()
	switch {
	case q.After == nil && q.Descending:
		c.valid = c.Last()
	case q.After == nil:
		c.valid = c.First()
	default:
		c.valid = c.Seek(&store.Task{ID: *q.After}) // The first task whose id is not less.
		if q.Descending && !c.valid {
			c.valid = c.Last()
		} else if q.Descending || c.valid && c.Item().ID == *q.After {
			c.advance()
		}
	}
	return c
}

func (c *cursor) advance() {
	if c.descending {
		c.valid = c.Prev()
	} else {
		c.valid = c.Next()
	}
}
