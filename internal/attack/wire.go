package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"example.com/tasks/internal/contract"
)

// A wire is a connection on which an attacker sends what no client would. Calls
// fail after patience.
type wire struct {
	*net.TCPConn
	in *bufio.Reader
	x  *assault
}

// dial connects to the server. The caller must close the wire.
func (x *assault) dial() (*wire, error) {
	dialer := net.Dialer{Timeout: patience}
	conn, err := dialer.DialContext(x.Context(), "tcp", x.addr)
	if err != nil {
		return nil, err
	}
	w := &wire{conn.(*net.TCPConn), bufio.NewReader(conn), x}
	return w, w.SetDeadline(time.Now().Add(patience))
}

// mustDial is dial where the server must accept.
func (x *assault) mustDial() *wire {
	w, err := x.dial()
	if err != nil {
		x.Fatal(err)
	}
	return w
}

// send sends text, unless the server has closed the connection.
func (w *wire) send(text string) error {
	_, err := io.WriteString(w, text)
	return err
}

// read reads the answer to a request with that beginning, and judges it by the
// specification. Interim answers are skipped. The body is read.
func (w *wire) read(request string) (status int, body string, err error) {
	req := requestOf(request)
	for {
		r, err := http.ReadResponse(w.in, req)
		if err != nil {
			return 0, "", err
		}
		if r.StatusCode < http.StatusOK {
			continue
		}
		text, err := io.ReadAll(r.Body)
		if err = errors.Join(err, r.Body.Close()); err != nil {
			return 0, "", err
		}
		r.Body = io.NopCloser(bytes.NewReader(text))
		contract.Check(judge{w.x}, req, r)
		w.x.note(r.StatusCode)
		return r.StatusCode, string(text), nil
	}
}

// requestOf returns as much of a request as it takes to judge the answer.
func requestOf(text string) *http.Request {
	line, _, _ := strings.Cut(text, "\n")
	method, rest, _ := strings.Cut(strings.TrimRight(line, "\r"), " ")
	target, _, _ := strings.Cut(rest, " ")
	u, err := url.ParseRequestURI(target)
	if err != nil {
		u = &url.URL{Opaque: target}
	}
	u.Path = u.EscapedPath() // The router does not decode it either.
	return &http.Request{Method: method, URL: u}
}

// exchange sends text on a connection of its own and returns the statuses of all
// answers until the server closes the connection, for which the sending side is
// closed after the first answer, and the body of the first. Only the first answer
// is judged: the server may see another request behind the first.
func (x *assault) exchange(text string) (statuses []int, body string) {
	w, err := x.dial()
	if err != nil {
		x.wrong("%v", err)
		return nil, ""
	}
	defer w.Close()
	_ = w.send(text) // The server may have answered, and closed, before the end.
	status, body, err := w.read(text)
	if err != nil {
		x.note(0)
		return nil, ""
	}
	_ = w.CloseWrite()
	statuses = []int{status}
	for {
		r, err := http.ReadResponse(w.in, nil)
		if err != nil {
			return statuses, body
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
		statuses = append(statuses, r.StatusCode)
	}
}

// crowd calls f at once for as many attackers as n, and waits for them.
func crowd(n int, f func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { f(i) })
	}
	all.Wait()
}

// attacking reports whether an attack that could go on forever goes on.
func (x *assault) attacking() bool { return time.Since(x.begun) < x.length && x.Context().Err() == nil }

// skim is read for floods: it only returns the status and the request's id.
func (w *wire) skim(request string) (status int, id string, err error) {
	method, _, _ := strings.Cut(request, " ")
	r, err := http.ReadResponse(w.in, &http.Request{Method: method})
	if err != nil {
		return 0, "", err
	}
	defer r.Body.Close()
	_, err = io.Copy(io.Discard, r.Body)
	w.x.note(r.StatusCode)
	return r.StatusCode, r.Header.Get("X-Request-Id"), err
}

// pipeline sends requests on one connection before it reads the answers, all of
// which must have the status.
func (x *assault) pipeline(requests []string, want int) {
	w := x.mustDial()
	defer w.Close()
	go func() { _ = w.send(strings.Join(requests, "")) }()
	for _, request := range requests {
		if status, _, err := w.skim(request); status != want {
			x.wrong("%.100q is answered with %d, want %d: %v", request, status, want, err)
			return
		}
	}
}

// within waits until a condition is true, and reports whether it is in time.
func within(limit time.Duration, condition func() bool) bool {
	for begun := time.Now(); !condition(); time.Sleep(50 * time.Millisecond) {
		if time.Since(begun) > limit {
			return false
		}
	}
	return true
}

// closes reports whether the server closes the connection within a time. What it
// sends before is discarded.
func (w *wire) closes(within time.Duration) bool {
	_ = w.SetReadDeadline(time.Now().Add(within))
	_, err := io.Copy(io.Discard, w.in)
	var timeout net.Error
	return !errors.As(err, &timeout) || !timeout.Timeout()
}
