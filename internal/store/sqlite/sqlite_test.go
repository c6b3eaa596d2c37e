package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/sqlite"
	"example.com/tasks/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, filepath.Join(t.TempDir(), "tasks.db")) })
}

func TestDurability(t *testing.T) {
	storetest.RunDurable(t, func(t *testing.T) storetest.Database {
		path := filepath.Join(t.TempDir(), "tasks.db")
		return storetest.Database{
			Open: func() (store.Store, error) { return sqlite.Open(t.Context(), path) },
			Lock: func(t *testing.T) func() { return lock(t, path) },
		}
	})
}

// A store is ready unless the file is locked.
func TestReady(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tasks.db")
	s := open(t, path)
	unlock := lock(t, path)
	if err := s.Ready(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Ready of a locked store = %v, want ErrUnavailable", err)
	}
	unlock()
	must(t, s.Ready(t.Context()))
}

// open opens a store that is closed when the test ends.
func open(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	return s
}

// connect returns a connection to the database beside those of stores.
func connect(t testing.TB, path string) *sql.Conn {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = conn.Close(), db.Close() })
	return conn
}

// lock has changes wait until unlock is called.
func lock(t *testing.T, path string) (unlock func()) {
	t.Helper()
	conn := connect(t, path)
	execute(t, conn, "BEGIN IMMEDIATE")
	return func() { execute(t, conn, "ROLLBACK") }
}

func execute(t testing.TB, conn *sql.Conn, statements string) {
	t.Helper()
	if _, err := conn.ExecContext(context.WithoutCancel(t.Context()), statements); err != nil {
		t.Fatalf("%s: %v", statements, err)
	}
}
