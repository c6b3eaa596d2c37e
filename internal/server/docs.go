package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
	"github.com/swaggest/swgui/v5/static"

	"example.com/tasks/gen"
)

// pagePolicy is the Content-Security-Policy of the pages for people: they load
// everything from this server and have no inline script or style.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const (
	isHTML = "text/html; charset=utf-8"
	isText = "text/plain; charset=utf-8"
	isCSS  = "text/css; charset=utf-8"
	isJS   = "text/javascript; charset=utf-8"
)

// ours holds the page, scripts and style around Swagger UI, and the template of
// the problem pages.
//
//go:embed docs
var ours embed.FS

// routeDocs routes what is not in the specification: the specification itself
// and the pages for people.
func (s *Server) routeDocs(secured bool) {
	yaml, json := gen.YAML, gen.JSON
	if secured {
		yaml, json = gen.SecuredYAML, gen.SecuredJSON
	}
	s.get("/openapi.yaml", newFile("application/yaml", s.published(yaml)).serve) // RFC 9512
	s.get("/openapi.json", newFile("application/json", s.published(json)).serve)
	s.page("/docs/", newFile(isHTML, read(ours, "docs/index.html")).serve)
	for name, mediaType := range map[string]string{
		"docs.css": isCSS, "docs.js": isJS, "icon.svg": "image/svg+xml", "snippets.js": isJS, "theme.js": isJS,
	} {
		s.page("/docs/"+name, newFile(mediaType, read(ours, "docs/"+name)).serve)
	}
	s.page("/docs/swagger-ui.css", compressed(isCSS, "swagger-ui.css.gz"))
	s.page("/docs/swagger-ui-bundle.js", compressed(isJS, "swagger-ui-bundle.js.gz"))
	s.routeProblems()
	toDocs := func(c echo.Context) error { return c.Redirect(http.StatusFound, "/docs/") }
	s.get("/docs", toDocs)
	s.echo.RouteNotFound("/", func(c echo.Context) error {
		r := c.Request()
		if !wantsHTML(r) || r.Method != http.MethodGet && r.Method != http.MethodHead {
			return echo.ErrNotFound
		}
		return toDocs(c)
	})
}

// published returns the specification, in YAML or JSON, for clients that reach the
// server at its public URL: with that as its only server, and before the paths of
// the problem pages that the description links to.
func (s *Server) published(specification []byte) []byte {
	if s.public == "" {
		return specification
	}
	return []byte(strings.NewReplacer(
		"\n  - url: /\n", "\n  - url: "+s.public+"\n",
		`"url": "/"`, `"url": "`+s.public+`"`,
		"](/", "]("+s.public+"/",
	).Replace(string(specification)))
}

// wantsHTML reports whether a request comes from a browser that loads a page.
func wantsHTML(r *http.Request) bool {
	return strings.Contains(strings.ToLower(r.Header.Get("Accept")), "text/html")
}

// page is get for the pages for people and their parts: it sets the headers that
// browsers need for them.
func (s *Server) page(path string, handle echo.HandlerFunc) {
	s.get(path, func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("Referrer-Policy", "no-referrer")
		return handle(c)
	})
}

// get routes GET and HEAD requests for a path to a handler.
func (s *Server) get(path string, handle echo.HandlerFunc) {
	s.echo.GET(path, handle)
	s.echo.HEAD(path, handle)
}

// file is static content. It is not sent to a client that already has it.
type file struct {
	mediaType string
	coding    string // Its Content-Encoding, if any.
	etag      string // A hash of the content.
	content   []byte
}

func newFile(mediaType string, content []byte) *file {
	hash := sha256.Sum256(content)
	return &file{mediaType: mediaType, etag: `"` + base64.RawURLEncoding.EncodeToString(hash[:12]) + `"`, content: content}
}

func (f *file) serve(c echo.Context) error {
	h := c.Response().Header()
	h.Set("ETag", f.etag)
	held := strings.Join(c.Request().Header["If-None-Match"], ", ")
	if held == "*" || strings.Contains(held, f.etag) {
		return c.NoContent(http.StatusNotModified)
	}
	if f.coding != "" {
		h.Set("Content-Encoding", f.coding)
	}
	h.Set("Content-Length", strconv.Itoa(len(f.content)))
	return c.Blob(http.StatusOK, f.mediaType, f.content)
}

// compressed returns a handler that serves a file of Swagger UI in the gzip form
// in which it is embedded, or decompressed for the rare client that does not
// accept gzip. The file is read on the first request, so that it does not slow
// down the start of the server.
func compressed(mediaType, name string) echo.HandlerFunc {
	zipped := sync.OnceValue(func() *file {
		f := newFile(mediaType, read(static.FS, name))
		f.coding = "gzip"
		return f
	})
	plain := sync.OnceValue(func() *file { return newFile(mediaType, unzip(zipped().content)) })
	return func(c echo.Context) error {
		c.Response().Header().Set("Vary", "Accept-Encoding")
		if takesGzip(c.Request().Header["Accept-Encoding"]) {
			return zipped().serve(c)
		}
		return plain().serve(c)
	}
}

// takesGzip reports whether Accept-Encoding lists gzip, or else *, with a weight
// above 0 (RFC 9110, section 12.5.3).
func takesGzip(header []string) bool {
	rest := false
	list := strings.NewReplacer(" ", "", "\t", "").Replace(strings.ToLower(strings.Join(header, ",")))
	for element := range strings.SplitSeq(list, ",") {
		coding, weight, _ := strings.Cut(element, ";")
		taken := strings.Trim(strings.TrimPrefix(weight, "q="), "0.") != "" || weight == ""
		switch coding {
		case "gzip", "x-gzip":
			return taken
		case "*":
			rest = taken
		}
	}
	return rest
}

// read returns an embedded file.
func read(files fs.FS, name string) []byte {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		panic(err) // The file is part of the program.
	}
	return content
}

func unzip(content []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(content))
	if err == nil {
		content, err = io.ReadAll(r)
	}
	if err != nil {
		panic(err) // The file is part of the program.
	}
	return content
}
