package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/sqlite"
)

// The README's commands back a file up while tasks are created, restore it over
// a file that is damaged and has a log, and find it sound.
func TestReadme(t *testing.T) {
	if _, err := exec.LookPath("sqlite3"); err != nil && os.Getenv("CI") == "" {
		t.Skip("SKIPPED: sqlite3 is not installed")
	}
	backup, restore, check := command(t, "VACUUM INTO"), command(t, "cp backup.db"), command(t, "integrity_check")
	path := filepath.Join(t.TempDir(), "tasks.db")

	s, err := sqlite.Open(t.Context(), path)
	must(t, err)
	var before []store.Task
	for n := range 100 {
		before = append(before, store.Task{ID: uuid.New(), Title: fmt.Sprint(n)})
		must(t, s.Create(t.Context(), before[n]))
	}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for s.Create(ctx, store.Task{ID: uuid.New()}) == nil {
			}
		})
	}
	run(t, path, backup)
	if info, err := os.Stat(filepath.Join(filepath.Dir(path), "backup.db")); err != nil || info.Mode() != 0o600 {
		t.Errorf("the backup has mode %v, %v, want 0600", info.Mode(), err)
	}
	stop()
	wg.Wait()
	must(t, s.Close())
	since, _ := killed(t, path, "readme") // Leaves a log.
	damage(t, path, 0)

	run(t, path, restore)
	if out := run(t, path, check); out != "ok\n" {
		t.Errorf("%s prints %q, want ok", check, out)
	}
	restored := open(t, path)
	for _, task := range before {
		if got, err := restored.Get(t.Context(), task.ID); err != nil || got != task {
			t.Errorf("Get = %v, %v, want %v", got, err, task)
		}
	}
	if _, err := restored.Get(t.Context(), since[0]); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Get of a task that was created after the backup = %v, want ErrNotFound", err)
	}
	must(t, restored.Create(t.Context(), store.Task{ID: uuid.New()}))
}

// command returns the README's command that has this part.
func command(t *testing.T, part string) string {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	must(t, err)
	for line := range strings.Lines(string(readme)) {
		if command, ok := strings.CutPrefix(line, "    "); ok && strings.Contains(command, part) {
			return command
		}
	}
	t.Fatalf("README.md has no command with %q", part)
	return ""
}

// run runs a command in the directory of the file, and returns what it prints.
func run(t *testing.T, path, command string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Dir = filepath.Dir(path)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", command, err, out)
	}
	return string(out)
}
