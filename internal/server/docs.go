package server

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"example.com/tasks/gen"
)

// docsPolicy is the Content-Security-Policy of the pages for people.
const docsPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const docsPage = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Tasks API</title>
<h1>Tasks API</h1>
<p>The specification: <a href="/openapi.yaml">as YAML</a>, <a href="/openapi.json">as JSON</a>.</p>
</html>
`

// routeDocs has Echo serve what is not in the specification: the specification
// itself, and pages for people.
func (s *server) routeDocs(secured bool) {
	yaml, json := gen.YAML, gen.JSON
	if secured {
		yaml, json = gen.SecuredYAML, gen.SecuredJSON
	}
	s.file("/openapi.yaml", "application/yaml", yaml) // RFC 9512
	s.file("/openapi.json", "application/json", json)
	s.file("/docs/", "text/html; charset=utf-8", []byte(docsPage))
	toDocs := func(c echo.Context) error { return c.Redirect(http.StatusFound, "/docs/") }
	s.get("/docs", toDocs)
	s.echo.RouteNotFound("/", func(c echo.Context) error {
		r := c.Request()
		browser := strings.Contains(strings.ToLower(r.Header.Get("Accept")), "text/html")
		if !browser || r.Method != http.MethodGet && r.Method != http.MethodHead {
			return echo.ErrNotFound
		}
		return toDocs(c)
	})
}

// file has Echo serve a file, whose ETag is a hash of it.
func (s *server) file(path, contentType string, content []byte) {
	hash := sha256.Sum256(content)
	etag := `"` + base64.RawURLEncoding.EncodeToString(hash[:12]) + `"`
	s.get(path, func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("ETag", etag)
		if strings.HasPrefix(contentType, "text/html") {
			h.Set("Content-Security-Policy", docsPolicy)
		}
		held := strings.Join(c.Request().Header["If-None-Match"], ", ")
		if held == "*" || strings.Contains(held, etag) {
			return c.NoContent(http.StatusNotModified)
		}
		return c.Blob(http.StatusOK, contentType, content)
	})
}

// get has Echo send the requests of GET and HEAD for a path to a handler.
func (s *server) get(path string, handle echo.HandlerFunc) {
	s.echo.GET(path, handle)
	s.echo.HEAD(path, handle)
}
