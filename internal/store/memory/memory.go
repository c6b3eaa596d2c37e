// Package memory keeps tasks in the memory of the process, with which they end.
package memory

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"github.com/google/uuid"
	"github.com/tidwall/btree"

	"example.com/tasks/internal/store"
)

// Store is a store.Store. With n tasks in it, List costs O(log n + page),
// however few of them its filter selects, and every other method O(log n).
// Callbacks run while all other calls wait.
type Store struct {
	mu    sync.RWMutex
	tasks map[bool]*btree.BTreeG[entry] // By Done: two trees, and each task in one.
}

var _ store.Store = (*Store)(nil)

// entry is a task without Done, which its tree says.
type entry struct {
	id    uuid.UUID
	title string
}

// New returns an empty store.
func New() *Store {
	before := func(a, b entry) bool { return bytes.Compare(a.id[:], b.id[:]) < 0 }
	opts := btree.Options{NoLocks: true} // Store.mu guards both trees as one.
	return &Store{tasks: map[bool]*btree.BTreeG[entry]{
		false: btree.NewBTreeGOptions(before, opts),
		true:  btree.NewBTreeGOptions(before, opts),
	}}
}

// Create is store.Store's.
func (s *Store) Create(ctx context.Context, t store.Task) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.get(t.ID); err == nil {
		return store.ErrExists
	}
	s.tasks[t.Done].Set(entry{t.ID, t.Title})
	return nil
}

// Get is store.Store's.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (store.Task, error) {
	if err := ctx.Err(); err != nil {
		return store.Task{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.get(id)
}

// List is store.Store's.
func (s *Store) List(ctx context.Context, q store.Query) (page []store.Task, more bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	page = make([]store.Task, 0, min(q.Limit, s.tasks[false].Len()+s.tasks[true].Len()))
	open, done := s.walk(q, false), s.walk(q, true)
	for open.ok || done.ok {
		if len(page) == q.Limit {
			return page, true, nil
		}
		next := open
		if !open.ok || done.ok && done.before(open) {
			next = done
		}
		page = append(page, next.task())
		next.step()
	}
	return page, false, nil
}

// Update is store.Store's.
func (s *Store) Update(ctx context.Context, id uuid.UUID, change func(*store.Task) error) (store.Task, error) {
	if err := ctx.Err(); err != nil {
		return store.Task{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, err := s.get(id)
	if err != nil {
		return store.Task{}, err
	}
	t := old
	if err := change(&t); err != nil {
		return store.Task{}, err
	}
	if t.ID != id {
		panic(fmt.Sprintf("memory: update of task %s changed its id to %s", id, t.ID))
	}
	if t.Done != old.Done {
		s.tasks[old.Done].Delete(entry{id: id})
	}
	if t != old {
		s.tasks[t.Done].Set(entry{id, t.Title})
	}
	return t, nil
}

// Delete is store.Store's.
func (s *Store) Delete(ctx context.Context, id uuid.UUID, check func(store.Task) error) (store.Task, error) {
	if err := ctx.Err(); err != nil {
		return store.Task{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.get(id)
	if err != nil {
		return store.Task{}, err
	}
	if err := check(t); err != nil {
		return store.Task{}, err
	}
	s.tasks[t.Done].Delete(entry{id: id})
	return t, nil
}

func (s *Store) get(id uuid.UUID) (store.Task, error) {
	for _, done := range [...]bool{false, true} {
		if e, ok := s.tasks[done].Get(entry{id: id}); ok {
			return store.Task{ID: id, Title: e.title, Done: done}, nil
		}
	}
	return store.Task{}, store.ErrNotFound
}

// walker goes through one tree in a query's order; it is on a task while ok.
type walker struct {
	iter                 btree.IterG[entry]
	done, descending, ok bool
}

// walk returns a walker on the first task that q selects from one tree.
func (s *Store) walk(q store.Query, done bool) *walker {
	w := &walker{done: done, descending: q.Descending}
	if q.Done != nil && *q.Done != done {
		return w
	}
	w.iter.Init(s.tasks[done], false)
	switch {
	case q.After == nil && q.Descending:
		w.ok = w.iter.Last()
	case q.After == nil:
		w.ok = w.iter.First()
	default: // Seek finds the smallest id that is not less than After.
		w.ok = w.iter.Seek(entry{id: *q.After})
		if q.Descending && !w.ok {
			w.ok = w.iter.Last()
		} else if q.Descending || w.ok && w.iter.Item().id == *q.After {
			w.step()
		}
	}
	return w
}

func (w *walker) step() {
	if w.descending {
		w.ok = w.iter.Prev()
	} else {
		w.ok = w.iter.Next()
	}
}

func (w *walker) task() store.Task {
	return store.Task{ID: w.iter.Item().id, Title: w.iter.Item().title, Done: w.done}
}

// before says whether w's task comes before o's. Their ids differ.
func (w *walker) before(o *walker) bool {
	a, b := w.iter.Item().id, o.iter.Item().id
	return bytes.Compare(a[:], b[:]) < 0 != w.descending
}
