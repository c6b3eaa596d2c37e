package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/tasks/internal/contract/live"
)

// A trial tries a fault. It implements as much of testing.TB as is called here
// and by packages that help tests; its methods mean the same, but that Errorf and
// Fatalf make the program fail.
type trial struct {
	testing.TB // Nil.

	options
	fault    string
	ctx      context.Context // Ends before the cleanups, as that of a test does.
	cancel   context.CancelFunc
	cleanups []func()
	mu       sync.Mutex // For result.
	result   result
}

// try returns what a fault's trial has found.
func try(ctx context.Context, f fault, o options) result {
	ctx, cancel := context.WithCancel(ctx)
	t := &trial{options: o, fault: f.name, ctx: ctx, cancel: cancel, result: result{fault: f.name}}
	done := make(chan struct{})
	go func() { // Fatalf ends it.
		defer close(done)
		defer t.cleanUp()
		defer cancel()
		f.try(t)
	}()
	<-done
	return t.result
}

func (t *trial) cleanUp() {
	for len(t.cleanups) > 0 {
		last := len(t.cleanups) - 1
		f := t.cleanups[last]
		t.cleanups = t.cleanups[:last]
		f()
	}
}

// Helper implements testing.TB.
func (t *trial) Helper() {}

// Context implements testing.TB.
func (t *trial) Context() context.Context { return t.ctx }

// Cleanup implements testing.TB.
func (t *trial) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

// Logf implements testing.TB.
func (t *trial) Logf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s  %s: %s\n", time.Now().Format(time.TimeOnly), t.fault, fmt.Sprintf(format, args...))
}

// Errorf implements testing.TB.
func (t *trial) Errorf(format string, args ...any) {
	t.Logf("FAILED: "+format, args...)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.result.failures = append(t.result.failures, fmt.Sprintf(format, args...))
}

// Fatalf implements testing.TB.
func (t *trial) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	t.cancel()
	runtime.Goexit()
}

// Fatal implements testing.TB.
func (t *trial) Fatal(args ...any) { t.Fatalf("%s", strings.TrimSpace(fmt.Sprintln(args...))) }

// Skip implements testing.TB.
func (t *trial) Skip(args ...any) {
	t.result.skipped = strings.TrimSpace(fmt.Sprintln(args...))
	t.Logf("SKIPPED: %s", t.result.skipped)
	runtime.Goexit()
}

// directory returns a new directory, which is kept for whoever looks into a
// failure.
func (t *trial) directory() string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" :,'", r) {
			return '-'
		}
		return r
	}, t.fault)
	dir := filepath.Join(t.dir, "logs", name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A server is a tasksd that can be started again at the same address.
type server struct {
	*live.Server
	log  string
	args []string
}

// serve runs tasksd over a store until the trial ends. The log is kept in dir,
// under the name.
func (t *trial) serve(dir, name, store string) *server {
	s := &server{log: filepath.Join(dir, name+".log"), args: []string{"-store", store}}
	t.start(s)
	s.args = append(s.args, "-addr", strings.TrimPrefix(s.URL, "http://"))
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("%v", err)
		}
	})
	return s
}

// start starts s for the first time, or after it was killed.
func (t *trial) start(s *server) {
	// Not with the trial's context, which ends before the server is to stop.
	started, err := live.Start(context.WithoutCancel(t.ctx), t.tasksd, s.log, s.args...)
	if err != nil {
		t.Fatal(err)
	}
	s.Server = started
}
