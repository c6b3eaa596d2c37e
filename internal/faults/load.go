package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"example.com/tasks/gen/client"
	"example.com/tasks/internal/contract/model"
)

const (
	workers = 8  // Clients at work at once.
	spares  = 50 // How many tasks a worker changes in turn, at least.

	// backoff is how long a worker waits after a failure. A real client would wait
	// for longer, as Retry-After says, and notice later that service has resumed.
	backoff = 20 * time.Millisecond
)

// A load is a number of clients that create, patch and delete tasks, and know
// what must have become of them.
type load struct {
	*trial
	workers []*worker
	meter   meter
}

// newLoad returns a load whose clients use the servers in turn. No others may use
// them. The store must be empty.
func newLoad(t *trial, servers ...*server) *load {
	l := &load{trial: t}
	for i := range workers {
		l.workers = append(l.workers, &worker{load: l, id: i, api: newClient(t, servers[i%len(servers)].URL)})
	}
	return l
}

// start has the workers work until stop is called, which waits for the answers to
// requests under way.
func (l *load) start() (stop func()) {
	l.meter.begin()
	ctx, cancel := context.WithCancel(l.ctx)
	var all sync.WaitGroup
	for _, w := range l.workers {
		all.Go(func() {
			for ctx.Err() == nil {
				w.work()
			}
		})
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// A worker is one client with tasks of its own.
type worker struct {
	*load
	id    int
	api   *client.ClientWithResponses
	tasks []*model.Task // Those that may exist, the one that was changed least recently first.
	ended []*model.Task // Those that do not exist any more.
	made  int           // Titles.
	last  creation
}

// A creation is what is sent to create a task, and the id of the result.
type creation struct {
	key, title string
	id         client.TaskID
}

// work makes a change. It changes the tasks in turn, so that what was
// acknowledged shortly before a fault is still there to be seen after it.
func (w *worker) work() {
	n := rand.IntN(10)
	if len(w.tasks) < spares || n < 3 {
		w.create()
		return
	}
	first := w.tasks[0]
	w.tasks = w.tasks[1:]
	switch {
	case n < 6:
		w.change(first, model.Change{Patch: &client.TaskPatch{Title: new(w.title())}})
	case n < 8:
		w.change(first, model.Change{Patch: &client.TaskPatch{Done: new(rand.IntN(2) == 0)}})
	default:
		w.change(first, model.Change{})
	}
}

// title returns a title that nobody else uses.
func (w *worker) title() string {
	w.made++
	return fmt.Sprintf("title %d of client %d", w.made, w.id)
}

// create creates a task, and repeats that until it is acknowledged.
func (w *worker) create() {
	title := w.title()
	c := creation{title: title, key: strings.ReplaceAll(title, " ", "-")}
	w.last = c
	for w.ctx.Err() == nil {
		if id, known := w.send(c); known {
			w.last.id = id
			w.tasks = append(w.tasks, &model.Task{ID: id, Possible: []model.State{{Title: c.title}}})
			return
		}
	}
}

// send sends a creation once and returns the id of the task, unless the outcome
// is unknown.
func (w *worker) send(c creation) (id client.TaskID, known bool) {
	begun := time.Now()
	r, err := w.api.CreateTaskWithResponse(w.ctx, &client.CreateTaskParams{IdempotencyKey: &c.key}, client.NewTask{Title: c.title})
	if err != nil {
		return "", w.outcome(begun, 0, err)
	}
	if !w.outcome(begun, r.StatusCode(), nil) || r.JSON201 == nil {
		return "", false
	}
	if told := model.StateOf(r.JSON201); told != (model.State{Title: c.title}) {
		w.lose("the creation of %q returned %+v", c.title, told)
	}
	return r.JSON201.ID, true
}

// change tries once to change a task.
func (w *worker) change(t *model.Task, c model.Change) {
	begun := time.Now()
	a, err := c.Send(w.ctx, w.api, t.ID, nil)
	if !w.outcome(begun, a.Status, err) {
		t.Tried(c)
	} else if was := t.Possible; !t.Answered(c, a.Told) {
		w.lose("a change of task %s returned %+v, but it was one of %+v", t.ID, a.Told, was)
	}
	if len(t.Possible) == 1 && t.Possible[0] == model.Gone {
		w.ended = append(w.ended, t)
	} else {
		w.tasks = append(w.tasks, t)
	}
}

// outcome notes when a request to make a change has begun, and that it has ended
// now. It reports whether the outcome is known, and else waits a little.
func (w *worker) outcome(begun time.Time, status int, err error) (known bool) {
	known = w.known(status, err)
	w.meter.note(w.id, begun, known, status == http.StatusServiceUnavailable)
	if !known {
		time.Sleep(backoff)
	}
	return known
}

// lose counts a task that is not what it must be.
func (l *load) lose(format string, args ...any) {
	l.Logf("LOST: "+format, args...)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.result.lost++
}

// double counts a task that must not be, or be another.
func (l *load) double(format string, args ...any) {
	l.Logf("DOUBLED: "+format, args...)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.result.doubled++
}

// verify compares all tasks of the store with what the workers know, and repeats
// the last creation of each. The workers must have stopped.
func (l *load) verify() {
	present := l.list()
	for _, w := range l.workers {
		for _, tasks := range [][]*model.Task{w.tasks, w.ended} {
			for _, t := range tasks {
				s := present[t.ID]
				delete(present, t.ID)
				if was := t.Possible; !t.Seen(s) {
					l.lose("task %s is %+v, but must be one of %+v", t.ID, s, was)
				}
			}
		}
	}
	for id, s := range present {
		l.double("nobody has created task %s: %+v", id, s)
	}
	for _, w := range l.workers {
		if id, known := w.send(w.last); !known {
			l.Errorf("a creation could not be repeated")
		} else if id != w.last.id {
			l.double("a creation returned task %s and then %s", w.last.id, id)
		}
	}
}

// list returns the states of all tasks by their ids.
func (l *load) list() map[client.TaskID]model.State {
	tasks := map[client.TaskID]model.State{}
	for params := (client.ListTasksParams{}); ; {
		r, err := l.workers[rand.IntN(workers)].api.ListTasksWithResponse(l.ctx, &params)
		if err != nil || r.JSON200 == nil {
			l.Fatalf("list tasks: %v %+v", err, r)
		}
		page := *r.JSON200
		for _, t := range page {
			tasks[t.ID] = model.StateOf(&t)
		}
		if r.Headers200.Link == nil {
			return tasks
		}
		params.After = &page[len(page)-1].ID
	}
}
