package sqlite

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
)

// BenchmarkCPU is what a call costs in CPU time, beside the same statements
// without the store. What a change takes besides is the disk's.
func BenchmarkCPU(b *testing.B) {
	const n = 100_000
	s := openFilled(b, n, 2)
	toggle := func(t store.Task) (store.Task, error) { t.Done = !t.Done; return t, nil }
	agree := func(store.Task) error { return nil }
	bare := bare{s.writer}
	for len(s.idle) > 1 { // Both ways read over one connection, with one cache.
		r := <-s.idle
		defer func() { s.idle <- r }()
	}
	r := <-s.idle
	s.idle <- r
	for _, bb := range []struct {
		call          string
		store, driver func(ctx context.Context, id uuid.UUID) error
	}{
		{
			"get",
			func(ctx context.Context, id uuid.UUID) error { _, err := s.Get(ctx, id); return err },
			func(_ context.Context, id uuid.UUID) error {
				return r.get.QueryRowContext(context.Background(), id[:]).Scan(scan(&store.Task{})...)
			},
		},
		{
			"page of 100",
			func(ctx context.Context, id uuid.UUID) error {
				_, _, err := s.List(ctx, store.Query{Limit: 100, After: &id})
				return err
			},
			func(_ context.Context, id uuid.UUID) error { return r.bare(pageKind{}, id[:], 100) },
		},
		{
			"page of 100 that are done",
			func(ctx context.Context, id uuid.UUID) error {
				_, _, err := s.List(ctx, store.Query{Limit: 100, After: &id, Done: new(true)})
				return err
			},
			func(_ context.Context, id uuid.UUID) error { return r.bare(pageKind{filtered: true}, true, id[:], 100) },
		},
		{
			"create",
			func(ctx context.Context, _ uuid.UUID) error { return s.Create(ctx, newTask()) },
			func(ctx context.Context, _ uuid.UUID) error { return bare.create(ctx, newTask()) },
		},
		{
			"create once",
			func(ctx context.Context, _ uuid.UUID) error {
				t := newTask()
				_, err := s.CreateOnce(ctx, t, keyOf(t))
				return err
			},
			func(ctx context.Context, _ uuid.UUID) error { t := newTask(); return bare.createOnce(ctx, t, keyOf(t)) },
		},
		{
			"update",
			func(ctx context.Context, id uuid.UUID) error { _, err := s.Update(ctx, id, toggle); return err },
			func(ctx context.Context, id uuid.UUID) error { return bare.toggle(ctx, id) },
		},
		{
			"delete and create",
			func(ctx context.Context, id uuid.UUID) error {
				t, err := s.Delete(ctx, id, agree)
				if err != nil {
					return err
				}
				return s.Create(ctx, t)
			},
			func(ctx context.Context, id uuid.UUID) error {
				t, err := bare.delete(ctx, id)
				if err != nil {
					return err
				}
				return bare.create(ctx, t)
			},
		},
	} {
		for _, way := range []struct {
			name string
			call func(ctx context.Context, id uuid.UUID) error
		}{{"store", bb.store}, {"driver", bb.driver}} {
			b.Run(fmt.Sprintf("call=%s/way=%s", bb.call, way.name), func(b *testing.B) {
				ctx, cancel := context.WithCancel(b.Context()) // As that of a request, it can end.
				defer cancel()
				reportCPU(b, func() error { return way.call(ctx, rank(rand.IntN(n-1000))) })
			})
		}
	}
}

// reportCPU makes calls and reports the CPU time of one, as the lower quartile of
// samples, since other processes disturb them.
func reportCPU(b *testing.B, call func() error) {
	const sample = 10
	b.ReportAllocs()
	var costs []time.Duration
	for begin, calls := cpuTime(), 1; b.Loop(); calls++ {
		if err := call(); err != nil {
			b.Fatal(err)
		}
		if calls%sample == 0 {
			now := cpuTime()
			costs = append(costs, now-begin)
			begin = now
		}
	}
	if len(costs) > 0 { // There is none where one call is tried first.
		slices.Sort(costs)
		b.ReportMetric(float64(costs[len(costs)/4])/sample, "ns/op")
	}
}

// cpuTime returns the CPU time that the process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// bare makes changes, without the store, over the connection of a writer that is idle.
type bare struct{ *writer }

func (b bare) create(ctx context.Context, t store.Task) error {
	return b.transaction(ctx, func(ctx context.Context) error {
		_, err := b.createTask.ExecContext(ctx, values(t)...)
		return err
	})
}

func (b bare) createOnce(ctx context.Context, t store.Task, key store.Key) error {
	return b.transaction(ctx, func(ctx context.Context) error {
		_ = b.findKey.QueryRowContext(ctx, key.Owner, key.Value, 0).Scan(scan(&store.Task{})...)
		if _, err := b.createTask.ExecContext(ctx, values(t)...); err != nil {
			return err
		}
		if _, err := b.forgetKeys.ExecContext(ctx, 0); err != nil {
			return err
		}
		_, err := b.addKey.ExecContext(ctx, append(values(t), key.Owner, key.Value, 0)...)
		return err
	})
}

func (b bare) toggle(ctx context.Context, id uuid.UUID) error {
	return b.transaction(ctx, func(ctx context.Context) error {
		var t store.Task
		if err := b.getTask.QueryRowContext(ctx, id[:]).Scan(scan(&t)...); err != nil {
			return err
		}
		t.Done = !t.Done
		_, err := b.updateTask.ExecContext(ctx, values(t)...)
		return err
	})
}

func (b bare) delete(ctx context.Context, id uuid.UUID) (t store.Task, err error) {
	err = b.transaction(ctx, func(ctx context.Context) error {
		if err := b.getTask.QueryRowContext(ctx, id[:]).Scan(scan(&t)...); err != nil {
			return err
		}
		_, err := b.deleteTask.ExecContext(ctx, id[:])
		return err
	})
	return t, err
}

// transaction runs f with a context that cannot end, as the store does.
func (b bare) transaction(ctx context.Context, f func(context.Context) error) error {
	if err := b.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := f(context.Background()); err != nil {
		return err
	}
	return b.exec(context.Background(), "COMMIT")
}

// bare reads a page.
func (r *reader) bare(k pageKind, args ...any) error {
	rows, err := r.pages[k].QueryContext(context.Background(), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var page []store.Task
	for rows.Next() {
		var t store.Task
		if err := rows.Scan(&t.ID, &t.Title, &t.Done); err != nil {
			return err
		}
		page = append(page, t)
	}
	if len(page) == 0 {
		return errors.New("there is no task")
	}
	return rows.Err()
}

// BenchmarkWriters is the time for each of the changes that so many callers make
// at once.
func BenchmarkWriters(b *testing.B) {
	s := openFilled(b, 100_000, 2)
	for _, bb := range []struct {
		call string
		f    func(ctx context.Context, t store.Task) error
	}{
		{"create", s.Create},
		{"create once", func(ctx context.Context, t store.Task) error {
			_, err := s.CreateOnce(ctx, t, keyOf(t))
			return err
		}},
	} {
		for _, writers := range []int{1, 32} {
			b.Run(fmt.Sprintf("call=%s/writers=%d", bb.call, writers), func(b *testing.B) {
				b.ReportAllocs()
				var begun atomic.Int64
				var wg sync.WaitGroup
				for range writers {
					wg.Go(func() {
						for begun.Add(1) <= int64(b.N) {
							if err := bb.f(b.Context(), newTask()); err != nil {
								b.Error(err)
							}
						}
					})
				}
				wg.Wait()
			})
		}
	}
}

// BenchmarkPage is what a page costs in CPU time by the number of tasks, of which
// a hundred are done.
func BenchmarkPage(b *testing.B) {
	for _, n := range sizes() {
		s := openFilled(b, n, n/100)
		for _, bb := range []struct {
			page string
			q    store.Query
		}{
			{"100", store.Query{Limit: 100}},
			{"100, descending", store.Query{Limit: 100, Descending: true}},
			{"100 that are not done", store.Query{Limit: 100, Done: new(false)}},
			{"the 100 that are done", store.Query{Limit: 100, Done: new(true)}},
		} {
			b.Run(fmt.Sprintf("page=%s/tasks=%d", bb.page, n), func(b *testing.B) {
				reportCPU(b, func() error {
					q := bb.q
					if q.Done == nil || !*q.Done {
						q.After = new(rank(200 + rand.IntN(n-400)))
					}
					page, _, err := s.List(b.Context(), q)
					if err == nil && len(page) != 100 {
						err = fmt.Errorf("the page has %d tasks", len(page))
					}
					return err
				})
			})
		}
	}
}

// sizes are the numbers of tasks that pages are measured with.
func sizes() []int {
	if testing.Short() {
		return []int{1e3, 1e6}
	}
	return []int{1e3, 1e6, 1e7}
}

// openFilled opens a store of n tasks, of which one of so many is done.
func openFilled(b *testing.B, n, every int) *Store {
	b.Helper()
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "tasks.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	fill := fmt.Sprintf(`WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < %d)
		INSERT INTO tasks SELECT unhex(printf('%%016x%%016d', n, 0)), 'a task with the number ' || n, n %% %d = 0 FROM n`, n-1, every)
	if err := s.writer.exec(b.Context(), fill); err != nil {
		b.Fatal(err)
	}
	return s
}

// rank returns the id of the ith task.
func rank(i int) (u uuid.UUID) {
	binary.BigEndian.PutUint64(u[:], uint64(i))
	return u
}

// newTask returns a task that follows all others, as new ones do.
func newTask() store.Task {
	return store.Task{ID: uuid.Must(uuid.NewV7()), Title: "a task with a title"}
}

func keyOf(t store.Task) store.Key {
	return store.Key{Owner: "owner", Value: t.ID.String(), Now: time.Now()}
}
