package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"example.com/tasks/gen/client"
)

// Equal tasks have equal ETags however they came to be, and different tasks have
// different ones.
func TestETagsFollowTheContent(t *testing.T) {
	s := start(t)
	created := s.post("/tasks", `{"title": "x"}`).is(http.StatusCreated)
	target := created.Header.Get("Location")
	first := created.etag()
	tags := map[string]string{}
	for _, step := range []struct {
		name string
		got  answer
		as   string // The earlier step with the same content.
	}{
		{"created", created, ""},
		{"got", s.get(target), "created"},
		{"not modified", s.get(target, "If-None-Match: "+first).is(http.StatusNotModified), "created"},
		{"patched with nothing", s.patch(target, `{}`), "created"},
		{"patched with its own values", s.patch(target, `{"title": "x", "done": false}`), "created"},
		{"done", s.patch(target, `{"done": true}`), ""},
		{"got done", s.get(target), "done"},
		{"with another title", s.patch(target, `{"title": "y"}`), ""},
		{"no longer done", s.patch(target, `{"done": false}`), ""},
		{"as created", s.patch(target, `{"title": "x"}`), "created"},
		{"another task with the same members", s.post("/tasks", `{"title": "x"}`), ""},
	} {
		tag := step.got.etag()
		if step.as != "" {
			equal(t, step.name+": ETag", tag, tags[step.as])
		} else {
			for name, other := range tags {
				if tag == other {
					t.Errorf("%s and %s have the same ETag", step.name, name)
				}
			}
		}
		tags[step.name] = tag
	}
	equal(t, "the ETag of a deleted task", s.delete(target).is(http.StatusOK).etag(), "")
}

// The ETag of a page changes with its tasks and with its link to the next page,
// and with nothing else.
func TestETagsOfPages(t *testing.T) {
	s := start(t)
	const target = "/tasks?limit=2"
	tag := func(target string) string { return s.get(target).is(http.StatusOK).etag() }
	empty := tag(target)
	tasks := s.create("a", "b")
	full := tag(target)
	if full == empty {
		t.Error("two new tasks did not change the ETag")
	}
	equal(t, "the ETag of the page, requested again", tag(target), full)
	s.get(target, "If-None-Match: "+full).is(http.StatusNotModified)

	third := s.create("c")[0]
	more := s.get(target, "If-None-Match: "+full).is(http.StatusOK)
	if more.Header.Get("Link") == "" || more.etag() == full {
		t.Error("the link to a next page did not change the ETag")
	}
	s.create("d")
	equal(t, "the ETag after a new task on another page", tag(target), more.etag())
	s.patch("/tasks/"+third.ID, `{"done": true}`)
	equal(t, "the ETag after a change on another page", tag(target), more.etag())
	s.patch("/tasks/"+tasks[0].ID, `{"done": true}`)
	if tag(target) == more.etag() {
		t.Error("a changed task did not change the ETag")
	}
	s.patch("/tasks/"+tasks[0].ID, `{"done": false}`)
	equal(t, "the ETag after the change was undone", tag(target), more.etag())
	s.delete("/tasks/" + tasks[1].ID)
	if tag(target) == more.etag() {
		t.Error("a deleted task did not change the ETag")
	}
}

// If-None-Match compares weakly (RFC 9110, section 13.1.2), and If-Match
// strongly (section 13.1.1). TAG is the current tag.
func TestConditions(t *testing.T) {
	for _, test := range []struct {
		name   string
		header []string
		get    int // With these as If-None-Match.
		change int // With these as If-Match.
	}{
		{"current", []string{`TAG`}, 304, 200},
		{"other", []string{`"x"`}, 200, 412},
		{"empty tag", []string{`""`}, 200, 412},
		{"asterisk", []string{`*`}, 304, 200},
		{"asterisk as a tag", []string{`"*"`}, 200, 412},
		{"weak", []string{`W/TAG`}, 304, 412},
		{"weak and other", []string{`W/"x"`}, 200, 412},
		{"first of a list", []string{`TAG, "x"`}, 304, 200},
		{"last of a list", []string{`"x", W/"y", TAG`}, 304, 200},
		{"last of a list with empty elements", []string{`, "x",, TAG,`}, 304, 200},
		{"weak in a list", []string{`"x", W/TAG`}, 304, 412},
		{"not in a list", []string{`"x", "y"`}, 200, 412},
		{"list without spaces", []string{`"x",TAG,"y"`}, 304, 200},
		{"list with tabs", []string{"\"x\"\t,\t \tTAG"}, 304, 200},
		{"after a tag with a comma", []string{`"a,b", TAG`}, 304, 200},
		{"after a tag with a comma and a space", []string{`"a,", ",b", TAG`}, 304, 200},
		{"inside a longer tag", []string{`"x,TAGBODY,y"`}, 200, 412},
		{"prefix of the tag", []string{`"TAGSTART"`}, 200, 412},
		{"two lines", []string{`"x"`, `TAG`}, 304, 200},
		{"two lines, reversed", []string{`TAG`, `"x"`}, 304, 200},
		{"two lines without it", []string{`"x"`, `"y"`}, 200, 412},
		{"three lines of lists", []string{`"x", "y"`, `"z"`, `"a,b", TAG`}, 304, 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := start(t)
			target := "/tasks/" + s.create("x")[0].ID
			with := func(name, tag string) (header []string) {
				body := strings.Trim(tag, `"`)
				for _, value := range test.header {
					value = strings.NewReplacer("TAGBODY", body, "TAGSTART", body[:len(body)-1], "TAG", tag).Replace(value)
					header = append(header, name+": "+value)
				}
				return header
			}
			for _, target := range []string{target, "/tasks", "/tasks?limit=1"} {
				current := s.get(target).etag()
				got := s.get(target, with("If-None-Match", current)...).is(test.get)
				equal(t, target+": ETag", got.etag(), current)
				s.do(http.MethodHead, target, "", with("If-None-Match", current)...).is(test.get)
			}
			current := s.get(target).etag()
			p := s.patch(target, `{"done": true}`, with("If-Match", current)...).is(test.change)
			equal(t, "done", decode[client.Task](s.get(target)).Done, test.change == 200)
			current = s.get(target).etag()
			d := s.delete(target, with("If-Match", current)...).is(test.change)
			if test.change == 412 {
				equal(t, "error", decode[problem](p).Error, "precondition failed")
				equal(t, "error", decode[problem](d).Error, "precondition failed")
				s.get(target).is(http.StatusOK)
			} else {
				s.get(target).is(http.StatusNotFound)
			}
		})
	}
}

// No condition holds for a missing task: 404 takes precedence over 304 and 412.
func TestNotFoundPrecedesConditions(t *testing.T) {
	s := start(t)
	gone := s.create("x")[0].ID
	s.delete("/tasks/" + gone).is(http.StatusOK)
	for _, id := range []string{gone, noID, "nonexistent"} {
		for _, tag := range []string{"*", `"x"`} {
			s.get("/tasks/"+id, "If-None-Match: "+tag).is(http.StatusNotFound)
			s.patch("/tasks/"+id, `{"done": true}`, "If-Match: "+tag).is(http.StatusNotFound)
			s.delete("/tasks/"+id, "If-Match: "+tag).is(http.StatusNotFound)
		}
	}
}

// After a change, a request with the previous ETag in If-Match is refused.
func TestStaleETagsChangeNothing(t *testing.T) {
	s := start(t)
	created := s.post("/tasks", `{"title": "x"}`).is(http.StatusCreated)
	target, stale := created.Header.Get("Location"), "If-Match: "+created.etag()
	s.patch(target, `{"title": "y"}`, stale).is(http.StatusOK)
	s.patch(target, `{"title": "z"}`, stale).is(http.StatusPreconditionFailed)
	s.patch(target, `{}`, stale).is(http.StatusPreconditionFailed)
	s.delete(target, stale).is(http.StatusPreconditionFailed)
	current := s.get(target).is(http.StatusOK)
	equal(t, "the title", decode[client.Task](current).Title, "y")
	s.delete(target, "If-Match: "+current.etag()).is(http.StatusOK)
}

// Concurrent clients that read, change and write back with If-Match lose no
// change: the title counts them. They call the handler without a socket, which
// would slow them down too much to collide.
func TestNoConditionalChangeIsLost(t *testing.T) {
	const clients, changes = 8, 200
	s := start(t)
	target := "/tasks/" + s.create("0")[0].ID
	call := func(method, body string, header http.Header) *httptest.ResponseRecorder {
		req := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
		req.Header = header
		w := httptest.NewRecorder()
		s.Config.Handler.ServeHTTP(w, req)
		return w
	}
	change := func() (status int, err error) {
		got := call(http.MethodGet, "", nil)
		var task client.Task
		if err := json.Unmarshal(got.Body.Bytes(), &task); err != nil {
			return 0, err
		}
		n, err := strconv.Atoi(task.Title)
		if err != nil {
			return 0, err
		}
		header := http.Header{"Content-Type": {"application/json"}, "If-Match": {got.Header().Get("ETag")}}
		return call(http.MethodPatch, fmt.Sprintf(`{"title": "%d"}`, n+1), header).Code, nil
	}
	var wait sync.WaitGroup
	for range clients {
		wait.Go(func() {
			for done := 0; done < changes; {
				switch status, err := change(); {
				case err != nil:
					t.Error(err)
					return
				case status == http.StatusOK:
					done++
				case status != http.StatusPreconditionFailed:
					t.Errorf("the status is %d", status)
					return
				}
			}
		})
	}
	wait.Wait()
	equal(t, "the count", decode[client.Task](s.get(target)).Title, fmt.Sprint(clients*changes))
}

// A list of entity tags may be empty (RFC 9110, sections 5.6.1 and 13.1); it
// matches no task.
func TestEmptyEntityTagListsMatchNothing(t *testing.T) {
	for _, value := range []string{"", ",", " , ,"} {
		s := start(t)
		target := "/tasks/" + s.create("x")[0].ID
		s.get(target, "If-None-Match:"+value).is(http.StatusOK)
		s.get("/tasks", "If-None-Match:"+value).is(http.StatusOK)
		s.patch(target, `{"done": true}`, "If-Match:"+value).is(http.StatusPreconditionFailed)
		s.delete(target, "If-Match:"+value).is(http.StatusPreconditionFailed)
	}
}
