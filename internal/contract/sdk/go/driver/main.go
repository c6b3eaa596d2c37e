// Command driver makes the calls of the scenario with the Go client.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"

	"example.com/tasks/gen/client"
)

// A step is an operation to call, and its arguments.
type step struct {
	Step, Call, URL, ID, MediaType, Title string

	Token, After, Order, IfMatch, IfNoneMatch, IdempotencyKey *string

	Limit *int32
	Done  *bool
}

// An answer is what the client read.
type answer struct {
	Step      string           `json:"step"`
	Status    int              `json:"status"`
	Task      *client.Task     `json:"task,omitempty"`
	Tasks     *client.TaskList `json:"tasks,omitempty"`
	Problem   *client.Problem  `json:"problem,omitempty"`
	ETag      string           `json:"etag,omitempty"`
	Link      *string          `json:"link,omitempty"`
	Location  string           `json:"location,omitempty"`
	Replayed  *string          `json:"replayed,omitempty"`
	Challenge *string          `json:"challenge,omitempty"`
	Failed    string           `json:"failed,omitempty"`
}

func main() {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for in.More() {
		var s step
		if err := in.Decode(&s); err != nil {
			log.Fatal(err)
		}
		a, err := s.do(context.Background())
		if err != nil {
			a = &answer{Failed: err.Error()}
		}
		a.Step = s.Step
		if err := out.Encode(a); err != nil {
			log.Fatal(err)
		}
	}
}

func (s *step) do(ctx context.Context) (*answer, error) {
	tasks, err := client.NewClientWithResponses(s.URL, client.WithRequestEditorFn(s.authorize))
	if err != nil {
		return nil, err
	}
	switch s.Call {
	case "createTask":
		return s.create(ctx, tasks)
	case "listTasks":
		return s.list(ctx, tasks)
	case "getTask":
		return s.get(ctx, tasks)
	case "updateTask":
		return s.update(ctx, tasks)
	case "deleteTask":
		return s.delete(ctx, tasks)
	default:
		return nil, fmt.Errorf("no such call: %s", s.Call)
	}
}

func (s *step) authorize(_ context.Context, r *http.Request) error {
	if s.Token != nil {
		r.Header.Set("Authorization", "Bearer "+*s.Token)
	}
	return nil
}

func (s *step) create(ctx context.Context, tasks *client.ClientWithResponses) (*answer, error) {
	r, err := tasks.CreateTaskWithResponse(ctx, &client.CreateTaskParams{IdempotencyKey: s.IdempotencyKey}, client.NewTask{Title: s.Title, Done: s.Done})
	if err != nil {
		return nil, err
	}
	problem := cmp.Or(r.ApplicationProblemJSON400, r.ApplicationProblemJSON401, r.ApplicationProblemJSON403, r.ApplicationProblemJSON422)
	a := &answer{Status: r.StatusCode(), Task: r.JSON201, Problem: problem}
	if h := r.Headers201; h != nil {
		a.ETag, a.Location, a.Replayed = h.ETag, h.Location, h.IdempotencyReplayed
	}
	if h := r.Headers401; h != nil {
		a.Challenge = &h.WWWAuthenticate
	}
	if h := r.Headers403; h != nil {
		a.Challenge = h.WWWAuthenticate
	}
	return a, nil
}

func (s *step) list(ctx context.Context, tasks *client.ClientWithResponses) (*answer, error) {
	r, err := tasks.ListTasksWithResponse(ctx, &client.ListTasksParams{
		Limit: s.Limit, After: s.After, Order: (*client.TaskOrder)(s.Order), Done: s.Done, IfNoneMatch: s.IfNoneMatch,
	})
	if err != nil {
		return nil, err
	}
	a := &answer{Status: r.StatusCode(), Tasks: r.JSON200, Problem: r.ApplicationProblemJSON400}
	if h := r.Headers200; h != nil {
		a.ETag, a.Link = h.ETag, h.Link
	}
	if h := r.Headers304; h != nil {
		a.ETag = h.ETag
	}
	return a, nil
}

func (s *step) get(ctx context.Context, tasks *client.ClientWithResponses) (*answer, error) {
	r, err := tasks.GetTaskWithResponse(ctx, s.ID, &client.GetTaskParams{IfNoneMatch: s.IfNoneMatch})
	if err != nil {
		return nil, err
	}
	a := &answer{Status: r.StatusCode(), Task: r.JSON200, Problem: r.ApplicationProblemJSON404}
	if h := r.Headers200; h != nil {
		a.ETag = h.ETag
	}
	if h := r.Headers304; h != nil {
		a.ETag = h.ETag
	}
	return a, nil
}

func (s *step) update(ctx context.Context, tasks *client.ClientWithResponses) (*answer, error) {
	call := tasks.UpdateTaskWithResponse
	if s.MediaType == "application/merge-patch+json" {
		call = tasks.UpdateTaskWithApplicationMergePatchPlusJSONBodyWithResponse
	}
	patch := client.TaskPatch{Done: s.Done}
	if s.Title != "" {
		patch.Title = &s.Title
	}
	r, err := call(ctx, s.ID, &client.UpdateTaskParams{IfMatch: s.IfMatch}, patch)
	if err != nil {
		return nil, err
	}
	a := &answer{Status: r.StatusCode(), Task: r.JSON200, Problem: r.ApplicationProblemJSON412}
	if h := r.Headers200; h != nil {
		a.ETag = h.ETag
	}
	return a, nil
}

func (s *step) delete(ctx context.Context, tasks *client.ClientWithResponses) (*answer, error) {
	r, err := tasks.DeleteTaskWithResponse(ctx, s.ID, &client.DeleteTaskParams{IfMatch: s.IfMatch})
	if err != nil {
		return nil, err
	}
	return &answer{Status: r.StatusCode(), Task: r.JSON200, Problem: cmp.Or(r.ApplicationProblemJSON404, r.ApplicationProblemJSON412)}, nil
}
