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
// Get never waits for another call. List reads again where a change came in
// between, and after the third time like a writer. Writers wait for each other,
// callbacks included.
//
// The tasks are in leaves, which an index finds. Each change becomes visible by
// one store: of the state of a leaf, the leaf of a slot, or the index.
type Store struct {
	index   atomic.Pointer[index]
	count   atomic.Int64  // Of tasks.
	changes atomic.Uint64 // How many have become visible, but for one that just has.
	mu      sync.Mutex    // Held by writers.
}

var _ store.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store {
	s := new(Store)
	s.index.Store(newIndex())
	return s
}

// place is where a task is, or where it would be.
type place struct {
	slot  slot
	leaf  *leaf
	state state
	i     int
	found bool
}

func (s *Store) find(id uuid.UUID) (p place) {
	p.slot = s.index.Load().find(id)
	p.leaf, p.state = p.slot.load()
	p.i, p.found = p.leaf.search(p.state, id)
	return p
}

// Create is store.Store's.
func (s *Store) Create(ctx context.Context, t store.Task) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch p := s.find(t.ID); {
	case p.found:
		return store.ErrExists
	case p.state.len() == leafSize:
		s.split(p, t)
	case p.i == p.state.len():
		s.set(p.slot, p.leaf, p.leaf.add(p.state, t))
	default:
		l, state := p.leaf.splice(p.state, p.i, p.i, t)
		s.set(p.slot, l, state)
	}
	s.count.Add(1)
	return nil
}

// Get is store.Store's.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (store.Task, error) {
	if err := ctx.Err(); err != nil {
		return store.Task{}, err
	}
	p := s.find(id)
	if !p.found {
		return store.Task{}, store.ErrNotFound
	}
	return p.leaf.task(p.state, p.i), nil
}

// List is store.Store's.
func (s *Store) List(ctx context.Context, q store.Query) (page []store.Task, more bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	room := min(q.Limit, int(s.count.Load()))
	if q.Done != nil {
		room = min(room, 4*leafSize) // There may be few.
	}
	page = make([]store.Task, 0, room)
	for range 3 {
		changes := s.changes.Load()
		page, more = s.read(page[:0], q)
		if s.changes.Load() == changes { // So at most one change came in between, and it is seen whole or not at all.
			return page, more, nil
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	page, more = s.read(page[:0], q)
	return page, more, nil
}

// read appends to page the tasks that q selects, and says whether more follow.
func (s *Store) read(page []store.Task, q store.Query) (_ []store.Task, more bool) {
	s.index.Load().walk(q, func(sl slot) bool {
		l, state := sl.load()
		for set := l.selected(state, q); set != 0; {
			if more = len(page) == q.Limit; more {
				return false
			}
			page = append(page, l.task(state, take(&set, q.Descending)))
		}
		return true
	})
	return page, more
}

// Update is store.Store's.
func (s *Store) Update(ctx context.Context, id uuid.UUID, change func(store.Task) (store.Task, error)) (store.Task, error) {
	if err := ctx.Err(); err != nil {
		return store.Task{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.find(id)
	if !p.found {
		return store.Task{}, store.ErrNotFound
	}
	old := p.leaf.task(p.state, p.i)
	t, err := change(old)
	if err != nil {
		return store.Task{}, err
	}
	if t.ID != id {
		panic(fmt.Sprintf("memory: update of task %s changed its id to %s", id, t.ID))
	}
	switch {
	case t.Title != old.Title:
		l, state := p.leaf.splice(p.state, p.i, p.i+1, t)
		s.set(p.slot, l, state)
	case t.Done != old.Done:
		s.set(p.slot, p.leaf, p.state.with(p.i, t.Done))
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
	p := s.find(id)
	if !p.found {
		return store.Task{}, store.ErrNotFound
	}
	t := p.leaf.task(p.state, p.i)
	if err := check(t); err != nil {
		return store.Task{}, err
	}
	l, state := p.leaf.splice(p.state, p.i, p.i+1)
	if state.len() > leafSize/4 || !s.merge(p.slot, l, state) {
		s.set(p.slot, l, state)
	}
	s.count.Add(-1)
	return t, nil
}

// set gives a slot its leaf or another one, in a new state. A slot is in the
// trees of its kinds of tasks before it has any, and until it has none.
func (s *Store) set(sl slot, l *leaf, new state) {
	_, old := sl.load()
	if k := new.kinds() &^ old.kinds(); k != 0 {
		x := s.index.Load().copy(k)
		x.add(sl, k)
		s.index.Store(x)
	}
	l.state.Store(uint64(new)) // Of another leaf this is no change yet, and of its own the next line is none.
	sl.leaf.Store(l)
	s.changes.Add(1)
	if k := old.kinds() &^ new.kinds(); k != 0 {
		x := s.index.Load().copy(k)
		x.remove(sl, k)
		s.index.Store(x)
	}
}

// split makes two slots of one that is full, and adds t. Where that is the last
// of all tasks, the full one stays full: in a list that grows at its end nothing
// follows into it.
func (s *Store) split(p place, t store.Task) {
	if last, _ := s.index.Load()[0].Max(); p.i == leafSize && last == p.slot {
		l := new(leaf)
		s.replace(nil, newSlot(t.ID, l, l.add(0, t)))
		return
	}
	const at = leafSize / 2
	left, leftState := p.leaf.splice(p.state, at, leafSize)
	right, rightState := p.leaf.splice(p.state, 0, at)
	if p.i < at {
		left, leftState = left.splice(leftState, p.i, p.i, t)
	} else {
		right, rightState = right.splice(rightState, p.i-at, p.i-at, t)
	}
	s.replace([]slot{p.slot}, newSlot(p.slot.first, left, leftState), newSlot(right.ids[0], right, rightState))
}

// merge makes one slot of sl, which is to have l, and of one beside it, where
// the tasks of both leave room in a leaf. It returns whether it did.
func (s *Store) merge(sl slot, l *leaf, own state) bool {
	if own.len() == 0 && sl.first != uuid.Nil {
		s.replace([]slot{sl}) // The one before has its place, too.
		return true
	}
	for _, beside := range s.index.Load().neighbors(sl) {
		other, others := beside.load()
		if own.len()+others.len() > leafSize*3/4 {
			continue
		}
		if before(sl.first, beside.first) {
			others = l.append(own, other, others, 0, others.len())
			s.replace([]slot{sl, beside}, newSlot(sl.first, l, others))
		} else {
			merged, state := other.splice(others, others.len(), others.len())
			state = merged.append(state, l, own, 0, own.len())
			s.replace([]slot{sl, beside}, newSlot(beside.first, merged, state))
		}
		return true
	}
	return false
}

// replace puts new slots in the place of old ones.
func (s *Store) replace(old []slot, new ...slot) {
	x := s.index.Load().copy(allKinds)
	for _, sl := range old {
		x.remove(sl, allKinds)
	}
	for _, sl := range new {
		_, state := sl.load()
		x.add(sl, state.kinds())
	}
	s.index.Store(x)
	s.changes.Add(1)
}
