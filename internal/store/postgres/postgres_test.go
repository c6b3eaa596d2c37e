package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/postgres"
	"example.com/tasks/internal/store/postgres/postgrestest"
	"example.com/tasks/internal/store/storetest"
)

func TestStore(t *testing.T) {
	server := postgrestest.Shared(t)
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, server.URL(t)) })
}

func TestDurableStore(t *testing.T) {
	server := postgrestest.Shared(t)
	storetest.RunDurable(t, func(t *testing.T) storetest.Database {
		url := server.URL(t)
		return storetest.Database{
			Open: func() (store.Store, error) { return postgres.Open(t.Context(), url) },
			Lock: func(t *testing.T) func() {
				conn := connect(t, url)
				execute(t, conn, "BEGIN; LOCK TABLE tasks, idempotency_keys IN EXCLUSIVE MODE")
				return func() { execute(t, conn, "COMMIT") }
			},
		}
	})
}

// open opens a store that is closed when the test ends.
func open(tb testing.TB, url string) *postgres.Store {
	tb.Helper()
	s, err := postgres.Open(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	return s
}

// connect returns a connection of the bare driver that is closed when the test
// ends.
func connect(tb testing.TB, url string) *pgx.Conn {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func execute(tb testing.TB, conn *pgx.Conn, sql string) {
	tb.Helper()
	if _, err := conn.Exec(tb.Context(), sql); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}
