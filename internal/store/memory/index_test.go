package memory

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
)

// TestIndex has random calls, in each of which some kind prevails, and looks at
// what no caller sees: that every tree has just the slots of its kind, every
// slot just the tasks of its place, and that leaves are neither lost nor kept
// when they empty.
func TestIndex(t *testing.T) {
	const ids = 10_000
	s, r := New(), rand.New(rand.NewPCG(1, 2))
	have := map[uuid.UUID]store.Task{}
	random := func() (u uuid.UUID) {
		binary.BigEndian.PutUint64(u[8:], uint64(r.IntN(ids)))
		return u
	}
	for _, mostly := range []string{"create", "toggle", "delete", "create", "retitle", "delete"} {
		for call := range 6 * ids {
			u, do := random(), mostly
			if call%4 == 0 {
				do = []string{"create", "toggle", "retitle", "delete"}[r.IntN(4)]
			}
			task, found := have[u]
			switch do {
			case "create":
				task = store.Task{ID: u, Title: "new", Done: r.IntN(50) == 0}
				if err := s.Create(t.Context(), task); (err != nil) != found {
					t.Fatalf("Create(%s) = %v", u, err)
				}
				if !found {
					have[u] = task
				}
				continue
			case "delete":
				_, _ = s.Delete(t.Context(), u, func(store.Task) error { return nil })
				delete(have, u)
				continue
			case "toggle":
				task.Done = !task.Done
			case "retitle":
				task.Title = fmt.Sprint(mostly, call)
			}
			_, _ = s.Update(t.Context(), u, func(store.Task) (store.Task, error) { return task, nil })
			if found {
				have[u] = task
			}
		}
		checkIndex(t, s, have)
	}
}

// TestIndexOfDescendingTasks creates tasks each before the last one, behind a
// leaf that stays full.
func TestIndexOfDescendingTasks(t *testing.T) {
	s, have := New(), map[uuid.UUID]store.Task{}
	const n = 100 * leafSize
	for i := range n {
		if i >= leafSize {
			i = n + leafSize - i
		}
		add(t, s, have, i)
	}
	checkIndex(t, s, have)
}

// TestIndexDropsEmptyLeaves empties every second leaf, between full ones.
func TestIndexDropsEmptyLeaves(t *testing.T) {
	s, have := New(), map[uuid.UUID]store.Task{}
	for i := range 100 * leafSize {
		add(t, s, have, i)
	}
	for i := range 100 * leafSize {
		if i/leafSize%2 == 1 {
			remove(t, s, have, i)
		}
	}
	checkIndex(t, s, have)
	if n := s.index.Load()[0].Len(); n != 50 {
		t.Errorf("%d slots for 50 full leaves", n)
	}
}

// add creates a task whose id has a number at its end, in s and have alike.
func add(t *testing.T, s *Store, have map[uuid.UUID]store.Task, i int) {
	t.Helper()
	task := store.Task{ID: uuid.UUID{14: byte(i >> 8), 15: byte(i)}}
	if err := s.Create(t.Context(), task); err != nil {
		t.Fatal(err)
	}
	have[task.ID] = task
}

func remove(t *testing.T, s *Store, have map[uuid.UUID]store.Task, i int) {
	t.Helper()
	u := uuid.UUID{14: byte(i >> 8), 15: byte(i)}
	if _, err := s.Delete(t.Context(), u, func(store.Task) error { return nil }); err != nil {
		t.Fatal(err)
	}
	delete(have, u)
}

// TestIndexShrinks deletes in order all tasks but a few, so that each leaf has a
// full one on one side when it empties.
func TestIndexShrinks(t *testing.T) {
	const n = 100 * leafSize
	for _, descending := range []bool{false, true} {
		s, have := New(), map[uuid.UUID]store.Task{}
		for i := range n {
			add(t, s, have, i)
		}
		for i := range n {
			if descending {
				i = n - 1 - i
			}
			if i%leafSize != leafSize/2 {
				remove(t, s, have, i)
			}
		}
		checkIndex(t, s, have)
	}
}

func checkIndex(t *testing.T, s *Store, have map[uuid.UUID]store.Task) {
	t.Helper()
	x := s.index.Load()
	slots := x[0].Items()
	seen := 0
	for n, sl := range slots {
		l, state := sl.load()
		for i, tree := range x {
			if _, has := tree.Get(sl); has != (state.kinds()>>i&1 == 1) {
				t.Errorf("tree %d has slot %d: %t, and its kinds are %b", i, n, has, state.kinds())
			}
		}
		for i := range state.len() {
			task := l.task(state, i)
			switch {
			case have[task.ID] != task:
				t.Errorf("slot %d has %v, want %v", n, task, have[task.ID])
			case before(task.ID, sl.first), n+1 < len(slots) && !before(task.ID, slots[n+1].first):
				t.Errorf("slot %d has %s of another", n, task.ID)
			case i > 0 && !before(l.ids[i-1], task.ID):
				t.Errorf("slot %d is not in order", n)
			}
			seen++
		}
	}
	if seen != len(have) || int(s.count.Load()) != len(have) {
		t.Errorf("%d tasks in leaves, %d counted, want %d", seen, s.count.Load(), len(have))
	}
	if x[1].Len() > len(slots) || x[2].Len() > len(slots) {
		t.Errorf("trees of %d, %d and %d slots", len(slots), x[1].Len(), x[2].Len())
	}
	t.Logf("%d tasks in %d slots", len(have), len(slots))
	if len(slots) > len(have)/(leafSize/4) {
		t.Errorf("%d slots for %d tasks", len(slots), len(have))
	}
}
