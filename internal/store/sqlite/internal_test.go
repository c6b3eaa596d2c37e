package sqlite

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"example.com/tasks/internal/store"
)

// A page is one range of one index, and so is what every other statement looks
// for, but for the count. Nothing is sorted. Statistics, by which no task is done,
// change none of it.
func TestQueryPlans(t *testing.T) {
	plans := map[string][]string{
		pageKind{}.query():                                 {"SEARCH tasks USING PRIMARY KEY (id>?)"},
		pageKind{descending: true}.query():                 {"SEARCH tasks USING PRIMARY KEY (id<?)"},
		pageKind{filtered: true}.query():                   {"SEARCH tasks USING INDEX tasks_by_done (done=? AND id>?)"},
		pageKind{filtered: true, descending: true}.query(): {"SEARCH tasks USING INDEX tasks_by_done (done=? AND id<?)"},

		getTask:    {"SEARCH tasks USING PRIMARY KEY (id=?)"},
		createTask: nil,
		updateTask: {"SEARCH tasks USING PRIMARY KEY (id=?)"},
		deleteTask: {"SEARCH tasks USING PRIMARY KEY (id=?)"},
		findKey:    {"SEARCH keys USING PRIMARY KEY (owner=? AND value=?)"},
		addKey:     nil,
		forgetKeys: {
			"SEARCH keys USING INDEX keys_by_created (created<?)",
			"SCALAR SUBQUERY 1",
			"SCAN keys USING COVERING INDEX keys_by_created", // Up to the second.
		},
	}
	s := openNew(t)
	check := func(state string) {
		for query, want := range plans {
			if got := plan(t, s, query); !slices.Equal(got, want) {
				t.Errorf("%s: %s (-want +got):\n%s", state, query, cmp.Diff(want, got))
			}
		}
	}
	check("empty")
	execute(t, s, `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 2000)
		INSERT INTO tasks SELECT unhex(printf('%032x', n)), 'title', false FROM n`)
	execute(t, s, "INSERT INTO keys SELECT 'owner', hex(id), 1, id, title, done FROM tasks")
	execute(t, s, "ANALYZE")
	check("with statistics")
}

// plan returns the steps by which SQLite executes the query.
func plan(t *testing.T, s *Store, query string) (steps []string) {
	t.Helper()
	args := slices.Repeat([]any{0}, strings.Count(query, "?"))
	rows, err := s.writer.conn.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}

// Switching to a write-ahead log waits for another that is about to do so, as
// SQLite does not.
func TestUseWALWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tasks.db")
	var conns [2]*connection
	for i := range conns {
		var err error
		if conns[i], err = connect(t.Context(), path, "synchronous(full)"); err != nil {
			t.Fatal(err)
		}
		defer conns[i].close()
	}
	if err := conns[0].exec(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(100*time.Millisecond, func() { _ = conns[0].exec(t.Context(), "COMMIT") })
	if err := useWAL(t.Context(), conns[1]); err != nil {
		t.Error(err)
	}
}

// A commit is flushed to the disk before it is acknowledged.
func TestCommitsAreFlushed(t *testing.T) {
	s := openNew(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2"} { // 2 is FULL.
		var got string
		if err := s.writer.conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %s, %v, want %s", pragma, got, err, want)
		}
	}
}

// Changes that wait while another is made are committed with it, and each has
// its own outcome.
func TestGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openNew(t)
		create(t, s, 1, 2, 3)
		refused := errors.New("refused")
		before := commits(t, s)
		for i, err := range grouped(t, s,
			func() error { return s.Create(t.Context(), store.Task{ID: id(4)}) },
			func() error { return want(store.ErrExists, s.Create(t.Context(), store.Task{ID: id(4)})) },
			func() error {
				_, err := s.Delete(t.Context(), id(9), func(store.Task) error { return nil })
				return want(store.ErrNotFound, err)
			},
			func() error {
				_, err := s.Delete(t.Context(), id(1), func(store.Task) error { return refused })
				return want(refused, err)
			},
			func() (err error) {
				defer func() {
					if p := recover(); p != "own" {
						err = fmt.Errorf("the callback's caller sees the panic %v, want its own", p)
					}
				}()
				_, err = s.Delete(t.Context(), id(1), func(store.Task) error { panic("own") })
				return err
			},
			func() error {
				ctx, cancel := context.WithCancel(t.Context())
				_, err := s.Delete(ctx, id(1), func(store.Task) error { cancel(); return ctx.Err() })
				return want(context.Canceled, err)
			},
			func() error {
				_, err := s.Delete(t.Context(), id(2), func(store.Task) error { return nil })
				return err
			},
			func() error {
				_, err := s.CreateOnce(t.Context(), store.Task{ID: id(5)}, store.Key{Value: "k"})
				return err
			},
			func() error {
				_, err := s.CreateOnce(t.Context(), store.Task{ID: id(6), Done: true}, store.Key{Value: "k"})
				return want(store.ErrKeyReused, err)
			},
		) {
			if err != nil {
				t.Errorf("member %d: %v", i, err)
			}
		}
		if n := commits(t, s) - before; n != 1 {
			t.Errorf("there were %d commits, want 1", n)
		}
		wantNumbers(t, s, 1, 3, 4, 5)
	})
}

// If the database fails one member of a group, all fail, also those that came
// before, and nothing is left of them. What comes after is another group.
func TestGroupFails(t *testing.T) {
	for name, cause := range map[string]struct{ begins, ends string }{
		"SQLite ends the transaction": {"PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000"}, // As many as there are.
		"SQLite does not end it":      {"ALTER TABLE keys RENAME TO others", "ALTER TABLE others RENAME TO keys"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := openNew(t)
				create(t, s, 1)
				execute(t, s, cause.begins)
				fails := func() error {
					large := store.Task{ID: id(3), Title: strings.Repeat("title", 10_000)}
					_, err := s.CreateOnce(t.Context(), large, store.Key{Value: "k"})
					return err
				}
				errs := grouped(t, s,
					func() error { return want(store.ErrUnavailable, s.Create(t.Context(), store.Task{ID: id(2)})) },
					func() error { return want(store.ErrUnavailable, s.Create(t.Context(), store.Task{ID: id(2)})) },
					func() error { return want(store.ErrUnavailable, fails()) },
					func() error { return s.Create(t.Context(), store.Task{ID: id(4)}) },
				)
				if err := errors.Join(errs...); err != nil {
					t.Error(err)
				}
				wantNumbers(t, s, 1, 4)
				execute(t, s, cause.ends)
				if err := fails(); err != nil {
					t.Errorf("CreateOnce again = %v", err)
				}
				wantNumbers(t, s, 1, 3, 4)
			})
		})
	}
}

// A context ends the wait for the commit, too: here for the callback of another
// member of the group.
func TestContextEndsWaitForCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openNew(t)
		create(t, s, 1, 2)
		ctx, cancel := context.WithCancel(t.Context())
		errs := grouped(t, s,
			func() error { return want(context.Canceled, s.Create(ctx, store.Task{ID: id(3)})) },
			func() error {
				_, err := s.Delete(t.Context(), id(2), func(store.Task) error {
					cancel()
					time.Sleep(patience / 2) // Passes once all others wait or have ended.
					return nil
				})
				return err
			},
		)
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
	})
}

// A callback is not called, and the writer does not wait for it, if the caller
// has left by the time.
func TestCallerLeavesBeforeCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openNew(t)
		ctx, cancel := context.WithCancel(t.Context())
		_, err := s.change(ctx, func(tx *tx) (store.Task, error) {
			cancel()
			time.Sleep(time.Second) // Passes once the caller has left.
			return store.Task{}, tx.callBack(func() error { t.Error("the callback is called"); return nil })
		})
		if err := want(context.Canceled, err); err != nil {
			t.Error(err)
		}
		create(t, s, 1)
	})
}

// grouped makes the calls while the update of task 1 is under way, one after the
// other, and returns how they end.
func grouped(t *testing.T, s *Store, calls ...func() error) []error {
	t.Helper()
	errs := make([]error, len(calls))
	release := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _ = s.Update(t.Context(), id(1), func(t store.Task) (store.Task, error) {
			<-release
			t.Done = !t.Done
			return t, nil
		})
	})
	for i, call := range calls {
		synctest.Wait()
		wg.Go(func() { errs[i] = call() })
	}
	synctest.Wait()
	close(release)
	wg.Wait()
	return errs
}

// commits returns how many commits the write-ahead log has: one for each frame
// that tells the size of the database (https://sqlite.org/fileformat2.html#walformat).
func commits(t *testing.T, s *Store) (n int) {
	t.Helper()
	const header, frameHeader = 32, 24
	log, err := os.ReadFile(pathOf(t, s) + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	page := int(binary.BigEndian.Uint32(log[8:]))
	for frame := range slices.Chunk(log[header:], frameHeader+page) {
		if binary.BigEndian.Uint32(frame[4:]) != 0 {
			n++
		}
	}
	return n
}

func pathOf(t *testing.T, s *Store) (path string) {
	t.Helper()
	err := s.writer.conn.QueryRowContext(t.Context(), "SELECT file FROM pragma_database_list").Scan(&path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// A read that waits for a connection ends with its context, or with the patience.
func TestReadsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openNew(t)
		create(t, s, 1)
		var busy []*reader
		for range cap(s.idle) {
			busy = append(busy, <-s.idle)
		}
		for _, read := range []func(context.Context) error{
			func(ctx context.Context) error { _, err := s.Get(ctx, id(1)); return err },
			func(ctx context.Context) error { _, _, err := s.List(ctx, store.Query{Limit: 1}); return err },
			func(ctx context.Context) error { _, err := s.Len(ctx); return err },
		} {
			start := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), patience/2)
			defer cancel()
			if err := read(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v, want that of the context", err)
			}
			if err := read(t.Context()); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("error %v, want ErrUnavailable", err)
			}
			if waited := time.Since(start); waited != patience/2+patience {
				t.Errorf("both waits took %s", waited)
			}
		}
		for _, r := range busy {
			s.idle <- r
		}
		wantNumbers(t, s, 1)
	})
}

// Keys are forgotten in the database, too, some with each that is added.
func TestKeysAreForgotten(t *testing.T) {
	s := openNew(t)
	for n := range 30 {
		k := store.Key{Value: fmt.Sprint(n), Now: time.Now()}
		if n >= 20 {
			k.Now = k.Now.Add(store.KeyLife + time.Minute)
		}
		if _, err := s.CreateOnce(t.Context(), store.Task{ID: id(n)}, k); err != nil {
			t.Fatal(err)
		}
	}
	var n int
	if err := s.writer.conn.QueryRowContext(t.Context(), "SELECT count(*) FROM keys").Scan(&n); err != nil || n != 10 {
		t.Errorf("there are %d keys, %v, want the 10 young ones", n, err)
	}
}

func openNew(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "tasks.db"))
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

// execute executes a statement as the writer.
func execute(t *testing.T, s *Store, statement string) {
	t.Helper()
	if err := s.writer.exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func create(t *testing.T, s *Store, numbers ...int) {
	t.Helper()
	for _, n := range numbers {
		if err := s.Create(t.Context(), store.Task{ID: id(n)}); err != nil {
			t.Fatal(err)
		}
	}
}

// wantNumbers reports an error unless the store has the tasks with these numbers.
func wantNumbers(t *testing.T, s *Store, want ...int) {
	t.Helper()
	page, _, err := s.List(t.Context(), store.Query{Limit: 1000})
	if err != nil {
		t.Errorf("List = %v", err)
	}
	var got []int
	for _, task := range page {
		got = append(got, int(task.ID[15]))
	}
	if !slices.Equal(got, want) {
		t.Errorf("there are the tasks %v, want %v", got, want)
	}
}

// want returns an error unless err is what is wanted.
func want(wanted, err error) error {
	if !errors.Is(err, wanted) {
		return fmt.Errorf("error %w, want %w", err, wanted)
	}
	return nil
}

func id(n int) uuid.UUID { return uuid.UUID{15: byte(n)} }
