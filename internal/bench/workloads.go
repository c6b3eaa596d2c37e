package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
)

// seeded is how many tasks each server has before a slice.
const seeded = 1000

// workload is a kind of request that is measured.
type workload struct {
	name, title string
	status      string   // Of every answer.
	requests    [][]byte // Sent in turn, so that not all answers come from one warm cache line.
	slice       int      // Requests a slice: about a millisecond, which often passes undisturbed.
}

func newWorkloads() []workload {
	var gets, patches [][]byte
	for i := range seeded {
		gets = append(gets, render(http.MethodGet, "/tasks/"+taskID(i).String(), ""))
	}
	for i := range 2 * seeded { // The second walk undoes the first, so that each request changes a task.
		body := fmt.Sprintf(`{"done": %t}`, (i < seeded) != taskDone(i%seeded))
		patches = append(patches, render(http.MethodPatch, "/tasks/"+taskID(i%seeded).String(), body))
	}
	post := render(http.MethodPost, "/tasks", `{"title": "`+taskTitle(0)+`"}`)
	refused := render(http.MethodPost, "/tasks", `{"titel": "`+taskTitle(0)+`"}`) // title is missing, titel is unknown.
	list := render(http.MethodGet, "/tasks?limit=100", "")
	return []workload{
		{"get", "GET a task", "200", gets, 150},
		{"post", "POST a task", "201", [][]byte{post}, 150},
		{"patch", "PATCH a task", "200", patches, 150},
		{"list", "GET 100 tasks", "200", [][]byte{list}, 40},
		{"refuse", "POST with two faults", "400", [][]byte{refused}, 150},
	}
}

// render returns a request as a client sends it.
func render(method, target, body string) []byte {
	text := fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: localhost:8000\r\nUser-Agent: bench\r\nAccept: application/json\r\n", method, target)
	if body != "" {
		text = fmt.Appendf(text, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	return append(text, "\r\n"+body...)
}

// taskID returns the id of the seeded task i, a version 7 UUID (RFC 9562, section
// 5.7): each a millisecond after the previous one, all before those made now.
func taskID(i int) uuid.UUID {
	const first = 0x0189_0a5d_ac96 // Milliseconds, in the year 2023.
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(first+i)<<16|0x7000)
	binary.BigEndian.PutUint64(id[8:], 0x8000_0000_0000_0000|uint64(i)*0x9E37_79B9_7F4A_7C15>>2)
	return id
}

// taskTitle returns a title of 30 bytes.
func taskTitle(i int) string { return fmt.Sprintf("Water the plants, turn %07d", i) }

func taskDone(i int) bool { return i%3 == 0 }

// seed creates the tasks that each server starts with.
func seed(s store.Store) error {
	for i := range seeded {
		if err := s.Create(context.Background(), store.Task{ID: taskID(i), Title: taskTitle(i), Done: taskDone(i)}); err != nil {
			return err
		}
	}
	return nil
}

// trim deletes the tasks that were created after those of seed.
func trim(s store.Store) error {
	ctx, last := context.Background(), taskID(seeded-1)
	page, _, err := s.List(ctx, store.Query{Limit: seeded, After: &last})
	for i := 0; err == nil && i < len(page); i++ {
		_, err = s.Delete(ctx, page[i].ID, func(store.Task) error { return nil })
	}
	return err
}
