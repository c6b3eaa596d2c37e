package server_test

import (
	"compress/gzip"
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
)

func specification(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// parsed decodes text, JSON or YAML, into the types that JSON decodes into.
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

// A server without tokens serves the specification unchanged, and the same as
// JSON with members in the same order.
func TestSpecificationIsServedUnchanged(t *testing.T) {
	s := start(t)
	want := specification(t)
	if diff := cmp.Diff(want, s.get("/openapi.yaml").is(http.StatusOK).body); diff != "" {
		t.Errorf("/openapi.yaml (-file +served)\n%s", diff)
	}
	served := s.get("/openapi.json").is(http.StatusOK)
	equal(t, "Content-Type of the JSON", served.Header.Get("Content-Type"), "application/json")
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

// keysOfYAML returns the keys of all mappings, in order.
func keysOfYAML(n *yaml.Node) (keys []string) {
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			keys = append(keys, child.Value)
		}
		keys = append(keys, keysOfYAML(child)...)
	}
	return keys
}

// keysOfJSON returns the names of all members, in order.
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

// A server with tokens serves the specification without the alternative of
// calling it without a token, and otherwise unchanged.
func TestSecuredServerRequiresTokenInSpecification(t *testing.T) {
	s := serve(t, newStore(t), twoTokens)
	want := parsed(t, specification(t)).(map[string]any)
	security := want["security"].([]any)
	want["security"] = slices.DeleteFunc(security, func(alternative any) bool { return len(alternative.(map[string]any)) == 0 })
	equal(t, "the number of alternatives", len(want["security"].([]any)), len(security)-1)
	for _, target := range []string{"/openapi.yaml", "/openapi.json"} {
		if diff := cmp.Diff(any(want), parsed(t, s.get(target).is(http.StatusOK).body)); diff != "" {
			t.Errorf("%s (-want +served)\n%s", target, diff)
		}
	}
}

// The documents have strong ETags, which differ where the documents do.
func TestDocumentsHaveETags(t *testing.T) {
	open, secured := start(t), serve(t, newStore(t), twoTokens)
	for _, target := range []string{"/openapi.yaml", "/openapi.json"} {
		a := open.get(target).is(http.StatusOK)
		if a.etag() == "" || strings.HasPrefix(a.etag(), "W/") {
			t.Errorf("%s: ETag is %q, want a strong one", target, a.etag())
		}
		for _, condition := range []string{a.etag(), "W/" + a.etag(), `"x", ` + a.etag(), "*"} {
			equal(t, target+": ETag", open.get(target, "If-None-Match: "+condition).is(http.StatusNotModified).etag(), a.etag())
		}
		open.get(target, `If-None-Match: "x"`).is(http.StatusOK)
		if other := secured.get(target).etag(); other == a.etag() {
			t.Errorf("%s: the ETag is the same with and without tokens", target)
		}
	}
	if open.get("/openapi.yaml").etag() == open.get("/openapi.json").etag() {
		t.Error("YAML and JSON have the same ETag")
	}
	if mediaType := open.get("/openapi.yaml").Header.Get("Content-Type"); !strings.Contains(mediaType, "yaml") {
		t.Errorf("/openapi.yaml: Content-Type is %q", mediaType)
	}
}

// Whatever conditions, ranges and codings are requested of a document, the
// response is one that clients may expect; an error is a problem document.
func TestDocumentsHandleAnyHeader(t *testing.T) {
	s := start(t)
	for _, target := range []string{"/openapi.yaml", "/openapi.json", "/docs/", "/docs/swagger-ui.css", "/problems/not-found"} {
		for _, header := range []string{
			"Range: bytes=0-9", "Range: bytes=99999999-", "Range: nonsense", `If-Match: "x"`, "If-None-Match: nonsense", `If-Range: "x"`,
			"If-Unmodified-Since: Mon, 01 Jan 2001 00:00:00 GMT", "Accept-Encoding: nonsense", "Accept-Encoding: gzip",
		} {
			s.get(target, header) // The transport checks the response.
		}
	}
}

// browser is the Accept header of a browser that loads a page.
const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

// The root redirects browsers to the documentation. Other clients get 404.
func TestRootRedirectsBrowsers(t *testing.T) {
	s := start(t)
	for accept, want := range map[string]bool{
		browser: true, "text/html": true, "application/json, text/html;q=0.5": true,
		"": false, "*/*": false, "application/json": false, "text/plain": false,
	} {
		a := s.get("/", "Accept: "+accept)
		if !want {
			equal(t, accept+": error", decode[problem](a.is(http.StatusNotFound)).Error, "not found")
			continue
		}
		s.leadsTo(a, "/docs/")
	}
	s.leadsTo(s.get("/docs"), "/docs/")
	s.get("/docs/missing.js", "Accept: "+browser).is(http.StatusNotFound)
	s.get("/nowhere", "Accept: "+browser).is(http.StatusNotFound)
	s.get("/docs/../nowhere", "Accept: "+browser).is(http.StatusNotFound)
}

// leadsTo checks that a is a redirect to a path of the same server.
func (s *site) leadsTo(a answer, path string) {
	s.t.Helper()
	to, err := a.Location()
	if a.StatusCode < 300 || a.StatusCode > 399 || err != nil || to.String() != s.URL+path {
		s.t.Errorf("%s %s: got %s to %v, want a redirect to %s", a.Request.Method, a.Request.URL, a.Status, to, path)
	}
}

// The pages comply with their Content-Security-Policy, which forbids inline
// scripts and styles, and everything that they refer to exists.
func TestPagesComplyWithTheirPolicy(t *testing.T) {
	for name, cfg := range map[string]server.Config{"open": {}, "secured": twoTokens} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, newStore(t), cfg)
			for path, want := range map[string][]string{
				"/docs/":              {"image/svg+xml", isCSS, isCSS, isJS, isJS, isJS, "application/yaml"},
				"/problems/not-found": {"image/svg+xml", isCSS, isJS, "text/html; charset=utf-8"},
			} {
				if diff := cmp.Diff(want, s.references(s.get(path, "Accept: "+browser).is(http.StatusOK))); diff != "" {
					t.Errorf("the references of %s (-want +got)\n%s", path, diff)
				}
			}
		})
	}
}

const (
	isCSS = "text/css; charset=utf-8"
	isJS  = "text/javascript; charset=utf-8"
)

// references checks a page and returns the media types of its references.
func (s *site) references(page answer) (mediaTypes []string) {
	s.t.Helper()
	if got := page.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		s.t.Errorf("%s: Content-Type is %q", page.Request.URL, got)
	}
	for _, inline := range []string{`<script(?:\s[^>]*)?>\s*[^<\s]`, `<style`, `\sstyle=`, `\son[a-z]+=`, `javascript:`, `https?://`, `\{[a-z]+\}`} {
		if found := regexp.MustCompile(`(?i)` + inline).FindString(page.body); found != "" {
			s.t.Errorf("%s has %q", page.Request.URL, found)
		}
	}
	for _, reference := range regexp.MustCompile(`(?:src|href)="?([^"\s>]+)`).FindAllStringSubmatch(page.body, -1) {
		at, err := page.Request.URL.Parse(reference[1])
		if err != nil {
			s.t.Fatal(err)
		}
		if "http://"+at.Host != s.URL {
			s.t.Errorf("%s refers to %s", page.Request.URL, at)
		}
		a := s.get(at.RequestURI()).is(http.StatusOK)
		if a.body == "" {
			s.t.Errorf("%s is empty", at)
		}
		mediaTypes = append(mediaTypes, a.Header.Get("Content-Type"))
	}
	return mediaTypes
}

// Style sheets load nothing but data: images.
func TestStyleSheetsLoadNothing(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/docs/docs.css", "/docs/swagger-ui.css"} {
		for _, loaded := range regexp.MustCompile(`(@import|url\()["']?(.{5})`).FindAllStringSubmatch(s.get(path).body, -1) {
			if loaded[2] != "data:" {
				t.Errorf("%s has %s", path, loaded[0])
			}
		}
	}
}

// Compressed files are sent compressed to clients that accept gzip and
// uncompressed to the others. Each form has an ETag of its own.
func TestCompressionIsNegotiated(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js"} {
		plain := s.get(path, "Accept-Encoding: identity").is(http.StatusOK)
		zipped := s.get(path, "Accept-Encoding: gzip").is(http.StatusOK)
		if len(zipped.body) > len(plain.body)/2 || unzipped(t, zipped.body) != plain.body {
			t.Errorf("%s: %d bytes of gzip are not a good compression of the %d bytes", path, len(zipped.body), len(plain.body))
		}
		equal(t, path+": Content-Encoding", zipped.Header.Get("Content-Encoding"), "gzip")
		equal(t, path+": Content-Encoding of the uncompressed form", plain.Header.Get("Content-Encoding"), "")
		if plain.etag() == zipped.etag() {
			t.Errorf("%s: both forms have the ETag %s", path, plain.etag())
		}
		for accept, want := range map[string]answer{
			"gzip": zipped, "gzip, deflate, br, zstd": zipped, "GZIP": zipped, "x-gzip": zipped, "br;q=1.0, gzip;q=0.5": zipped,
			"*": zipped, "identity, *;q=0.1": zipped, "gzip; q=0.001": zipped, "*;q=0, gzip": zipped, "gzip\t;\tq=1": zipped,
			"identity": plain, "br": plain, "gzip;q=0": plain, "gzip;q=0.000": plain, "gzip; Q=0": plain, "*;q=0": plain,
			"*, gzip;q=0": plain, "gzip\t;\tq=0": plain, "notgzip": plain, "br, identity;q=0.5": plain,
		} {
			a := s.get(path, "Accept-Encoding: "+accept).is(http.StatusOK)
			equal(t, accept+": ETag", a.etag(), want.etag())
			equal(t, accept+": Content-Encoding", a.Header.Get("Content-Encoding"), want.Header.Get("Content-Encoding"))
			equal(t, accept+": Vary", a.Header.Get("Vary"), "Accept-Encoding")
			equal(t, accept+": the length", a.ContentLength, int64(len(want.body)))
			held := s.get(path, "Accept-Encoding: "+accept, "If-None-Match: "+want.etag()).is(http.StatusNotModified)
			equal(t, accept+": ETag of 304", held.etag(), want.etag())
			equal(t, accept+": Vary of 304", held.Header.Get("Vary"), "Accept-Encoding")
		}
		s.get(path, "Accept-Encoding: gzip", "If-None-Match: "+plain.etag()).is(http.StatusOK)
		equal(t, "ETag without Accept-Encoding", s.raw("GET "+path+" HTTP/1.1", "").is(http.StatusOK).etag(), plain.etag())
		head := s.do(http.MethodHead, path, "", "Accept-Encoding: gzip").is(http.StatusOK)
		equal(t, "ETag of HEAD", head.etag(), zipped.etag())
		equal(t, "Content-Length of HEAD", head.ContentLength, int64(len(zipped.body)))
	}
}

func unzipped(t *testing.T, text string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}
