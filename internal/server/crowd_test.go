package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/tasks/gen/client"
	"example.com/tasks/internal/server"
	"example.com/tasks/internal/store"
)

// Concurrent clients do not disturb each other: ids are unique, and the list has
// every task that was not deleted, in its last state and in creation order.
func TestConcurrentClients(t *testing.T) {
	const clients, each = 8, 20
	s := start(t)
	c, ctx := s.generated(), t.Context()
	kept := make([][]client.Task, clients)
	// work creates, changes and reads the nth task of a client, and deletes it if n
	// is odd.
	work := func(who, n int) error {
		title := fmt.Sprintf("client %d, task %d", who, n)
		created, err := c.CreateTaskWithResponse(ctx, nil, client.NewTask{Title: title})
		if err != nil {
			return err
		}
		if created.JSON201 == nil {
			return fmt.Errorf("create: %s", created.Body)
		}
		task := *created.JSON201
		task.Done = n%3 == 0
		patched, err := c.UpdateTaskWithResponse(ctx, task.ID, &client.UpdateTaskParams{IfMatch: &created.Headers201.ETag}, client.TaskPatch{Done: &task.Done})
		if err != nil {
			return err
		}
		if patched.JSON200 == nil || *patched.JSON200 != task {
			return fmt.Errorf("update: %s, want %v", patched.Body, task)
		}
		got, err := c.GetTaskWithResponse(ctx, task.ID, nil)
		if err != nil {
			return err
		}
		if got.JSON200 == nil || *got.JSON200 != task {
			return fmt.Errorf("get: %s, want %v", got.Body, task)
		}
		listed, err := c.ListTasksWithResponse(ctx, nil)
		if err != nil {
			return err
		}
		if listed.JSON200 == nil || !slices.Contains(*listed.JSON200, task) {
			return fmt.Errorf("the list lacks %v", task)
		}
		if n%2 == 0 {
			kept[who] = append(kept[who], task)
			return nil
		}
		deleted, err := c.DeleteTaskWithResponse(ctx, task.ID, nil)
		if err != nil {
			return err
		}
		if deleted.JSON200 == nil || *deleted.JSON200 != task {
			return fmt.Errorf("delete: %s, want %v", deleted.Body, task)
		}
		gone, err := c.GetTaskWithResponse(ctx, task.ID, nil)
		if err == nil && gone.StatusCode() != http.StatusNotFound {
			err = fmt.Errorf("get the deleted task: %s", gone.Body)
		}
		return err
	}
	var wait sync.WaitGroup
	for who := range clients {
		wait.Go(func() {
			for n := range each {
				if err := work(who, n); err != nil {
					t.Errorf("client %d, task %d: %v", who, n, err)
				}
			}
		})
	}
	wait.Wait()

	list := decode[client.TaskList](s.get("/tasks").is(http.StatusOK))
	equal(t, "the number of tasks", len(list), clients*each/2)
	if !slices.IsSortedFunc(list, func(a, b client.Task) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("the list is out of order")
	}
	for who, want := range kept {
		got := slices.DeleteFunc(slices.Clone(list), func(task client.Task) bool {
			return !strings.HasPrefix(task.Title, fmt.Sprintf("client %d,", who))
		})
		if !slices.Equal(got, want) {
			t.Errorf("of client %d, the list has %v, want %v", who, got, want)
		}
	}
}

// When many clients delete a task at once, one succeeds and the others get 404.
func TestATaskIsDeletedOnce(t *testing.T) {
	const clients = 8
	s := start(t)
	c, ctx := s.generated(), t.Context()
	for range 10 {
		id := s.create("x")[0].ID
		statuses := make(chan int, clients)
		var wait sync.WaitGroup
		for range clients {
			wait.Go(func() {
				deleted, err := c.DeleteTaskWithResponse(ctx, id, nil)
				if err != nil {
					t.Error(err)
					return
				}
				statuses <- deleted.StatusCode()
			})
		}
		wait.Wait()
		close(statuses)
		count := map[int]int{}
		for status := range statuses {
			count[status]++
		}
		if count[200] != 1 || count[404] != clients-1 {
			t.Errorf("the statuses are %v", count)
		}
	}
}

// A client that requests the largest pages and does not read them blocks no other
// client: the pages that it reads later show what others wrote meanwhile.
func TestSlowReaderBlocksNobody(t *testing.T) {
	const tasks, pages = 1000, 30 // 0.8 MB a page, more in all than socket buffers hold.
	st := newStore(t)
	title := strings.Repeat("\U0001F422", 200)
	for i := range tasks {
		if err := st.Create(t.Context(), store.Task{ID: uuid.UUID{14: byte(i >> 8), 15: byte(i)}, Title: title}); err != nil {
			t.Fatal(err)
		}
	}
	s := serve(t, st, server.Config{})
	conn, err := net.Dial("tcp", s.Listener.Addr().String()) //nolint:noctx // The server is the test's own.
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, strings.Repeat("GET /tasks HTTP/1.1\r\nHost: x\r\n\r\n", pages)); err != nil {
		t.Fatal(err)
	}
	slow := bufio.NewReader(conn)
	readPage := func() string {
		resp, err := http.ReadResponse(slow, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK || strings.Count(string(body), title) < tasks-2 {
			t.Fatalf("%s, %d bytes, %v", resp.Status, len(body), err)
		}
		return string(body)
	}
	first := readPage() // The server goes on with the others until the buffers are full.

	s.client.Timeout = 20 * time.Second
	path := "/tasks/" + uuid.Nil.String()
	s.get("/tasks?limit=1000").is(http.StatusOK)
	s.patch(path, `{"title": "changed meanwhile"}`).is(http.StatusOK)
	s.delete("/tasks/" + uuid.UUID{15: 1}.String()).is(http.StatusOK)
	s.get(path).is(http.StatusOK)
	s.post("/tasks", `{"title": "created meanwhile"}`).is(http.StatusCreated)

	last := first
	for range pages - 1 {
		last = readPage()
	}
	if strings.Contains(first, "meanwhile") || !strings.Contains(last, "changed meanwhile") {
		t.Error("the last page lacks what was written after the first")
	}
}
