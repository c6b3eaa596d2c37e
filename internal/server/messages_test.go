package server_test

import (
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/tasks/internal/server"
	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/memory"
)

var update = flag.Bool("update", false, "write testdata/messages.golden")

const messagesFile = "testdata/messages.golden"

// messages provokes every message that a client can get and returns them all.
func messages(t *testing.T) string {
	s, secured := start(t), serve(t, newStore(t), server.Config{Tokens: []server.Token{{Name: "eve", Secret: "reader", ReadOnly: true}}})
	failed := serve(t, failing{func() error { return errors.New("broken") }}, server.Config{})
	unavailable := serve(t, failing{func() error { return store.ErrUnavailable }}, server.Config{})
	local := serve(t, newStore(t), server.Config{Local: true})
	full := serve(t, memory.NewBounded(0), server.Config{})
	task := "/tasks/" + s.create("x")[0].ID
	list := func(query string) answer { return s.get("/tasks?" + query) }
	post := func(body string) answer { return s.post("/tasks", body) }
	s.post("/tasks", `{"title": "x"}`, withKey("k"))
	again := s.post("/tasks", `{"title": "y"}`, withKey("k"))
	title := func(text string) answer { return post(`{"title": "` + text + `"}`) }
	var b strings.Builder
	for _, row := range []struct {
		request string
		answer  answer
	}{
		{"a list with limit=0", list("limit=0")},
		{"a list with limit=1001", list("limit=1001")},
		{"a list with limit=ten", list("limit=ten")},
		{"a list with limit=3000000000", list("limit=3000000000")},
		{"a list with an empty limit", list("limit=")},
		{"a list with two limits", list("limit=1&limit=2")},
		{"a list with order=up", list("order=up")},
		{"a list with done=1", list("done=1")},
		{"a list with after=x", list("after=x")},
		{"a list with an empty after", list("after=")},
		{"a list with after in upper case", list("after=" + strings.ToUpper(noID))},
		{"a list with a long after", list("after=" + noID + "0")},
		{"a list with a malformed value of a known parameter", s.raw("GET /tasks?limit=%zz HTTP/1.1", "")},
		{"a list with a malformed value of an unknown parameter", s.raw("GET /tasks?colour=%zz HTTP/1.1", "")},
		{"a list with a malformed value of a parameter with an unsafe name", s.raw("GET /tasks?%3Cscript%3E=%zz HTTP/1.1", "")},
		{"a list with a malformed name", s.raw("GET /tasks?%zz=1 HTTP/1.1", "")},
		{"a list with a value that is not UTF-8", s.raw("GET /tasks?after=%FF HTTP/1.1", "")},
		{"a list with a semicolon", s.raw("GET /tasks?limit=1;done=true HTTP/1.1", "")},
		{"a list with a misspelled parameter", list("limits=1")},
		{"a list with an unknown parameter", list("colour=red")},
		{"a list with an unknown parameter with an unsafe name", list("%3Cscript%3E=1")},
		{"a list with If-None-Match: x", s.get("/tasks", "If-None-Match: x")},
		{"a list with a long If-None-Match", s.get("/tasks", `If-None-Match: "`+strings.Repeat("x", 1100)+`"`)},
		{"a task with an unknown parameter", s.get(task + "?colour=red")},
		{"no body", post("")},
		{"a truncated body", post(`{"title": "x`)},
		{"a body that is not JSON", post(`{title: x}`)},
		{"a body with trailing data", post(`{"title": "x"} {}`)},
		{"a body that is not UTF-8", post("{\"title\": \"\xff\"}")},
		{"a body that is an array", post(`[]`)},
		{"a body that is null", post(`null`)},
		{"a body that is nested", post(`{"title": ` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`)},
		{"a body that ends early", s.rawText("POST /tasks HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n")},
		{"an empty object", post(`{}`)},
		{"a title that is a number", post(`{"title": 5}`)},
		{"a title that is null", post(`{"title": null}`)},
		{"an empty title", title("")},
		{"a title of 201 letters", title(strings.Repeat("x", 201))},
		{"a title of spaces", title("  ")},
		{"a title with a line break", title(`a\nb`)},
		{"a title with a lone surrogate", title(`\ud800`)},
		{"a done that is a string", post(`{"title": "x", "done": "no"}`)},
		{"a duplicate member", post(`{"title": "x", "title": "y"}`)},
		{"a misspelled member", post(`{"titel": "x"}`)},
		{"an unknown member", post(`{"title": "x", "colour": "red"}`)},
		{"an unknown member with an unsafe name", post(`{"title": "x", "<script>": 1}`)},
		{"a read-only member", post(`{"title": "x", "id": "` + noID + `"}`)},
		{"several faults", s.patch(task+"?colour=red", `{"done": 1, "titel": "x"}`, "If-Match: x")},
		{"a patch with null", s.patch(task, `{"title": null}`)},
		{"a body of 64 KiB and a byte", post(strings.Repeat(" ", 65537))},
		{"a body of text", s.do(http.MethodPost, "/tasks", "x", "Content-Type: text/plain")},
		{"a patch of text", s.do(http.MethodPatch, task, "x", "Content-Type: text/plain")},
		{"a compressed body", s.post("/tasks", "x", "Content-Encoding: gzip")},
		{"a key that has a space", s.post("/tasks", `{"title": "x"}`, withKey("two words"))},
		{"a key of another creation", again},
		{"a change of a version that is not current", s.patch(task, `{"done": true}`, `If-Match: "x"`)},
		{"a missing task", s.get("/tasks/" + noID)},
		{"an impossible id", s.get("/tasks/a%20b")},
		{"an unknown path", s.get("/nowhere")},
		{"an unsupported method", s.do(http.MethodPut, "/tasks", "")},
		{"no token", secured.get("/tasks")},
		{"an unknown token", secured.get("/tasks", "Authorization: Bearer unknown")},
		{"a token that may only read", secured.post("/tasks", `{"title": "x"}`, "Authorization: Bearer reader")},
		{"a change by a page of another site", s.delete(task, "Sec-Fetch-Site: cross-site")},
		{"another host", local.raw("GET /tasks HTTP/1.1", "")},
		{"a failure", failed.get("/tasks")},
		{"an unavailable store", unavailable.get("/tasks")},
		{"a full store", full.post("/tasks", `{"title": "x"}`)},
	} {
		p := decode[problem](row.answer)
		fmt.Fprintf(&b, "%s\n\t%d %s: %s\n", row.request, p.Status, p.Error, p.Detail)
		for _, f := range p.Errors {
			fmt.Fprintf(&b, "\t\t%s: %s\n", f.where(), f.Detail)
		}
	}
	return b.String()
}

// Messages that clients can get change only on purpose.
func TestMessages(t *testing.T) {
	got := messages(t)
	if *update {
		if err := os.WriteFile(messagesFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(messagesFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("messages (-want +got); go test ./internal/server -run TestMessages -update writes them:\n%s", diff)
	}
}

// Every text for clients in the validators and in the table of errors is in the
// golden file, so that none goes unreviewed.
func TestMessagesAreComplete(t *testing.T) {
	unreachable := []string{
		"must match ^[A-Za-z0-9_-]+$", // A fault in the path is "no task has this id".
		"must be a UUID",              // The pattern of ids implies it and is reported instead.
		"is nested too deeply",        // No schema of a request is nested.
	}
	golden, err := os.ReadFile(messagesFile)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range []string{"../../gen/api/validate.gen.go", "errors.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			// A sentence, or a part of one.
			if !strings.Contains(strings.Trim(text, " "), " ") || strings.ContainsAny(text, "\t\n") || strings.HasPrefix(text, "Bearer") || strings.HasPrefix(text, "^") {
				return true
			}
			found++
			if !strings.Contains(string(golden), text) && !slices.Contains(unreachable, text) {
				t.Errorf("%s has %q, which is in no message: add a request that gets it to messages", file, text)
			}
			return true
		})
	}
	if found < 30 {
		t.Errorf("found only %d texts", found)
	}
}
