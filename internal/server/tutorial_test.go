package server_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/tasks/gen/client"
)

// The session of the tutorial works over a plain connection: the test sends what
// the tutorial prints and gets responses of the same meaning.
func TestTutorialSession(t *testing.T) {
	s := start(t)
	const problem, task = "application/problem+json", "application/json"
	var id string
	for _, step := range []struct {
		request, body string
		status        int
		mediaType     string
		want          string // The body of a success, or the error of a problem.
	}{
		{"GET /tasks", ``, 200, task, `[]`},
		{"POST /tasks", `{"title": "Learn WSGI"}`, 201, task, `{"id": "{id}", "title": "Learn WSGI", "done": false}`},
		{"GET /tasks", ``, 200, task, `[{"id": "{id}", "title": "Learn WSGI", "done": false}]`},
		{"GET /tasks/{id}", ``, 200, task, `{"id": "{id}", "title": "Learn WSGI", "done": false}`},
		{"PATCH /tasks/{id}", `{"done": true}`, 200, task, `{"id": "{id}", "title": "Learn WSGI", "done": true}`},
		{"GET /tasks/{id}", ``, 200, task, `{"id": "{id}", "title": "Learn WSGI", "done": true}`},
		{"DELETE /tasks/{id}", ``, 200, task, `{"id": "{id}", "title": "Learn WSGI", "done": true}`},
		{"GET /tasks/{id}", ``, 404, problem, `not found`},
		{"DELETE /tasks/{id}", ``, 404, problem, `not found`},
		{"GET /tasks", ``, 200, task, `[]`},
		{"POST /tasks", `{"description": "oops"}`, 400, problem, `title is required`},
		{"GET /tasks/nonexistent", ``, 404, problem, `not found`},
		{"GET /", ``, 404, problem, `not found`},
		{"GET /nowhere", ``, 404, problem, `not found`},
		{"POST /nowhere", `{}`, 404, problem, `not found`},
		{"PUT /tasks", `{"title": "x"}`, 405, problem, `method not allowed`},
		{"DELETE /tasks", ``, 405, problem, `method not allowed`},
		{"POST /tasks/{id}", `{"title": "x"}`, 405, problem, `method not allowed`},
	} {
		var header []string
		if step.body != "" {
			header = []string{asJSON}
		}
		request := strings.ReplaceAll(step.request, "{id}", id)
		a := s.raw(request+" HTTP/1.1", step.body, header...).is(step.status)
		if step.status == http.StatusCreated {
			id = decode[client.Task](a).ID
		}
		equal(t, step.request+": Content-Type", a.Header.Get("Content-Type"), step.mediaType)
		equal(t, step.request+": whether there is Allow", a.Header.Get("Allow") != "", step.status == 405)
		got, want := decode[any](a), any(step.want)
		if step.mediaType == problem {
			got = got.(map[string]any)["error"]
		} else if err := json.Unmarshal([]byte(strings.ReplaceAll(step.want, "{id}", id)), &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", step.request, diff)
		}
	}
	for _, request := range []string{"POST /tasks", "PATCH /tasks/" + id} {
		a := s.raw(request+" HTTP/1.1", "title=x", "Content-Type: application/x-www-form-urlencoded").is(415)
		equal(t, request+" with a form: error", decode[problemError](a).Error, "unsupported media type")
	}
}

type problemError struct{ Error string }

// The session of the tutorial works with the generated client.
func TestTutorialSessionWithGeneratedClient(t *testing.T) {
	s := start(t)
	c, ctx := s.generated(), t.Context()

	created, err := c.CreateTaskWithResponse(ctx, nil, client.NewTask{Title: "Learn WSGI"})
	if err != nil || created.JSON201 == nil {
		t.Fatalf("create: %v, %s", err, created.GetBody())
	}
	want := client.Task{ID: created.JSON201.ID, Title: "Learn WSGI"}
	equal(t, "the new task", *created.JSON201, want)
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(want.ID) {
		t.Errorf("the id %q is not a UUID of version 7", want.ID)
	}
	equal(t, "Location", created.Headers201.Location, "/tasks/"+want.ID)

	listed, err := c.ListTasksWithResponse(ctx, nil)
	if err != nil || listed.JSON200 == nil {
		t.Fatalf("list: %v, %s", err, listed.GetBody())
	}
	if diff := cmp.Diff(client.TaskList{want}, *listed.JSON200); diff != "" {
		t.Errorf("list: (-want +got)\n%s", diff)
	}

	got, err := c.GetTaskWithResponse(ctx, want.ID, nil)
	if err != nil || got.JSON200 == nil {
		t.Fatalf("get: %v, %s", err, got.GetBody())
	}
	equal(t, "the task", *got.JSON200, want)
	equal(t, "its ETag", got.Headers200.ETag, created.Headers201.ETag)

	want.Done = true
	updated, err := c.UpdateTaskWithResponse(ctx, want.ID, nil, client.TaskPatch{Done: &want.Done})
	if err != nil || updated.JSON200 == nil {
		t.Fatalf("update: %v, %s", err, updated.GetBody())
	}
	equal(t, "the changed task", *updated.JSON200, want)

	stale := &client.DeleteTaskParams{IfMatch: &got.Headers200.ETag}
	kept, err := c.DeleteTaskWithResponse(ctx, want.ID, stale)
	if err != nil || kept.ApplicationProblemJSON412 == nil {
		t.Fatalf("delete the changed task: %v, %s", err, kept.GetBody())
	}
	current := &client.DeleteTaskParams{IfMatch: &updated.Headers200.ETag}
	deleted, err := c.DeleteTaskWithResponse(ctx, want.ID, current)
	if err != nil || deleted.JSON200 == nil {
		t.Fatalf("delete: %v, %s", err, deleted.GetBody())
	}
	equal(t, "the deleted task", *deleted.JSON200, want)

	gone, err := c.GetTaskWithResponse(ctx, want.ID, nil)
	if err != nil || gone.ApplicationProblemJSON404 == nil {
		t.Fatalf("get the deleted task: %v, %s", err, gone.GetBody())
	}
	equal(t, "error", gone.ApplicationProblemJSON404.Error, "not found")
	odd, err := c.GetTaskWithResponse(ctx, "nonexistent", nil)
	if err != nil || odd.ApplicationProblemJSON404 == nil {
		t.Fatalf("get a nonexistent task: %v, %s", err, odd.GetBody())
	}
	refused, err := c.CreateTaskWithBodyWithResponse(ctx, nil, "application/json", strings.NewReader(`{"description": "oops"}`))
	if err != nil || refused.ApplicationProblemJSON400 == nil {
		t.Fatalf("create a task without title: %v, %s", err, refused.GetBody())
	}
	equal(t, "error", refused.ApplicationProblemJSON400.Error, "title is required")
}
