package server_test

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"example.com/tasks/gen/client"
)

func withKey(key string) string { return "Idempotency-Key: " + key }

// A repeated creation gets the first answer, whatever has become of the task.
func TestRepeatedCreationIsReplayed(t *testing.T) {
	s := start(t)
	first := s.post("/tasks", `{"title": "x"}`, withKey("k")).is(http.StatusCreated)
	equal(t, "Idempotency-Replayed", first.Header.Get("Idempotency-Replayed"), "")
	replayed := func(body string) {
		t.Helper()
		a := s.post("/tasks", body, withKey("k")).is(http.StatusCreated)
		equal(t, "Idempotency-Replayed", a.Header.Get("Idempotency-Replayed"), "true")
		equal(t, "the body", a.body, first.body)
		for _, name := range []string{"ETag", "Location"} {
			equal(t, name, a.Header.Get(name), first.Header.Get(name))
		}
	}
	replayed(`{"title": "x"}`)
	replayed(`{ "done": false, "title": "\u0078" }`) // The same task.
	task := first.Header.Get("Location")
	s.patch(task, `{"done": true, "title": "y"}`).is(http.StatusOK)
	replayed(`{"title": "x"}`)
	s.delete(task).is(http.StatusOK)
	replayed(`{"title": "x"}`)
	equal(t, "the list", s.get("/tasks").body, "[]\n")
}

// A key names one creation: it is refused for another.
func TestKeyOfAnotherCreationIsRefused(t *testing.T) {
	s := start(t)
	s.post("/tasks", `{"title": "x"}`, withKey("k")).is(http.StatusCreated)
	for _, body := range []string{`{"title": "y"}`, `{"title": "x", "done": true}`} {
		equal(t, "type", decode[problem](s.post("/tasks", body, withKey("k")).is(http.StatusUnprocessableEntity)).Type, "/problems/idempotency-key-reused")
	}
	s.post("/tasks", `{"title": "y"}`, withKey("other")).is(http.StatusCreated)
	s.post("/tasks", `{"title": "x"}`).is(http.StatusCreated)
	equal(t, "the number of tasks", len(decode[client.TaskList](s.get("/tasks"))), 3)
}

// A request that is refused does not use its key.
func TestRefusedCreationDoesNotUseItsKey(t *testing.T) {
	s := start(t)
	s.post("/tasks", `{"title": ""}`, withKey("k")).is(http.StatusBadRequest)
	a := s.post("/tasks", `{"title": "x"}`, withKey("k")).is(http.StatusCreated)
	equal(t, "Idempotency-Replayed", a.Header.Get("Idempotency-Replayed"), "")
}

// Concurrent creations with one key create one task.
func TestConcurrentCreationsWithOneKey(t *testing.T) {
	const clients = 8
	s := start(t)
	c, ctx := s.generated(), t.Context()
	for n := range 20 {
		ids := make(chan string, clients)
		var wait sync.WaitGroup
		for range clients {
			wait.Go(func() {
				created, err := c.CreateTaskWithResponse(ctx, &client.CreateTaskParams{IdempotencyKey: new(strconv.Itoa(n))}, client.NewTask{Title: "x"})
				if err != nil || created.JSON201 == nil {
					t.Errorf("create: %v", err)
					return
				}
				ids <- created.JSON201.ID
			})
		}
		wait.Wait()
		close(ids)
		distinct := map[string]bool{}
		for id := range ids {
			distinct[id] = true
		}
		equal(t, "the number of ids", len(distinct), 1)
	}
	equal(t, "the number of tasks", len(decode[client.TaskList](s.get("/tasks"))), 20)
}

// Each token has keys of its own.
func TestKeysBelongToTokens(t *testing.T) {
	s := serve(t, newStore(t), twoTokens)
	ids := map[string]bool{}
	for _, token := range twoTokens.Tokens {
		for range 2 {
			a := s.post("/tasks", `{"title": "x"}`, withKey("k"), "Authorization: Bearer "+token.Secret).is(http.StatusCreated)
			ids[decode[client.Task](a).ID] = true
		}
	}
	equal(t, "the number of tasks", len(ids), 2)
}

// A key is 1 to 255 visible ASCII characters, and given once.
func TestKeysAreChecked(t *testing.T) {
	s := start(t)
	for _, key := range []string{"!", "~", `"quoted"`, strings.Repeat("k", 255)} {
		s.post("/tasks", `{"title": "x"}`, withKey(key)).is(http.StatusCreated)
	}
	for _, headers := range [][]string{
		{withKey("")}, {withKey("two words")}, {withKey("ключ")}, {withKey(strings.Repeat("k", 256))}, {withKey("a"), withKey("b")},
	} {
		for _, fault := range s.post("/tasks", `{"title": "x"}`, headers...).faults() {
			if !strings.HasPrefix(fault, "header Idempotency-Key: ") {
				t.Errorf("%.50q: %s", headers, fault)
			}
		}
	}
}
