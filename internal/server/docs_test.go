package server_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"example.com/tasks/internal/server"
	"example.com/tasks/internal/store/memory"
)

func specification(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// parsed returns what text means, as JSON has it, whether it is JSON or YAML.
func parsed(t *testing.T, text string) (v any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	v = nil
	if err := json.Unmarshal(asJSON, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// A server without tokens hands out the specification as it was written, and
// the same as JSON, in the same order.
func TestTheSpecificationIsServedAsItIs(t *testing.T) {
	s := start(t)
	want := specification(t)
	if diff := cmp.Diff(want, s.get("/openapi.yaml").is(http.StatusOK).body); diff != "" {
		t.Errorf("/openapi.yaml (-file +served)\n%s", diff)
	}
	served := s.get("/openapi.json").is(http.StatusOK)
	holds(t, "Content-Type of the JSON", served.Header.Get("Content-Type"), "application/json")
	if diff := cmp.Diff(parsed(t, want), parsed(t, served.body)); diff != "" {
		t.Errorf("/openapi.json (-file +served)\n%s", diff)
	}
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(want), &root); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(keysOfYAML(&root), keysOfJSON(t, served.body)); diff != "" {
		t.Errorf("the keys of /openapi.json (-file +served)\n%s", diff)
	}
}

// keysOfYAML returns the keys of all mappings, as they come.
func keysOfYAML(n *yaml.Node) (keys []string) {
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			keys = append(keys, child.Value)
		}
		keys = append(keys, keysOfYAML(child)...)
	}
	return keys
}

// keysOfJSON returns the names of all members, as they come.
func keysOfJSON(t *testing.T, text string) (keys []string) {
	t.Helper()
	tokens := jsontext.NewDecoder(strings.NewReader(text))
	for {
		token, err := tokens.ReadToken()
		if errors.Is(err, io.EOF) {
			return keys
		}
		if err != nil {
			t.Fatal(err)
		}
		if kind, n := tokens.StackIndex(tokens.StackDepth()); kind == '{' && n%2 == 1 {
			keys = append(keys, token.String())
		}
	}
}

// A server with tokens hands out the same but for what no longer holds there:
// that one may call without.
func TestTheSpecificationOfASecuredServerDemandsATokenAndIsElseTheSame(t *testing.T) {
	s := serve(t, memory.New(), twoTokens)
	want := parsed(t, specification(t)).(map[string]any)
	security := want["security"].([]any)
	want["security"] = slices.DeleteFunc(security, func(alternative any) bool { return len(alternative.(map[string]any)) == 0 })
	holds(t, "the number of alternatives", len(want["security"].([]any)), len(security)-1)
	for _, target := range []string{"/openapi.yaml", "/openapi.json"} {
		if diff := cmp.Diff(any(want), parsed(t, s.get(target).is(http.StatusOK).body)); diff != "" {
			t.Errorf("%s (-wanted +served)\n%s", target, diff)
		}
	}
}

// The documents have tags like every answer, and other tags where they differ.
func TestTheDocumentsHaveETags(t *testing.T) {
	open, secured := start(t), serve(t, memory.New(), twoTokens)
	for _, target := range []string{"/openapi.yaml", "/openapi.json"} {
		a := open.get(target).is(http.StatusOK)
		if a.etag() == "" || strings.HasPrefix(a.etag(), "W/") {
			t.Errorf("%s: ETag is %q, want a strong one", target, a.etag())
		}
		for _, condition := range []string{a.etag(), "W/" + a.etag(), `"x", ` + a.etag(), "*"} {
			holds(t, target+": ETag", open.get(target, "If-None-Match: "+condition).is(http.StatusNotModified).etag(), a.etag())
		}
		open.get(target, `If-None-Match: "x"`).is(http.StatusOK)
		if other := secured.get(target).etag(); other == a.etag() {
			t.Errorf("%s: the specification without and with tokens have one ETag", target)
		}
	}
	if open.get("/openapi.yaml").etag() == open.get("/openapi.json").etag() {
		t.Error("the two forms of the specification have one ETag")
	}
	if mediaType := open.get("/openapi.yaml").Header.Get("Content-Type"); !strings.Contains(mediaType, "yaml") {
		t.Errorf("/openapi.yaml: Content-Type is %q", mediaType)
	}
}

// Whatever is asked of a document beside its tag, it is answered whole or in
// part, or refused like everything else: by a problem.
func TestTheDocumentsRefuseLikeEverythingElse(t *testing.T) {
	s := start(t)
	for _, target := range []string{"/openapi.yaml", "/openapi.json", "/docs/"} {
		for _, header := range []string{
			"Range: bytes=0-9", "Range: bytes=99999999-", "Range: nonsense", `If-Match: "x"`, "If-None-Match: nonsense", `If-Range: "x"`,
			"If-Unmodified-Since: Mon, 01 Jan 2001 00:00:00 GMT", "Accept-Encoding: nonsense", "Accept-Encoding: gzip",
		} {
			s.get(target, header) // The transport has the promises.
		}
	}
}

// A person's browser is shown the documentation; a program is told that there
// is nothing.
func TestTheRootIsForBrowsers(t *testing.T) {
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
	s := start(t)
	for accept, want := range map[string]bool{
		browser: true, "text/html": true, "application/json, text/html;q=0.5": true,
		"": false, "*/*": false, "application/json": false, "text/plain": false,
	} {
		a := s.get("/", "Accept: "+accept)
		if !want {
			holds(t, accept+": error", decode[problem](a.is(http.StatusNotFound)).Error, "not found")
			continue
		}
		s.leadsTo(a, "/docs/")
	}
	s.leadsTo(s.get("/docs"), "/docs/")
	s.get("/docs/missing.js", "Accept: "+browser).is(http.StatusNotFound)
	s.get("/nowhere", "Accept: "+browser).is(http.StatusNotFound)
	s.get("/docs/../nowhere", "Accept: "+browser).is(http.StatusNotFound)
}

// leadsTo checks that an answer is a redirect to a path of the same server.
func (s *site) leadsTo(a answer, path string) {
	s.t.Helper()
	to, err := a.Location()
	if a.StatusCode < 300 || a.StatusCode > 399 || err != nil || to.String() != s.URL+path {
		s.t.Errorf("%s %s: the answer is %s to %v, want a redirect to %s", a.Request.Method, a.Request.URL, a.Status, to, path)
	}
}

// The documentation works under a policy that trusts no line of script or
// style inside a page, so it must have none; what it refers to is there.
func TestTheDocumentationNeedsNoTrust(t *testing.T) {
	for name, cfg := range map[string]server.Config{"open": {}, "secured": twoTokens} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, memory.New(), cfg)
			page := s.get("/docs/").is(http.StatusOK)
			if got := page.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/html") {
				t.Errorf("Content-Type is %q", got)
			}
			policy := page.Header.Get("Content-Security-Policy")
			if !regexp.MustCompile(`^([a-z-]+( 'none'| 'self'| data:)+(; ?|$))+$`).MatchString(policy) {
				t.Errorf("the policy %q trusts more than this server", policy)
			}
			for _, inline := range []string{`<script(?:\s[^>]*)?>\s*[^<\s]`, `<style`, `\sstyle=`, `\son[a-z]+=`, `javascript:`, `https?://`} {
				if found := regexp.MustCompile(`(?i)` + inline).FindString(page.body); found != "" {
					t.Errorf("the page has %q", found)
				}
			}
			references := regexp.MustCompile(`(?:src|href)="?([^"\s>]+)`).FindAllStringSubmatch(page.body, -1)
			for _, reference := range references {
				at, err := page.Request.URL.Parse(reference[1])
				if err != nil {
					t.Fatal(err)
				}
				s.get(at.RequestURI()).is(http.StatusOK)
				if at.Host == "" || "http://"+at.Host != s.URL {
					t.Errorf("the page refers to %s", at)
				}
			}
			if len(references) == 0 {
				t.Error("the page leads nowhere")
			}
		})
	}
}
