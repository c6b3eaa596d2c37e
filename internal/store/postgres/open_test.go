package postgres_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/postgres"
	"example.com/tasks/internal/store/postgres/postgrestest"
)

const password = "s3cr3t"

// guarded returns the URL of a new, empty schema that belongs to the role guarded,
// whose password it lacks.
func guarded(t *testing.T, server *postgrestest.Server) string {
	t.Helper()
	url := server.URL(t)
	_, schema, _ := strings.Cut(url, "search_path=")
	server.SQL(t, `DO $$ BEGIN CREATE ROLE guarded LOGIN PASSWORD '`+password+`'; EXCEPTION WHEN duplicate_object THEN END $$;
		ALTER SCHEMA `+schema+` OWNER TO guarded`)
	return strings.Replace(url, "postgres@", "guarded@", 1)
}

func withPassword(url, password string) string { return strings.Replace(url, "@", ":"+password+"@", 1) }

// TestOpenErrors has everything that can be wrong with a URL or with what it
// leads to: one line says what, and never the password.
func TestOpenErrors(t *testing.T) {
	t.Parallel()
	server := postgrestest.Shared(t)
	url := withPassword(guarded(t, server), password)
	_, port, _ := net.SplitHostPort(server.Addr)
	elsewhere := func(addr string) string { return strings.Replace(url, server.Addr, addr, 1) }
	stalled := postgrestest.NewProxy(t, server.Addr)
	stalled.Stall()

	newer := withPassword(guarded(t, server), password)
	execute(t, connect(t, newer), "CREATE TABLE tasks_migrations (version integer, applied timestamptz); INSERT INTO tasks_migrations VALUES (1000)")
	server.SQL(t, "DROP DATABASE IF EXISTS latin1") // Of an earlier run in this process.
	server.SQL(t, "CREATE DATABASE latin1 ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
	readOnly := withPassword(guarded(t, server), password) + "&default_transaction_read_only=on"
	foreign := withPassword(strings.Replace(server.URL(t), "postgres@", "guarded@", 1), password)
	_, schema, _ := strings.Cut(foreign, "search_path=")
	server.SQL(t, "GRANT USAGE ON SCHEMA "+schema+" TO guarded")

	for _, tt := range []struct {
		name, url string
		isURL     bool
		want      string
	}{
		{"another scheme", "mysql://u:" + password + "@h/db", true, "it must begin with postgres://"},
		{"keywords", "host=h password=" + password, true, "it must begin with postgres://"},
		{"port", "postgres://u:" + password + "@h:port/db", true, "invalid port"},
		{"slash in the password", "postgres://u:a/" + password + "@h/db", true, "invalid port"},
		{"password without a host", "postgres://u:" + password, true, "invalid port"},
		{"percent sign in the password", "postgres://u:%" + password + "@h/db", true, "failed to parse as URL"},
		{"slash and percent sign in the password", "postgres://u:1/%" + password + "@h/db", true, "failed to parse as URL"},
		{"parameter of the pool", url + "&pool_max_conns=many", true, "cannot parse pool_max_conns"},
		{"session attributes", url + "&target_session_attrs=good", true, "unknown target_session_attrs value: good"},
		{"sslmode", strings.Replace(url, "sslmode=disable", "sslmode=maybe", 1), true, "sslmode is invalid"},
		{"unknown parameter", url + "&colour=red", false, `unrecognized configuration parameter "colour"`},
		{"nobody listens", elsewhere("127.0.0.1:1"), false, "connection refused"},
		{"nobody listens at several", elsewhere("127.0.0.1:1,127.0.0.1:2"), false, "connection refused"},
		{"nobody answers", elsewhere(stalled.Addr), false, "timeout"},
		{"nobody answers for longer", elsewhere(stalled.Addr) + "&connect_timeout=60", false, "no answer within 9s"},
		{"unknown host", elsewhere("host.invalid:" + port), false, "host.invalid"},
		{"wrong password", withPassword(guarded(t, server), "wrong"), false, `password authentication failed for user "guarded"`},
		{"no password", guarded(t, server), false, `password authentication failed for user "guarded"`},
		{"no such database", strings.Replace(url, "/postgres?", "/none?", 1), false, `database "none" does not exist`},
		{"another encoding", strings.Replace(url, "/postgres?", "/latin1?", 1), false, "encoding LATIN1"},
		{"newer", newer, false, "schema version 1000"},
		{"read-only", readOnly, false, "read only"},
		{"no right to create tables", foreign, false, "permission denied for schema"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			s, err := postgres.Open(t.Context(), tt.url)
			if took := time.Since(start); took > 15*time.Second { // Ten are promised, on a machine that is not busy.
				t.Errorf("Open takes %s", took)
			}
			if err == nil {
				_ = s.Close()
				t.Fatal("Open succeeds")
			}
			t.Log(err)
			if errors.Is(err, postgres.ErrURL) != tt.isURL {
				t.Errorf("ErrURL is wrapped: %t, want %t", !tt.isURL, tt.isURL)
			}
			if text := err.Error(); !strings.Contains(text, tt.want) || strings.ContainsAny(text, "\n\t") || strings.Contains(text, password) {
				t.Errorf("Open = %q, want one line with %q and without the password", text, tt.want)
			}
		})
	}
}

// TestPasswordFromElsewhere has the places other than the URL that the password
// may come from.
func TestPasswordFromElsewhere(t *testing.T) {
	server := postgrestest.Shared(t)
	host, port, _ := net.SplitHostPort(server.Addr)
	write := func(t *testing.T, content string) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, prepare := range map[string]func(t *testing.T){
		"PGPASSWORD": func(t *testing.T) { t.Setenv("PGPASSWORD", password) },
		"PGPASSFILE": func(t *testing.T) { t.Setenv("PGPASSFILE", write(t, host+":"+port+":*:guarded:"+password+"\n")) },
		"PGSERVICEFILE": func(t *testing.T) {
			t.Setenv("PGSERVICEFILE", write(t, "[tasks]\npassword="+password+"\n"))
			t.Setenv("PGSERVICE", "tasks")
		},
	} {
		t.Run(name, func(t *testing.T) {
			url := guarded(t, server)
			prepare(t)
			if err := open(t, url).Ready(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestOpenAgain repeats the migrations, as if the record of them had been lost,
// and then opens the database as a role that may not migrate.
func TestOpenAgain(t *testing.T) {
	server := postgrestest.Shared(t)
	url := server.URL(t)
	want := store.Task{Title: "kept"}
	if err := open(t, url).Create(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	conn := connect(t, url)
	execute(t, conn, "DELETE FROM tasks_migrations")
	open(t, url)

	_ = guarded(t, server)
	_, schema, _ := strings.Cut(url, "search_path=")
	execute(t, conn, "GRANT USAGE ON SCHEMA "+schema+" TO guarded; GRANT ALL ON ALL TABLES IN SCHEMA "+schema+" TO guarded")
	s := open(t, withPassword(strings.Replace(url, "postgres@", "guarded@", 1), password))
	if got, err := s.Get(t.Context(), want.ID); err != nil || got != want {
		t.Errorf("Get = %v, %v, want %v", got, err, want)
	}
}
