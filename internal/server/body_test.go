package server_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"example.com/tasks/gen/client"
)

// Media types are compared case-insensitively and without parameters, and never
// by prefix.
func TestMediaTypes(t *testing.T) {
	for _, test := range []struct {
		name        string
		contentType []string
		post, patch int
	}{
		{"JSON", []string{"application/json"}, 201, 200},
		{"JSON with charset", []string{"application/json; charset=utf-8"}, 201, 200},
		{"JSON in capitals", []string{"Application/JSON; charset=utf-8"}, 201, 200},
		{"JSON with a quoted parameter", []string{`application/json;charset="UTF-8"`}, 201, 200},
		{"JSON Merge Patch", []string{"application/merge-patch+json"}, 415, 200},
		{"JSON Merge Patch in capitals", []string{"APPLICATION/Merge-Patch+JSON;charset=utf-8"}, 415, 200},
		{"JSON Patch", []string{"application/json-patch+json"}, 415, 415},
		{"JSON as a prefix", []string{"application/jsonx"}, 415, 415},
		{"a prefix of JSON", []string{"application/js"}, 415, 415},
		{"JSON as a parameter", []string{"text/plain; application/json"}, 415, 415},
		{"text", []string{"text/plain"}, 415, 415},
		{"text/json", []string{"text/json"}, 415, 415},
		{"form", []string{"application/x-www-form-urlencoded"}, 415, 415},
		{"multipart", []string{"multipart/form-data; boundary=x"}, 415, 415},
		{"XML", []string{"application/xml"}, 415, 415},
		{"YAML", []string{"application/yaml"}, 415, 415},
		{"any", []string{"*/*"}, 415, 415},
		{"any application", []string{"application/*"}, 415, 415},
		{"no subtype", []string{"application"}, 415, 415},
		{"no type", []string{"; json"}, 415, 415},
		{"empty", []string{""}, 415, 415},
		{"none", nil, 415, 415},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := start(t)
			target := "/tasks/" + s.create("x")[0].ID
			var header []string
			for _, value := range test.contentType {
				header = append(header, "Content-Type:"+value)
			}
			posted := s.do(http.MethodPost, "/tasks", `{"title": "y"}`, header...).is(test.post)
			patched := s.do(http.MethodPatch, target, `{"done": true}`, header...).is(test.patch)
			equal(t, "done", decode[client.Task](s.get(target)).Done, test.patch == 200)
			if test.post == 415 {
				equal(t, "the type of the problem", decode[problem](posted).Type, "/problems/unsupported-media-type")
				equal(t, "Accept", posted.Header.Get("Accept"), "application/json")
				equal(t, "Accept-Patch", posted.Header.Get("Accept-Patch"), "")
			}
			if want := []string{"application/json", "application/merge-patch+json"}; test.patch == 415 {
				for _, name := range []string{"Accept", "Accept-Patch"} {
					if got := patched.list(name); !slices.Equal(got, want) {
						t.Errorf("%s has %q, want %q", name, got, want)
					}
				}
			}
		})
	}
}

// A request with neither body nor Content-Type is 400, not 415.
func TestMissingBodyIsBadRequest(t *testing.T) {
	s := start(t)
	target := "/tasks/" + s.create("x")[0].ID
	for _, a := range []answer{
		s.do(http.MethodPost, "/tasks", ""),
		s.do(http.MethodPatch, target, ""),
		s.raw("POST /tasks HTTP/1.1", "", "Content-Length: 0"),
		s.raw("POST /tasks HTTP/1.1", ""),
		s.rawText("POST /tasks HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	} {
		if got := a.faults(); !strings.HasPrefix(got[0], "pointer #: ") {
			t.Errorf("%s: the faults are %q, want one of the body as a whole", a.Request.Method, got)
		}
	}
	chunk := "Host: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
	s.rawText("POST /tasks HTTP/1.1\r\n" + chunk).is(http.StatusUnsupportedMediaType)
	s.rawText("PATCH " + target + " HTTP/1.1\r\n" + chunk).is(http.StatusUnsupportedMediaType)
}

// A patch of either media type changes the members that it names, and an empty
// patch changes none.
func TestPatchChangesNamedMembers(t *testing.T) {
	for _, mediaType := range []string{asJSON, asMerge} {
		for _, test := range []struct {
			body string
			want client.Task
		}{
			{`{}`, client.Task{Title: "x"}},
			{` {} `, client.Task{Title: "x"}},
			{`{"done": true}`, client.Task{Title: "x", Done: true}},
			{`{"done": false}`, client.Task{Title: "x"}},
			{`{"title": "y"}`, client.Task{Title: "y"}},
			{`{"title": "y", "done": true}`, client.Task{Title: "y", Done: true}},
		} {
			t.Run(mediaType+" "+test.body, func(t *testing.T) {
				s := start(t)
				tasks := s.create("x", "other")
				test.want.ID = tasks[0].ID
				patched := s.do(http.MethodPatch, "/tasks/"+test.want.ID, test.body, mediaType).is(http.StatusOK)
				equal(t, "the response", decode[client.Task](patched), test.want)
				got := s.get("/tasks/" + test.want.ID)
				equal(t, "the task", decode[client.Task](got), test.want)
				equal(t, "its ETag", got.etag(), patched.etag())
				equal(t, "the other task", decode[client.Task](s.get("/tasks/"+tasks[1].ID)), tasks[1])
			})
		}
	}
}

// A new task is done if its body says so, in any order of members.
func TestNewTaskMayBeDone(t *testing.T) {
	s := start(t)
	for body, want := range map[string]bool{
		`{"title": "x"}`: false, `{"title": "x", "done": false}`: false, `{"done": true, "title": "x"}`: true, `{"t\u0069tle": "x", "done": true}`: true,
	} {
		a := s.post("/tasks", body).is(http.StatusCreated)
		task := decode[client.Task](a)
		equal(t, body+": done", task.Done, want)
		equal(t, body+": title", task.Title, "x")
		equal(t, body+": Location", a.Header.Get("Location"), "/tasks/"+task.ID)
	}
}

// A body of more than 64 KiB is refused, whether or not its length is declared
// and whatever else is wrong with it.
func TestBodySizeIsLimited(t *testing.T) {
	const most = 65_536
	pad := func(body string, n int) string { return body + strings.Repeat(" ", n-len(body)) }
	for _, test := range []struct {
		name, body  string
		post, patch int
	}{
		{"the limit", pad(`{"title": "x"}`, most), 201, 200},
		{"a byte over the limit", pad(`{"title": "x"}`, most+1), 413, 413},
		{"65 KiB", pad(`{"title": "x"}`, 65*1024), 413, 413},
		{"a MiB", pad(`{"title": "x"}`, 1<<20), 413, 413},
		{"a byte over the limit, in one string", `{"title": "` + strings.Repeat("x", most+1-13) + `"}`, 413, 413},
		{"the limit, in one string", `{"title": "` + strings.Repeat("x", most-13) + `"}`, 400, 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := start(t)
			target := "/tasks/" + s.create("y")[0].ID
			for name, body := range map[string]func() io.Reader{
				"with Content-Length": func() io.Reader { return strings.NewReader(test.body) },
				"chunked":             func() io.Reader { return struct{ io.Reader }{strings.NewReader(test.body)} },
			} {
				posted := s.send(http.MethodPost, "/tasks", body(), asJSON).is(test.post)
				if test.post == 413 {
					equal(t, name+": error", decode[problem](posted).Error, "content too large")
				}
				s.send(http.MethodPatch, target, body(), asMerge).is(test.patch)
			}
			got := decode[client.Task](s.get(target)).Title
			equal(t, "whether the title was changed", got != "y", test.patch == 200)
		})
	}
}

// A body whose declared length is too large is refused before any of it is sent.
func TestLargeBodiesAreRefusedUnread(t *testing.T) {
	s := start(t)
	s.raw("POST /tasks HTTP/1.1", "", asJSON, "Content-Length: 99999999", "Expect: 100-continue").is(http.StatusRequestEntityTooLarge)
}

// A request whose body cannot be read to its end is 400.
func TestUnreadableBodyIsBadRequest(t *testing.T) {
	s := start(t)
	for _, chunks := range []string{"zz\r\n", "d\r\n{\"title\":\"x\"}zz\r\n", "ffffffffffffffffff\r\n"} {
		a := s.rawText("POST /tasks HTTP/1.1\r\nHost: x\r\n" + asJSON + "\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
		if got := a.faults(); !strings.HasPrefix(got[0], "pointer #: ") {
			t.Errorf("the faults are %q, want one of the body as a whole", got)
		}
	}
	equal(t, "the list", strings.TrimSpace(s.get("/tasks").body), "[]")
}
