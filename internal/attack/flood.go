package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"example.com/tasks/gen/client"
	"example.com/tasks/internal/contract/live"
	"example.com/tasks/internal/contract/model"
)

const (
	// gibibyte is how much is sent of what has no end, unless the server stops it.
	gibibyte = 1 << 30
	// buffered is how much of it the kernel may take before that is felt.
	buffered = 32 << 20
)

// headerBombs sends headers of all sizes, and some without an end.
func headerBombs(x *assault) {
	get := func(header string) string { return "GET " + victim + " HTTP/1.1\r\n" + header + plain }
	tags := "If-None-Match: " + strings.Repeat(`"0123456789abcdef0123456789abcdef", `, 400) + `"x"` + "\r\n"
	x.probe([]probe{
		{get("X: " + strings.Repeat("x", 15_000) + "\r\n"), one(ok)},
		{get(strings.Repeat("a: b\r\n", 2_000)), one(ok)},
		{get(tags), one(bad)},
		{get("X: " + strings.Repeat("x", 30_000) + "\r\n"), one(431)},
		{get(strings.Repeat("a: b\r\n", 5_000)), one(431)},
		{get(strings.Repeat("x", 30_000) + ": b\r\n"), one(431)},
		{get("X: a\r\n" + strings.Repeat(" b\r\n", 10_000)), one(431)},
		{get("X: " + strings.Repeat("x", 1<<20) + "\r\n"), one(431, 0)}, // It may be cut before the client reads the answer.
	})
	start := "GET /tasks HTTP/1.1\r\nHost: localhost\r\n"
	for _, piece := range []string{"X: y\r\n", "x", " folded\r\n"} {
		x.endless(start, piece, 431)
	}
	x.endless("", "x", 431)
	x.endless("GET /", "x", 431)
}

// endlessBodies sends bodies of a GiB. The server must answer and close the
// connection without reading them.
func endlessBodies(x *assault) {
	piece := strings.Repeat(" ", 32<<10)
	chunk := fmt.Sprintf("%x\r\n%s\r\n", len(piece), piece)
	long := fmt.Sprintf("Content-Length: %d\r\n", gibibyte)
	x.endless(post(asChunk, ""), chunk, http.StatusRequestEntityTooLarge)
	x.endless(post(long, ""), piece, http.StatusRequestEntityTooLarge)
	x.endless(post(asChunk, ""), "1\r\n \r\n", http.StatusRequestEntityTooLarge, bad)
	x.endless(post(asChunk, "1;"), "x", bad)
	x.endless(post(asChunk, chunked[:len(chunked)-2]), "X: y\r\n", bad)
	x.endless(post("Content-Encoding: gzip\r\n"+asChunk, ""), chunk, http.StatusUnsupportedMediaType)
	x.endless("GET /tasks HTTP/1.1\r\nHost: localhost\r\n"+asChunk+"\r\n", chunk, ok)
	x.endless("PUT /tasks HTTP/1.1\r\nHost: localhost\r\n"+asChunk+"\r\n", chunk, http.StatusMethodNotAllowed)
	x.endless("POST /nowhere HTTP/1.1\r\nHost: localhost\r\n"+long+"\r\n", piece, notFound)
	x.sweep()
}

// endless sends start and then piece, a GiB in all, from two attackers at once. The
// server must answer with one of the statuses, or cut a connection, and close it
// before much was sent.
func (x *assault) endless(start, piece string, statuses ...int) {
	many := strings.Repeat(piece, max(1, (32<<10)/len(piece)))
	crowd(2, func(int) {
		w := x.mustDial()
		defer w.Close()
		answered := make(chan int, 1)
		go func() {
			status, _, err := w.read(start)
			if err != nil {
				x.note(0)
			}
			answered <- status
		}()
		err, sent := w.send(start), 0
		for ; err == nil && sent < gibibyte; sent += len(many) {
			err = w.send(many)
		}
		if status := <-answered; status != 0 && !slices.Contains(statuses, status) {
			x.wrong("%.100q and %.10q without end are answered with %d", start, piece, status)
		}
		if sent > buffered {
			x.wrong("%.100q and %.10q without end: the server took %d bytes", start, piece, sent)
		}
	})
}

// pipelining sends many requests on each connection before it reads an answer. The
// answers must come in order, which their request ids tell.
func pipelining(x *assault) {
	kinds := []struct {
		text   string
		status int
	}{
		{"POST /tasks HTTP/1.1\r\n" + asJSON + "Content-Length: 17\r\n%s\r\n" + newTask, created},
		{"GET /tasks/x HTTP/1.1\r\nHost: localhost\r\n%s\r\n", notFound},
		{"GET /tasks?limit=2 HTTP/1.1\r\nHost: localhost\r\n%s\r\n", ok},
		{"POST /tasks HTTP/1.1\r\n" + asJSON + "Content-Length: 2\r\n%s\r\n{}", bad},
		{"PUT /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n%s\r\n12345", http.StatusMethodNotAllowed},
		{"HEAD /tasks HTTP/1.1\r\nHost: localhost\r\n%s\r\n", ok},
		{"OPTIONS /tasks HTTP/1.1\r\nHost: localhost\r\n%s\r\n", http.StatusNoContent},
	}
	crowd(8, func(i int) {
		w := x.mustDial()
		defer w.Close()
		_ = w.SetDeadline(time.Now().Add(2*x.length + patience))
		const batch = 200
		for n := 0; x.attacking(); n += batch {
			var text strings.Builder
			id := func(j int) string { return uuid.NewSHA1(uuid.Nil, fmt.Appendf(nil, "%d %d", i, n+j)).String() }
			for j := range batch {
				fmt.Fprintf(&text, kinds[j%len(kinds)].text, "X-Request-Id: "+id(j)+"\r\n")
			}
			go func() { _ = w.send(text.String()) }()
			for j := range batch {
				kind := kinds[j%len(kinds)]
				status, got, err := w.skim(kind.text)
				if status != kind.status || got != id(j) {
					x.wrong("answer %d to pipelined requests has status %d and id %s, want %d and %s: %v", n+j, status, got, kind.status, id(j), err)
					return
				}
			}
		}
	})
	x.sweep()
}

// halfClosed closes the sending side after each request. The answer must be true, or
// there must be none.
func halfClosed(x *assault) {
	crowd(4, func(int) {
		w := x.newWitness(x.Context(), func(time.Duration) {})
		defer w.close()
		for n := 0; x.attacking(); n++ {
			t := w.create("x", nil)
			if t == nil {
				return
			}
			if n%2 == 0 {
				x.half(t, model.Change{Patch: &client.TaskPatch{Title: new("y")}}, "PATCH /tasks/"+t.ID+" HTTP/1.1\r\n"+asJSON+"Content-Length: 13\r\n\r\n"+`{"title":"y"}`)
				w.get(t)
			}
			x.half(t, model.Change{}, "DELETE /tasks/"+t.ID+" HTTP/1.1\r\n"+plain)
			w.get(t)
			w.change(t, model.Change{}, nil)
		}
	})
}

// half makes a change of a task by a request after which the sending side is closed.
func (x *assault) half(t *model.Task, c model.Change, request string) {
	w := x.mustDial()
	defer w.Close()
	err := errors.Join(w.send(request), w.CloseWrite())
	status, body, readErr := w.read(request)
	switch {
	case err != nil || readErr != nil:
		x.note(0)
		t.Tried(c)
	case status != http.StatusOK || !strings.Contains(body, t.ID):
		x.wrong("%.50q on a half-closed connection is answered with %d %s", request, status, body)
	default:
		_, told := c.Apply(t.Possible[0])
		t.Answered(c, told)
	}
}

// floodWithoutToken makes requests as fast as it can without a token, with wrong
// ones and with ones that resemble the right one.
func floodWithoutToken(x *assault) {
	var requests []string
	for _, value := range []string{
		"", "Bearer", "Bearer ", "Bearer x", "Bearer " + strings.Repeat("x", len(x.token)), "Bearer " + x.token[:len(x.token)-1], "Bearer " + x.token + "x", "Bearer " + x.token + "\r\nAuthorization: Bearer x",
		"Basic " + x.token, x.token, "Bearer " + strings.ToUpper(x.token), "Bearer " + strings.Repeat("x", 10_000), "Bearer \x80",
	} {
		header := "Host: localhost\r\nAuthorization: " + value + "\r\n\r\n"
		requests = append(requests, "GET /tasks HTTP/1.1\r\n"+header, "DELETE /tasks/x HTTP/1.1\r\n"+header)
	}
	requests = append(requests, "GET /tasks HTTP/1.1\r\n"+plain, post("Content-Length: 17\r\n", newTask), "GET /tasks?access_token="+x.token+" HTTP/1.1\r\n"+plain)
	for _, request := range requests { // Judged once.
		if statuses, _ := x.exchange(request); !slices.Equal(statuses, []int{http.StatusUnauthorized}) {
			x.wrong("%q is answered with %v", request, statuses)
		}
	}
	x.overwhelm(http.StatusUnauthorized, requests...)
}

// flood makes requests as fast as it can. If the attack has a small disk, it is full
// then.
func flood(x *assault) {
	if x.disk != "" {
		if err := live.Fill(filepath.Join(x.disk, "ballast")); err != nil {
			x.Fatal(err)
		}
	}
	x.overwhelm(notFound, "GET /tasks/x HTTP/1.1\r\n"+plain)
}

// overwhelm makes requests as fast as it can on eight connections, which must all be
// answered with a status.
func (x *assault) overwhelm(want int, requests ...string) {
	text := strings.Join(requests, "")
	crowd(8, func(int) {
		w := x.mustDial()
		defer w.Close()
		_ = w.SetDeadline(time.Now().Add(x.length + patience))
		for x.attacking() {
			if err := w.send(text); err != nil {
				x.wrong("%v", err)
				return
			}
			for _, request := range requests {
				if status, _, err := w.skim(request); status != want {
					x.wrong("%.100q is answered with %d, want %d: %v", request, status, want, err)
					return
				}
			}
		}
	})
}

// diskFull fills the disk that the database is on. Reads go on; changes are refused
// until there is space again.
func diskFull(x *assault) {
	ballast := filepath.Join(x.disk, "ballast")
	if err := live.Fill(ballast); err != nil {
		x.Fatal(err)
	}
	request := post("Content-Length: 17\r\n", newTask)
	refused := false
	for x.attacking() {
		statuses, _ := x.exchange(request)
		if !fits(statuses, one(created, http.StatusServiceUnavailable)) {
			x.wrong("a creation on a full disk is answered with %v", statuses)
		}
		refused = refused || statuses[0] == http.StatusServiceUnavailable
	}
	if err := os.Remove(ballast); err != nil {
		x.Fatal(err)
	}
	if !refused {
		x.Errorf("no creation was refused while the disk was full")
	}
	x.sweep()
}

// creations creates tasks with the longest titles until the server is full. When
// they have been deleted, there is room again.
func creations(x *assault) {
	body := `{"title":"` + longTitle + `"}`
	request := post(fmt.Sprintf("Content-Length: %d\r\n", len(body)), body)
	batch := strings.Repeat(request, 100)
	crowd(8, func(int) {
		w := x.mustDial()
		defer w.Close()
		for full := false; !full && x.Context().Err() == nil; {
			_ = w.SetDeadline(time.Now().Add(patience))
			go func() { _ = w.send(batch) }()
			for range 100 {
				status, _, err := w.skim(request)
				if status != created && status != http.StatusInsufficientStorage {
					x.wrong("a creation is answered with %d: %v", status, err)
					return
				}
				full = status == http.StatusInsufficientStorage
			}
		}
	})
	kept := x.erase(func(t *client.Task) bool { return t.Title == longTitle })
	if kept > x.tasks || kept < x.tasks-2*watchers { // Those have tasks, too.
		x.wrong("%d tasks were kept, want %d", kept, x.tasks)
	}
	if statuses, _ := x.exchange(post("Content-Length: 17\r\n", newTask)); !fits(statuses, one(created)) {
		x.wrong("when tasks have been deleted, a creation is answered with %v", statuses)
	}
	x.sweep()
}
