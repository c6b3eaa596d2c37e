package main

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/tasks/gen/client"
	"example.com/tasks/internal/contract/model"
)

// A probe is what is sent on a connection of its own, and what must come back.
type probe struct {
	text string // victim stands for the path of a task that must survive.
	// The possible statuses of each answer, 0 for none. More answers would mean that
	// the server saw requests where none were meant.
	want [][]int
}

// one returns what a probe wants that must get a single answer.
func one(statuses ...int) [][]int { return [][]int{statuses} }

// victim stands for the path of a task, and is as long.
const victim = "/tasks/victimvictimvictimvictimvictimvictim"

// Titles of tasks that may be created, and that must not.
const (
	meant    = "meant"
	smuggled = "smuggled"
)

// probe sends probes, all at once, and again until the attack's length is over.
// Their victims must survive, and no task may be created that is smuggled.
func (x *assault) probe(probes []probe) {
	for once := true; once || x.attacking(); once = false {
		x.probeOnce(probes)
	}
	x.sweep()
}

func (x *assault) probeOnce(probes []probe) {
	crowd(len(probes), func(i int) {
		p := probes[i]
		w := x.newWitness(x.Context(), func(time.Duration) {})
		defer w.close()
		task := w.create("victim", nil)
		if task == nil {
			x.wrong("no victim could be created")
			return
		}
		text := strings.ReplaceAll(p.text, victim, "/tasks/"+task.ID)
		statuses, body := x.exchange(text)
		if !fits(statuses, p.want) {
			x.wrong("%.300q is answered with %v, want %v; the first body is %.200q", text, statuses, p.want, body)
		}
		w.get(task)
		w.change(task, model.Change{}, nil)
	})
}

// fits reports whether statuses are as wanted.
func fits(statuses []int, want [][]int) bool {
	if len(statuses) > len(want) {
		return false
	}
	for i, possible := range want {
		status := 0
		if i < len(statuses) {
			status = statuses[i]
		}
		if !slices.Contains(possible, status) {
			return false
		}
	}
	return true
}

// sweep deletes the tasks that were meant, so that as many are left as before, and
// wants that none was smuggled.
func (x *assault) sweep() {
	x.erase(func(t *client.Task) bool {
		if t.Title == smuggled {
			x.wrong("task %s was smuggled", t.ID)
		}
		return t.Title == meant
	})
}

// erase deletes the tasks for which choose returns true, and returns how many those
// were.
func (x *assault) erase(choose func(*client.Task) bool) (chosen int) {
	w := x.newWitness(x.Context(), func(time.Duration) {})
	defer w.close()
	for params := (client.ListTasksParams{}); ; {
		r, err := w.api.ListTasksWithResponse(x.Context(), &params)
		if err != nil || r.JSON200 == nil {
			x.Fatalf("list tasks: status %d, %v", statusOf(r, err), err)
		}
		page := *r.JSON200
		var requests []string
		for _, t := range page {
			if choose(&t) {
				requests = append(requests, "DELETE /tasks/"+t.ID+" HTTP/1.1\r\n"+x.authorization()+plain)
			}
		}
		chosen += len(requests)
		x.pipeline(requests, ok)
		if r.Headers200.Link == nil {
			return chosen
		}
		params.After = &page[len(page)-1].ID
	}
}

// Requests that probes hide in others.
const (
	deletion = "DELETE " + victim + " HTTP/1.1\r\nHost: localhost\r\n\r\n"
	creation = "POST /tasks HTTP/1.1\r\n" + asJSON + "Content-Length: 20\r\n\r\n" + `{"title":"smuggled"}`
	hidden   = deletion + creation
)

// A body, and the same as a chunk and as a chunked body.
const (
	newTask = `{"title":"meant"}`
	chunk   = "11\r\n" + newTask + "\r\n"
	chunked = chunk + "0\r\n\r\n"
	asChunk = "Transfer-Encoding: chunked\r\n"
)

// post returns a creation with header lines, each with its end, and a body.
func post(header, body string) string {
	return "POST /tasks HTTP/1.1\r\n" + asJSON + header + "\r\n" + body
}

const (
	created  = http.StatusCreated
	ok       = http.StatusOK
	bad      = http.StatusBadRequest
	unknown  = http.StatusNotImplemented // To a transfer coding that is not supported.
	tooLarge = http.StatusRequestEntityTooLarge
	notFound = http.StatusNotFound
)
