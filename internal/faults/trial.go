package main

import (
	"context"
	"path/filepath"
	"strings"
	"sync"

	"example.com/tasks/internal/contract/live"
)

// A trial tries a fault.
type trial struct {
	*live.Trial

	options
	ctx    context.Context // The trial's.
	mu     sync.Mutex      // For lost and doubled.
	result result
}

// try returns what a fault's trial has found.
func try(ctx context.Context, f fault, o options) result {
	t := &trial{options: o, result: result{fault: f.name}}
	t.result.failures, t.result.skipped = live.Try(ctx, f.name, filepath.Join(o.dir, "logs"), func(own *live.Trial) {
		t.Trial, t.ctx = own, own.Context()
		f.try(t)
	})
	return t.result
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
