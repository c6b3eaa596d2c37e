package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"example.com/tasks/gen/client"
	"example.com/tasks/internal/contract/live"
	"example.com/tasks/internal/contract/model"
)

const (
	soakers = 8
	// kept is how many tasks each of them has when memory is compared.
	kept = 100
	// limbo is how long a task is left alone after a request that may be executed
	// later, which must not undo what is acknowledged meanwhile.
	limbo = 2 * time.Second
	// keys is how many Idempotency-Keys the memory store knows, at most.
	keys = 100_000
)

// A soak has clients make random requests, some of which fail on purpose, and
// compares what they find with what must be there.
type soak struct {
	*assault
	clients []*soaker
	samples []usage // When all clients pause, with the same tasks and keys.
	memory  []int64 // Resident bytes, now and then.
}

// A soaker is a client with tasks of its own.
type soaker struct {
	*witness
	id    int
	made  int
	tasks []*model.Task
	left  []left
}

// left is a task that is left alone.
type left struct {
	task  *model.Task
	since time.Time
}

// runSoak soaks a server for a time. The error has everything that went wrong.
func runSoak(ctx context.Context, o options, length time.Duration) error {
	s := &soak{assault: &assault{options: o, attack: attack{name: "soak", launch: launch{log: "discarded"}}}}
	failures, _ := live.Try(ctx, "soak", o.dir, func(t *live.Trial) {
		s.Trial = t
		s.start()
		s.fillKeys()
		s.result.attempts = 0
		for id := range soakers {
			s.clients = append(s.clients, &soaker{witness: s.newWitness(t.Context(), func(time.Duration) {}), id: id})
		}
		rounds := min(20, max(4, int(length/(15*time.Second))))
		for range rounds {
			s.round(length / time.Duration(rounds))
		}
		s.compare()
	})
	fmt.Fprintf(os.Stdout, "%d requests, %d wrong answers, %d of 5xx in %v\n\n%s", s.result.attempts, s.result.wrong, s.result.failed, length, chart(s.memory))
	if s.result.wrong > 0 || s.result.failed > 0 || s.result.attempts == 0 {
		failures = append(failures, "wrong answers")
	}
	if len(failures) > 0 {
		return errors.New(strings.Join(failures, "\n"))
	}
	return nil
}

// fillKeys has the server know as many keys as it ever will, so that they do not
// count as growth. Go's map grows for a while even where each key replaces another.
func (s *soak) fillKeys() {
	const batch = 1000
	c := &soaker{id: soakers} // Its keys and titles have the length of the others'.
	all := func(*client.Task) bool { return true }
	for n := 0; n < 3*keys && s.Context().Err() == nil; n += batch {
		var requests []string
		for range batch {
			requests = append(requests, creationOf(c.title(), c.key()))
		}
		s.pipeline(requests, created)
		s.erase(all)
	}
}

// creationOf returns a request that creates a task.
func creationOf(title, key string) string {
	body := `{"title":"` + title + `"}`
	return post(fmt.Sprintf("Idempotency-Key: %s\r\nContent-Length: %d\r\n", key, len(body)), body)
}

// round has all clients at work for a time, then compares all tasks with what the
// clients know, and measures.
func (s *soak) round(length time.Duration) {
	end := time.Now().Add(length - limbo)
	done := make(chan struct{})
	go func() {
		defer close(done)
		crowd(soakers, func(i int) {
			for time.Now().Before(end) && s.Context().Err() == nil {
				s.clients[i].work()
			}
		})
	}()
	for tick := time.NewTicker(max(length/10, 100*time.Millisecond)); ; {
		if u, err := s.resident(); err == nil {
			s.memory = append(s.memory, u.resident)
		}
		select {
		case <-done:
			s.verify()
			return
		case <-tick.C:
		}
	}
}

// verify waits for what is in limbo, brings each client to the same number of tasks,
// compares them all with what the server has, and measures.
func (s *soak) verify() {
	time.Sleep(limbo)
	present := map[client.TaskID]model.State{}
	crowd(soakers, func(i int) { s.clients[i].settle() })
	s.erase(func(t *client.Task) bool {
		present[t.ID] = model.StateOf(t)
		return false
	})
	for _, c := range s.clients {
		for _, t := range c.tasks {
			was := t.Possible
			if !t.Seen(present[t.ID]) {
				s.wrong("task %s is %+v, but must be one of %+v", t.ID, present[t.ID], was)
			}
			delete(present, t.ID)
		}
	}
	for id, state := range present {
		s.wrong("nobody has created task %s: %+v", id, state)
	}
	for _, c := range s.clients {
		c.close()
	}
	time.Sleep(200 * time.Millisecond) // For the server to notice.
	u := s.measure()
	s.samples = append(s.samples, u)
	s.Logf("requests %d, wrong %d; memory %.0f MB, live %.2f MB, goroutines %d, descriptors %d",
		s.result.attempts, s.result.wrong, u.megabytes(), float64(u.heap)/1e6, u.goroutines, u.descriptors)
}

// compare wants the last measurement not to be beyond the first. Live objects are
// compared with the most of the first half, resident memory with half more than that.
func (s *soak) compare() {
	first, last := s.samples[0], s.samples[len(s.samples)-1]
	for _, u := range s.samples[:len(s.samples)/2] {
		first.heap, first.resident = max(first.heap, u.heap), max(first.resident, u.resident)
	}
	if growth := last.beyond(first); growth != "" {
		s.Errorf("with the same tasks: %s", growth)
	}
	if last.resident > first.resident*3/2 {
		s.Errorf("%.0f MB of memory were %.0f with the same tasks", last.megabytes(), first.megabytes())
	}
}

// settle brings the client to the number of tasks that are kept.
func (c *soaker) settle() {
	for _, l := range c.left {
		c.rejoin(l.task)
	}
	c.left = nil
	for len(c.tasks) > kept && c.ctx.Err() == nil {
		c.remove(0)
	}
	for len(c.tasks) < kept && c.ctx.Err() == nil {
		c.add()
	}
}

// rejoin learns what has become of a task that was left alone.
func (c *soaker) rejoin(t *model.Task) {
	t.Possible = []model.State{c.get(t).Told}
	if !ended(t) {
		c.tasks = append(c.tasks, t)
	}
}

// work makes a request.
func (c *soaker) work() {
	if len(c.left) > 0 && time.Since(c.left[0].since) > limbo {
		c.rejoin(c.left[0].task)
		c.left = c.left[1:]
	}
	if len(c.tasks) < kept/2 {
		c.add()
		return
	}
	i := rand.IntN(len(c.tasks))
	soaks[rand.IntN(len(soaks))](c, i, c.tasks[i])
	c.note(0) // Answers are judged elsewhere.
}

// soaks are what a client does with one of its tasks.
var soaks = []func(c *soaker, i int, t *model.Task){
	func(c *soaker, _ int, _ *model.Task) { c.add() },
	func(c *soaker, i int, _ *model.Task) { c.remove(i) },
	func(c *soaker, _ int, t *model.Task) { c.change(t, c.patch(), nil) },
	func(c *soaker, _ int, t *model.Task) { c.get(t) },
	(*soaker).conditional,
	func(c *soaker, _ int, t *model.Task) { c.list(t) },
	(*soaker).repeat,
	(*soaker).abort,
	(*soaker).reset,
	(*soaker).halfClose,
	(*soaker).readSlowly,
	(*soaker).mistake,
}

// title returns a title that nobody else uses. All have the same length.
func (c *soaker) title() string {
	c.made++
	return fmt.Sprintf("title %9d of client %d", c.made, c.id)
}

// key returns a key that nobody else uses.
func (c *soaker) key() string { return strings.ReplaceAll(c.title(), " ", "-") }

func (c *soaker) patch() model.Change {
	if rand.IntN(2) == 0 {
		return model.Change{Patch: &client.TaskPatch{Done: new(rand.IntN(2) == 0)}}
	}
	return model.Change{Patch: &client.TaskPatch{Title: new(c.title())}}
}

func (c *soaker) add() {
	if t := c.create(c.title(), new(c.key())); t != nil {
		c.tasks = append(c.tasks, t)
	}
}

func (c *soaker) remove(i int) {
	c.change(c.tasks[i], model.Change{}, nil)
	if ended(c.tasks[i]) {
		c.tasks = slices.Delete(c.tasks, i, i+1)
	}
}

// conditional changes a task with its entity tag, and is refused with the previous
// one.
func (c *soaker) conditional(_ int, t *model.Task) {
	if etag := c.get(t).ETag; etag != nil {
		c.change(t, model.Change{Patch: &client.TaskPatch{Title: new(c.title())}}, etag)
		c.refused(t, c.patch(), etag)
		c.refused(t, model.Change{}, etag)
	}
}

// repeat creates a task on a connection that is reset, and repeats that. The task
// must be there once.
func (c *soaker) repeat(int, *model.Task) {
	title, key := c.title(), c.key()
	c.spoil(creationOf(title, key))
	if t := c.create(title, &key); t != nil {
		c.tasks = append(c.tasks, t)
	}
}

// abort uploads a part of a patch, which must not be applied.
func (c *soaker) abort(_ int, t *model.Task) {
	c.spoil("PATCH /tasks/" + t.ID + " HTTP/1.1\r\n" + asJSON + "Content-Length: 40\r\n\r\n" + `{"title":"aborted"`)
	c.spoil("PATCH /tasks/" + t.ID + " HTTP/1.1\r\n" + asJSON + asChunk + "\r\n" + "13\r\n" + `{"title":"aborted"}`)
	c.get(t)
}

// reset sends a change and resets the connection.
func (c *soaker) reset(i int, t *model.Task) {
	change, request := c.rawChange(t)
	c.spoil(request)
	t.Tried(change)
	c.leave(i)
}

// halfClose sends a change and closes the sending side.
func (c *soaker) halfClose(i int, t *model.Task) {
	change, request := c.rawChange(t)
	c.half(t, change, request)
	c.leave(i)
}

// rawChange returns a change and the request that makes it.
func (c *soaker) rawChange(t *model.Task) (model.Change, string) {
	if rand.IntN(4) == 0 {
		return model.Change{}, "DELETE /tasks/" + t.ID + " HTTP/1.1\r\n" + plain
	}
	title := c.title()
	body := `{"title":"` + title + `"}`
	return model.Change{Patch: &client.TaskPatch{Title: &title}},
		fmt.Sprintf("PATCH /tasks/%s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s", t.ID, asJSON, len(body), body)
}

// leave leaves a task alone for a while.
func (c *soaker) leave(i int) {
	c.left = append(c.left, left{c.tasks[i], time.Now()})
	c.tasks = slices.Delete(c.tasks, i, i+1)
}

// readSlowly requests pages, reads none of them, and resets the connection.
func (c *soaker) readSlowly(int, *model.Task) {
	w := c.mustDial()
	_ = w.SetReadBuffer(4 << 10)
	_ = w.send(strings.Repeat("GET /tasks HTTP/1.1\r\n"+plain, 5))
	time.Sleep(10 * time.Millisecond)
	_ = errors.Join(w.SetLinger(0), w.Close())
}

// mistake makes a request that is refused.
func (c *soaker) mistake(_ int, t *model.Task) {
	for _, p := range []probe{
		{post("Content-Length: 2\r\n", "{}"), one(bad)},
		{"PUT /tasks/" + t.ID + " HTTP/1.1\r\n" + plain, one(405)},
		{"GET /tasks/x HTTP/1.1\r\n" + plain, one(notFound)},
	} {
		if statuses, _ := c.exchange(p.text); !fits(statuses, p.want) {
			c.wrong("%q is answered with %v", p.text, statuses)
		}
	}
}

// spoil sends a request and resets the connection.
func (c *soaker) spoil(request string) {
	w := c.mustDial()
	_ = w.send(request)
	if rand.IntN(2) == 0 {
		time.Sleep(time.Millisecond)
	}
	_ = errors.Join(w.SetLinger(0), w.Close())
}
