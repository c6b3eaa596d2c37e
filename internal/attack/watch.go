package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"example.com/tasks/gen/client"
	"example.com/tasks/internal/contract/model"
)

const (
	watchers = 4
	// pause is between two requests of a watcher: together they make a few dozen a
	// second.
	pause = 60 * time.Millisecond
	// mostDials is how many connections a watcher may need. The server closes none, but
	// on a busy machine net/http's Transport does: it closes a connection on which the
	// answer comes 50 ms before its own goroutine knows that the request is sent.
	mostDials = 3
)

// A watch is a number of watchers, which make ordinary requests.
type watch struct {
	*assault
	stop context.CancelFunc
	all  sync.WaitGroup

	mu        sync.Mutex
	latencies []time.Duration // Since they were last taken.
}

// A watcher is a witness who makes a request now and then.
type watcher struct {
	*witness
	id       int
	standing *model.Task // Patched again and again.
}

// startWatch starts the watchers, which watch until stop or the end of the trial.
// Each has its connection before it returns.
func (x *assault) startWatch() *watch {
	ctx, stop := context.WithCancel(x.Context())
	w := &watch{assault: x, stop: stop}
	for id := range watchers {
		one := &watcher{witness: x.newWitness(ctx, w.note), id: id}
		if one.standing = one.create("standing", nil); one.standing == nil {
			x.Fatal("the server does not serve a watcher even in calm")
		}
		w.all.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				one.round(n)
			}
			if one.dials > mostDials {
				x.Errorf("a watcher needed %d connections", one.dials)
			}
		})
	}
	return w
}

// end ends the watch.
func (w *watch) end() {
	w.stop()
	w.all.Wait()
}

func (w *watch) note(took time.Duration) {
	w.mu.Lock()
	w.latencies = append(w.latencies, took)
	w.mu.Unlock()
	time.Sleep(pause)
}

// latency returns how long the watchers have waited for answers since the last
// call, and for how many.
func (w *watch) latency() (l latency, requests int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.latencies
	w.latencies = nil
	if len(all) == 0 {
		return latency{}, 0
	}
	slices.Sort(all)
	return latency{p99: all[len(all)*99/100], worst: all[len(all)-1]}, len(all)
}

// round creates a task, lists, patches, deletes and misses it, and patches and gets
// the standing one.
func (w *watcher) round(n int) {
	title := fmt.Sprintf("round %d of watcher %d", n, w.id)
	w.change(w.standing, model.Change{Patch: &client.TaskPatch{Title: &title}}, nil)
	w.get(w.standing)
	own := w.create(title, nil)
	if own == nil {
		return // The server is full, or cannot reach its store, or the watch ends.
	}
	w.list(own)
	w.change(own, model.Change{Patch: &client.TaskPatch{Done: new(true)}}, nil)
	for !ended(own) && w.ctx.Err() == nil {
		w.change(own, model.Change{}, nil)
	}
	w.get(own)
}
