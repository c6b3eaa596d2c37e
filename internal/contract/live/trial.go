package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Trial is a part of a program that runs as a test does. It implements as much of
// testing.TB as is called by such programs and by packages that help tests; its
// methods mean the same. What it logs goes to standard error. Logf, Errorf, Failed
// and Context are safe for concurrent use.
type Trial struct {
	testing.TB // Nil.

	name, dir string
	ctx       context.Context // Ends before the cleanups, as that of a test does.
	cancel    context.CancelFunc
	cleanups  []func()
	skipped   string

	mu       sync.Mutex
	failures []string
}

// Try runs f as a trial of that name until it returns or ends the trial, or ctx
// ends. It returns what failed, and why nothing was tried, or "" if it was. The
// trial's directory is in dir.
func Try(ctx context.Context, name, dir string, f func(*Trial)) (failures []string, skipped string) {
	ctx, cancel := context.WithCancel(ctx)
	t := &Trial{name: name, dir: dir, ctx: ctx, cancel: cancel}
	done := make(chan struct{})
	go func() { // Fatalf ends it.
		defer close(done)
		defer t.cleanUp()
		defer cancel()
		f(t)
	}()
	<-done
	return t.failures, t.skipped
}

func (t *Trial) cleanUp() {
	for len(t.cleanups) > 0 {
		last := len(t.cleanups) - 1
		f := t.cleanups[last]
		t.cleanups = t.cleanups[:last]
		f()
	}
}

// Name implements testing.TB.
func (t *Trial) Name() string { return t.name }

// Helper implements testing.TB.
func (t *Trial) Helper() {}

// Context implements testing.TB.
func (t *Trial) Context() context.Context { return t.ctx }

// Cancel ends the context early, so that whoever works for the trial stops.
func (t *Trial) Cancel() { t.cancel() }

// Cleanup implements testing.TB.
func (t *Trial) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

// Logf implements testing.TB.
func (t *Trial) Logf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s  %s: %s\n", time.Now().Format(time.TimeOnly), t.name, fmt.Sprintf(format, args...))
}

// Errorf implements testing.TB.
func (t *Trial) Errorf(format string, args ...any) {
	t.Logf("FAILED: "+format, args...)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failures = append(t.failures, fmt.Sprintf(format, args...))
}

// Failed implements testing.TB.
func (t *Trial) Failed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.failures) > 0
}

// Fatalf implements testing.TB.
func (t *Trial) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	t.cancel()
	runtime.Goexit()
}

// Fatal implements testing.TB.
func (t *Trial) Fatal(args ...any) { t.Fatalf("%s", strings.TrimSpace(fmt.Sprintln(args...))) }

// Skip implements testing.TB.
func (t *Trial) Skip(args ...any) {
	t.skipped = strings.TrimSpace(fmt.Sprintln(args...))
	t.Logf("SKIPPED: %s", t.skipped)
	runtime.Goexit()
}

// Directory returns the trial's directory, which is kept for whoever looks into a
// failure.
func (t *Trial) Directory() string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" :,'", r) {
			return '-'
		}
		return r
	}, t.name)
	dir := filepath.Join(t.dir, name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// SmallDisk mounts a file system of 8 MiB until the trial ends, and returns its
// path. The trial is skipped where that is not allowed.
func (t *Trial) SmallDisk() string {
	disk := filepath.Join(t.Directory(), "disk")
	if err := os.Mkdir(disk, 0o777); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.ctx, "mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk).CombinedOutput(); err != nil {
		t.Skip("a small file system cannot be mounted, which only root may do:", err, string(bytes.TrimSpace(out)))
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", disk).CombinedOutput(); err != nil { //nolint:noctx // It ends by itself.
			t.Errorf("umount %s: %v %s", disk, err, out)
		}
	})
	return disk
}

// Fill writes a file until there is no space left on its disk, to the last page.
func Fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for page := make([]byte, 4096); ; {
		if _, err := f.Write(page); err != nil {
			if errors.Is(err, syscall.ENOSPC) {
				return nil
			}
			return err
		}
	}
}
