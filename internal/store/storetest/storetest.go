// Package storetest holds the promises of store.Store as tests, one subtest a
// promise, for every store to run. It knows no store but through the interface.
package storetest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"example.com/tasks/internal/store"
)

// Run tests what open returns: for each subtest a store of its own, empty, which
// open has t.Cleanup close. The subtest of random calls logs its seed; that
// seed in the environment as STORETEST_SEED makes the same calls again.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, promise := range []struct {
		name string
		test func(*testing.T, store.Store)
	}{
		{"create adds the task as given", createAdds},
		{"create of a taken id is ErrExists and leaves the first task", createRefusesTakenID},
		{"create of one id by many succeeds once", createSucceedsOnce},
		{"titles come back byte for byte", titlesComeBack},
		{"a missing id is ErrNotFound and reaches no callback", missingIDs},

		{"list of an empty store has no tasks and no more", listEmpty},
		{"list is ordered by id as bytes", listIsOrdered},
		{"list goes on after an id that need not exist", listAfter},
		{"list finds the rare matches of a filter", listFilters},
		{"list says exactly whether more follow", listSaysMore},
		{"list agrees with a plain one on every small query", listEveryQuery},
		{"list returns pages that belong to the caller", listPagesAreOwned},
		{"list is the state at one moment", listIsOneMoment},
		{"a walk amid changes has all that stays exactly once", walkAmidChanges},

		{"update keeps and returns what change makes", updateKeeps},
		{"update moves a task between filters", updateMoves},
		{"update by many loses nothing", updateLosesNothing},
		{"update that change refuses changes nothing", updateRefused},
		{"update whose change panics changes nothing", updatePanics},
		{"update whose change touches the id panics", updateKeepsID},

		{"delete returns the last state and then ErrNotFound", deleteReturnsLast},
		{"delete by many succeeds once", deleteSucceedsOnce},
		{"delete that check refuses changes nothing", deleteRefused},
		{"delete whose check panics changes nothing", deletePanics},
		{"delete frees the id", deleteFreesID},

		{"conditions hold until what they allow is done", conditionsHold},
		{"a context that is done is returned and changes nothing", contextDone},
		{"random calls agree with a sorted slice", randomCalls},
	} {
		t.Run(promise.name, func(t *testing.T) { promise.test(t, open(t)) })
	}
}

// randomCalls also reaches what no other test thought of.
func randomCalls(t *testing.T, s store.Store) {
	seed := rand.Uint64()
	if env := os.Getenv("STORETEST_SEED"); env != "" {
		var err error
		if seed, err = strconv.ParseUint(env, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("STORETEST_SEED=%d makes the same calls again", seed)
	r := rand.New(rand.NewPCG(seed, 0))

	const ids, calls = 400, 4000
	var model []store.Task // Ordered by id.
	for call := range calls {
		u := id(r.IntN(ids))
		i, found := slices.BinarySearchFunc(model, store.Task{ID: u}, byID)
		var want store.Task
		wantErr := store.ErrNotFound
		if found {
			want, wantErr = model[i], nil
		}
		var verdict error // What the callback says.
		if r.IntN(4) == 0 {
			verdict = errRefused
		}

		var op string
		var got store.Task
		var err error
		switch r.IntN(8) {
		case 0, 1, 2:
			op = "Create"
			task := store.Task{ID: u, Title: strconv.Itoa(call), Done: r.IntN(3) == 0}
			err = s.Create(t.Context(), task)
			if found {
				want, wantErr = store.Task{}, store.ErrExists
			} else {
				model = slices.Insert(model, i, task)
				want, wantErr = store.Task{}, nil
			}
		case 3:
			op = "Get"
			got, err = s.Get(t.Context(), u)
		case 4:
			op = "Update"
			title, done := strconv.Itoa(call), r.IntN(2) == 0
			got, err = s.Update(t.Context(), u, func(task store.Task) (store.Task, error) {
				task.Title, task.Done = title, done
				return task, verdict
			})
			if found && verdict == nil {
				model[i].Title, model[i].Done = title, done
				want = model[i]
			}
			if found {
				wantErr = verdict
			}
		case 5:
			op = "Delete"
			got, err = s.Delete(t.Context(), u, func(store.Task) error { return verdict })
			if found && verdict == nil {
				model = slices.Delete(model, i, i+1)
			}
			if found {
				wantErr = verdict
			}
		default:
			q := store.Query{Limit: 1 + r.IntN(1<<r.IntN(10)), Descending: r.IntN(2) == 0}
			q.After = []*uuid.UUID{nil, &u, &u, &u}[r.IntN(4)]
			q.Done = []*bool{nil, yes, no}[r.IntN(3)]
			wantList(t, s, model, q)
			want, wantErr = store.Task{}, nil
		}
		if !errors.Is(err, wantErr) || err == nil && got != want {
			t.Errorf("%s(%s) = %v, %v, want %v, %v", op, u, got, err, want, wantErr)
		}
		if t.Failed() {
			t.Fatalf("at call %d of %d", call, calls)
		}
	}
	wantAll(t, s, model...)
}

var (
	errRefused = errors.New("refused")
	yes, no    = new(true), new(false)
)

func agree(store.Task) error { return nil }

func toggle(task store.Task) (store.Task, error) { task.Done = !task.Done; return task, nil }

// id returns the id that number turns into n; ids are ordered as their numbers.
func id(n int) (u uuid.UUID) {
	binary.BigEndian.PutUint64(u[8:], uint64(n))
	return u
}

func number(u uuid.UUID) int { return int(binary.BigEndian.Uint64(u[8:])) }

func byID(a, b store.Task) int { return bytes.Compare(a.ID[:], b.ID[:]) }

// queries returns every query that can be made of afters, limits, both
// directions and all filters.
func queries(afters []*uuid.UUID, limits ...int) (qs []store.Query) {
	for _, after := range afters {
		for _, limit := range limits {
			for _, done := range []*bool{nil, yes, no} {
				for _, desc := range []bool{false, true} {
					qs = append(qs, store.Query{Limit: limit, After: after, Done: done, Descending: desc})
				}
			}
		}
	}
	return qs
}

// plain is List over all, which is ordered by id, said as plainly as can be.
func plain(all []store.Task, q store.Query) (page []store.Task, more bool) {
	for _, task := range all {
		if q.Done == nil || *q.Done == task.Done {
			page = append(page, task)
		}
	}
	if q.Descending {
		slices.Reverse(page)
	}
	if q.After != nil {
		page = slices.DeleteFunc(page, func(task store.Task) bool {
			order := bytes.Compare(task.ID[:], q.After[:])
			return order == 0 || order < 0 != q.Descending
		})
	}
	return page[:min(q.Limit, len(page))], len(page) > q.Limit
}

func create(t *testing.T, s store.Store, tasks ...store.Task) {
	t.Helper()
	for _, task := range tasks {
		if err := s.Create(t.Context(), task); err != nil {
			t.Fatalf("Create(%v) = %v", task, err)
		}
	}
}

func remove(t *testing.T, s store.Store, u uuid.UUID) {
	t.Helper()
	if _, err := s.Delete(t.Context(), u, agree); err != nil {
		t.Fatalf("Delete(%s) = %v", u, err)
	}
}

func list(t *testing.T, s store.Store, q store.Query) (page []store.Task, more bool) {
	t.Helper()
	page, more, err := s.List(t.Context(), q)
	if err != nil {
		t.Errorf("%s = %v", describe(q), err)
	}
	return page, more
}

// wantTask says that Get returns want.
func wantTask(t *testing.T, s store.Store, want store.Task) {
	t.Helper()
	if got, err := s.Get(t.Context(), want.ID); err != nil || got != want {
		t.Errorf("Get(%s) = %+q, %t, %v, want %+q, %t", want.ID, got.Title, got.Done, err, want.Title, want.Done)
	}
}

// wantAll says that the store has just the tasks that are given in order of id.
func wantAll(t *testing.T, s store.Store, all ...store.Task) {
	t.Helper()
	for _, done := range []*bool{nil, yes, no} {
		wantList(t, s, all, store.Query{Limit: len(all) + 1, Done: done})
	}
}

// wantList says that q has the page that it would have of all.
func wantList(t *testing.T, s store.Store, all []store.Task, q store.Query) {
	t.Helper()
	want, wantMore := plain(all, q)
	got, more := list(t, s, q)
	if !slices.Equal(got, want) {
		t.Errorf("%s: page differs (-want +got):\n%s", describe(q), cmp.Diff(want, got))
	}
	if more != wantMore {
		t.Errorf("%s: more = %t, want %t", describe(q), more, wantMore)
	}
}

// wantNumbers says that q has the page of tasks with the numbers, which ends in
// "…" where more follow.
func wantNumbers(t *testing.T, s store.Store, q store.Query, want string) {
	t.Helper()
	page, more := list(t, s, q)
	var numbers []string
	for _, task := range page {
		if task.ID == uuid.Max {
			numbers = append(numbers, "max")
		} else {
			numbers = append(numbers, strconv.Itoa(number(task.ID)))
		}
	}
	if more {
		numbers = append(numbers, "…")
	}
	if got := strings.Join(numbers, " "); got != want {
		t.Errorf("%s = %q, want %q", describe(q), got, want)
	}
}

func describe(q store.Query) string {
	after, done, order := "the beginning", "all", "ascending"
	if q.After != nil {
		after = q.After.String()
	}
	if q.Done != nil {
		done = fmt.Sprintf("done=%t", *q.Done)
	}
	if q.Descending {
		order = "descending"
	}
	return fmt.Sprintf("List(%d after %s, %s, %s)", q.Limit, after, order, done)
}

// together runs f n times at once and returns how many times it was true.
func together(n int, f func(i int) bool) int {
	var wg sync.WaitGroup
	var count atomic.Int64
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			if f(i) {
				count.Add(1)
			}
		})
	}
	close(start)
	wg.Wait()
	return int(count.Load())
}

// wantPanic says that f panics, and that the store can be used then: used must
// not call t.FailNow, and is given 10 s.
func wantPanic(t *testing.T, f, used func()) (value any) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		func() {
			defer func() { value = recover() }()
			f()
		}()
		used()
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("the store is still locked 10 s after a panic")
	}
	if value == nil {
		t.Error("no panic")
	}
	return value
}
