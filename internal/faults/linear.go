package main

import (
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"example.com/tasks/gen/client"
	"example.com/tasks/internal/contract/model"
	"example.com/tasks/internal/store/postgres/postgrestest"
)

// checkHistories wants histories of requests to three servers to be
// linearizable. In each, all connections to the database are closed once, which
// leaves the outcomes of some changes unknown.
func checkHistories(t *trial) {
	c := newContest(t)
	for range t.histories {
		if verdict := c.play(); verdict != porcupine.Ok {
			t.Fatalf("the history is %s", verdict)
		}
	}
}

// findSeededBug has the database change tasks without comparing them with what
// the server has read, and wants a history to show it.
func findSeededBug(t *trial) {
	c := newContest(t, "WHERE id = $1 AND (", "WHERE id = $1 OR  (")
	for range t.histories {
		if c.play() == porcupine.Illegal {
			return
		}
	}
	t.Fatalf("none of %d histories is Illegal, in spite of the bug", t.histories)
}

// A contest is three servers on one database.
type contest struct {
	*trial
	proxy   *postgrestest.Proxy
	clients []*client.ClientWithResponses // Each uses one of the servers.
}

// newContest starts servers that reach their database through a proxy, which has
// the pairs.
func newContest(t *trial, pairs ...string) *contest {
	database := postgrestest.Start(t)
	c := &contest{trial: t, proxy: postgrestest.NewProxy(t, database.Addr, pairs...)}
	url, dir := strings.Replace(database.URL(t), database.Addr, c.proxy.Addr, 1), t.Directory()
	var servers []*server
	for i := range 3 {
		servers = append(servers, t.serve(dir, fmt.Sprintf("tasksd%d", i), url))
	}
	for i := range workers {
		c.clients = append(c.clients, newClient(t, servers[i%len(servers)].URL))
	}
	return c
}

// play makes a history, adds it to the result, and returns the verdict.
func (c *contest) play() porcupine.CheckResult {
	var h history
	ids := c.create()
	var all sync.WaitGroup
	for i, api := range c.clients {
		p := &player{contest: c, history: &h, id: i, api: api, ids: ids}
		all.Go(func() {
			for move := range 40 {
				if i == 0 && move == 20 { // The others are about there, too.
					c.proxy.Close()
					c.proxy.Forward()
				}
				p.move()
			}
		})
	}
	all.Wait()
	verdict := h.check()
	c.result.rounds++
	c.result.acknowledged += h.changes
	c.Logf("history %d: requests %d, changes %d, unknown %d: %s", c.result.rounds, len(h.operations), h.changes, h.unknown, verdict)
	return verdict
}

// create creates the tasks of a history and returns their ids.
func (c *contest) create() (ids [len(states{})]client.TaskID) {
	for i, s := range initial() {
		params := client.CreateTaskParams{IdempotencyKey: new(rand.Text())}
		for ids[i] == "" && c.ctx.Err() == nil { // Once for each connection that was closed in the last history.
			r, err := c.clients[0].CreateTaskWithResponse(c.ctx, &params, client.NewTask{Title: s.Title})
			if err == nil && c.known(r.StatusCode(), nil) && r.JSON201 != nil {
				ids[i] = r.JSON201.ID
			}
		}
	}
	return ids
}

// A player is a client that changes only what it has seen.
type player struct {
	*contest
	*history
	id    int
	api   *client.ClientWithResponses
	ids   [len(states{})]client.TaskID
	seen  [len(states{})]model.Answer // The last about each task.
	moves int
}

// move makes a request: in a hundred, 20 lists, 20 gets or more, 2 deletions and
// patches.
func (p *player) move() {
	p.moves++
	i, n := mathrand.IntN(len(p.ids)), mathrand.IntN(100)
	in, begun := input{task: i, seen: p.seen[i].Told}, time.Now()
	var out output
	switch {
	case n < 20:
		in.kind = list
		out = p.list()
	case n < 40 || p.seen[i].ETag == nil:
		in.kind = get
		r, err := p.api.GetTaskWithResponse(p.ctx, p.ids[i], nil)
		if err != nil {
			return
		}
		out = p.learn(i, model.NewAnswer(r.HTTPResponse, r.JSON200), nil)
	default:
		in.kind = write
		if n < 98 {
			in.change.Patch = &client.TaskPatch{Title: new(fmt.Sprintf("change %d of client %d", p.moves, p.id))}
		}
		a, err := in.change.Send(p.ctx, p.api, p.ids[i], p.seen[i].ETag)
		out = p.learn(i, a, err)
	}
	p.add(p.id, begun, in, out)
}

// learn returns what an answer about a task tells, or the error in its place.
func (p *player) learn(i int, a model.Answer, err error) output {
	if !p.known(a.Status, err) {
		p.seen[i] = model.Answer{}
		return output{unknown: true}
	}
	p.seen[i] = a
	return output{refused: a.Status == http.StatusPreconditionFailed, told: a.Told}
}

func (p *player) list() output {
	r, err := p.api.ListTasksWithResponse(p.ctx, nil)
	if err != nil || !p.known(r.StatusCode(), nil) || r.JSON200 == nil {
		return output{unknown: true}
	}
	var out output
	for _, t := range *r.JSON200 {
		if i := slices.Index(p.ids[:], t.ID); i >= 0 {
			out.list[i] = model.StateOf(&t)
		}
	}
	return out
}
