// Package postgres keeps tasks in a PostgreSQL database, which any number of
// servers may share. See README.md for how to operate it.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/tasks/internal/store"
)

// Store implements store.Store. Each method executes one SQL statement, or a
// few, each of which is a transaction of its own; with n tasks, each takes
// O(log n), List with its page in addition and Len O(n). No lock and no
// transaction is held between statements, and so none while a callback runs.
//
// A method ends within five seconds, with an error that wraps
// store.ErrUnavailable if the server has not answered by then, cannot be
// reached, is starting up or shutting down, is read-only, or is out of
// connections or space. A connection that was lost is replaced by the next
// call, but no statement is sent again that may have been executed.
type Store struct {
	pool      *pgxpool.Pool
	calls     sync.WaitGroup
	nextPrune atomic.Int64 // When keys that are too old are looked for, in Unix seconds.
}

var _ store.Store = (*Store)(nil)

// Create implements store.Store.
func (s *Store) Create(ctx context.Context, t store.Task) error {
	return s.call(ctx, func(ctx context.Context) error {
		_, err := s.exec(ctx, insertTask, values(t)...)
		return err
	})
}

// CreateOnce implements store.Store. The key is stored by the statement that
// stores the task: another one with the key waits until that has been committed.
func (s *Store) CreateOnce(ctx context.Context, t store.Task, key store.Key) (created store.Task, err error) {
	oldest := key.Now.Add(-store.KeyLife)
	err = s.call(ctx, func(ctx context.Context) error {
		s.prune(ctx, key.Now)
		args := append(values(t), key.Owner, key.Value, key.Now, oldest)
		inserted, err := s.exec(ctx, insertTaskOnce, args...)
		if err != nil {
			return err
		}
		if inserted == 1 {
			created = t
			return nil
		}
		created, err = s.queryOne(ctx, selectCreated, key.Owner, key.Value, oldest)
		if errors.Is(err, store.ErrNotFound) { // It was pruned since.
			return errConflict
		}
		if err != nil {
			return err
		}
		again := t
		if again.ID = created.ID; again != created {
			return store.ErrKeyReused
		}
		return nil
	})
	return created, err
}

// pruneSize is how many keys one statement removes; it takes some milliseconds.
const pruneSize = 1000

// prune removes keys that are too old: some once a minute, and more at once
// while there are more. Were it done by each creation, all of these would pass
// by the dead index entries that a long transaction, such as a backup, has
// PostgreSQL keep. A failure is left to the next minute: it is no reason to
// refuse a creation.
func (s *Store) prune(ctx context.Context, now time.Time) {
	next := s.nextPrune.Load()
	if now.Unix() < next || !s.nextPrune.CompareAndSwap(next, now.Add(time.Minute).Unix()) {
		return
	}
	if removed, err := s.exec(ctx, deleteKeys, now.Add(-store.KeyLife), pruneSize); err == nil && removed == pruneSize {
		s.nextPrune.Store(now.Unix())
	}
}

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (t store.Task, err error) {
	err = s.call(ctx, func(ctx context.Context) (err error) {
		t, err = s.queryOne(ctx, selectTask, uuidColumn(id))
		return err
	})
	return t, err
}

// List implements store.Store.
func (s *Store) List(ctx context.Context, q store.Query) (page []store.Task, more bool, err error) {
	err = s.call(ctx, func(ctx context.Context) (err error) {
		sql, args := selectPage(q)
		page, err = s.query(ctx, sql, args...)
		return err
	})
	if len(page) > q.Limit {
		page, more = page[:q.Limit], true
	}
	return page, more, err
}

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, id uuid.UUID, change func(store.Task) (store.Task, error)) (changed store.Task, err error) {
	err = s.swap(ctx, id, func(t store.Task) (sql string, args []any, err error) {
		if changed, err = change(t); err != nil {
			return "", nil, err
		}
		if changed.ID != id {
			panic(fmt.Sprintf("postgres: update of task %s changed its id to %s", id, changed.ID))
		}
		return updateTask, append(values(t), values(changed)...), nil
	})
	if err != nil {
		return store.Task{}, err
	}
	return changed, nil
}

// Delete implements store.Store.
func (s *Store) Delete(ctx context.Context, id uuid.UUID, check func(store.Task) error) (deleted store.Task, err error) {
	err = s.swap(ctx, id, func(t store.Task) (sql string, args []any, err error) {
		deleted = t
		return deleteTask, values(t), check(t)
	})
	if err != nil {
		return store.Task{}, err
	}
	return deleted, nil
}

// swap compares and swaps: it reads the task with the id and executes what
// decide returns, a statement that changes the task if it still equals what was
// read, again and again until it does.
func (s *Store) swap(ctx context.Context, id uuid.UUID, decide func(store.Task) (sql string, args []any, err error)) error {
	return s.call(ctx, func(ctx context.Context) error {
		t, err := s.queryOne(ctx, selectTask, uuidColumn(id))
		if err != nil {
			return err
		}
		sql, args, err := decide(t)
		if err != nil {
			return err
		}
		changed, err := s.exec(ctx, sql, args...)
		if err == nil && changed == 0 {
			return errConflict
		}
		return err
	})
}

// Len implements store.Store.
func (s *Store) Len(ctx context.Context) (n int, err error) {
	err = s.call(ctx, func(ctx context.Context) error {
		return s.failure(ctx, s.pool.QueryRow(ctx, "SELECT count(*) FROM tasks").Scan(&n))
	})
	return n, err
}

// Ready implements store.Store.
func (s *Store) Ready(ctx context.Context) error {
	return s.call(ctx, func(ctx context.Context) error {
		var readOnly string
		err := s.pool.QueryRow(ctx, "SHOW transaction_read_only").Scan(&readOnly)
		if err == nil && readOnly == "on" {
			s.pool.Reset() // Another of the URL's hosts may have become the primary.
			return fmt.Errorf("%w: the server is read-only", store.ErrUnavailable)
		}
		return s.failure(ctx, err)
	})
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.calls.Wait()
	s.pool.Close()
	return nil
}
