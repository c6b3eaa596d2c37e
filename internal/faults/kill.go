package main

import (
	"os/exec"
	"path/filepath"
	"strings"

	"example.com/tasks/internal/contract/live"
	"example.com/tasks/internal/store/postgres/postgrestest"
)

func killOverSQLite(t *trial) {
	dir := t.Directory()
	db := filepath.Join(dir, "tasks.db")
	t.kill(t.serve(dir, "tasksd", "sqlite:"+db), func() { t.checkIntegrity(db) })
}

func killOverPostgres(t *trial) {
	database := postgrestest.Start(t)
	t.kill(t.serve(t.Directory(), "tasksd", database.URL(t)), func() {})
}

// kill kills a server again and again. It calls check before the first round and
// after each.
func (t *trial) kill(s *server, check func()) {
	check()
	l := newLoad(t, s)
	for range t.kills {
		l.round(func() {
			if err := s.Kill(); err != nil {
				t.Fatal(err)
			}
			t.start(s)
		})
		check()
	}
}

// checkIntegrity has SQLite itself, not the one that is built into tasksd, check
// a database.
func (t *trial) checkIntegrity(db string) {
	if live.Missing("sqlite3") != "" {
		t.Skip("sqlite3 is not installed: Debian's package sqlite3 has it")
	}
	out, err := exec.CommandContext(t.ctx, "sqlite3", db, "PRAGMA integrity_check").CombinedOutput()
	if answer := strings.TrimSpace(string(out)); err != nil || answer != "ok" {
		t.Fatalf("integrity_check of %s: %v %s", db, err, answer)
	}
}
