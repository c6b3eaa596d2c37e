package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/tasks/gen/client"
)

var nested = strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)

// A body that is not JSON by the strictest reading of RFC 8259 and I-JSON (RFC
// 7493) is refused, even where some parsers accept it, and has no effect.
func TestInvalidJSONIsRefused(t *testing.T) {
	for _, test := range []struct{ name, body string }{
		{"empty", ``},
		{"only a space", " \n"},
		{"a word", `title`},
		{"byte order mark", "\ufeff" + `{"title": "x"}`},
		{"UTF-16", "{\x00\"\x00t\x00\"\x00:\x001\x00}\x00"},
		{"truncated after the brace", `{`},
		{"truncated after a name", `{"title"`},
		{"truncated in a string", `{"title": "x`},
		{"truncated after a value", `{"title": "x"`},
		{"an extra brace", `{"title": "x"}}`},
		{"a second value", `{"title": "x"} {"title": "y"}`},
		{"a NUL at the end", `{"title": "x"}` + "\x00"},
		{"a trailing comma", `{"title": "x",}`},
		{"a comma instead of a colon", `{"title", "x"}`},
		{"a comment", `{"title": "x" /* why */}`},
		{"single quotes", `{'title': 'x'}`},
		{"an unquoted name", `{title: "x"}`},
		{"a capitalized literal", `{"title": "x", "done": True}`},
		{"an unknown escape", `{"title": "a\xb"}`},
		{"a tab in a string", "{\"title\": \"a\tb\"}"},
		{"a NUL in a string", "{\"title\": \"a\x00b\"}"},
		{"invalid UTF-8 in a string", "{\"title\": \"a\xffb\"}"},
		{"overlong UTF-8 in a string", "{\"title\": \"a\xc0\x80b\"}"},
		{"a surrogate in UTF-8", "{\"title\": \"a\xed\xa0\x80b\"}"},
		{"invalid UTF-8 in a name", "{\"title\": \"x\", \"\xff\": 1}"},
		{"a lone high surrogate", `{"title": "a\ud800b"}`},
		{"a lone low surrogate", `{"title": "a\udc00b"}`},
		{"two high surrogates", `{"title": "a\ud83d\ud83db"}`},
		{"a duplicate name", `{"title": "x", "title": "x"}`},
		{"a duplicate name, once escaped", `{"title": "x", "t\u0069tle": "y"}`},
		{"a duplicate name, with different types", `{"title": "x", "done": true, "done": "no"}`},
		{"a duplicate unknown name", `{"title": "x", "titel": 1, "titel": 2}`},
		{"a duplicate name in a nested object", `{"title": {"a": 1, "a": 2}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := start(t)
			for _, f := range s.post("/tasks", test.body).faults() {
				if !strings.HasPrefix(f, "pointer #") {
					t.Errorf("the fault is not in the body: %s", f)
				}
			}
			equal(t, "the list", strings.TrimSpace(s.get("/tasks").is(http.StatusOK).body), "[]")
			id := s.create("kept")[0].ID
			s.patch("/tasks/"+id, test.body).is(http.StatusBadRequest)
			equal(t, "the title", decode[client.Task](s.get("/tasks/"+id)).Title, "kept")
		})
	}
}

// JSON that is not a NewTask is refused. The first fault is located and names the
// member there.
func TestInvalidTasksAreRefused(t *testing.T) {
	title := func(s string) string { return `{"title": "` + s + `"}` }
	for _, test := range []struct{ name, body, where, about string }{
		{"null", `null`, "#", ""},
		{"an array", `[]`, "#", ""},
		{"an array of a task", `[{"title": "x"}]`, "#", ""},
		{"a string", `"x"`, "#", ""},
		{"a number", `1`, "#", ""},
		{"a boolean", `true`, "#", ""},
		{"nested arrays", nested, "#", ""},
		{"no members", `{}`, "#/title", "title"},
		{"no title", `{"done": true}`, "#/title", "title"},
		{"null for the title", `{"title": null}`, "#/title", "title"},
		{"a number for the title", `{"title": 1}`, "#/title", "title"},
		{"an object for the title", `{"title": {"title": "x"}}`, "#/title", "title"},
		{"nested arrays for the title", `{"title": ` + nested[1:len(nested)-1] + `}`, "#/title", "title"},
		{"an empty title", title(""), "#/title", "title"},
		{"a blank title", title("   "), "#/title", "title"},
		{"a title of two lines", title(`a\nb`), "#/title", "title"},
		{"a tab in the title", title(`a\tb`), "#/title", "title"},
		{"NUL in the title", title(`a\u0000b`), "#/title", "title"},
		{"NUL before the title", title(`\u0000b`), "#/title", "title"},
		{"DEL in the title", title(`a\u007fb`), "#/title", "title"},
		{"a title of 201 letters", title(strings.Repeat("x", 201)), "#/title", "title"},
		{"a title of 201 emoji", title(strings.Repeat("😀", 201)), "#/title", "title"},
		{"a title of 201 escaped emoji", title(strings.Repeat(`\ud83d\ude00`, 201)), "#/title", "title"},
		{"null for done", `{"title": "x", "done": null}`, "#/done", "done"},
		{"a number for done", `{"title": "x", "done": 1}`, "#/done", "done"},
		{"a string for done", `{"title": "x", "done": "true"}`, "#/done", "done"},
		{"a name in capitals beside the right one", `{"TITLE": "x", "title": "y"}`, "#/TITLE", "TITLE"},
		{"a name in capitals", `{"title": "x", "Done": true}`, "#/Done", "Done"},
		{"a read-only member", `{"title": "x", "id": "` + noID + `"}`, "#/id", "id"},
		{"an unknown name with a nested value", `{"title": "x", "a": ` + nested[1:len(nested)-1] + `}`, "#/a", "a"},
		{"an empty name", `{"title": "x", "": 1}`, "#", ""},
		{"a name of 64 letters", `{"title": "x", "` + strings.Repeat("n", 64) + `": 1}`, "#/" + strings.Repeat("n", 64), "nnn"},
		{"a name of 65 letters", `{"title": "x", "` + strings.Repeat("n", 65) + `": 1}`, "#", ""},
		{"a name of 60 KB", `{"title": "x", "` + strings.Repeat("n", 60*1024) + `": 1}`, "#", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := start(t)
			got := s.post("/tasks", test.body).faults()
			where, detail, _ := strings.Cut(got[0], ": ")
			if where != "pointer "+test.where || !strings.Contains(detail, test.about) {
				t.Errorf("the faults are %q, want one at pointer %s that names %q first", got, test.where, test.about)
			}
			equal(t, "the list", strings.TrimSpace(s.get("/tasks").is(http.StatusOK).body), "[]")
		})
	}
}

// Every title that the specification allows is accepted and returned unchanged.
func TestTitlesRoundTrip(t *testing.T) {
	for _, test := range []struct{ name, json, want string }{
		{"one letter", `x`, "x"},
		{"200 letters", strings.Repeat("x", 200), strings.Repeat("x", 200)},
		{"200 emoji", strings.Repeat("😀", 200), strings.Repeat("😀", 200)},
		{"200 escaped emoji", strings.Repeat(`\ud83d\ude00`, 200), strings.Repeat("😀", 200)},
		{"surrounding spaces", `  x  `, "  x  "},
		{"escapes", `\"\\\/\u0041`, `"\/A`},
		{"markup", `<script>&amp;</script>`, "<script>&amp;</script>"},
		{"line separator", `a\u2028b`, "a\u2028b"},
		{"C1 control", `a\u0085b`, "a\u0085b"},
		{"combining character", `e\u0301`, "e\u0301"},
		{"noncharacter", `\uffff`, "\uffff"},
		{"replacement character", `\ufffd`, "\ufffd"},
		{"right-to-left", `שלום\u202e`, "שלום\u202e"},
		{"directional isolates", `\u2066x\u2069`, "\u2066x\u2069"},
		{"only a no-break space", `\u00a0`, "\u00a0"},
		{"only an ideographic space", `\u3000`, "\u3000"},
		{"only a line separator", `\u2028`, "\u2028"},
		{"only a zero-width space", `\u200b`, "\u200b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := start(t)
			created := decode[client.Task](s.post("/tasks", `{"title": "`+test.json+`"}`).is(http.StatusCreated))
			equal(t, "the title", created.Title, test.want)
			equal(t, "the task", decode[client.Task](s.get("/tasks/"+created.ID)), created)
		})
	}
}

// The wording of these faults is part of the API. That of others may improve.
func TestFaultMessages(t *testing.T) {
	s := start(t)
	id := s.create("x")[0].ID
	for _, test := range []struct {
		name string
		got  answer
		want string
	}{
		{"missing member", s.post("/tasks", `{}`), "pointer #/title: title is required"},
		{"string too long", s.post("/tasks", `{"title": "`+strings.Repeat("x", 201)+`"}`), "pointer #/title: title must be at most 200 characters"},
		{"wrong type", s.post("/tasks", `{"title": "x", "done": "no"}`), "pointer #/done: done must be a boolean"},
		{"wrong type in a patch", s.patch("/tasks/"+id, `{"done": 1}`), "pointer #/done: done must be a boolean"},
		{"no match of the pattern", s.post("/tasks", `{"title": " "}`), "pointer #/title: title must not be blank or have control characters"},
		{"misspelled member", s.post("/tasks", `{"title": "x", "titel": 1}`), "pointer #/titel: titel is not a member of NewTask; did you mean title?"},
		{"misspelled member of a patch", s.patch("/tasks/"+id, `{"titel": 1}`), "pointer #/titel: titel is not a member of TaskPatch; did you mean title?"},
		{"unknown parameter", s.get("/tasks?colour=red"), "parameter colour: colour is not a parameter of listTasks"},
		{"unknown parameter of another operation", s.get("/tasks/" + id + "?colour=red"), "parameter colour: colour is not a parameter of getTask"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff([]string{test.want}, test.got.faults()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A patch is checked like a new task, except that no member is required.
func TestInvalidPatchesChangeNothing(t *testing.T) {
	for _, test := range []struct{ name, body, where string }{
		{"empty", ``, "pointer #"},
		{"null", `null`, "pointer #"},
		{"an array", `[]`, "pointer #"},
		{"null for the title", `{"title": null}`, "pointer #/title"},
		{"null for done", `{"done": null}`, "pointer #/done"},
		{"a blank title", `{"title": " "}`, "pointer #/title"},
		{"an id", `{"id": "` + noID + `"}`, "pointer #/id"},
		{"a valid member beside an invalid one", `{"done": true, "title": ""}`, "pointer #/title"},
		{"JSON Patch", `[{"op": "replace", "path": "/done", "value": true}]`, "pointer #"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := start(t)
			task := s.create("x")[0]
			for _, mediaType := range []string{asJSON, asMerge} {
				got := s.do(http.MethodPatch, "/tasks/"+task.ID, test.body, mediaType).faults()
				if where, _, _ := strings.Cut(got[0], ": "); where != test.where {
					t.Errorf("the faults are %q, want the first at %s", got, test.where)
				}
			}
			equal(t, "the task", decode[client.Task](s.get("/tasks/"+task.ID)), task)
		})
	}
}

// A query parameter is refused if it is unknown, repeated, invalid or in any but
// its canonical spelling.
func TestInvalidParametersAreRefused(t *testing.T) {
	for _, test := range []struct{ query, where string }{
		{"limit=0", "parameter limit"},
		{"limit=-1", "parameter limit"},
		{"limit=1001", "parameter limit"},
		{"limit=99999999999999999999", "parameter limit"},
		{"limit=18446744073709551617", "parameter limit"},
		{"limit=4294967297", "parameter limit"},
		{"limit=1e3", "parameter limit"},
		{"limit=1.5", "parameter limit"},
		{"limit=0x10", "parameter limit"},
		{"limit=1_0", "parameter limit"},
		{"limit=%201", "parameter limit"},
		{"limit=%D9%A1", "parameter limit"}, // An Arabic digit.
		{"limit=ten", "parameter limit"},
		{"limit=", "parameter limit"},
		{"limit", "parameter limit"},
		{"limit=1&limit=2", "parameter limit"},
		{"limit=1&limit=1", "parameter limit"},
		{"limit=1&%6cimit=1", "parameter limit"},
		{"after=", "parameter after"},
		{"after=x", "parameter after"},
		{"after=" + noID + "0", "parameter after"},
		{"after=" + strings.ToUpper(noID), "parameter after"},
		{"after=" + noID + "&after=" + noID, "parameter after"},
		{"order=", "parameter order"},
		{"order=up", "parameter order"},
		{"order=ASC", "parameter order"},
		{"order=asc,desc", "parameter order"},
		{"done=", "parameter done"},
		{"done=1", "parameter done"},
		{"done=TRUE", "parameter done"},
		{"done=t", "parameter done"},
		{"done=true%00", "parameter done"},
		{"Done=true", "parameter Done"},
		{"colour=red", "parameter colour"},
		{"limit[]=1", ""},
	} {
		t.Run(test.query, func(t *testing.T) {
			s := start(t)
			s.create("x")
			got := s.get("/tasks?" + test.query).faults()
			for _, f := range got {
				where, detail, _ := strings.Cut(f, ": ")
				if name := strings.TrimPrefix(test.where, "parameter "); where != test.where || !strings.Contains(detail, name) {
					t.Errorf("the faults are %q, want all at %s and naming it", got, test.where)
				}
			}
		})
	}
}

// An id that breaks both its pattern and its format is one fault.
func TestMalformedIDIsOneFault(t *testing.T) {
	got := start(t).get("/tasks?after=" + strings.Repeat("x", 36)).faults()
	if want := []string{"parameter after: after must be a UUID in lower case"}; !slices.Equal(got, want) {
		t.Errorf("the faults are %q, want %q", got, want)
	}
}

// A malformed query is refused and never reinterpreted.
func TestMalformedQueriesAreRefused(t *testing.T) {
	for _, query := range []string{
		"limit=%zz", "limit=%", "limit=1%", "limit=%4", "%zz=1", "%zz", "done=true;limit=1", "=1", "limit=1%00", "limit=%ff", "%ff=1",
	} {
		t.Run(query, func(t *testing.T) {
			s := start(t)
			for _, target := range []string{"/tasks?" + query, "/tasks/" + s.create("x")[0].ID + "?" + query} {
				s.get(target).is(http.StatusBadRequest)
			}
			s.post("/tasks?"+query, `{"title": "y"}`).is(http.StatusBadRequest)
			equal(t, "the number of tasks", len(decode[client.TaskList](s.get("/tasks"))), 1)
		})
	}
}

// Valid queries are accepted in any encoding.
func TestValidQueriesAreAccepted(t *testing.T) {
	for _, query := range []string{
		"", "limit=1", "limit=1000", "%6Cimit=%31", "order=desc&limit=2&done=false&after=" + noID, "done=%74rue", "order=asc",
	} {
		start(t).get("/tasks?" + query).is(http.StatusOK)
	}
}

// Every operation refuses query parameters that it does not have.
func TestEveryOperationRefusesUnknownParameters(t *testing.T) {
	s := start(t)
	id := s.create("x")[0].ID
	for _, a := range []answer{
		s.get("/tasks?page=2"),
		s.post("/tasks?page=2", `{"title": "y"}`),
		s.get("/tasks/" + id + "?page=2"),
		s.patch("/tasks/"+id+"?page=2", `{"done": true}`),
		s.delete("/tasks/" + id + "?page=2"),
		s.delete("/tasks/" + id + "?limit=2"),
	} {
		if got := a.faults(); len(got) != 1 || !strings.HasPrefix(got[0], "parameter ") {
			t.Errorf("%s: the faults are %q, want one of the parameter", a.Request.Method, got)
		}
	}
	equal(t, "the task", decode[client.Task](s.get("/tasks/"+id)), client.Task{ID: id, Title: "x"})
	equal(t, "the number of tasks", len(decode[client.TaskList](s.get("/tasks"))), 1)
}

// One response reports all faults, missing members first, and its error is the
// first fault.
func TestAllFaultsAreReported(t *testing.T) {
	s := start(t)
	id := s.create("x")[0].ID
	for _, test := range []struct {
		name  string
		got   answer
		first string // Empty if the order is not specified.
		want  []string
	}{
		{
			"body and query", s.post("/tasks?colour=red", `{"titel": "x", "done": "yes"}`), "pointer #/title: title is required",
			[]string{"pointer #/title", "pointer #/titel", "pointer #/done", "parameter colour"},
		},
		{
			"a missing member after other faults", s.post("/tasks", `{"done": 1, "a": 1, "b": 2}`), "pointer #/title: title is required",
			[]string{"pointer #/title", "pointer #/done", "pointer #/a", "pointer #/b"},
		},
		{
			"query and header", s.get("/tasks?limit=0&order=up&done=1&after=x&colour=red", "If-None-Match: x"), "",
			[]string{"parameter limit", "parameter order", "parameter done", "parameter after", "parameter colour", "header If-None-Match"},
		},
		{
			"body, query and header", s.patch("/tasks/"+id+"?limit=1", `{"title": "", "done": 1, "id": 1}`, "If-Match: x"), "",
			[]string{"pointer #/title", "pointer #/done", "pointer #/id", "parameter limit", "header If-Match"},
		},
		{
			"not JSON, query and header", s.patch("/tasks/"+id+"?limit=1", `{`, "If-Match: x"), "",
			[]string{"pointer #", "parameter limit", "header If-Match"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			faults := test.got.faults()
			if !strings.HasPrefix(faults[0], test.first) {
				t.Errorf("the first fault is %q, want %q", faults[0], test.first)
			}
			want := map[string]bool{}
			for _, where := range test.want {
				want[where] = true
			}
			got := map[string]bool{}
			for _, f := range faults {
				where, _, _ := strings.Cut(f, ": ")
				got[where] = true
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the places (-want +got)\n%s", diff)
			}
		})
	}
}

// At most 100 faults are reported, missing members first.
func TestAtMost100FaultsAreReported(t *testing.T) {
	members := make([]string, 150)
	for i := range members {
		members[i] = fmt.Sprintf(`"unknown%d": 1`, i)
	}
	s := start(t)
	got := s.post("/tasks", "{"+strings.Join(members, ", ")+"}").faults()
	equal(t, "the number of faults", len(got), 100)
	equal(t, "the first fault", got[0], "pointer #/title: title is required")

	parameters := make([]string, 150)
	for i := range parameters {
		parameters[i] = fmt.Sprintf("unknown%d=1", i)
	}
	got = s.post("/tasks?"+strings.Join(parameters, "&"), "{"+strings.Join(members, ", ")+"}").faults()
	equal(t, "the number of faults", len(got), 100)
	equal(t, "the first fault", got[0], "pointer #/title: title is required")
}

// A path that names nothing is 404, however malformed.
func TestUnknownPathsAreNotFound(t *testing.T) {
	long := strings.Repeat("x", 4000)
	for _, target := range []string{
		"/", "/nowhere", "/Tasks", "/tasks/", "/tasks//", "//tasks", "/tasks/a/b", "/v1/tasks", "/tasks.json", "/index.html",
		"/tasks/" + noID, "/tasks/" + strings.ToUpper(noID), "/tasks/" + noID + "/", "/tasks/" + noID + "%00", "/tasks/%20" + noID,
		"/tasks/urn:uuid:" + noID, "/tasks/{" + noID + "}", "/tasks/" + strings.ReplaceAll(noID, "-", ""),
		"/tasks/%00", "/tasks/%ff", "/tasks/%2F", "/tasks/a%2Fb", "/tasks/%252F", "/tasks/..", "/tasks/.", "/tasks/%2e%2e", "/tasks/../tasks",
		"/tasks/:id", "/tasks/*", "/tasks/{id}", "/tasks/" + long, "/" + long, "/tasks/null", "/tasks/0", "/tasks/-1", "/tasks/;x", "/tasks/é",
	} {
		t.Run(fmt.Sprintf("%.40s", target), func(t *testing.T) {
			a := start(t).get(target).is(http.StatusNotFound)
			p := decode[problem](a)
			equal(t, "error", p.Error, "not found")
			equal(t, "type", p.Type, "/problems/not-found")
		})
	}
}

// A task is found only by its id as the server writes it.
func TestIDsHaveOneSpelling(t *testing.T) {
	s := start(t)
	id := s.create("x")[0].ID
	for _, other := range []string{
		strings.ToUpper(id), strings.ReplaceAll(id, "-", ""), "{" + id + "}", "urn:uuid:" + id, id + "%20", "%20" + id, id + "%00", id + "/",
	} {
		if other == id {
			continue
		}
		s.get("/tasks/" + other).is(http.StatusNotFound)
		s.patch("/tasks/"+other, `{"done": true}`).is(http.StatusNotFound)
		s.delete("/tasks/" + other).is(http.StatusNotFound)
	}
	// But an unnecessary escape is equivalent (RFC 3986, section 6.2.2.2).
	s.get(fmt.Sprintf("/tasks/%%%02x%s", id[0], id[1:])).is(http.StatusOK)
}

// If-Match and If-None-Match are refused if they are malformed or too long.
func TestMalformedEntityTagsAreRefused(t *testing.T) {
	for _, value := range []string{
		`x`, `"x`, `x"`, `"x" "y"`, `w/"x"`, `W/x`, `W/ "x"`, `"x", *`, `*, *`, `**`, `"a b"`, `"` + strings.Repeat("x", 1024) + `"`,
	} {
		t.Run(fmt.Sprintf("%.40q", value), func(t *testing.T) {
			s := start(t)
			target := "/tasks/" + s.create("x")[0].ID
			for _, test := range []struct {
				header string
				got    answer
			}{
				{"If-None-Match", s.get("/tasks", "If-None-Match:"+value)},
				{"If-None-Match", s.get(target, "If-None-Match:"+value)},
				{"If-Match", s.patch(target, `{"done": true}`, "If-Match:"+value)},
				{"If-Match", s.delete(target, "If-Match:"+value)},
			} {
				for _, f := range test.got.faults() {
					if !strings.HasPrefix(f, "header "+test.header+": ") || strings.Count(f, test.header) < 2 {
						t.Errorf("%s: the fault is %q, want one of %s that names it", test.got.Request.Method, f, test.header)
					}
				}
			}
			equal(t, "done", decode[client.Task](s.get(target)).Done, false)
		})
	}
}
