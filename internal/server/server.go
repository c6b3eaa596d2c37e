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

// Server is the http.Handler of the whole server. Its methods are safe for
// concurrent use. OPTIONS * reaches it, and is answered 404, only where the
// http.Server's DisableGeneralOptionsHandler is set.
//
// It panics with http.ErrAbortHandler where the client cannot be told the truth
// in any other way than by a connection that is cut.
type Server struct {
	log   *slog.Logger
	logs  bool // Whether log is not off.
	echo  *echo.Echo
	guard *guard
}

// New returns a server whose operations are service's.
func New(service api.StrictServerInterface, cfg Config) *Server {
	s := &Server{log: cfg.Log, echo: echo.New(), guard: newGuard(cfg.Tokens)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.logs = s.log.Enabled(context.Background(), slog.LevelError)
	s.echo.HTTPErrorHandler = func(err error, c echo.Context) { exchangeOf(c.Response(), c.Request()).fail(err) }
	var operations []api.Operation
	api.RegisterHandlers(service, func(op api.Operation, handle echo.HandlerFunc) {
		operations = append(operations, op)
		s.route(op, s.operation(op, handle))
	})
	for _, op := range operations {
		s.routeOptions(op.Path, operations)
	}
	s.routeDocs(len(cfg.Tokens) > 0)
	return s
}

// SetTokens replaces the tokens of a server that was made with some. Requests
// under way keep their access. With no token nobody has access.
func (s *Server) SetTokens(tokens []Token) { s.guard.set(tokens) }

// ServeHTTP does what every request needs, whatever it asks for.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{ResponseWriter: w, request: r, urn: urnOf(r)}
	if s.logs {
		x.start = time.Now()
	}
	x.SetHeader("X-Request-Id", x.id())
	w.Header()["X-Content-Type-Options"] = noSniff
	defer func() {
		x.finish(recover())
		if s.logs {
			s.logLine(x)
		}
		if x.cut {
			panic(http.ErrAbortHandler)
		}
	}()
	s.echo.ServeHTTP(x, r)
}

// operation returns the handler of an operation, which demands a token where the
// specification says so.
func (s *Server) operation(op api.Operation, handle echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		x := exchangeOf(c.Response(), c.Request())
		x.operation = &op
		if op.Secured {
			name, err := s.guard.identify(c.Request().Header)
			if err != nil {
				return err
			}
			x.token = name
		}
		return handle(c)
	}
}

// route has Echo send an operation's requests to its handler: those of GET, and
// those of HEAD like them (RFC 9110, section 9.3.2). Without a route below it, a
// parameter at the end of a path would swallow slashes.
func (s *Server) route(op api.Operation, handle echo.HandlerFunc) {
	path := echoPath(op.Path)
	s.echo.Add(op.Method, path, handle)
	if op.Method == http.MethodGet {
		s.echo.HEAD(path, handle)
	}
	if strings.HasSuffix(op.Path, "}") {
		s.echo.RouteNotFound(path+"/*", echo.NotFoundHandler)
	}
}

// routeOptions has Echo answer OPTIONS at a path: Allow has the methods of its
// operations (RFC 9110, section 9.3.7), Accept-Patch what PATCH takes (RFC 5789,
// section 3.1).
func (s *Server) routeOptions(path string, operations []api.Operation) {
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
