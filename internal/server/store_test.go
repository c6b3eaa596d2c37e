package server_test

import (
	"flag"
	"path/filepath"
	"testing"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/memory"
	"example.com/tasks/internal/store/postgres"
	"example.com/tasks/internal/store/postgres/postgrestest"
	"example.com/tasks/internal/store/sqlite"
)

var storeFlag = flag.String("store", "memory", "keep tasks in memory, sqlite or postgres")

// newStore returns an empty store of the kind that the flag store names, which is
// closed when the test ends.
func newStore(t *testing.T) store.Store {
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
