package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/postgres"
	"example.com/tasks/internal/store/postgres/postgrestest"
)

// TestOutage has a server or the network to it fail in every way, while tasks
// are created. Every method returns ErrUnavailable then, and does so in time; no
// task that was acknowledged is lost; and the store serves again by itself.
func TestOutage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		fail, mend func(*testing.T, *postgrestest.Server, *postgrestest.Proxy)
	}{
		{
			"the server is stopped and started",
			func(t *testing.T, s *postgrestest.Server, _ *postgrestest.Proxy) { s.Stop(t) },
			func(t *testing.T, s *postgrestest.Server, _ *postgrestest.Proxy) { s.Restart(t) },
		},
		{
			"the server is killed and started",
			func(t *testing.T, s *postgrestest.Server, _ *postgrestest.Proxy) { s.Kill(t) },
			func(t *testing.T, s *postgrestest.Server, _ *postgrestest.Proxy) { s.Restart(t) },
		},
		{
			"the network stalls",
			func(_ *testing.T, _ *postgrestest.Server, p *postgrestest.Proxy) { p.Stall() },
			func(_ *testing.T, _ *postgrestest.Server, p *postgrestest.Proxy) { p.Forward() },
		},
		{
			"the network drops what is sent",
			func(_ *testing.T, _ *postgrestest.Server, p *postgrestest.Proxy) { p.Drop() },
			func(_ *testing.T, _ *postgrestest.Server, p *postgrestest.Proxy) { p.Forward() },
		},
		{
			"the network closes connections",
			func(_ *testing.T, _ *postgrestest.Server, p *postgrestest.Proxy) { p.Close() },
			func(_ *testing.T, _ *postgrestest.Server, p *postgrestest.Proxy) { p.Forward() },
		},
		{
			"the server becomes read-only",
			func(t *testing.T, s *postgrestest.Server, _ *postgrestest.Proxy) { readOnly(t, s, "on") },
			func(t *testing.T, s *postgrestest.Server, _ *postgrestest.Proxy) { readOnly(t, s, "off") },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := postgrestest.Start(t)
			proxy := postgrestest.NewProxy(t, server.Addr)
			direct := server.URL(t)
			s := open(t, through(proxy, direct)+"&pool_max_conns=4") // Fewer than writers.
			writers := startWriters(t, s)
			for range 2 {
				writers.wait(t)
				tt.fail(t, server, proxy)
				wantUnavailable(t, s)
				tt.mend(t, server, proxy)
				mended := time.Now()
				writers.wait(t)
				t.Logf("all writers are served again after %s", time.Since(mended))
			}
			writers.stop()
			proxy.Forward()
			wantAcknowledged(t, open(t, direct), writers.acknowledged)
		})
	}
}

// TestFailover stops the primary of two hosts and promotes the other, a standby:
// the store goes on there, with all that was acknowledged.
func TestFailover(t *testing.T) {
	t.Parallel()
	primary := postgrestest.Start(t)
	url := primary.URL(t)
	standby := primary.Standby(t)
	s := open(t, strings.Replace(url, primary.Addr, standby.Addr+","+primary.Addr, 1))
	writers := startWriters(t, s)
	writers.wait(t)
	primary.Stop(t)
	wantUnavailable(t, s)
	standby.Promote(t)
	promoted := time.Now()
	writers.wait(t)
	t.Logf("all writers are served again after %s", time.Since(promoted))
	writers.stop()
	wantAcknowledged(t, s, writers.acknowledged)
}

// TestTooManyConnections has a role that may have one connection only.
func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	server := postgrestest.Start(t)
	url := withPassword(guarded(t, server), password)
	server.SQL(t, "ALTER ROLE guarded CONNECTION LIMIT 1")
	s := open(t, url)
	if _, err := postgres.Open(t.Context(), url); err == nil || !strings.Contains(err.Error(), "too many connections") {
		t.Errorf("Open = %v, want too many connections", err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("Ready = %v", err)
	}
	conn := connect(t, server.URL(t))
	_, schema, _ := strings.Cut(url, "search_path=")
	execute(t, conn, "BEGIN; LOCK TABLE "+schema+".tasks")
	locked := make(chan error)
	go func() { locked <- s.Create(t.Context(), store.Task{}) }() // It occupies the connection.
	for server.SQL(t, "SELECT count(*) FROM pg_locks WHERE NOT granted") == "0" {
		time.Sleep(time.Millisecond)
	}
	if err := s.Ready(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Ready = %v, want ErrUnavailable", err)
	}
	execute(t, conn, "COMMIT")
	if err := <-locked; err != nil {
		t.Errorf("Create = %v, although its connection was not lost", err)
	}
}

// through returns the URL with the proxy's address.
func through(p *postgrestest.Proxy, url string) string {
	return regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(url, p.Addr)
}

func readOnly(t *testing.T, s *postgrestest.Server, value string) {
	t.Helper()
	s.SQL(t, "ALTER SYSTEM SET default_transaction_read_only = "+value)
	s.SQL(t, "SELECT pg_reload_conf()")
	for s.SQL(t, "SHOW default_transaction_read_only") != value {
		time.Sleep(time.Millisecond)
	}
}

// wantUnavailable waits until the store is not ready, calls all methods at once
// and wants ErrUnavailable of each.
func wantUnavailable(t *testing.T, s store.Store) {
	t.Helper()
	for s.Ready(t.Context()) == nil { // It takes a killed server a moment to end.
		time.Sleep(time.Millisecond)
	}
	agree := func(store.Task) error { return nil }
	same := func(t store.Task) (store.Task, error) { return t, nil }
	ended := map[string]chan error{}
	for name, call := range map[string]func(context.Context) error{
		"Create": func(ctx context.Context) error { return s.Create(ctx, store.Task{ID: uuid.New()}) },
		"CreateOnce": func(ctx context.Context) error {
			_, err := s.CreateOnce(ctx, store.Task{}, store.Key{Value: "k", Now: time.Now()})
			return err
		},
		"Get":    func(ctx context.Context) error { _, err := s.Get(ctx, uuid.Nil); return err },
		"List":   func(ctx context.Context) error { _, _, err := s.List(ctx, store.Query{Limit: 1}); return err },
		"Update": func(ctx context.Context) error { _, err := s.Update(ctx, uuid.Nil, same); return err },
		"Delete": func(ctx context.Context) error { _, err := s.Delete(ctx, uuid.Nil, agree); return err },
		"Len":    func(ctx context.Context) error { _, err := s.Len(ctx); return err },
		"Ready":  s.Ready,
	} {
		result := make(chan error, 1)
		ended[name] = result
		go func() { result <- call(t.Context()) }()
	}
	start := time.Now()
	late := time.After(10 * time.Second) // Five are promised, on a machine that is not busy.
	for name, result := range ended {
		select {
		case err := <-result:
			if !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s = %v, want ErrUnavailable", name, err)
			}
		case <-late:
			t.Errorf("%s has not ended after 10 s", name)
		}
	}
	t.Logf("all methods are unavailable after %s", time.Since(start))
}

// writers create tasks, again and again.
type writers struct {
	stop func()

	mu           sync.Mutex
	acknowledged []store.Task
	by           [8]int // How many each writer has had acknowledged.
}

func startWriters(t *testing.T, s store.Store) *writers {
	ctx, cancel := context.WithCancel(t.Context())
	var w writers
	var wg sync.WaitGroup
	for i := range w.by {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				task := store.Task{ID: uuid.New(), Title: fmt.Sprint(i, n), Done: n%2 == 0}
				err := s.Create(t.Context(), task)
				if err != nil {
					if !errors.Is(err, store.ErrUnavailable) && t.Context().Err() == nil {
						t.Errorf("Create = %v, want ErrUnavailable", err)
					}
					time.Sleep(10 * time.Millisecond)
					continue
				}
				w.mu.Lock()
				w.acknowledged = append(w.acknowledged, task)
				w.by[i]++
				w.mu.Unlock()
			}
		})
	}
	w.stop = func() { cancel(); wg.Wait() }
	t.Cleanup(w.stop)
	return &w
}

// soFar returns the tasks that have been acknowledged.
func (w *writers) soFar() []store.Task {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.acknowledged)
}

// wait waits until each of the writers has had another ten tasks acknowledged.
func (w *writers) wait(t *testing.T) {
	t.Helper()
	served := func() [8]int {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.by
	}
	before := served()
	for start := time.Now(); time.Since(start) < 10*time.Second; time.Sleep(time.Millisecond) {
		now := served()
		for i := range now {
			now[i] -= before[i]
		}
		if slices.Min(now[:]) >= 10 {
			return
		}
	}
	t.Fatal("writers are not served again after 10 s")
}

func wantAcknowledged(t *testing.T, s store.Store, tasks []store.Task) {
	t.Helper()
	for _, want := range tasks {
		if got, err := s.Get(t.Context(), want.ID); err != nil || got != want {
			t.Errorf("Get of an acknowledged task = %v, %v, want %v", got, err, want)
		}
	}
	t.Logf("%d tasks were acknowledged", len(tasks))
}
