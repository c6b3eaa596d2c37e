package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// exchange is a request and what becomes of it: the http.ResponseWriter that
// Echo writes to, and what the log tells. It lives as long as the request.
type exchange struct {
	http.ResponseWriter
	request *http.Request
	start   time.Time
	urn     string    // Its id, a UUID as a URN.
	token   string    // The name of the token that the request carries, if a known one.
	status  int       // What was answered; 0 before that.
	bytes   int64     // The length of the answer's body.
	err     error     // Why the answer is no success.
	values  [6]string // Of headers, as many as most answers have that are not constant.
	used    int       // How many of values are.
}

// id returns the request's id, a UUID: the answer's X-Request-Id.
func (x *exchange) id() string { return x.urn[len(urnPrefix):] }

// SetHeader sets a header. It is api.HeaderSetter: the list that http.Header
// needs for each value is a part of values, so that it costs no allocation.
func (x *exchange) SetHeader(canonicalName, value string) {
	if x.used == len(x.values) {
		x.Header()[canonicalName] = []string{value}
		return
	}
	x.values[x.used] = value
	x.Header()[canonicalName] = x.values[x.used : x.used+1 : x.used+1]
	x.used++
}

// The values of headers that are the same in many answers. Nothing changes
// them: http.Header's methods replace a list, or append to a copy.
var (
	noSniff    = []string{"nosniff"}
	noReferrer = []string{"no-referrer"}
	noContent  = []string{"default-src 'none'; frame-ancestors 'none'"}
	noStore    = []string{"no-store"}
	noCache    = []string{"private, no-cache"}
)

// WriteHeader notes the status. Only what was read may be kept by a client's
// cache, which must ask again each time.
func (x *exchange) WriteHeader(status int) {
	x.status = status
	read := x.request.Method == http.MethodGet || x.request.Method == http.MethodHead
	if read && (status == http.StatusOK || status == http.StatusNotModified) {
		x.Header()["Cache-Control"] = noCache
	} else {
		x.Header()["Cache-Control"] = noStore
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write notes the length.
func (x *exchange) Write(b []byte) (int, error) {
	if x.status == 0 {
		x.WriteHeader(http.StatusOK)
	}
	n, err := x.ResponseWriter.Write(b)
	if x.request.Method != http.MethodHead { // net/http takes the body, and sends none.
		x.bytes += int64(n)
	}
	return n, err
}

// Unwrap is for http.ResponseController.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// finish is deferred: it answers for a handler that has panicked and writes the
// request's line of the log. Where an answer has begun already, the panic goes
// on as http.ErrAbortHandler, so that the client sees it cut off.
func (s *server) finish(x *exchange) {
	var stack []byte
	p := recover()
	if p != nil {
		stack = debug.Stack()
		x.err = fmt.Errorf("panic: %v", p)
		if x.status == 0 {
			x.answer(x.err)
			p = nil
		}
	}
	s.logLine(x, stack)
	if p != nil {
		panic(http.ErrAbortHandler)
	}
}

func (s *server) logLine(x *exchange, stack []byte) {
	level := slog.LevelInfo
	if x.status >= 500 || stack != nil {
		level = slog.LevelError
	}
	handler, ctx := s.log.Handler(), x.request.Context()
	if !handler.Enabled(ctx, level) {
		return
	}
	now := time.Now()
	line := slog.NewRecord(now, level, "request", 0) // A Logger's method would look up its caller: 100 ns.
	line.AddAttrs(
		slog.String("method", x.request.Method),
		slog.String("path", x.request.URL.EscapedPath()), // In ASCII, which no terminal obeys.
		slog.Int("status", x.status),
		slog.Duration("duration", now.Sub(x.start)),
		slog.Int64("bytes", x.bytes),
		slog.String("request_id", x.id()),
		slog.String("remote", x.request.RemoteAddr),
	)
	if x.token != "" {
		line.AddAttrs(slog.String("token", x.token))
	}
	if level == slog.LevelError {
		line.AddAttrs(slog.Any("error", x.err))
	}
	if stack != nil {
		line.AddAttrs(slog.String("stack", string(stack)))
	}
	_ = handler.Handle(ctx, line) // There is nobody to tell of a log that fails.
}
