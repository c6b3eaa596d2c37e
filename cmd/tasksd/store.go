package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/memory"
	"example.com/tasks/internal/store/postgres"
	"example.com/tasks/internal/store/sqlite"
)

// openStore opens the store that -store names: memory, sqlite:PATH or a URL of
// PostgreSQL. The error is a usageError if it names none.
func (o *options) openStore(ctx context.Context) (store.Store, error) {
	kind, rest, _ := strings.Cut(o.store, ":")
	var s store.Store
	var err error
	switch {
	case o.store == "memory":
		return memory.NewBounded(o.maxTasks), nil
	case o.sources["max-tasks"] != "":
		return nil, usagef("%s: only memory is bounded, and -store is %s", o.source("max-tasks"), withoutPassword(o.store))
	case kind == "sqlite" && rest != "":
		s, err = sqlite.Open(ctx, rest)
	case kind == "postgres" || kind == "postgresql":
		s, err = postgres.Open(ctx, o.store)
	default:
		return nil, usagef("%s: want memory, sqlite:PATH or a postgres:// URL", o.source("store"))
	}
	if errors.Is(err, postgres.ErrURL) {
		return nil, usagef("%s: %w", o.source("store"), err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.source("store"), err)
	}
	return s, nil
}

// migrateStore brings the store's database up to date, as opening it does.
func (o *options) migrateStore(ctx context.Context) error {
	s, err := o.openStore(ctx)
	if err != nil {
		return err
	}
	return s.Close()
}

// countPatience is how long the start waits for the number of tasks, which is
// not worth more.
const countPatience = time.Second

// logStore logs where tasks are kept, and how many there are unless counting
// them takes too long.
func (o *options) logStore(ctx context.Context, log *slog.Logger, s store.Store) {
	message := "tasks are kept"
	if o.store == "memory" {
		message = "tasks are kept in memory and lost when tasksd exits; -store keeps them"
	}
	log = log.With("store", withoutPassword(o.store))
	ctx, cancel := context.WithTimeout(ctx, countPatience)
	defer cancel()
	if tasks, err := s.Len(ctx); err == nil {
		log = log.With("tasks", tasks)
	}
	log.Info(message)
}

// withoutPassword returns what -store names as it may be logged: a URL keeps its
// hosts and database, and nothing else, since a query can hold a password too.
func withoutPassword(name string) string {
	if !strings.Contains(name, "://") {
		return name
	}
	u, err := url.Parse(name)
	if err != nil {
		return "postgres"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
