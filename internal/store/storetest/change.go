package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"example.com/tasks/internal/store"
)

// fieldsAreKept has tasks with every field set and tasks with as few as can be.
func fieldsAreKept(t *testing.T, s store.Store) {
	tasks := []store.Task{{ID: id(0)}, filled(t, id(1), 1), filled(t, id(2), 2), filled(t, id(3), 3), {ID: uuid.Max}}
	create(t, s, tasks...)
	wantAll(t, s, tasks...)
	for _, task := range tasks {
		wantTask(t, s, task)
		got, err := s.Delete(t.Context(), task.ID, func(passed store.Task) error {
			if !same(passed, task) {
				t.Errorf("check is passed another task (-want +got):\n%s", cmp.Diff(task, passed))
			}
			return nil
		})
		if err != nil || !same(got, task) {
			t.Errorf("Delete: error %v, task (-want +got):\n%s", err, cmp.Diff(task, got))
		}
	}
}

func createRefusesTakenID(t *testing.T, s store.Store) {
	for n, done := range []bool{false, true} {
		first := store.Task{ID: id(n), Title: "first", Done: done}
		create(t, s, first)
		for _, second := range []store.Task{first, {ID: first.ID, Title: "second", Done: !done}} {
			if err := s.Create(t.Context(), second); !errors.Is(err, store.ErrExists) {
				t.Errorf("Create(%v) = %v, want ErrExists", second, err)
			}
		}
		wantTask(t, s, first)
	}
	wantNumbers(t, s, store.Query{Limit: 9}, "0 1")
}

func concurrentCreates(t *testing.T, s store.Store) {
	for n := range 50 {
		created := together(4, func(i int) bool {
			err := s.Create(t.Context(), store.Task{ID: id(n), Done: i%2 == 0})
			if err != nil && !errors.Is(err, store.ErrExists) {
				t.Errorf("Create = %v, want nil or ErrExists", err)
			}
			return err == nil
		})
		if created != 1 {
			t.Errorf("%d of 4 Creates with one id succeeded, want 1", created)
		}
	}
	if page, _ := list(t, s, store.Query{Limit: 99}); len(page) != 50 {
		t.Errorf("List has %d tasks, want 50", len(page))
	}
}

func titlesAreKept(t *testing.T, s store.Store) {
	for n, title := range []string{
		"", "a", "A", " spaces at both ends ", "\ttab\r\nlines\n", "\x01\x1b\x7f", "007", "1e3", "NULL", "true",
		`'; DROP TABLE tasks; -- "%_\`, "{}$1?:a@b",
		"caf\u00e9", "cafe\u0301", "a\u0307\u0323", "\ufb01\u212b\u00df\u0131\u0130", // Neither normalized nor folded.
		"שלום עולם", "\u202eright to left\u202c", "\u2066\u0645\u0631\u062d\u0628\u0627\u2069",
		"𝄞 𝒳 𠀀", "\ufffd", "\ufeffmarked", "\ufffe\uffff", "\u0080\u0085\u00a0\u200b\u200d", "\u2028\u2029",
		strings.Repeat("👩‍👩‍👧‍👦", 50), strings.Repeat("🎉", 200), strings.Repeat("\U0010ffff", 1000),
	} {
		created, updated := store.Task{ID: id(2 * n), Title: title}, store.Task{ID: id(2*n + 1)}
		create(t, s, created, updated)
		updated.Title = title
		set := func(task store.Task) (store.Task, error) { task.Title = title; return task, nil }
		if got, err := s.Update(t.Context(), updated.ID, set); err != nil || !same(got, updated) {
			t.Errorf("Update = %+q, %v, want %+q", got.Title, err, title)
		}
		wantTask(t, s, created)
		wantAll(t, s, created, updated)
		for _, task := range []store.Task{created, updated} {
			if got, err := s.Delete(t.Context(), task.ID, agree); err != nil || !same(got, task) {
				t.Errorf("Delete = %+q, %v, want %+q", got.Title, err, title)
			}
		}
	}
}

func unknownIDs(t *testing.T, s store.Store) {
	create(t, s, store.Task{ID: id(1)}, store.Task{ID: id(3), Done: true})
	for _, missing := range []uuid.UUID{uuid.Nil, id(2), id(4), uuid.Max} {
		_, err := s.Get(t.Context(), missing)
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Get(%s) = %v, want ErrNotFound", missing, err)
		}
		_, err = s.Update(t.Context(), missing, func(task store.Task) (store.Task, error) { t.Error("change was called"); return task, nil })
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Update(%s) = %v, want ErrNotFound", missing, err)
		}
		_, err = s.Delete(t.Context(), missing, func(store.Task) error { t.Error("check was called"); return nil })
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Delete(%s) = %v, want ErrNotFound", missing, err)
		}
	}
	wantNumbers(t, s, store.Query{Limit: 9}, "1 3")
}

func updateStores(t *testing.T, s store.Store) {
	before, after := store.Task{ID: id(1), Title: "before"}, store.Task{ID: id(3), Title: "after", Done: true}
	task := store.Task{ID: id(2)}
	create(t, s, before, task, after)
	for _, want := range []store.Task{
		{ID: task.ID, Title: "title"},
		{ID: task.ID, Title: "title", Done: true},
		{ID: task.ID, Title: "title", Done: true}, // Nothing changes.
		{ID: task.ID, Title: "title of a done one", Done: true},
		{ID: task.ID, Title: "both at once"},
		{ID: task.ID, Title: "both at once"}, // Nothing changes.
	} {
		got, err := s.Update(t.Context(), task.ID, func(passed store.Task) (store.Task, error) {
			if !same(passed, task) {
				t.Errorf("change is passed %v, want %v", passed, task)
			}
			return want, nil
		})
		if err != nil || !same(got, want) {
			t.Errorf("Update = %v, %v, want %v", got, err, want)
		}
		wantTask(t, s, want)
		wantAll(t, s, before, want, after)
		task = want
	}
}

func updateMoves(t *testing.T, s store.Store) {
	for n := range 6 {
		create(t, s, store.Task{ID: id(n)})
	}
	for _, step := range []struct {
		toggled    int
		done, open string
	}{
		{3, "3", "0 1 2 4 5"},
		{0, "0 3", "1 2 4 5"},
		{5, "0 3 5", "1 2 4"},
		{3, "0 5", "1 2 3 4"},
		{0, "5", "0 1 2 3 4"},
	} {
		if _, err := s.Update(t.Context(), id(step.toggled), toggle); err != nil {
			t.Errorf("Update = %v", err)
		}
		wantNumbers(t, s, store.Query{Limit: 9, Done: yes}, step.done)
		wantNumbers(t, s, store.Query{Limit: 9, Done: no}, step.open)
		wantNumbers(t, s, store.Query{Limit: 9}, "0 1 2 3 4 5")
	}
}

// updateChangesField changes each field on its own, and then back.
func updateChangesField(t *testing.T, s store.Store) {
	before := filled(t, id(1), 1)
	create(t, s, before)
	for name, after := range Changes(before, filled(t, id(1), 2)) {
		t.Run(name, func(t *testing.T) {
			last := before
			for _, next := range []store.Task{after, before} {
				got, err := s.Update(t.Context(), id(1), func(passed store.Task) (store.Task, error) {
					if !same(passed, last) {
						t.Errorf("change is passed another task (-want +got):\n%s", cmp.Diff(last, passed))
					}
					return next, nil
				})
				if err != nil || !same(got, next) {
					t.Errorf("Update: error %v, task (-want +got):\n%s", err, cmp.Diff(next, got))
				}
				wantTask(t, s, next)
				wantAll(t, s, next)
				last = next
			}
		})
	}
}

// concurrentUpdates toggles Done and appends a letter to the title in every
// update, so that Done always tells whether the title's length is odd.
func concurrentUpdates(t *testing.T, s store.Store) {
	const writers, each = 8, 40
	coherent := func(task store.Task) bool { return task.Done == (len(task.Title)%2 == 1) }
	create(t, s, store.Task{ID: id(1)})
	together(writers+1, func(i int) bool {
		letter := string(rune('a' + i))
		for range each {
			if i == writers { // Read what the others write.
				got, err := s.Get(t.Context(), id(1))
				if err != nil || !coherent(got) {
					t.Errorf("Get during updates = %v, %v", got, err)
				}
				page, more := list(t, s, store.Query{Limit: 2})
				if len(page) != 1 || more || !coherent(page[0]) {
					t.Errorf("List during updates = %v, %t", page, more)
				}
				continue
			}
			got, err := s.Update(t.Context(), id(1), func(task store.Task) (store.Task, error) {
				runtime.Gosched() // Let others in between, if the store does.
				task.Title += letter
				return toggle(task)
			})
			if err != nil || !coherent(got) || !strings.HasSuffix(got.Title, letter) {
				t.Errorf("Update by %s = %v, %v", letter, got, err)
			}
		}
		return true
	})
	got, err := s.Get(t.Context(), id(1))
	if err != nil || !coherent(got) || len(got.Title) != writers*each {
		t.Errorf("%d of %d updates were stored: %v, %v", len(got.Title), writers*each, got, err)
	}
	for i := range writers {
		if n := strings.Count(got.Title, string(rune('a'+i))); n != each {
			t.Errorf("%d of %d updates by %c were stored", n, each, 'a'+i)
		}
	}
}

func updateRefused(t *testing.T, s store.Store) {
	tasks := []store.Task{{ID: id(1), Title: "open"}, {ID: id(2), Title: "done", Done: true}}
	create(t, s, tasks...)
	for _, task := range tasks {
		for _, refused := range []store.Task{
			task,
			{ID: task.ID, Title: "changed", Done: task.Done},
			{ID: task.ID, Title: task.Title, Done: !task.Done},
			{ID: id(9), Title: "changed", Done: !task.Done},
			filled(t, task.ID, 2),
		} {
			_, err := s.Update(t.Context(), task.ID, func(store.Task) (store.Task, error) {
				return refused, fmt.Errorf("wrapped: %w", errRefused)
			})
			if !errors.Is(err, errRefused) {
				t.Errorf("Update = %v, want change's error", err)
			}
			wantTask(t, s, task)
		}
	}
	wantAll(t, s, tasks...)
}

func updatePanics(t *testing.T, s store.Store) {
	tasks := []store.Task{{ID: id(1), Title: "open"}, {ID: id(2), Title: "done", Done: true}}
	create(t, s, tasks...)
	for i, task := range tasks {
		value := wantPanic(t, func() {
			_, _ = s.Update(t.Context(), task.ID, func(store.Task) (store.Task, error) { panic("own") })
		}, func() {
			wantTask(t, s, task)
			wantAll(t, s, tasks...)
			got, err := s.Update(t.Context(), task.ID, toggle)
			if tasks[i].Done = !task.Done; err != nil || !same(got, tasks[i]) {
				t.Errorf("Update after a panic = %v, %v, want %v", got, err, tasks[i])
			}
		})
		if value != "own" {
			t.Errorf("Update panics with %v, want change's own", value)
		}
	}
}

func updateOfID(t *testing.T, s store.Store) {
	tasks := []store.Task{{ID: id(1), Title: "first"}, {ID: id(2), Title: "second", Done: true}}
	create(t, s, tasks...)
	for _, other := range []uuid.UUID{uuid.Nil, id(2), id(3)} {
		wantPanic(t, func() {
			_, _ = s.Update(t.Context(), id(1), func(task store.Task) (store.Task, error) { task.ID = other; return toggle(task) })
		}, func() {
			wantAll(t, s, tasks...)
		})
	}
}

func deleteReturnsTask(t *testing.T, s store.Store) {
	create(t, s, store.Task{ID: id(1)}, store.Task{ID: id(2), Title: "first"}, store.Task{ID: id(3), Done: true})
	last := store.Task{ID: id(2), Title: "last", Done: true}
	if _, err := s.Update(t.Context(), id(2), func(store.Task) (store.Task, error) { return last, nil }); err != nil {
		t.Errorf("Update = %v", err)
	}
	got, err := s.Delete(t.Context(), id(2), func(passed store.Task) error {
		if !same(passed, last) {
			t.Errorf("check is passed %v, want %v", passed, last)
		}
		return nil
	})
	if err != nil || !same(got, last) {
		t.Errorf("Delete = %v, %v, want %v", got, err, last)
	}
	if _, err := s.Delete(t.Context(), id(2), agree); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Delete again = %v, want ErrNotFound", err)
	}
	if _, err := s.Get(t.Context(), id(2)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Get of a deleted id = %v, want ErrNotFound", err)
	}
	if _, err := s.Update(t.Context(), id(2), toggle); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Update of a deleted id = %v, want ErrNotFound", err)
	}
	wantAll(t, s, store.Task{ID: id(1)}, store.Task{ID: id(3), Done: true})
}

func concurrentDeletes(t *testing.T, s store.Store) {
	for n := range 50 {
		want := store.Task{ID: id(n), Title: "title", Done: n%2 == 0}
		create(t, s, want)
		deleted := together(4, func(int) bool {
			got, err := s.Delete(t.Context(), want.ID, agree)
			if err == nil && !same(got, want) || err != nil && !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Delete = %v, %v, want %v or ErrNotFound", got, err, want)
			}
			return err == nil
		})
		if deleted != 1 {
			t.Errorf("%d of 4 Deletes of one task succeeded, want 1", deleted)
		}
	}
	wantAll(t, s)
}

func deleteRefused(t *testing.T, s store.Store) {
	tasks := []store.Task{{ID: id(1), Title: "open"}, {ID: id(2), Title: "done", Done: true}}
	create(t, s, tasks...)
	for _, task := range tasks {
		_, err := s.Delete(t.Context(), task.ID, func(store.Task) error { return fmt.Errorf("wrapped: %w", errRefused) })
		if !errors.Is(err, errRefused) {
			t.Errorf("Delete = %v, want check's error", err)
		}
		wantTask(t, s, task)
	}
	wantAll(t, s, tasks...)
}

func deletePanics(t *testing.T, s store.Store) {
	task := store.Task{ID: id(1), Title: "title"}
	create(t, s, task)
	value := wantPanic(t, func() {
		_, _ = s.Delete(t.Context(), task.ID, func(store.Task) error { panic("own") })
	}, func() {
		wantAll(t, s, task)
		if got, err := s.Delete(t.Context(), task.ID, agree); err != nil || !same(got, task) {
			t.Errorf("Delete after a panic = %v, %v, want %v", got, err, task)
		}
	})
	if value != "own" {
		t.Errorf("Delete panics with %v, want check's own", value)
	}
}

func deleteFreesID(t *testing.T, s store.Store) {
	for n := range 4 {
		task := store.Task{ID: id(1), Title: fmt.Sprint(n), Done: n%2 == 1}
		create(t, s, task)
		wantAll(t, s, task)
		remove(t, s, task.ID)
		wantAll(t, s)
	}
}

// conditionsHold has two updates and two deletes compete for a free task. Only
// one of the four may find it free.
func conditionsHold(t *testing.T, s store.Store) {
	ifFree := func(task store.Task) error {
		runtime.Gosched() // Let others in between, if the store does.
		if task.Title != "free" {
			return errRefused
		}
		return nil
	}
	for n := range 100 {
		create(t, s, store.Task{ID: id(n), Title: "free"})
		succeeded := together(4, func(i int) bool {
			var err error
			if i%2 == 0 {
				_, err = s.Delete(t.Context(), id(n), ifFree)
			} else {
				_, err = s.Update(t.Context(), id(n), func(task store.Task) (store.Task, error) {
					if err := ifFree(task); err != nil {
						return task, err
					}
					task.Title = "taken"
					return task, nil
				})
			}
			if err != nil && !errors.Is(err, errRefused) && !errors.Is(err, store.ErrNotFound) {
				t.Errorf("error %v, want nil, the callback's or ErrNotFound", err)
			}
			return err == nil
		})
		if succeeded != 1 {
			t.Errorf("%d of 4 found one task free, want 1", succeeded)
		}
	}
}

// conditionsHoldForFields changes one field of a task while the callback of
// another call, which has seen the task already, is still running. A store may
// have the change wait. Otherwise it must call back again, to be refused.
func conditionsHoldForFields(t *testing.T, s store.Store) {
	const patience = 50 * time.Millisecond // For a store that has the change wait.
	before := filled(t, id(1), 1)
	unchanged := func(task store.Task) error {
		if !same(task, before) {
			return errRefused
		}
		return nil
	}
	update := func(after store.Task, condition func(store.Task) error) error {
		_, err := s.Update(t.Context(), id(1), func(task store.Task) (store.Task, error) { return after, condition(task) })
		return err
	}
	for name, changed := range Changes(before, filled(t, id(1), 2)) {
		if same(before, changed) { // The id, which no update changes.
			continue
		}
		for call, do := range map[string]func(condition func(store.Task) error) error{
			"Update": func(condition func(store.Task) error) error { return update(filled(t, id(1), 3), condition) },
			"Delete": func(condition func(store.Task) error) error {
				_, err := s.Delete(t.Context(), id(1), condition)
				return err
			},
		} {
			create(t, s, before)
			var once sync.Once
			done := make(chan error, 1)
			err := do(func(task store.Task) error {
				once.Do(func() {
					go func() { done <- update(changed, unchanged) }()
					for start := time.Now(); len(done) == 0 && time.Since(start) < patience; {
						time.Sleep(patience / 50)
					}
				})
				return unchanged(task)
			})
			otherErr := <-done
			refused := errors.Is(err, errRefused) && otherErr == nil
			first := err == nil && (errors.Is(otherErr, errRefused) || errors.Is(otherErr, store.ErrNotFound))
			if !refused && !first {
				t.Errorf("%s = %v, and Update of %s meanwhile = %v, want one to succeed and one to be refused", call, err, name, otherErr)
			}
			if call == "Update" || err != nil {
				remove(t, s, id(1))
			}
		}
	}
}

func contextDone(t *testing.T, s store.Store) {
	task := store.Task{ID: id(1), Title: "title"}
	create(t, s, task)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	for _, ctx := range []context.Context{cancelled, expired} {
		want := func(call string, err error) {
			t.Helper()
			if !errors.Is(err, ctx.Err()) {
				t.Errorf("%s = %v, want %v", call, err, ctx.Err())
			}
		}
		for _, u := range []uuid.UUID{task.ID, id(2)} {
			want("Create", s.Create(ctx, store.Task{ID: u, Done: true}))
			_, err := s.CreateOnce(ctx, store.Task{ID: u}, key("k"))
			want("CreateOnce", err)
			_, err = s.Get(ctx, u)
			want("Get", err)
			_, _, err = s.List(ctx, store.Query{Limit: 1})
			want("List", err)
			_, err = s.Update(ctx, u, func(task store.Task) (store.Task, error) { t.Error("change was called"); return toggle(task) })
			want("Update", err)
			_, err = s.Delete(ctx, u, func(store.Task) error { t.Error("check was called"); return nil })
			want("Delete", err)
		}
		_, err := s.Len(ctx)
		want("Len", err)
	}
	wantAll(t, s, task)
}
