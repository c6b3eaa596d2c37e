package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/google/uuid"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/postgres/postgrestest"
)

// TestLinearizable has three stores on one database change and list few tasks
// concurrently: what the calls return is what they could return one after the
// other, each at a moment between its begin and its end.
func TestLinearizable(t *testing.T) {
	if result := porcupine.CheckOperationsTimeout(model, history(t), time.Minute); result != porcupine.Ok {
		t.Errorf("the history is %s", result)
	}
}

// TestLinearizableFindsFault forgets to compare a task with what was read, and
// wants TestLinearizable to notice.
func TestLinearizableFindsFault(t *testing.T) {
	for _, sql := range []*string{&updateTask, &deleteTask} {
		right := *sql
		*sql = strings.Replace(right, is, "id = $1 AND ($1, $2::text, $3::boolean) IS NOT NULL", 1)
		result := porcupine.CheckOperationsTimeout(model, history(t), time.Minute)
		if *sql == right || result != porcupine.Illegal {
			t.Errorf("with %s the history is %s", *sql, result)
		}
		*sql = right
	}
}

// input is a call: the kind that is its method, or one with a condition.
type input struct {
	kind            string
	id              byte   // Of an id, the last byte.
	title, expected string // Titles are never used twice.
}

type output struct {
	err  error // Nil, or one that the kind may return.
	task store.Task
	page tasks
}

// tasks is the state of the model: the tasks by the last bytes of their ids, and
// the zero value where there is none.
type tasks [3]store.Task

var errRefused = errors.New("refused")

// model has the tasks of a store.
var model = porcupine.Model{
	Init: func() any { return tasks{} },
	Step: func(state, in, out any) (bool, any) {
		before, call := state.(tasks), in.(input)
		after := before
		var want output
		task := &after[call.id]
		exists := *task != (store.Task{})
		switch {
		case call.kind == "List":
			want.page = before
		case call.kind == "Create" && exists:
			want.err = store.ErrExists
		case call.kind == "Create":
			*task = store.Task{ID: id(call.id), Title: call.title}
		case !exists:
			want.err = store.ErrNotFound
		case call.expected != "" && task.Title != call.expected:
			want.err = errRefused
		case call.kind == "Get":
			want.task = *task
		case call.kind == "Update":
			*task = changed(*task, call.title)
			want.task = *task
		case call.kind == "Delete":
			want.task, *task = *task, store.Task{}
		}
		return out == want, after
	},
}

func id(n byte) uuid.UUID { return uuid.UUID{0: 1, 15: n} }

func changed(t store.Task, title string) store.Task {
	t.Title, t.Done = title, !t.Done
	return t
}

// history returns what workers do with three stores.
func history(t *testing.T) (operations []porcupine.Operation) {
	url := postgrestest.Shared(t).URL(t)
	var mu sync.Mutex
	var wg sync.WaitGroup
	start := time.Now()
	for range 3 {
		s, err := Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		for worker := range 3 {
			wg.Go(func() {
				var seen string // The last title that this worker has seen.
				for range 40 {
					in := input{
						kind:     []string{"Create", "Get", "List", "Update", "Update", "Delete"}[rand.N(6)],
						id:       byte(rand.N(len(tasks{}))),
						title:    uuid.NewString(),
						expected: []string{"", seen}[rand.N(2)],
					}
					if in.kind != "Update" && in.kind != "Delete" {
						in.expected = ""
					}
					begin := time.Since(start)
					out := call(t.Context(), s, in)
					end := time.Since(start)
					if out.task.Title != "" {
						seen = out.task.Title
					}
					mu.Lock()
					operations = append(operations, porcupine.Operation{ClientId: worker, Input: in, Call: int64(begin), Output: out, Return: int64(end)})
					mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	return operations
}

// call makes a call of a store.
func call(ctx context.Context, s *Store, in input) (out output) {
	check := func(t store.Task) error {
		time.Sleep(rand.N(time.Millisecond)) // Others come in between.
		if in.expected != "" && t.Title != in.expected {
			return errRefused
		}
		return nil
	}
	switch in.kind {
	case "Create":
		out.err = s.Create(ctx, store.Task{ID: id(in.id), Title: in.title})
	case "Get":
		out.task, out.err = s.Get(ctx, id(in.id))
	case "Update":
		out.task, out.err = s.Update(ctx, id(in.id), func(t store.Task) (store.Task, error) { return changed(t, in.title), check(t) })
	case "Delete":
		out.task, out.err = s.Delete(ctx, id(in.id), check)
	case "List":
		page, _, err := s.List(ctx, store.Query{Limit: len(tasks{})})
		for _, task := range page {
			out.page[task.ID[15]] = task
		}
		out.err = err
	default:
		panic(fmt.Sprintf("%s is no kind of call", in.kind))
	}
	return out
}
