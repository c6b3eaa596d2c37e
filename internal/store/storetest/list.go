package storetest

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"example.com/tasks/internal/store"
)

func listEmpty(t *testing.T, s store.Store) {
	for _, q := range queries([]*uuid.UUID{nil, &uuid.Nil, new(id(1)), &uuid.Max}, 1, 1000) {
		wantNumbers(t, s, q, "")
	}
}

// listIsOrdered has ids that differ in one byte each, so that a byte that is
// ignored, compared as signed or compared out of turn shows.
func listIsOrdered(t *testing.T, s store.Store) {
	tasks := []store.Task{{ID: uuid.Nil}, {ID: uuid.Max, Done: true}}
	for i := range uuid.Nil {
		for n, b := range []byte{0x01, 0x0f, 0x7f, 0x80, 0xf0} {
			var u uuid.UUID
			u[i] = b
			tasks = append(tasks, store.Task{ID: u, Done: (i+n)%2 == 0})
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	r.Shuffle(len(tasks), func(i, j int) { tasks[i], tasks[j] = tasks[j], tasks[i] })
	create(t, s, tasks...)
	slices.SortFunc(tasks, byID)
	for _, q := range queries([]*uuid.UUID{nil, &tasks[40].ID}, 3, 1000) {
		wantList(t, s, tasks, q)
	}
}

func listAfter(t *testing.T, s store.Store) {
	for _, n := range []int{10, 20, 25, 30, 40} {
		create(t, s, store.Task{ID: id(n), Done: n == 20 || n == 40})
	}
	remove(t, s, id(25))
	for _, tt := range []struct {
		after             uuid.UUID
		all, done         string
		allDesc, doneDesc string
	}{
		{after: uuid.Nil, all: "10 20 30 40", done: "20 40"},
		{after: id(5), all: "10 20 30 40", done: "20 40"},
		{after: id(10), all: "20 30 40", done: "20 40"},
		{after: id(15), all: "20 30 40", done: "20 40", allDesc: "10"},
		{after: id(20), all: "30 40", done: "40", allDesc: "10"},
		{after: id(25), all: "30 40", done: "40", allDesc: "20 10", doneDesc: "20"}, // Deleted.
		{after: id(30), all: "40", done: "40", allDesc: "20 10", doneDesc: "20"},
		{after: id(40), allDesc: "30 20 10", doneDesc: "20"},
		{after: id(45), allDesc: "40 30 20 10", doneDesc: "40 20"},
		{after: uuid.Max, allDesc: "40 30 20 10", doneDesc: "40 20"},
	} {
		wantNumbers(t, s, store.Query{Limit: 9, After: &tt.after}, tt.all)
		wantNumbers(t, s, store.Query{Limit: 9, After: &tt.after, Done: yes}, tt.done)
		wantNumbers(t, s, store.Query{Limit: 9, After: &tt.after, Descending: true}, tt.allDesc)
		wantNumbers(t, s, store.Query{Limit: 9, After: &tt.after, Descending: true, Done: yes}, tt.doneDesc)
	}

	// The smallest and the largest id are ids like all others.
	create(t, s, store.Task{ID: uuid.Nil, Done: true}, store.Task{ID: uuid.Max})
	wantNumbers(t, s, store.Query{Limit: 9}, "0 10 20 30 40 max")
	wantNumbers(t, s, store.Query{Limit: 9, After: &uuid.Nil}, "10 20 30 40 max")
	wantNumbers(t, s, store.Query{Limit: 9, After: &uuid.Max}, "")
	wantNumbers(t, s, store.Query{Limit: 9, Descending: true}, "max 40 30 20 10 0")
	wantNumbers(t, s, store.Query{Limit: 9, Descending: true, After: &uuid.Max}, "40 30 20 10 0")
	wantNumbers(t, s, store.Query{Limit: 9, Descending: true, After: &uuid.Nil}, "")
}

func listFilters(t *testing.T, s store.Store) {
	for n := range 300 {
		create(t, s, store.Task{ID: id(n), Done: n == 7 || n == 150 || n == 299})
	}
	for _, tt := range []struct {
		q    store.Query
		want string
	}{
		{store.Query{Limit: 9, Done: yes}, "7 150 299"},
		{store.Query{Limit: 9, Done: yes, Descending: true}, "299 150 7"},
		{store.Query{Limit: 1, Done: yes, After: new(id(7))}, "150 …"},
		{store.Query{Limit: 1, Done: yes, After: new(id(298)), Descending: true}, "150 …"},
		{store.Query{Limit: 1, Done: yes, After: new(id(150))}, "299"},
		{store.Query{Limit: 4, Done: no, After: new(id(5))}, "6 8 9 10 …"},
		{store.Query{Limit: 4, Done: no, After: new(id(152)), Descending: true}, "151 149 148 147 …"},
		{store.Query{Limit: 4, After: new(id(152)), Descending: true}, "151 150 149 148 …"},
	} {
		wantNumbers(t, s, tt.q, tt.want)
	}
}

func listReportsMore(t *testing.T, s store.Store) {
	for n := range 8 {
		create(t, s, store.Task{ID: id(n), Done: n == 3 || n == 7})
	}
	for _, tt := range []struct {
		q    store.Query
		want string
	}{
		{store.Query{Limit: 7}, "0 1 2 3 4 5 6 …"},
		{store.Query{Limit: 8}, "0 1 2 3 4 5 6 7"},
		{store.Query{Limit: 9}, "0 1 2 3 4 5 6 7"},
		{store.Query{Limit: 2, After: new(id(4))}, "5 6 …"},
		{store.Query{Limit: 2, After: new(id(5))}, "6 7"},
		{store.Query{Limit: 2, After: new(id(6))}, "7"},
		{store.Query{Limit: 2, After: new(id(7))}, ""},
		{store.Query{Limit: 2, Descending: true, After: new(id(3))}, "2 1 …"},
		{store.Query{Limit: 2, Descending: true, After: new(id(2))}, "1 0"},
		{store.Query{Limit: 2, Descending: true, After: new(id(1))}, "0"},
		{store.Query{Limit: 2, Descending: true, After: new(id(0))}, ""},
		{store.Query{Limit: 1, Done: yes}, "3 …"},
		{store.Query{Limit: 2, Done: yes}, "3 7"},
		{store.Query{Limit: 3, Done: no, After: new(id(1))}, "2 4 5 …"},
		{store.Query{Limit: 4, Done: no, After: new(id(1))}, "2 4 5 6"}, // Only a done one follows.
		{store.Query{Limit: 1, Done: yes, Descending: true}, "7 …"},
		{store.Query{Limit: 1, Done: yes, Descending: true, After: new(id(6))}, "3"},
	} {
		wantNumbers(t, s, tt.q, tt.want)
	}
}

func listEveryQuery(t *testing.T, s store.Store) {
	const n = 9
	var all []store.Task
	afters := []*uuid.UUID{nil, &uuid.Max}
	for i := range n {
		all = append(all, store.Task{ID: id(2*i + 1), Done: i%3 == 1})
		afters = append(afters, new(id(2*i)), new(id(2*i+1)))
	}
	create(t, s, all...)
	for _, q := range queries(afters, 1, 2, 3, n-1, n, n+1) {
		wantList(t, s, all, q)
	}
}

func listPagesAreOwned(t *testing.T, s store.Store) {
	all := []store.Task{{ID: id(1), Title: "a"}, {ID: id(2), Title: "b", Done: true}, {ID: id(3), Title: "c"}}
	create(t, s, all...)
	for _, q := range queries([]*uuid.UUID{nil, new(id(1)), new(id(3))}, 1, 2, 3) {
		page, _ := list(t, s, q)
		other, _ := list(t, s, q)
		want := slices.Clone(other)
		page = page[:cap(page)] // The caller owns what append would write to, too.
		for i := range page {
			page[i] = store.Task{ID: id(9), Title: "changed", Done: !page[i].Done}
		}
		if !slices.EqualFunc(other, want, same) {
			t.Errorf("%s: changing one page changed another (-want +got):\n%s", format(q), cmp.Diff(want, other))
		}
		wantAll(t, s, all...)
	}
}

// listIsSnapshot has one task or two come and go among others that stay. A page
// that mixes the states of several moments can have none of the two, or more.
func listIsSnapshot(t *testing.T, s store.Store) {
	const stay = 900
	for n := range stay {
		create(t, s, store.Task{ID: id(n << 53)}) // Spread evenly among those that come and go.
	}
	r := rand.New(rand.NewPCG(2, 2))
	last := id(r.Int())
	create(t, s, store.Task{ID: last})

	stop := make(chan struct{})
	var wg sync.WaitGroup
	for _, desc := range []bool{false, true} {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				page, more := list(t, s, store.Query{Limit: stay + 3, Descending: desc})
				if n := len(page) - stay; n < 1 || n > 2 || more {
					t.Errorf("List has %d tasks besides those that stay, more = %t, want one or two", n, more)
					return
				}
				ids := map[uuid.UUID]bool{}
				for _, task := range page {
					ids[task.ID] = true
				}
				if len(ids) != len(page) {
					t.Errorf("List has %d of %d tasks twice", len(page)-len(ids), len(page))
					return
				}
			}
		})
	}
	defer wg.Wait()
	defer close(stop)

	for n, start := 0, time.Now(); n < 100 || time.Since(start) < time.Second/2; n++ {
		next := id(r.Int())
		create(t, s, store.Task{ID: next, Done: n%2 == 0})
		if _, err := s.Update(t.Context(), next, toggle); err != nil {
			t.Errorf("Update = %v", err)
		}
		remove(t, s, last)
		last = next
	}
}

// walkDuringChanges has, of every four tasks, one that stays open, one that stays
// done, one that is toggled, and one that comes and goes.
func walkDuringChanges(t *testing.T, s store.Store) {
	const tasks = 400
	const (
		staysOpen = iota
		staysDone
		isToggled
		comesAndGoes
		fates
	)
	fate := func(u uuid.UUID) int { return number(u) % fates }
	for n := range tasks {
		create(t, s, store.Task{ID: id(n), Done: fate(id(n)) == staysDone})
	}
	disturb := func(u uuid.UUID) {
		var err error
		switch fate(u) {
		case isToggled:
			_, err = s.Update(t.Context(), u, toggle)
		case comesAndGoes:
			err = s.Create(t.Context(), store.Task{ID: u, Done: number(u)%8 < fates})
			if errors.Is(err, store.ErrExists) {
				_, err = s.Delete(t.Context(), u, agree)
			}
			if errors.Is(err, store.ErrNotFound) { // Another goroutine was faster.
				err = nil
			}
		default:
			_, err = s.Update(t.Context(), u, func(task store.Task) (store.Task, error) { task.Title = "retitled"; return task, nil })
		}
		if err != nil {
			t.Errorf("change during a walk: %v", err)
		}
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i := range uint64(2) {
		wg.Go(func() {
			for r := rand.New(rand.NewPCG(3, i)); ; {
				select {
				case <-stop:
					return
				default:
					disturb(id(r.IntN(tasks)))
				}
			}
		})
	}
	defer wg.Wait()
	defer close(stop)

	for _, q := range queries([]*uuid.UUID{nil}, 1, 7) {
		stays := func(u uuid.UUID) bool {
			switch fate(u) {
			case staysOpen:
				return q.Done == nil || !*q.Done
			case staysDone:
				return q.Done == nil || *q.Done
			case isToggled:
				return q.Done == nil
			default:
				return false
			}
		}
		var want, got []uuid.UUID
		for n := range tasks {
			if stays(id(n)) {
				want = append(want, id(n))
			}
		}
		if q.Descending {
			slices.Reverse(want)
		}
		walk := q
		for more := true; more; {
			var page []store.Task
			page, more = list(t, s, walk)
			if len(page) > q.Limit || more && len(page) < q.Limit {
				t.Fatalf("%s has %d tasks, more = %t", format(walk), len(page), more)
			}
			for _, task := range page {
				if q.Done != nil && task.Done != *q.Done {
					t.Fatalf("%s has %v", format(walk), task)
				}
				if after := walk.After; after != nil && (task.ID == *after || byID(task, store.Task{ID: *after}) < 0 != q.Descending) {
					t.Fatalf("%s has %s", format(walk), task.ID)
				}
				walk.After = &task.ID
				if stays(task.ID) {
					got = append(got, task.ID)
				}
			}
			if more && fate(*walk.After) == comesAndGoes {
				disturb(*walk.After)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s: the tasks that stay (-want +got):\n%s", format(q), diff)
		}
	}
}
