package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"example.com/tasks/internal/store"
)

// patience is how long a call may take. Those who call can rely on five seconds.
const patience = 4 * time.Second

var (
	errPatience = fmt.Errorf("no answer within %s", patience)
	// errConflict is returned if a concurrent change got in between and nothing
	// has happened.
	errConflict = errors.New("conflict with concurrent changes")
)

// call calls f until its error is not errConflict, and for no longer than
// patience. It waits longer from time to time, and at random, so that those who
// are in conflict do not meet again.
func (s *Store) call(ctx context.Context, f func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.calls.Add(1)
	defer s.calls.Done()
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errPatience)
	defer cancel()
	for wait := time.Millisecond; ; wait = min(2*wait, 32*time.Millisecond) {
		err := f(ctx)
		if !errors.Is(err, errConflict) {
			return err
		}
		select {
		case <-time.After(rand.N(wait)): //nolint:gosec // Nobody gains by guessing it.
		case <-ctx.Done():
			return s.failure(ctx, err)
		}
	}
}

// exec executes a statement that changes rows and returns how many it has
// changed. Its errors are those of failure.
func (s *Store) exec(ctx context.Context, sql string, args ...any) (int64, error) {
	tag, err := s.pool.Exec(ctx, sql, args...)
	return tag.RowsAffected(), s.failure(ctx, err)
}

// queryOne returns the task that a statement selects. Its errors are those of
// failure, and store.ErrNotFound if it selects none.
func (s *Store) queryOne(ctx context.Context, sql string, args ...any) (t store.Task, err error) {
	err = scan(s.pool.QueryRow(ctx, sql, args...), &t)
	if errors.Is(err, pgx.ErrNoRows) {
		return t, store.ErrNotFound
	}
	return t, s.failure(ctx, err)
}

// query returns the tasks that a statement selects. Its errors are those of
// failure.
func (s *Store) query(ctx context.Context, sql string, args ...any) (tasks []store.Task, err error) {
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, s.failure(ctx, err)
	}
	defer rows.Close()
	for rows.Next() {
		var t store.Task
		if err := scan(rows, &t); err != nil {
			return nil, s.failure(ctx, err)
		}
		tasks = append(tasks, t)
	}
	return tasks, s.failure(ctx, rows.Err())
}

// failure returns, for an error of pgx, what the method that is being called
// returns: ctx.Err() if its caller's context is done, errConflict or
// store.ErrExists where the server says so, an error that wraps
// store.ErrUnavailable for what may pass, else an error with err's message. It
// does not wrap err, since pgx's errors have fields with the password.
func (s *Store) failure(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	cause := context.Cause(ctx)
	if cause != nil && !errors.Is(cause, errPatience) {
		return ctx.Err()
	}
	var connect *pgconn.ConnectError
	var answer *pgconn.PgError
	switch {
	case cause != nil:
		return fmt.Errorf("%w: %w: %s", store.ErrUnavailable, cause, message(err))
	case errors.As(err, &connect): // It may wrap an answer, but no statement's.
	case errors.As(err, &answer):
		switch answer.Code {
		case "40001", "40P01": // serialization_failure, deadlock_detected
			return errConflict
		case "23505": // unique_violation, which can only be that of tasks
			return store.ErrExists
		}
		if !passing(answer.Code) {
			return fmt.Errorf("postgres: %s", message(err))
		}
		if goodbye(answer.Code) {
			s.pool.Reset()
		}
	case !pgconn.Timeout(err): // The connection was lost, and so will have been the others.
		s.pool.Reset()
	}
	return fmt.Errorf("%w: %s", store.ErrUnavailable, message(err))
}

// passing reports whether the condition that a SQLSTATE stands for passes by
// itself or when an operator mends it.
func passing(code string) bool {
	switch code[:2] {
	case "08", "53", "57", "58": // Connection, resources, operator's intervention, system.
		return true
	}
	return code == "25006" || code == "55P03" // read_only_sql_transaction, lock_not_available
}

// goodbye reports whether a server that answers with a SQLSTATE no longer serves:
// it is shutting down, has crashed or is read-only.
func goodbye(code string) bool { return code == "25006" || strings.HasPrefix(code, "57P0") }

// message returns the message of an error of pgx as one line. Repeated lines,
// such as those of a server that is tried with TLS and without, appear once.
func message(err error) string {
	lines := strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' })
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Replace(strings.Join(slices.Compact(lines), "; "), ":; ", ": ", 1)
}
