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

// statusClientGone is logged, and never sent, where the client went away before
// the answer: nginx's code for it.
const statusClientGone = 499

var errNoAnswer = errors.New("the handler returned without an answer")

// exchange is a request and what becomes of it: the http.ResponseWriter that
// Echo and the stubs write to, and what the log tells. It lives as long as the
// request, whose goroutine alone uses it.
type exchange struct {
	http.ResponseWriter
	request   *http.Request
	start     time.Time
	urn       string         // Its id, a UUID as a URN.
	operation *api.Operation // Nil where the specification has none for the request.
	token     string         // The name of the token that the request carries, if a known one.
	status    int            // What was answered; 0 before that.
	bytes     int64          // The length of the answer's body.
	problem   *problemType   // What the answer is, where it is a problem.
	detail    string         // The problem's.
	err       error          // Why the answer is no success.
	stack     []byte         // Of a panic.
	cut       bool           // Whether the connection must be cut, since the client cannot be told.
	values    [6]string      // Of headers, as many as most answers have that are not constant.
	used      int            // How many of values are.
}

// exchangeOf returns the exchange that a handler's ResponseWriter is, or wraps
// as http.ResponseController expects it. Where there is none, it returns a new
// one that writes to w: the answer is right, and the log does not know of it.
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

// id returns the request's id, a UUID: the answer's X-Request-Id.
func (x *exchange) id() string { return x.urn[len(urnPrefix):] }

// SetHeader implements api.HeaderSetter. The list that http.Header needs for
// each value is a part of values, so that it costs no allocation.
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
	noSniff = []string{"nosniff"}
	noStore = []string{"no-store"}
	noCache = []string{"private, no-cache"}
)

// WriteHeader notes the status. A client's cache may keep only what was read,
// and must ask again each time.
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

// finish answers for a handler that has panicked, if p is not nil, or that has
// written nothing: net/http would answer 200.
func (x *exchange) finish(p any) {
	switch {
	case p != nil:
		x.stack = debug.Stack()
		x.fail(fmt.Errorf("panic: %v", p))
	case x.status == 0 && !x.cut:
		x.fail(errNoAnswer)
	}
}

// fail answers a request that err ends. Where the answer has begun already, or
// the client has gone, the connection is to be cut: an answer that looks whole
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
