package server_test

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/tasks/internal/server"
)

// shownTypes returns the problem types in the specification.
func shownTypes(t *testing.T) []string {
	types := regexp.MustCompile(`/problems/[a-z-]+`).FindAllString(specification(t), -1)
	slices.Sort(types)
	return slices.Compact(types)
}

// Every problem type has a page that says what it means and what to do: HTML for
// browsers, plain text for others.
func TestProblemTypesHavePages(t *testing.T) {
	s := start(t)
	for _, path := range append(shownTypes(t), "/problems/method-not-allowed", "/problems/misdirected-request") {
		page := s.get(path, "Accept: "+browser).is(http.StatusOK)
		text := s.get(path).is(http.StatusOK)
		equal(t, path+": Content-Type", page.Header.Get("Content-Type"), "text/html; charset=utf-8")
		equal(t, path+": Content-Type of the text", text.Header.Get("Content-Type"), "text/plain; charset=utf-8")
		paragraphs := strings.Split(strings.TrimSuffix(text.body, "\n"), "\n\n")
		if len(paragraphs) != 3 || len(paragraphs[1]) < 20 || len(paragraphs[2]) < 20 {
			t.Errorf("%s says %q, want a title, the meaning and the advice", path, text.body)
		}
		if !regexp.MustCompile(`^[45][0-9][0-9] [A-Z]`).MatchString(paragraphs[0]) {
			t.Errorf("%s has the title %q", path, paragraphs[0])
		}
		said := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page.body, "")
		for _, paragraph := range paragraphs {
			if !strings.Contains(said, strings.NewReplacer("`", "", "'", "&#39;").Replace(paragraph)) {
				t.Errorf("the page %s does not say %q", path, paragraph)
			}
		}
		for _, a := range []answer{page, text} {
			accept := "Accept: " + a.Request.Header.Get("Accept")
			equal(t, path+": Vary", a.Header.Get("Vary"), "Accept")
			s.get(path, accept, "If-None-Match: "+a.etag()).is(http.StatusNotModified)
			head := s.do(http.MethodHead, path, "", accept).is(http.StatusOK)
			equal(t, path+": ETag of HEAD", head.etag(), a.etag())
			equal(t, path+": Content-Length of HEAD", head.ContentLength, int64(len(a.body)))
		}
		if page.etag() == text.etag() {
			t.Errorf("%s: HTML and text have the same ETag %s", path, page.etag())
		}
	}
}

// The type of each problem is the URL of a page with its status and title.
func TestProblemTypeIsURLOfItsPage(t *testing.T) {
	s, secured := start(t), serve(t, newStore(t), twoTokens)
	local := serve(t, newStore(t), server.Config{Local: true})
	broken := serve(t, failing{func() error { return errors.New("broken") }}, server.Config{})
	task := "/tasks/" + s.create("x")[0].ID
	seen := map[string]bool{}
	for _, refused := range []answer{
		s.get("/tasks?limit=0"), secured.get("/tasks"), s.get("/nowhere"), s.do(http.MethodPut, "/tasks", ""),
		s.delete(task, `If-Match: "x"`), s.post("/tasks", strings.Repeat(" ", 1<<17)), s.do(http.MethodPost, "/tasks", "x", "Content-Type: text/plain"),
		broken.get("/tasks"), s.delete(task, "Sec-Fetch-Site: cross-site"), local.raw("GET /tasks HTTP/1.1", ""),
	} {
		p := decode[problem](refused)
		seen[p.Type] = true
		if page := s.get(p.Type).is(http.StatusOK); !strings.HasPrefix(page.body, refused.Status[:3]+" "+p.Title+"\n") {
			t.Errorf("the page at %s is %q, want %s %s", p.Type, page.body, refused.Status[:3], p.Title)
		}
	}
	equal(t, "the number of problem types", len(seen), 10)
}

func TestUnknownProblemTypeHasNoPage(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/problems", "/problems/", "/problems/nothing", "/problems/not-found/", "/problems/Not-Found"} {
		equal(t, path+": type", decode[problem](s.get(path, "Accept: "+browser).is(http.StatusNotFound)).Type, "/problems/not-found")
	}
}
