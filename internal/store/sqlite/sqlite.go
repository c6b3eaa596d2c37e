// Package sqlite keeps tasks in a file, a SQLite database, for one server.
// README.md says how to back it up.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"example.com/tasks/internal/store"
)

// patience is how long a call waits for the database.
const patience = 4 * time.Second

var errSlow = fmt.Errorf("%w: the database has not answered for %s", store.ErrUnavailable, patience)

// Store implements store.Store. Several may be open on one file, in several
// processes, too; what one has changed all see. With n tasks in it, Len takes
// O(n), List O(log n + page) and every other method O(log n).
//
// Changes are made one after the other by one goroutine, which commits those
// that wait as one transaction, and so flushes once for all of them. Callbacks
// run in the goroutine of their caller, while nothing else is changed. Reads run
// beside each other and beside changes.
//
// An error that is not ErrUnavailable, and not one that a method names, says that
// the file is damaged.
type Store struct {
	calls  sync.RWMutex // Calls under way hold it for reading, Close for writing.
	writer *writer
	idle   chan *reader // The readers that no call uses.
}

var _ store.Store = (*Store)(nil)

// Create implements store.Store.
func (s *Store) Create(ctx context.Context, t store.Task) error {
	_, err := s.change(ctx, func(tx *tx) (store.Task, error) { return t, tx.create(t) })
	return err
}

// CreateOnce implements store.Store.
func (s *Store) CreateOnce(ctx context.Context, t store.Task, key store.Key) (store.Task, error) {
	return s.change(ctx, func(tx *tx) (store.Task, error) {
		first, err := tx.find(key)
		if errors.Is(err, store.ErrNotFound) {
			return t, tx.createWith(key, t)
		}
		again := t
		if again.ID = first.ID; err == nil && again != first {
			err = store.ErrKeyReused
		}
		return first, err
	})
}

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (t store.Task, err error) {
	err = s.read(ctx, func(r *reader) error { t, err = r.task(id); return err })
	return t, err
}

// List implements store.Store.
func (s *Store) List(ctx context.Context, q store.Query) (page []store.Task, more bool, err error) {
	err = s.read(ctx, func(r *reader) error { page, err = r.page(q); return err })
	if err != nil {
		return nil, false, err
	}
	if more = len(page) > q.Limit; more {
		page = page[:q.Limit]
	}
	return page, more, nil
}

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, id uuid.UUID, change func(store.Task) (store.Task, error)) (store.Task, error) {
	return s.change(ctx, func(tx *tx) (changed store.Task, err error) {
		t, err := tx.get(id)
		if err != nil {
			return t, err
		}
		err = tx.callBack(func() error {
			if changed, err = change(t); err == nil && changed.ID != id {
				panic(fmt.Sprintf("sqlite: update of task %s changed its id to %s", id, changed.ID))
			}
			return err
		})
		if err != nil {
			return t, err
		}
		return changed, tx.update(changed)
	})
}

// Delete implements store.Store.
func (s *Store) Delete(ctx context.Context, id uuid.UUID, check func(store.Task) error) (store.Task, error) {
	return s.change(ctx, func(tx *tx) (store.Task, error) {
		t, err := tx.get(id)
		if err != nil {
			return t, err
		}
		if err := tx.callBack(func() error { return check(t) }); err != nil {
			return t, err
		}
		return t, tx.delete(id)
	})
}

// Len implements store.Store.
func (s *Store) Len(ctx context.Context) (n int, err error) {
	err = s.read(ctx, func(r *reader) error { n, err = r.len(ctx); return err })
	return n, err
}

// Ready implements store.Store. It makes a change that changes nothing, and so
// finds out whether the file can be read and is not locked, but not whether the
// disk is full: reads do not need space.
func (s *Store) Ready(ctx context.Context) error {
	_, err := s.change(ctx, func(tx *tx) (store.Task, error) {
		t, err := tx.get(uuid.Nil)
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return t, err
	})
	return err
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.calls.Lock()
	defer s.calls.Unlock()
	var errs []error
	for range len(s.idle) {
		errs = append(errs, (<-s.idle).close())
	}
	return errors.Join(append(errs, s.writer.close())...)
}

// read has an idle reader run f, as soon as there is one.
func (s *Store) read(ctx context.Context, f func(*reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.calls.RLock()
	defer s.calls.RUnlock()
	r, err := s.reader(ctx)
	if err != nil {
		return err
	}
	defer func() { s.idle <- r }()
	return f(r)
}

// reader takes an idle reader.
func (s *Store) reader(ctx context.Context) (*reader, error) {
	select {
	case r := <-s.idle:
		return r, nil
	default:
	}
	select {
	case r := <-s.idle:
		return r, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(patience):
		return nil, errSlow
	}
}

// change has the writer apply a change, and returns the task that apply returns.
func (s *Store) change(ctx context.Context, apply func(*tx) (store.Task, error)) (store.Task, error) {
	if err := ctx.Err(); err != nil {
		return store.Task{}, err
	}
	s.calls.RLock()
	defer s.calls.RUnlock()
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	t, err := s.writer.submit(limited, apply)
	switch {
	case err == nil || limited.Err() == nil:
		return t, err
	case ctx.Err() != nil:
		return t, ctx.Err()
	default:
		return t, errSlow
	}
}

// failure returns what a call returns if the database fails with err.
func failure(err error) error {
	switch {
	case err == nil:
		return nil
	case isDamage(err):
		return fmt.Errorf("sqlite: %w", explained("the file", err))
	default:
		return fmt.Errorf("%w: %w", store.ErrUnavailable, explained("the file", err))
	}
}

// isDamage reports whether trying again cannot help.
func isDamage(err error) bool {
	code := primaryCode(err)
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
}

// primaryCode returns SQLite's primary result code, or 0 for another error.
func primaryCode(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xff
}
