package server_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/tasks/gen/client"
	"example.com/tasks/internal/store/storetest"
)

// Every member of NewTask and TaskPatch is stored, returned and part of the ETag.
// The test fails for a member that does not accept the values of
// storetest.Filled: it needs values of its own.
func TestEveryMemberIsKept(t *testing.T) {
	s := start(t)
	body, sent := object(t, storetest.Filled[client.NewTask](t, 1))
	created := s.post("/tasks", body).is(http.StatusCreated)
	target, etag := created.Header.Get("Location"), created.etag()
	want := decode[map[string]any](created)
	for name, value := range sent {
		if diff := cmp.Diff(value, want[name]); diff != "" {
			t.Errorf("POST returns another %s (-sent +got):\n%s", name, diff)
		}
	}
	check := func(after string) {
		t.Helper()
		for what, got := range map[string]map[string]any{
			"GET":      decode[map[string]any](s.get(target)),
			"the list": decode[[]map[string]any](s.get("/tasks"))[0],
		} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s after %s (-want +got):\n%s", what, after, diff)
			}
		}
	}
	check("POST")

	for name, patch := range storetest.Changes(client.TaskPatch{}, storetest.Filled[client.TaskPatch](t, 2)) {
		body, sent := object(t, patch)
		maps.Copy(want, sent)
		patched := s.patch(target, body).is(http.StatusOK)
		if diff := cmp.Diff(want, decode[map[string]any](patched)); diff != "" {
			t.Errorf("PATCH of %s (-want +got):\n%s", name, diff)
		}
		check("PATCH of " + name)
		if patched.etag() == etag {
			t.Errorf("PATCH of %s does not change the ETag", name)
		}
		etag = patched.etag()
	}

	if diff := cmp.Diff(want, decode[map[string]any](s.delete(target).is(http.StatusOK))); diff != "" {
		t.Errorf("DELETE (-want +got):\n%s", diff)
	}
}

// object returns v as JSON, and its members.
func object(t *testing.T, v any) (text string, members map[string]any) {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &members); err != nil {
		t.Fatal(err)
	}
	return string(b), members
}
