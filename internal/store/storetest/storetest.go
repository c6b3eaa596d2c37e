// Package storetest tests that a store keeps the promises of store.Store, one
// subtest a promise. It calls a store through the interface only.
package storetest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
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

// Run tests stores that open returns, a new and empty one for each subtest. It
// is for open to have t.Cleanup close them. The subtest of random calls logs its
// seed; it repeats them if the environment has that seed as STORETEST_SEED.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, promise := range []struct {
		name string
		test func(*testing.T, store.Store)
	}{
		{"Create stores every field, and Get, List and Delete return it", fieldsAreKept},
		{"Create returns ErrExists for an id in use and leaves its task alone", createRefusesTakenID},
		{"one of concurrent Creates with one id succeeds", concurrentCreates},
		{"titles are kept byte for byte", titlesAreKept},
		{"an unknown id is ErrNotFound and reaches no callback", unknownIDs},

		{"CreateOnce creates the task", onceCreates},
		{"CreateOnce repeated returns the first task as it was created", onceRepeats},
		{"CreateOnce returns ErrKeyReused for a task that differs in any field", onceRefusesAnother},
		{"CreateOnce tells keys of different owners apart", onceDistinguishesOwners},
		{"CreateOnce returns ErrExists for an id in use and does not use the key", onceRefusesTakenID},
		{"CreateOnce forgets keys after their life", onceForgets},
		{"one of concurrent CreateOnces with one key creates", concurrentOnces},
		{"Len counts all tasks", lenCounts},
		{"a new store is ready", isReady},

		{"List of an empty store is an empty last page", listEmpty},
		{"List is ordered by id as bytes", listIsOrdered},
		{"List continues after an id that need not exist", listAfter},
		{"List finds the rare matches of a filter", listFilters},
		{"List reports whether more tasks follow", listReportsMore},
		{"List agrees with a sorted slice on every small query", listEveryQuery},
		{"List returns pages that the caller owns", listPagesAreOwned},
		{"List is a snapshot", listIsSnapshot},
		{"a walk during changes returns every task that stays exactly once", walkDuringChanges},

		{"Update stores and returns what change returns", updateStores},
		{"Update changes one field and keeps the others", updateChangesField},
		{"Update moves a task between filters", updateMoves},
		{"concurrent Updates lose nothing", concurrentUpdates},
		{"Update changes nothing if change returns an error", updateRefused},
		{"Update changes nothing if change panics", updatePanics},
		{"Update panics if change changes the id", updateOfID},

		{"Delete returns the task as it last was, then ErrNotFound", deleteReturnsTask},
		{"one of concurrent Deletes of one task succeeds", concurrentDeletes},
		{"Delete changes nothing if check returns an error", deleteRefused},
		{"Delete changes nothing if check panics", deletePanics},
		{"Delete frees the id", deleteFreesID},

		{"a condition that allows a change holds when it is made", conditionsHold},
		{"a condition on any field holds when the change is made", conditionsHoldForFields},
		{"a done context is reported and changes nothing", contextDone},
		{"random calls agree with a sorted slice", randomCalls},
	} {
		t.Run(promise.name, func(t *testing.T) { promise.test(t, open(t)) })
	}
}

// randomCalls reaches states that no other test has thought of.
func randomCalls(t *testing.T, s store.Store) {
	seed := rand.Uint64()
	if env := os.Getenv("STORETEST_SEED"); env != "" {
		var err error
		if seed, err = strconv.ParseUint(env, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("STORETEST_SEED=%d repeats these calls", seed)
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
		var verdict error // What the callback returns.
		if r.IntN(4) == 0 {
			verdict = errRefused
		}

		var op string
		var got store.Task
		var err error
		switch r.IntN(8) {
		case 0, 1, 2:
			op = "Create"
			task := filled(t, u, 1+r.IntN(3))
			task.Title, task.Done = strconv.Itoa(call), r.IntN(3) == 0
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
			task := filled(t, u, 1+r.IntN(3))
			task.Title, task.Done = strconv.Itoa(call), r.IntN(2) == 0
			got, err = s.Update(t.Context(), u, func(store.Task) (store.Task, error) { return task, verdict })
			if found && verdict == nil {
				model[i], want = task, task
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
		if !errors.Is(err, wantErr) || err == nil && !same(got, want) {
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

// filled returns a task with the id whose other fields have the nth of their
// values.
func filled(t *testing.T, u uuid.UUID, n int) store.Task {
	t.Helper()
	task := Filled[store.Task](t, n)
	task.ID = u
	return task
}

// same reports whether two tasks are equal: pointers by what they point to, and
// times as instants, which is what only the slower cmp.Equal does.
func same(a, b store.Task) bool { return reflect.DeepEqual(a, b) || cmp.Equal(a, b) }

// id returns the id with the number n. Ids are ordered as their numbers are.
func id(n int) (u uuid.UUID) {
	binary.BigEndian.PutUint64(u[8:], uint64(n))
	return u
}

func number(u uuid.UUID) int { return int(binary.BigEndian.Uint64(u[8:])) }

func byID(a, b store.Task) int { return bytes.Compare(a.ID[:], b.ID[:]) }

// queries returns every combination of afters, limits, filters and directions.
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

// plain is a plain implementation of List over all tasks, which are in order.
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
		t.Errorf("%s = %v", format(q), err)
	}
	return page, more
}

// wantTask reports an error unless Get returns want.
func wantTask(t *testing.T, s store.Store, want store.Task) {
	t.Helper()
	if got, err := s.Get(t.Context(), want.ID); err != nil || !same(got, want) {
		t.Errorf("Get(%s): error %v, task (-want +got):\n%s", want.ID, err, cmp.Diff(want, got))
	}
}

// wantAll reports an error unless the store has exactly these tasks, which are
// in order.
func wantAll(t *testing.T, s store.Store, all ...store.Task) {
	t.Helper()
	for _, done := range []*bool{nil, yes, no} {
		wantList(t, s, all, store.Query{Limit: len(all) + 1, Done: done})
	}
}

// wantList reports an error unless List returns what plain does.
func wantList(t *testing.T, s store.Store, all []store.Task, q store.Query) {
	t.Helper()
	want, wantMore := plain(all, q)
	got, more := list(t, s, q)
	if !slices.EqualFunc(got, want, same) {
		t.Errorf("%s: page (-want +got):\n%s", format(q), cmp.Diff(want, got))
	}
	if more != wantMore {
		t.Errorf("%s: more = %t, want %t", format(q), more, wantMore)
	}
}

// wantNumbers reports an error unless List returns the tasks with the numbers,
// followed by "…" if more follow.
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
		t.Errorf("%s = %q, want %q", format(q), got, want)
	}
}

// format returns a query as a call of List.
func format(q store.Query) string {
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

// together calls f n times concurrently and returns how often it was true.
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

// wantPanic returns what f panics with, and reports an error if it does not. Then
// it calls use, which must not call t.FailNow, and fails if the store does not
// let it return within 10 s.
func wantPanic(t *testing.T, f, use func()) (value any) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		func() {
			defer func() { value = recover() }()
			f()
		}()
		use()
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("the store is still locked 10 s after a panic")
	}
	if value == nil {
		t.Error("there was no panic")
	}
	return value
}
