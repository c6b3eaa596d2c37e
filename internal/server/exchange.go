package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"example.com/tasks/gen/api"
)

// statusClientGone is nginx's status for a client that went away before the
// response. It is logged and never sent.
const statusClientGone = 499

var errNoAnswer = errors.New("the handler returned without a response")

// exchange is a request and its response: the http.ResponseWriter that Echo and
// the stubs write to, and what the log records. It lives as long as the request
// and is used only by the request's goroutine.
type exchange struct {
	http.ResponseWriter
	request   *http.Request
	start     time.Time      // Zero if nobody asks for the time.
	took      time.Duration  // Set at the end.
	series    *series        // Where the metrics count it; nil if it matches no operation.
	urn       string         // The request's id, a UUID as a URN.
	public    string         // The server's public URL; empty if there is none.
	shared    bool           // Whether any page of another origin can read responses.
	origin    string         // The origin of the page that sent the request, if that can.
	operation *api.Operation // Nil if the request matches none.
	token     string         // The name of the request's token, if it is known.
	status    int            // The status of the response; 0 before it is written.
	bytes     int64          // The length of the response's body.
	problem   *problemType   // The problem in the response, if any.
	detail    string         // The detail of problem.
	err       error          // The cause of an unsuccessful response.
	stack     []byte         // The stack of a panic.
	unlogged  bool           // Whether the log leaves the request out.
	cut       bool           // Whether to cut the connection, for want of a true response.
}

// exchangeOf returns the exchange that w is or wraps, unwrapping it as
// http.ResponseController does. If there is none, it returns a new one that
// writes to w: the response is right but not logged.
func exchangeOf(w http.ResponseWriter, r *http.Request) *exchange {
	for inner := w; ; {
		switch writer := inner.(type) {
		case *exchange:
			return writer
		case interface{ Unwrap() http.ResponseWriter }:
			inner = writer.Unwrap()
		default:
			return &exchange{ResponseWriter: w, request: r, urn: urnOf(r)}
		}
	}
}

// id returns the request's id, a UUID: the X-Request-Id of the response.
func (x *exchange) id() string { return x.urn[len(urnPrefix):] }

// Header values that many responses share. Nothing modifies them: the methods of
// http.Header replace a slice or append to a copy.
var (
	noSniff = []string{"nosniff"}
	closed  = []string{"close"}
	noStore = []string{"no-store"}
	noCache = []string{"private, no-cache"}
)

// WriteHeader records the status, sets the headers that depend on who reads the
// response, and sets Cache-Control: only the client's own cache may store a
// response, only of a read, and must always revalidate it.
func (x *exchange) WriteHeader(status int) {
	x.status = status
	if isRead(x.request.Method) && (status == http.StatusOK || status == http.StatusNotModified) {
		x.Header()["Cache-Control"] = noCache
	} else {
		x.Header()["Cache-Control"] = noStore
	}
	if x.shared {
		x.share()
	}
	if x.public != "" {
		x.publish()
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes of the body.
func (x *exchange) Write(b []byte) (int, error) {
	if x.status == 0 {
		x.WriteHeader(http.StatusOK)
	}
	n, err := x.ResponseWriter.Write(b)
	if x.request.Method != http.MethodHead { // net/http discards the body.
		x.bytes += int64(n)
	}
	return n, err
}

// Unwrap supports http.ResponseController.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// finish responds for a handler that panicked, if p is not nil, or that wrote
// nothing, for which net/http would send 200.
func (x *exchange) finish(p any) {
	switch {
	case p != nil:
		x.stack = debug.Stack()
		x.fail(fmt.Errorf("panic: %v", p))
	case x.status == 0:
		x.fail(errNoAnswer)
	}
}

// fail responds to a request that failed with err. If the response has begun, or
// the client has gone, it has the connection cut: a response that looks complete
// would be false.
func (x *exchange) fail(err error) {
	x.err = err
	switch {
	case x.status != 0:
		x.cut = true
	case errors.Is(err, context.Canceled) && x.request.Context().Err() != nil:
		x.status, x.cut = statusClientGone, true
	default:
		x.answer(err)
	}
}
