package storetest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
)

// A Database is what stores keep their tasks in, and share.
type Database struct {
	// Open opens a store on the database, which is prepared for tasks if it is
	// empty. It is safe for concurrent use.
	Open func() (store.Store, error)
	// Lock has every change wait, as another program could, until unlock is called.
	Lock func(t *testing.T) (unlock func())
}

// RunDurable tests what Run cannot test with one store: that tasks and keys
// outlive the store, that stores may share a database, and that calls end while
// the database is locked. It has newDatabase return an empty one for each
// subtest, which t.Cleanup may remove: all stores are closed by then. The stores
// themselves have to pass Run, too.
func RunDurable(t *testing.T, newDatabase func(t *testing.T) Database) {
	for _, promise := range []struct {
		name string
		test func(*testing.T, Database)
	}{
		{"tasks and keys outlive the store", tasksOutliveStore},
		{"stores that open an empty database at once all come up", concurrentOpens},
		{"Close waits for calls under way", closeWaits},
		{"a context that ends during a call ends the call", contextEnds},
		{"a locked database is ErrUnavailable until it is unlocked", lockedIsUnavailable},
	} {
		t.Run(promise.name, func(t *testing.T) { promise.test(t, newDatabase(t)) })
	}
	t.Run("two stores on one database are as one", func(t *testing.T) {
		Run(t, func(t *testing.T) store.Store {
			db := newDatabase(t)
			return &alternating{stores: [2]store.Store{opened(t, db), opened(t, db)}}
		})
	})
}

func tasksOutliveStore(t *testing.T, db Database) {
	kept, changed, gone, keyed := filled(t, id(1), 1), filled(t, id(2), 2), filled(t, id(3), 3), filled(t, id(4), 1)
	again := keyed
	again.ID = id(5)
	before := open(t, db)
	create(t, before, kept, changed, gone)
	wantOnce(t, before, keyed, key("k"), keyed)
	got, err := before.Update(t.Context(), changed.ID, toggle)
	if changed.Done = !changed.Done; err != nil || !same(got, changed) {
		t.Errorf("Update = %v, %v, want %v", got, err, changed)
	}
	remove(t, before, gone.ID)
	closeStore(t, before)

	after := opened(t, db)
	wantAll(t, after, kept, changed, keyed)
	remove(t, after, keyed.ID)
	wantOnce(t, after, again, key("k"), keyed)
	again.Done = !again.Done
	if _, err := after.CreateOnce(t.Context(), again, key("k")); !errors.Is(err, store.ErrKeyReused) {
		t.Errorf("CreateOnce of another task = %v, want ErrKeyReused", err)
	}
	wantAll(t, after, kept, changed)
}

func concurrentOpens(t *testing.T, db Database) {
	const n = 10
	var stores [n]store.Store
	up := together(n, func(i int) bool {
		var err error
		if stores[i], err = db.Open(); err != nil {
			t.Errorf("Open = %v", err)
			return false
		}
		t.Cleanup(func() { closeStore(t, stores[i]) })
		if err = stores[i].Create(t.Context(), store.Task{ID: id(i)}); err != nil {
			t.Errorf("Create = %v", err)
		}
		return true
	})
	if up < n {
		t.Fatalf("%d of %d stores came up", up, n)
	}
	for _, s := range stores {
		wantNumbers(t, s, store.Query{Limit: n}, "0 1 2 3 4 5 6 7 8 9")
	}
}

func closeWaits(t *testing.T, db Database) {
	s := open(t, db)
	create(t, s, store.Task{ID: id(1)})
	begun, release := make(chan struct{}, 1), make(chan struct{})
	updated, created, closed := make(chan error, 1), make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := s.Update(t.Context(), id(1), func(task store.Task) (store.Task, error) {
			select {
			case begun <- struct{}{}:
			default:
			}
			<-release
			return toggle(task)
		})
		updated <- err
	}()
	<-begun
	go func() { created <- s.Create(t.Context(), store.Task{ID: id(2)}) }() // It may have to wait for the update.
	time.Sleep(50 * time.Millisecond)
	go func() { closed <- s.Close() }()
	time.Sleep(50 * time.Millisecond) // For a Close that does not wait.
	close(release)
	for call, ended := range map[string]chan error{"Update": updated, "Create": created, "Close": closed} {
		if err := soon(t, ended); err != nil {
			t.Errorf("%s = %v", call, err)
		}
	}
	wantAll(t, opened(t, db), store.Task{ID: id(1), Done: true}, store.Task{ID: id(2)})
}

// changes are a call of each method that changes something, which succeed once
// in a store that has the task 1 only.
var changes = map[string]func(context.Context, store.Store) error{
	"Create": func(ctx context.Context, s store.Store) error {
		return s.Create(ctx, store.Task{ID: id(2)})
	},
	"CreateOnce": func(ctx context.Context, s store.Store) error {
		_, err := s.CreateOnce(ctx, store.Task{ID: id(3)}, key("k"))
		return err
	},
	"Update": func(ctx context.Context, s store.Store) error {
		_, err := s.Update(ctx, id(1), toggle)
		return err
	},
	"Delete": func(ctx context.Context, s store.Store) error {
		_, err := s.Delete(ctx, id(1), agree)
		return err
	},
}

func contextEnds(t *testing.T, db Database) {
	s := opened(t, db)
	create(t, s, store.Task{ID: id(1)})
	unlock := db.Lock(t)
	for name, change := range changes {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- change(ctx, s) }()
		time.Sleep(50 * time.Millisecond)
		if len(ended) > 0 {
			t.Errorf("%s ends while the database is locked", name)
		}
		cancel()
		if err := soon(t, ended); !errors.Is(err, context.Canceled) {
			t.Errorf("%s = %v, want context.Canceled", name, err)
		}
	}
	unlock()
	create(t, s, store.Task{ID: id(4)})
}

func lockedIsUnavailable(t *testing.T, db Database) {
	s := opened(t, db)
	create(t, s, store.Task{ID: id(1)})
	unlock := db.Lock(t)
	begin := time.Now()
	ended := map[string]chan error{}
	for name, change := range changes {
		result := make(chan error, 1)
		ended[name] = result
		go func() { result <- change(t.Context(), s) }()
	}
	for name := range changes {
		if err := soon(t, ended[name]); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s = %v, want ErrUnavailable", name, err)
		}
	}
	if waited := time.Since(begin); waited > patience {
		t.Errorf("calls that were made at once ended after up to %s", waited)
	}
	unlock()
	create(t, s, store.Task{ID: id(4)})
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("Ready = %v", err)
	}
}

// open opens a store that the caller closes.
func open(t *testing.T, db Database) store.Store {
	t.Helper()
	s, err := db.Open()
	if err != nil {
		t.Fatalf("Open = %v", err)
	}
	return s
}

// opened opens a store that is closed when the test ends.
func opened(t *testing.T, db Database) store.Store {
	t.Helper()
	s := open(t, db)
	t.Cleanup(func() { closeStore(t, s) })
	return s
}

func closeStore(t *testing.T, s store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
}

// patience is how long a call may take, with room for a busy machine.
const patience = 10 * time.Second

// soon returns what a call ended with, and fails if that takes longer than the
// patience.
func soon(t *testing.T, ended <-chan error) error {
	t.Helper()
	select {
	case err := <-ended:
		return err
	case <-time.After(patience):
		t.Fatalf("a call has not ended after %s", patience)
		return nil
	}
}

// alternating passes its calls to two stores in turn.
type alternating struct {
	stores [2]store.Store
	calls  atomic.Uint32
}

func (a *alternating) next() store.Store { return a.stores[a.calls.Add(1)%2] }

func (a *alternating) Create(ctx context.Context, t store.Task) error { return a.next().Create(ctx, t) }

func (a *alternating) CreateOnce(ctx context.Context, t store.Task, key store.Key) (store.Task, error) {
	return a.next().CreateOnce(ctx, t, key)
}

func (a *alternating) Get(ctx context.Context, id uuid.UUID) (store.Task, error) {
	return a.next().Get(ctx, id)
}

func (a *alternating) List(ctx context.Context, q store.Query) ([]store.Task, bool, error) {
	return a.next().List(ctx, q)
}

func (a *alternating) Update(ctx context.Context, id uuid.UUID, change func(store.Task) (store.Task, error)) (store.Task, error) {
	return a.next().Update(ctx, id, change)
}

func (a *alternating) Delete(ctx context.Context, id uuid.UUID, check func(store.Task) error) (store.Task, error) {
	return a.next().Delete(ctx, id, check)
}

func (a *alternating) Len(ctx context.Context) (int, error) { return a.next().Len(ctx) }
func (a *alternating) Ready(ctx context.Context) error      { return a.next().Ready(ctx) }
func (a *alternating) Close() error                         { return errors.Join(a.stores[0].Close(), a.stores[1].Close()) }
