package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
)

// noon is when keys are used, unless a test says otherwise.
var noon = time.Date(2026, time.November, 25, 12, 0, 0, 0, time.UTC)

func key(value string) store.Key { return store.Key{Owner: "owner", Value: value, Now: noon} }

// wantOnce checks that CreateOnce with the key returns want.
func wantOnce(t *testing.T, s store.Store, task store.Task, k store.Key, want store.Task) {
	t.Helper()
	if got, err := s.CreateOnce(t.Context(), task, k); err != nil || !same(got, want) {
		t.Errorf("CreateOnce(%v, %v) = %v, %v, want %v", task, k, got, err, want)
	}
}

func onceCreates(t *testing.T, s store.Store) {
	for n, value := range []string{"a", "A", "0", strings.Repeat("~", 255), `!"'%_\`} {
		task := filled(t, id(n), n+1)
		wantOnce(t, s, task, key(value), task)
		wantTask(t, s, task)
	}
	wantNumbers(t, s, store.Query{Limit: 9}, "0 1 2 3 4")
}

func onceRepeats(t *testing.T, s store.Store) {
	first, again := filled(t, id(1), 1), filled(t, id(2), 1) // They share no pointers.
	wantOnce(t, s, first, key("k"), first)
	wantOnce(t, s, again, key("k"), first)
	if _, err := s.Update(t.Context(), first.ID, toggle); err != nil {
		t.Fatal(err)
	}
	wantOnce(t, s, again, key("k"), first) // As it was created, although it has changed
	remove(t, s, first.ID)
	wantOnce(t, s, again, key("k"), first) // or gone.
	wantNumbers(t, s, store.Query{Limit: 9}, "")
}

func onceRefusesAnother(t *testing.T, s store.Store) {
	first := filled(t, id(1), 1)
	wantOnce(t, s, first, key("k"), first)
	for field, other := range Changes(first, filled(t, id(2), 2)) {
		if field == "ID" {
			continue
		}
		other.ID = id(2)
		if _, err := s.CreateOnce(t.Context(), other, key("k")); !errors.Is(err, store.ErrKeyReused) {
			t.Errorf("CreateOnce with another %s = %v, want ErrKeyReused", field, err)
		}
	}
	wantAll(t, s, first)
	wantOnce(t, s, first, key("k"), first)
}

func onceDistinguishesOwners(t *testing.T, s store.Store) {
	for n, owner := range []string{"", "a", "b"} {
		task := filled(t, id(n), n+1)
		wantOnce(t, s, task, store.Key{Owner: owner, Value: "k", Now: noon}, task)
	}
	wantNumbers(t, s, store.Query{Limit: 9}, "0 1 2")
}

func onceRefusesTakenID(t *testing.T, s store.Store) {
	taken := filled(t, id(1), 1)
	create(t, s, taken)
	if _, err := s.CreateOnce(t.Context(), taken, key("k")); !errors.Is(err, store.ErrExists) {
		t.Errorf("CreateOnce = %v, want ErrExists", err)
	}
	other := filled(t, id(2), 2) // The key was not used.
	wantOnce(t, s, other, key("k"), other)
	wantAll(t, s, taken, other)
}

func onceForgets(t *testing.T, s store.Store) {
	at := func(after time.Duration) store.Key { k := key("k"); k.Now = noon.Add(after); return k }
	first, second := filled(t, id(1), 1), filled(t, id(2), 2)
	wantOnce(t, s, first, at(0), first)
	again := first
	again.ID = id(3)
	wantOnce(t, s, again, at(store.KeyLife), first)
	wantOnce(t, s, second, at(store.KeyLife+time.Second), second)
	wantAll(t, s, first, second)
}

func concurrentOnces(t *testing.T, s store.Store) {
	for n := range 30 {
		var mu sync.Mutex
		got := map[uuid.UUID]int{}
		together(4, func(i int) bool {
			task := store.Task{ID: id(10*n + i), Title: fmt.Sprint(n)}
			first, err := s.CreateOnce(t.Context(), task, key(fmt.Sprint(n)))
			if err != nil {
				t.Errorf("CreateOnce = %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			got[first.ID]++
			return err == nil
		})
		if len(got) != 1 {
			t.Errorf("4 CreateOnces with one key returned %d tasks, want 1", len(got))
		}
	}
	if n, err := s.Len(t.Context()); err != nil || n != 30 {
		t.Errorf("Len = %d, %v, want 30", n, err)
	}
}

func lenCounts(t *testing.T, s store.Store) {
	want := func(n int) {
		t.Helper()
		if got, err := s.Len(t.Context()); err != nil || got != n {
			t.Errorf("Len = %d, %v, want %d", got, err, n)
		}
	}
	want(0)
	create(t, s, store.Task{ID: id(1)}, store.Task{ID: id(2), Done: true})
	want(2)
	remove(t, s, id(1))
	want(1)
}

func isReady(t *testing.T, s store.Store) {
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("Ready = %v", err)
	}
}
