// Package server is the HTTP edge: the order in which a request passes what
// every request needs, the routes, the table of errors, the log. It is the only
// hand-written package that knows Echo. Of tasks it knows only what its messages say.
package server

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"example.com/tasks/gen/api"
)

// Config says how a server behaves. The zero Config is a server that takes every
// request and logs nothing.
type Config struct {
	Log    *slog.Logger // One line a request; nil logs none.
	Tokens []Token      // Who may call the operations that the specification secures; none means everyone.
}

// New returns the handler of the whole server, which is safe for concurrent
// use. OPTIONS * reaches it, and is answered 404, only where the http.Server's
// DisableGeneralOptionsHandler is set.
func New(service api.StrictServerInterface, cfg Config) http.Handler {
	s := &server{log: cfg.Log, echo: echo.New()}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.logs = s.log.Enabled(context.Background(), slog.LevelError)
	s.echo.HTTPErrorHandler = answerError
	guard := newGuard(cfg.Tokens)
	var operations []api.Operation
	api.RegisterHandlers(service, func(op api.Operation, handle echo.HandlerFunc) {
		operations = append(operations, op)
		s.route(op, guard.protect(op, handle))
	})
	for _, op := range operations {
		s.describe(op.Path, operations)
	}
	s.routeDocs(len(cfg.Tokens) > 0)
	return s
}

type server struct {
	log  *slog.Logger
	logs bool // Whether log is not off.
	echo *echo.Echo
	ids  idSource
}

// ServeHTTP does what every request needs, whatever it asks for.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{ResponseWriter: w, request: r, urn: s.ids.next()}
	if s.logs {
		x.start = time.Now()
	}
	h := w.Header()
	x.SetHeader("X-Request-Id", x.id())
	h["X-Content-Type-Options"] = noSniff
	h["Referrer-Policy"] = noReferrer
	h["Content-Security-Policy"] = noContent
	defer s.finish(x)
	s.echo.ServeHTTP(x, r)
}

// route has Echo send an operation's requests to its handler: those of GET, and
// those of HEAD like them (RFC 9110, section 9.3.2). Without a route below it, a
// parameter at the end of a path would swallow slashes.
func (s *server) route(op api.Operation, handle echo.HandlerFunc) {
	path := echoPath(op.Path)
	s.echo.Add(op.Method, path, handle)
	if op.Method == http.MethodGet {
		s.echo.HEAD(path, handle)
	}
	if strings.HasSuffix(op.Path, "}") {
		s.echo.RouteNotFound(path+"/*", echo.NotFoundHandler)
	}
}

// describe has Echo answer OPTIONS at a path: Allow has the methods of its
// operations (RFC 9110, section 9.3.7), Accept-Patch what PATCH takes (RFC 5789,
// section 3.1).
func (s *server) describe(path string, operations []api.Operation) {
	allow, patch := []string{http.MethodOptions}, ""
	for _, op := range operations {
		if op.Path != path {
			continue
		}
		allow = append(allow, op.Method)
		switch op.Method {
		case http.MethodGet:
			allow = append(allow, http.MethodHead)
		case http.MethodPatch:
			patch = strings.Join(op.Accept, ", ")
		}
	}
	s.echo.OPTIONS(echoPath(path), func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Allow", strings.Join(allow, ", "))
		if patch != "" {
			h.Set("Accept-Patch", patch)
		}
		return c.NoContent(http.StatusNoContent)
	})
}

// echoPath writes a path of the specification as Echo does: /tasks/:id.
func echoPath(path string) string { return strings.NewReplacer("{", ":", "}", "").Replace(path) }
