//go:build unix

package postgres

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/postgres/postgrestest"
)

// BenchmarkCall makes each call of a store and, in slices between, executes its
// statements with a pool of the bare driver. It reports the processor time that
// this process uses for a call, without PostgreSQL: the low deciles, since other
// work on the machine disturbs the rest.
func BenchmarkCall(b *testing.B) {
	s := filled(b, postgrestest.Start(b), 1000)
	bare := s.pool
	exec := func(ctx context.Context, sql string, args ...any) error {
		_, err := bare.Exec(ctx, sql, args...)
		return err
	}
	get := func(ctx context.Context, id uuid.UUID) (t store.Task, err error) {
		return t, scan(bare.QueryRow(ctx, selectTask, uuidColumn(id)), &t)
	}
	retitle := func(t store.Task) (store.Task, error) { t.Title += "."; return t, nil }
	agree := func(store.Task) error { return nil }
	now := time.Now()
	for _, bb := range []struct {
		name        string
		store, bare func(ctx context.Context, n int, id uuid.UUID) error
	}{
		{
			"get",
			func(ctx context.Context, n int, _ uuid.UUID) error { _, err := s.Get(ctx, nth(n%1000)); return err },
			func(ctx context.Context, n int, _ uuid.UUID) error { _, err := get(ctx, nth(n%1000)); return err },
		},
		{
			"page",
			func(ctx context.Context, _ int, _ uuid.UUID) error {
				_, _, err := s.List(ctx, store.Query{Limit: 100})
				return err
			},
			func(ctx context.Context, _ int, _ uuid.UUID) error {
				sql, args := selectPage(store.Query{Limit: 100})
				rows, err := bare.Query(ctx, sql, args...)
				if err != nil {
					return err
				}
				defer rows.Close()
				for rows.Next() {
					var t store.Task
					if err := scan(rows, &t); err != nil {
						return err
					}
				}
				return rows.Err()
			},
		},
		{
			"create",
			func(ctx context.Context, _ int, id uuid.UUID) error {
				return s.Create(ctx, store.Task{ID: id, Title: "a task"})
			},
			func(ctx context.Context, _ int, id uuid.UUID) error {
				return exec(ctx, insertTask, values(store.Task{ID: id, Title: "a task"})...)
			},
		},
		{
			"create once",
			func(ctx context.Context, _ int, id uuid.UUID) error {
				_, err := s.CreateOnce(ctx, store.Task{ID: id, Title: "a task"}, store.Key{Owner: "o", Value: id.String(), Now: now})
				return err
			},
			func(ctx context.Context, _ int, id uuid.UUID) error {
				return exec(ctx, insertTaskOnce, append(values(store.Task{ID: id, Title: "a task"}), "o", id.String(), now, now.Add(-store.KeyLife))...)
			},
		},
		{
			"update",
			func(ctx context.Context, n int, _ uuid.UUID) error {
				_, err := s.Update(ctx, nth(n%1000), retitle)
				return err
			},
			func(ctx context.Context, n int, _ uuid.UUID) error {
				t, err := get(ctx, nth(n%1000))
				if err != nil {
					return err
				}
				changed, _ := retitle(t)
				return exec(ctx, updateTask, append(values(t), values(changed)...)...)
			},
		},
		{
			"create and delete",
			func(ctx context.Context, _ int, id uuid.UUID) error {
				if err := s.Create(ctx, store.Task{ID: id, Title: "a task"}); err != nil {
					return err
				}
				_, err := s.Delete(ctx, id, agree)
				return err
			},
			func(ctx context.Context, _ int, id uuid.UUID) error {
				if err := exec(ctx, insertTask, values(store.Task{ID: id, Title: "a task"})...); err != nil {
					return err
				}
				t, err := get(ctx, id)
				if err != nil {
					return err
				}
				return exec(ctx, deleteTask, values(t)...)
			},
		},
	} {
		b.Run(bb.name, func(b *testing.B) {
			var byStore, byDriver []time.Duration
			slice := func(n int, call func(context.Context, int, uuid.UUID) error) time.Duration {
				const size = 10
				before := cpu()
				for k := range size {
					if err := call(b.Context(), n*size+k, uuid.Must(uuid.NewV7())); err != nil {
						b.Fatal(err)
					}
				}
				return (cpu() - before) / size
			}
			for n := 0; b.Loop(); n++ {
				byStore = append(byStore, slice(n, bb.store))
				byDriver = append(byDriver, slice(n, bb.bare))
			}
			store, driver := lowDecile(byStore), lowDecile(byDriver)
			b.ReportMetric(store, "store-µs")
			b.ReportMetric(driver, "pgx-µs")
			b.ReportMetric(store/driver, "store/pgx")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkPage reads pages of 100 from the middle of few and of many tasks, of
// which 300 are done: the low deciles of what a call takes, with PostgreSQL.
func BenchmarkPage(b *testing.B) {
	for _, n := range []int{1e3, 1e6} {
		if n > 1e4 && testing.Short() {
			continue
		}
		s := filled(b, postgrestest.Shared(b), n)
		for name, done := range map[string]*bool{"all": nil, "open": new(false), "done": new(true)} {
			for order, desc := range map[string]bool{"asc": false, "desc": true} {
				q := store.Query{Limit: 100, After: new(nth(n / 2)), Done: done, Descending: desc}
				b.Run(fmt.Sprintf("n=%d/%s/%s", n, name, order), func(b *testing.B) {
					var took []time.Duration
					for b.Loop() {
						start := time.Now()
						if page, more, err := s.List(b.Context(), q); err != nil || len(page) != 100 || !more {
							b.Fatalf("%d tasks, %t, %v", len(page), more, err)
						}
						took = append(took, time.Since(start))
					}
					b.ReportMetric(lowDecile(took), "µs")
					b.ReportMetric(0, "ns/op")
				})
			}
		}
	}
}

// BenchmarkWriters creates tasks durably, with one client and with many.
func BenchmarkWriters(b *testing.B) {
	s := filled(b, postgrestest.Start(b), 1000)
	for _, clients := range []int{1, 32} {
		b.Run(fmt.Sprint(clients), func(b *testing.B) {
			var wg sync.WaitGroup
			var n atomic.Int64
			for range clients {
				wg.Go(func() {
					for n.Add(1) <= int64(b.N) {
						if err := s.Create(b.Context(), store.Task{ID: uuid.Must(uuid.NewV7()), Title: "a task"}); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "creates/s")
		})
	}
}

// lowDecile returns the value, in microseconds, that a tenth are below.
func lowDecile(values []time.Duration) float64 {
	slices.Sort(values)
	return float64(values[len(values)/10].Nanoseconds()) / 1e3
}

// filled returns a store of n tasks, created in the order of their ids, of which
// 300 are done.
func filled(b *testing.B, server *postgrestest.Server, n int) *Store {
	b.Helper()
	s, err := Open(b.Context(), server.URL(b))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	if _, err := s.pool.Exec(b.Context(), "INSERT INTO tasks SELECT lpad(to_hex(i), 32, '0')::uuid, 'a task with the number ' || i, i % ($1 / 300) = 0 FROM generate_series(0, $1::int - 1) i", n); err != nil {
		b.Fatal(err)
	}
	return s
}

// nth returns the id of the nth task of filled.
func nth(n int) (id uuid.UUID) {
	for i := 15; n > 0; i, n = i-1, n>>8 {
		id[i] = byte(n)
	}
	return id
}

// cpu returns the processor time that this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
