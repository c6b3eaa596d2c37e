package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/postgres"
	"example.com/tasks/internal/store/postgres/postgrestest"
	"example.com/tasks/internal/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	server := postgrestest.Shared(t)
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, server.URL(t)) })
}

func TestDurableStore(t *testing.T) {
	t.Parallel()
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

// TestModes uses the modes of pgx that poolers between a server and PostgreSQL
// may call for.
func TestModes(t *testing.T) {
	server := postgrestest.Shared(t)
	for _, mode := range []string{"cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			s := open(t, server.URL(t)+"&default_query_exec_mode="+mode)
			want := store.Task{ID: uuid.New(), Title: "a 'task'", Done: true}
			for range 2 {
				if got, err := s.CreateOnce(t.Context(), want, store.Key{Owner: "o", Value: "k", Now: time.Now()}); err != nil || got != want {
					t.Errorf("CreateOnce = %v, %v, want %v", got, err, want)
				}
			}
			if err := s.Create(t.Context(), want); !errors.Is(err, store.ErrExists) {
				t.Errorf("Create = %v, want ErrExists", err)
			}
			want.Title = "another"
			if got, err := s.Update(t.Context(), want.ID, func(store.Task) (store.Task, error) { return want, nil }); err != nil || got != want {
				t.Errorf("Update = %v, %v, want %v", got, err, want)
			}
			for _, q := range []store.Query{{Limit: 1}, {Limit: 1, Done: new(true), Descending: true}, {Limit: 1, Done: new(true), After: &uuid.Nil}} {
				if page, more, err := s.List(t.Context(), q); err != nil || more || !slices.Equal(page, []store.Task{want}) {
					t.Errorf("List = %v, %t, %v, want %v", page, more, err, want)
				}
			}
			if got, err := s.Delete(t.Context(), want.ID, func(store.Task) error { return nil }); err != nil || got != want {
				t.Errorf("Delete = %v, %v, want %v", got, err, want)
			}
			if n, err := s.Len(t.Context()); err != nil || n != 0 {
				t.Errorf("Len = %d, %v, want 0", n, err)
			}
		})
	}
}

// TestKeysArePruned has keys that are too old: they go in batches of a thousand,
// and nobody looks for more within a minute.
func TestKeysArePruned(t *testing.T) {
	url := postgrestest.Shared(t).URL(t)
	s, conn := open(t, url), connect(t, url)
	now := time.Now()
	insert := func(n int, old time.Duration) {
		execute(t, conn, fmt.Sprintf("INSERT INTO idempotency_keys SELECT 'o', gen_random_uuid(), '%s', gen_random_uuid(), 't', true FROM generate_series(1, %d)", now.Add(-old).Format(time.RFC3339Nano), n))
	}
	insert(2500, store.KeyLife+time.Second)
	insert(10, store.KeyLife-time.Second)
	for i, want := range []int{1511, 512, 13, 14} {
		if i == 3 {
			insert(5, store.KeyLife+time.Second)
			want += 5
		}
		if _, err := s.CreateOnce(t.Context(), store.Task{ID: uuid.New()}, store.Key{Value: fmt.Sprint(i), Now: now}); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM idempotency_keys").Scan(&n); err != nil || n != want {
			t.Errorf("there are %d keys, %v, want %d", n, err, want)
		}
	}
	if _, err := s.CreateOnce(t.Context(), store.Task{ID: uuid.New()}, store.Key{Value: "k", Now: now.Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	var old int
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM idempotency_keys WHERE created < $1", now.Add(-store.KeyLife)).Scan(&old); err != nil || old != 0 {
		t.Errorf("there are %d keys that are too old, %v, a minute later", old, err)
	}
}

// TestBackup dumps a database while tasks are created, as README.md says, and
// restores it elsewhere.
func TestBackup(t *testing.T) {
	t.Parallel()
	server := postgrestest.Start(t)
	server.SQL(t, "CREATE DATABASE tasks")
	server.SQL(t, "CREATE DATABASE restored")
	url := func(database string) string { return "postgres://postgres@" + server.Addr + "/" + database }
	s := open(t, url("tasks"))
	writers := startWriters(t, s)
	writers.wait(t)
	once, key := store.Task{ID: uuid.New(), Title: "once"}, store.Key{Owner: "o", Value: "k", Now: time.Now()}
	if _, err := s.CreateOnce(t.Context(), once, key); err != nil {
		t.Fatal(err)
	}
	before := append(writers.soFar(), once)
	server.Run(t, "pg_dump", "--format=custom", "--file=tasks.dump", url("tasks"))
	writers.stop()
	server.Run(t, "pg_restore", "--exit-on-error", "--dbname="+url("restored"), "tasks.dump")

	restored := open(t, url("restored"))
	wantAcknowledged(t, restored, before)
	if got, err := restored.CreateOnce(t.Context(), store.Task{ID: uuid.New(), Title: "once"}, key); err != nil || got != once {
		t.Errorf("CreateOnce = %v, %v, want %v", got, err, once)
	}
}
