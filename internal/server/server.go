// Package server is the HTTP edge: what every request passes through, the
// routes, the table of errors and the log. It is the only hand-written package
// that knows Echo. It knows nothing of tasks beyond its messages.
package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"example.com/tasks/gen/api"
	"example.com/tasks/internal/service"
)

// Config configures a server. With the zero Config, it requires no token and logs
// nothing, and no page of another origin can use it.
type Config struct {
	Log     *slog.Logger                // Gets one line per request; nil disables it.
	Tokens  []Token                     // Those that secured operations accept; if empty, they require none.
	Ready   func(context.Context) error // Returns nil while the store can serve; nil means always.
	Metrics prometheus.Registerer       // Collects what is counted; nil counts nothing.

	// Local says that only this machine reaches the server, and without a token.
	// It then refuses requests for another host, but for that of PublicURL, and
	// pages of this machine can use it, whatever their port.
	Local bool

	// Origins are the origins whose pages can use the server, as browsers send
	// them: https://example.com.
	Origins []string

	// PublicURL is the URL at which clients reach the server through a proxy, with
	// the path that the proxy removes, without a slash at its end, in at most 200
	// bytes, so that Location has at most as many as the specification says; empty
	// if they reach it directly. New panics if it is no URL.
	PublicURL string

	// Proxies are the networks of proxies whose X-Forwarded-For is believed.
	Proxies []netip.Prefix
}

// Server is the http.Handler for all requests. Its methods are safe for
// concurrent use. OPTIONS * reaches it, and gets 404, only if the http.Server's
// DisableGeneralOptionsHandler is set.
//
// It panics with http.ErrAbortHandler, which cuts the connection, where any
// response would be false.
type Server struct {
	log     *slog.Logger
	logs    bool     // Whether log is enabled.
	metrics *metrics // Nil to count nothing.
	echo    *echo.Echo
	guard   *guard

	origins *origins
	hosts   hosts
	public  string         // The public URL; empty if there is none.
	proxies []netip.Prefix // Those whose X-Forwarded-For is believed.

	draining atomic.Bool
}

// New returns a server that serves the operations of service.
func New(service api.StrictServerInterface, cfg Config) *Server {
	public, err := url.Parse(cfg.PublicURL)
	if err != nil {
		panic(err)
	}
	s := &Server{
		log: cfg.Log, echo: echo.New(), guard: newGuard(cfg.Tokens), metrics: newMetrics(cfg.Metrics),
		origins: newOrigins(cfg.Origins, cfg.Local, public),
		hosts:   hosts{local: cfg.Local, public: public.Hostname()},
		public:  cfg.PublicURL, proxies: cfg.Proxies,
	}
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
	s.routeRest(operations)
	s.routeDocs(len(cfg.Tokens) > 0)
	s.routeHealth(cfg.Ready)
	return s
}

// SetTokens replaces the tokens of a server that was created with some. Requests
// under way keep their access. If tokens is empty, nobody has access.
func (s *Server) SetTokens(tokens []Token) { s.guard.set(tokens) }

// ServeHTTP does what all requests have in common and passes them on to Echo.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{ResponseWriter: w, request: r, urn: urnOf(r), public: s.public}
	if s.origins.any() {
		x.shared, x.origin = true, s.origins.of(r)
	}
	if s.logs || s.metrics != nil {
		x.start = time.Now()
	}
	if s.metrics != nil {
		s.metrics.inFlight.Add(1)
	}
	h := w.Header()
	h["X-Request-Id"] = []string{x.id()}
	h["X-Content-Type-Options"] = noSniff
	// Where a proxy may have seen another end of the request, nothing may follow it
	// (RFC 9112, section 6.1). net/http does not tell a handler that a chunked request
	// had a Content-Length, or one of HTTP/1.0 a Transfer-Encoding. A client of a
	// server that drains is to send its next request elsewhere.
	if len(r.TransferEncoding) > 0 || !r.ProtoAtLeast(1, 1) || s.draining.Load() {
		h["Connection"] = closed
	}
	defer func() {
		x.finish(recover())
		s.record(x)
		if x.cut {
			panic(http.ErrAbortHandler)
		}
	}()
	s.pass(x)
}

// pass passes a request on to Echo, unless what a browser did answers it.
func (s *Server) pass(x *exchange) {
	switch r := x.request; {
	case !s.hosts.have(r.Host):
		x.fail(errWrongHost)
	case x.origin != "" && isPreflight(r):
		x.preflight()
	case x.origin == "" && s.origins.foreign(r):
		x.fail(errCrossSite)
	default:
		s.echo.ServeHTTP(x, r)
	}
}

// record records a request that has ended in the metrics and in the log.
func (s *Server) record(x *exchange) {
	if !x.start.IsZero() {
		x.took = time.Since(x.start)
	}
	if s.metrics != nil {
		s.metrics.inFlight.Add(-1)
		s.metrics.observe(x)
	}
	if s.logs && !x.unlogged {
		s.logLine(x)
	}
}

// operation returns the handler of an operation. It requires a token where the
// specification does.
func (s *Server) operation(op api.Operation, handle echo.HandlerFunc) echo.HandlerFunc {
	series := s.metrics.seriesOf(op)
	return func(c echo.Context) error {
		x := exchangeOf(c.Response(), c.Request())
		x.operation, x.series = &op, series
		if op.Secured {
			name, err := s.guard.admit(c.Request())
			x.token = name
			if err != nil {
				return err
			}
			if name != "" {
				c.SetRequest(c.Request().WithContext(service.WithCaller(c.Request().Context(), name)))
			}
		}
		return handle(c)
	}
}

// route routes requests for an operation to its handler, and HEAD like GET (RFC
// 9110, section 9.3.2).
func (s *Server) route(op api.Operation, handle echo.HandlerFunc) {
	path := echoPath(op.Path)
	s.echo.Add(op.Method, path, handle)
	if op.Method == http.MethodGet {
		s.echo.HEAD(path, handle)
	}
}

// routeRest routes what the paths of the operations need besides: OPTIONS, and a
// route that answers 404 below a path that ends in a parameter, which would match
// slashes too. Where operations are below it, theirs do that.
func (s *Server) routeRest(operations []api.Operation) {
	for _, op := range operations {
		s.routeOptions(op.Path, operations)
		below := func(other api.Operation) bool { return strings.HasPrefix(other.Path, op.Path+"/") }
		if strings.HasSuffix(op.Path, "}") && !slices.ContainsFunc(operations, below) {
			s.echo.RouteNotFound(echoPath(op.Path)+"/*", echo.NotFoundHandler)
		}
	}
}

// routeOptions routes OPTIONS requests for a path. Allow lists the methods of its
// operations (RFC 9110, section 9.3.7), Accept-Patch the media types that PATCH
// accepts (RFC 5789, section 3.1).
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

// echoPath converts a path of the specification to Echo's syntax: /tasks/:id.
func echoPath(path string) string { return strings.NewReplacer("{", ":", "}", "").Replace(path) }
