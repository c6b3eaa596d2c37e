package server_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"example.com/tasks/internal/server"
	"example.com/tasks/internal/service"
	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/memory"
	"example.com/tasks/internal/store/postgres"
	"example.com/tasks/internal/store/postgres/postgrestest"
	"example.com/tasks/internal/store/sqlite"
)

var storeFlag = flag.String("store", "memory", "keep tasks in memory, sqlite or postgres")

// newStore returns an empty store of the kind that the flag store names, which is
// closed when the test ends.
func newStore(t testing.TB) store.Store {
	t.Helper()
	var s store.Store
	var err error
	switch *storeFlag {
	case "memory":
		s = memory.New()
	case "sqlite":
		s, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "tasks.db"))
	case "postgres":
		s, err = postgres.Open(t.Context(), postgrestest.Shared(t).URL(t))
	default:
		t.Fatalf("-store %s: want memory, sqlite or postgres", *storeFlag)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// BenchmarkCreate creates tasks over HTTP, by one client and by 32 at once, in the
// store that the flag store names.
func BenchmarkCreate(b *testing.B) {
	for _, clients := range []int{1, 32} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			s := httptest.NewServer(server.New(service.New(newStore(b)), server.Config{}))
			defer s.Close()
			c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
			create := func() error {
				resp, err := c.Post(s.URL+"/tasks", "application/json", strings.NewReader(`{"title": "Learn WSGI"}`)) //nolint:noctx // It ends with the server.
				if err != nil {
					return err
				}
				_, err = io.Copy(io.Discard, resp.Body)
				return errors.Join(err, resp.Body.Close())
			}
			b.SetParallelism((clients + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
			if clients == 1 {
				for b.Loop() {
					if err := create(); err != nil {
						b.Fatal(err)
					}
				}
				return
			}
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := create(); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
