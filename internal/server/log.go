package server

import (
	"log/slog"
	"net/http"
	"strings"
)

// logLine logs the request in one line. Its attributes, each present only where
// it applies:
//
//	method, path   as the client sent them; the path percent-encoded
//	route          path in the specification, such as /tasks/{id}
//	operation      operationId in the specification
//	status         status of the response; 499 if the client went away before it
//	problem        last segment of the problem's type
//	detail         what was wrong with the request, without values from the client
//	duration_ms    time until the handler returned
//	bytes          length of the response's body
//	request_id     X-Request-Id of the response
//	trace_id       trace id in traceparent (W3C Trace Context, section 3.2)
//	remote         peer address of the connection, or the client's behind a proxy
//	token          name of the token
//	error, stack   why the server failed
func (s *Server) logLine(x *exchange) {
	level := slog.LevelInfo
	if x.status >= 500 || x.stack != nil {
		level = slog.LevelError
	}
	handler, ctx := s.log.Handler(), x.request.Context()
	if !handler.Enabled(ctx, level) {
		return
	}
	var room [14]slog.Attr // Room for all of them.
	line := append(room[:0], slog.String("method", x.request.Method), slog.String("path", x.request.URL.EscapedPath()))
	if x.operation != nil {
		line = append(line, slog.String("route", x.operation.Path), slog.String("operation", x.operation.ID))
	}
	line = append(line, slog.Int("status", x.status))
	if x.problem != nil {
		line = append(line, slog.String("problem", x.problem.name))
		if x.status < 500 {
			line = append(line, slog.String("detail", x.detail))
		}
	}
	line = append(line,
		slog.Float64("duration_ms", float64(x.took.Microseconds())/1000),
		slog.Int64("bytes", x.bytes),
		slog.String("request_id", x.id()),
	)
	if id := traceID(x.request.Header); id != "" {
		line = append(line, slog.String("trace_id", id))
	}
	line = append(line, slog.String("remote", s.remote(x.request)))
	if x.token != "" {
		line = append(line, slog.String("token", x.token))
	}
	if level == slog.LevelError {
		line = append(line, slog.Any("error", x.err))
	}
	if x.stack != nil {
		line = append(line, slog.String("stack", string(x.stack)))
	}
	record := slog.NewRecord(x.start.Add(x.took), level, "request", 0) // A method of Logger would look up its caller: 100 ns.
	record.AddAttrs(line...)
	_ = handler.Handle(ctx, record) // There is nowhere to report a failing log.
}

// traceID returns the trace id in traceparent, or "" if the header is absent or
// malformed (W3C Trace Context, section 3.2).
func traceID(h http.Header) string {
	values := h["Traceparent"]
	if len(values) != 1 || len(values[0]) < len("00-0123456789abcdef0123456789abcdef-0123456789abcdef-00") {
		return ""
	}
	version, rest, _ := strings.Cut(values[0], "-")
	id, rest, _ := strings.Cut(rest, "-")
	parent, flags, _ := strings.Cut(rest, "-")
	flags, _, more := strings.Cut(flags, "-")
	if !isHex(version, 2) || version == "ff" || version == "00" && more ||
		!isHex(id, 32) || strings.Trim(id, "0") == "" ||
		!isHex(parent, 16) || strings.Trim(parent, "0") == "" ||
		!isHex(flags, 2) {
		return ""
	}
	return id
}

// isHex reports whether s consists of n lower-case hexadecimal digits.
func isHex(s string, n int) bool { return len(s) == n && strings.Trim(s, "0123456789abcdef") == "" }
