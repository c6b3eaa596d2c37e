package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/sqlite"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("SQLITE_CREATE"); path != "" {
		fmt.Fprintln(os.Stderr, createUntilKilled(path, os.Getenv("SQLITE_ROUND")))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// workers is how many calls of a process are under way at once.
const workers = 16

func onceKey(round string, worker, n int) store.Key {
	return store.Key{Owner: round, Value: fmt.Sprintf("%d-%d", worker, n), Now: time.Now()}
}

// createUntilKilled has every worker create one task after the other, and print
// its own number, the task's and its id when that is acknowledged. It ends by
// itself after a minute, or when nobody reads what it prints.
func createUntilKilled(path, round string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	ended := make(chan error)
	for worker := range workers {
		go func() {
			for n := 0; ; n++ {
				t := store.Task{ID: uuid.New(), Title: fmt.Sprint("round ", round)}
				if _, err := s.CreateOnce(ctx, t, onceKey(round, worker, n)); err != nil {
					ended <- err
				}
				if _, err := fmt.Printf("%d %d %s\n", worker, n, t.ID); err != nil {
					ended <- err
				}
			}
		}()
	}
	return <-ended
}

// A process that is killed during creations leaves all that it has acknowledged,
// and a sound file. Who repeats, with their keys, the creations that were not
// acknowledged ends with one task for each key.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tasks.db")
	total := 0
	for round := range 3 {
		acknowledged, created := killed(t, path, fmt.Sprint(round))
		s := open(t, path)
		for _, u := range acknowledged {
			if _, err := s.Get(t.Context(), u); err != nil {
				t.Errorf("Get of an acknowledged task = %v", err)
			}
		}
		for worker, n := range created {
			task := store.Task{ID: uuid.New(), Title: fmt.Sprint("round ", round)}
			if _, err := s.CreateOnce(t.Context(), task, onceKey(fmt.Sprint(round), worker, n)); err != nil {
				t.Errorf("CreateOnce again = %v", err)
			}
			total += n + 1
		}
		if n, err := s.Len(t.Context()); err != nil || n != total {
			t.Errorf("Len = %d, %v, want %d: one for each key", n, err, total)
		}
		wantSound(t, path)
	}
}

// killed returns the tasks that a process has acknowledged until it is killed,
// and how many tasks each worker has created by then.
func killed(t *testing.T, path, round string) (acknowledged []uuid.UUID, created [workers]int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "SQLITE_CREATE="+path, "SQLITE_ROUND="+round)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	last := 100 + rand.IntN(200)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var worker, n int
		var id string
		if _, err := fmt.Sscan(lines.Text(), &worker, &n, &id); err != nil {
			t.Fatalf("the process prints %q", lines.Text())
		}
		acknowledged = append(acknowledged, uuid.MustParse(id))
		created[worker] = n + 1
		if len(acknowledged) == last {
			must(t, cmd.Process.Kill())
		}
	}
	if err := cmd.Wait(); len(acknowledged) < last {
		t.Fatalf("the process ends after %d of %d tasks: %v", len(acknowledged), last, err)
	}
	return acknowledged, created
}

// While the disk is full, creations fail with ErrUnavailable, and reads do not.
// Once there is space again, creations succeed; nothing acknowledged is lost.
func TestFullDisk(t *testing.T) {
	dir := mount(t)
	ballast := filepath.Join(dir, "ballast")
	must(t, os.WriteFile(ballast, make([]byte, 200_000), 0o600))
	path := filepath.Join(dir, "tasks.db")
	s := open(t, path)

	var mu sync.Mutex
	var acknowledged []store.Task
	fill := func() {
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for {
					task := store.Task{ID: uuid.New(), Title: strings.Repeat("title", 200)}
					if err := s.Create(t.Context(), task); err != nil {
						if !errors.Is(err, store.ErrUnavailable) {
							t.Errorf("Create on a full disk = %v, want ErrUnavailable", err)
						}
						return
					}
					mu.Lock()
					acknowledged = append(acknowledged, task)
					mu.Unlock()
				}
			})
		}
		wg.Wait()
	}
	check := func(s store.Store) {
		t.Helper()
		for _, task := range acknowledged {
			if got, err := s.Get(t.Context(), task.ID); err != nil || got != task {
				t.Fatalf("Get = %v, %v, want %v", got, err, task)
			}
		}
	}

	fill()
	full := len(acknowledged)
	check(s)
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("Ready = %v, want nil, since reads succeed", err)
	}
	must(t, os.Remove(ballast))
	fill()
	if full == 0 || len(acknowledged) == full {
		t.Errorf("%d tasks were created, and %d more once there was space", full, len(acknowledged)-full)
	}
	check(s)
	wantSound(t, path)
	check(open(t, path))
}

// Ten processes that open a file at once, which does not exist yet, all come up.
func TestConcurrentProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tasks.db")
	var wg sync.WaitGroup
	for round := range 10 {
		wg.Go(func() { killed(t, path, fmt.Sprint(round)) })
	}
	wg.Wait()
	wantSound(t, path)
}

// wantSound reports an error unless SQLite finds the file sound.
func wantSound(t *testing.T, path string) {
	t.Helper()
	var result string
	err := connect(t, path).QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&result)
	if err != nil || result != "ok" {
		t.Errorf("integrity_check: %s, %v", result, err)
	}
}

// mount returns the directory of a file system in memory, of 1 MiB, or skips the
// test where that is not allowed.
func mount(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	orSkip(t, "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", dir)
	t.Cleanup(func() { unmount(t, dir) })
	return dir
}

// makeReadOnly has nothing in a directory be written until the test ends.
func makeReadOnly(t *testing.T, dir string) {
	t.Helper()
	if os.Geteuid() != 0 {
		must(t, os.Chmod(dir, 0o500))
		t.Cleanup(func() { must(t, os.Chmod(dir, 0o700)) })
		return
	}
	orSkip(t, "mount", "--bind", "-o", "ro", dir, dir) // Permissions do not bind root, but this does.
	t.Cleanup(func() { unmount(t, dir) })
}

func unmount(t *testing.T, dir string) {
	t.Helper()
	must(t, exec.CommandContext(context.WithoutCancel(t.Context()), "umount", dir).Run())
}

// orSkip runs a command, or skips the test if that fails.
func orSkip(t *testing.T, command ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), command[0], command[1:]...).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: %s: %v: %s", strings.Join(command, " "), err, out)
	}
}
