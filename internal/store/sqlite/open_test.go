package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/sqlite"
)

// What is wrong with a file is one line that has its name, the fault and what to
// do, in that order.
func TestOpenFails(t *testing.T) {
	for name, tt := range map[string]struct {
		prepare func(t *testing.T, path string)
		want    []string
	}{
		"no directory": {
			func(t *testing.T, path string) { must(t, os.Remove(filepath.Dir(path))) },
			[]string{"is in a directory that does not exist", "create that"},
		},
		"a file for a directory": {
			func(t *testing.T, path string) {
				must(t, os.Remove(filepath.Dir(path)))
				must(t, os.WriteFile(filepath.Dir(path), nil, 0o600))
			},
			[]string{"cannot be created (not a directory)", "allow writing to its directory"},
		},
		"a directory": {
			func(t *testing.T, path string) { must(t, os.Mkdir(path, 0o700)) },
			[]string{"is a directory", "name a file in it"},
		},
		"a directory that cannot be written": {
			func(t *testing.T, path string) { makeReadOnly(t, filepath.Dir(path)) },
			[]string{"cannot be created (", "allow writing to its directory"},
		},
		"a file that cannot be written": {
			func(t *testing.T, path string) {
				makeDatabase(t, path)
				makeReadOnly(t, filepath.Dir(path))
			},
			[]string{"cannot be ", "allow "},
		},
		"a short text": {
			func(t *testing.T, path string) { must(t, os.WriteFile(path, []byte("tasks"), 0o600)) },
			[]string{"is not a SQLite database", "name another file"},
		},
		"a long text": {
			func(t *testing.T, path string) {
				must(t, os.WriteFile(path, []byte(strings.Repeat("tasks\n", 10_000)), 0o600))
			},
			[]string{"is not a SQLite database", "name another file"},
		},
		"a damaged database": {
			func(t *testing.T, path string) {
				makeDatabase(t, path)
				damage(t, path, 100) // In the schema, after the header.
			},
			[]string{"is damaged", "restore a backup"},
		},
		"a truncated database": {
			func(t *testing.T, path string) {
				makeDatabase(t, path)
				must(t, os.Truncate(path, 4096))
			},
			[]string{"is damaged", "restore a backup"},
		},
		"a newer version": {
			func(t *testing.T, path string) {
				makeDatabase(t, path)
				execute(t, connect(t, path), "PRAGMA user_version = 99")
			},
			[]string{"is of version 99, and this program knows versions up to 1", "run a newer one"},
		},
		"another program's": {
			func(t *testing.T, path string) { execute(t, connect(t, path), "CREATE TABLE bookmarks (url TEXT)") },
			[]string{"is the database of another program", "name another file"},
		},
		"a locked database": {
			func(t *testing.T, path string) {
				makeDatabase(t, path)
				t.Cleanup(lock(t, path))
			},
			[]string{"is locked by another program", "end that"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "directory", "tasks.db")
			must(t, os.Mkdir(filepath.Dir(path), 0o700))
			tt.prepare(t, path)
			s, err := sqlite.Open(t.Context(), path)
			if err == nil {
				t.Errorf("there is no error, and Close = %v", s.Close())
				return
			}
			rest := err.Error()
			for _, want := range append([]string{"sqlite: " + path + " "}, tt.want...) {
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Errorf("error %q, want %q", err, tt.want)
					break
				}
				rest = after
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q is of more than one line", err)
			}
		})
	}
}

// Damage that Open does not see is told by the first call that does, as such.
func TestDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tasks.db")
	makeDatabase(t, path)
	damage(t, path, 4096) // The page after that of the schema.
	s := open(t, path)
	_, err := s.Get(t.Context(), uuid.Max)
	if want := "sqlite: the file is damaged: restore a backup ("; err == nil || !strings.HasPrefix(err.Error(), want) || errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Get = %v, want %s", err, want)
	}
}

// What another program keeps in its database is not touched.
func TestOpenLeavesOthersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bookmarks.db")
	execute(t, connect(t, path), "CREATE TABLE bookmarks (url TEXT)")
	before, err := os.ReadFile(path)
	must(t, err)
	if _, err := sqlite.Open(t.Context(), path); err == nil {
		t.Error("there is no error")
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the file has changed, or %v", err)
	}
}

// Open waits for those who still read a database without a write-ahead log, as
// it may come from a backup.
func TestOpenWaitsForReaders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tasks.db")
	makeDatabase(t, path)
	reader := connect(t, path)
	execute(t, reader, "PRAGMA journal_mode = DELETE")
	execute(t, reader, "BEGIN; SELECT count(*) FROM tasks")
	time.AfterFunc(100*time.Millisecond, func() { execute(t, reader, "COMMIT") })
	open(t, path)
}

// Any name serves, only the owner reads the files, and Close leaves one.
func TestFiles(t *testing.T) {
	for _, name := range []string{"tasks.db", ":memory:", "a b", "a?mode=memory", "a%20b", "a#b", "ä&b=c"} {
		dir := t.TempDir()
		s, err := sqlite.Open(t.Context(), filepath.Join(dir, name))
		must(t, err)
		must(t, s.Create(t.Context(), store.Task{ID: uuid.Max}))
		wantFiles(t, dir, name, name+"-shm", name+"-wal")
		must(t, s.Close())
		wantFiles(t, dir, name)
	}
}

func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	must(t, err)
	var got []string
	for _, f := range files {
		got = append(got, f.Name())
		if info, err := f.Info(); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s has mode %v, %v, want 0600", f.Name(), info.Mode(), err)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("there are the files %q, want %q", got, want)
	}
}

// A relative path stays what it was when the process changes its directory.
func TestRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	s := open(t, "tasks.db")
	t.Chdir(t.TempDir())
	must(t, s.Create(t.Context(), store.Task{ID: uuid.Max}))
	if n, err := s.Len(t.Context()); n != 1 || err != nil {
		t.Errorf("Len = %d, %v, want 1", n, err)
	}
}

// makeDatabase makes a database with a task.
func makeDatabase(t *testing.T, path string) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path)
	must(t, err)
	must(t, s.Create(t.Context(), store.Task{ID: uuid.Max}))
	must(t, s.Close())
}

// damage overwrites a part of a file.
func damage(t *testing.T, path string, at int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteAt([]byte(strings.Repeat("damage", 600)), at)
	must(t, err)
	must(t, f.Close())
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
