package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// conn is a connection without sockets: the server's end, a net.Conn, which is
// also its client. It sends each request once the last one is answered, and
// checks nothing of an answer but the status. One slice after another is run.
type conn struct {
	workload
	next    int       // The index in requests of the one to send.
	pending []byte    // What the server has not read yet of the last one sent.
	left    int       // How many of the slice are still to be sent.
	began   time.Time // When the slice did.
	fresh   bool      // Whether nothing of the last request's answer has come.
	answer  *[]byte   // Where to keep the answers; nil drops them.
	err     error     // The first wrong answer.

	begin  chan int    // The length of the next slice; closed for the end.
	ended  chan result // One for each slice.
	opened time.Time   // Any deadline before this has passed.
	mu     sync.Mutex
	passed *sync.Cond // Signals that gone has become true.
	gone   bool       // Whether the deadline for reading has passed.
}

// result is what became of a slice.
type result struct {
	took time.Duration
	err  error
}

// connect has h answer the requests of a workload in an http.Server with the
// limits of cmd/tasksd. The caller closes begin.
func connect(h http.Handler, w workload) *conn {
	c := &conn{workload: w, begin: make(chan int), ended: make(chan result, 1), opened: time.Now()}
	c.passed = sync.NewCond(&c.mu)
	server := &http.Server{
		Handler:                      h,
		ReadHeaderTimeout:            5 * time.Second,
		ReadTimeout:                  30 * time.Second,
		WriteTimeout:                 time.Minute,
		IdleTimeout:                  2 * time.Minute,
		MaxHeaderBytes:               16 << 10,
		DisableGeneralOptionsHandler: true,
	}
	once := make(listener, 1)
	once <- c
	close(once)
	go func() { _ = server.Serve(once) }()
	return c
}

// run has the server answer the next n requests, and returns how long that took.
func (c *conn) run(n int) (time.Duration, error) {
	c.begin <- n
	r := <-c.ended
	return r.took, r.err
}

// Read returns the next part of a request. net/http reads a request after it has
// flushed the last answer, but for one byte at a time, by which it notices
// during an answer that a client goes away. This client stays, so such a Read
// lasts until net/http ends it by a deadline.
func (c *conn) Read(b []byte) (int, error) {
	if len(c.pending) == 0 {
		if len(b) == 1 {
			c.awaitDeadline()
			return 0, os.ErrDeadlineExceeded
		}
		if err := c.send(); err != nil {
			return 0, err
		}
	}
	n := copy(b, c.pending)
	c.pending = c.pending[n:]
	return n, nil
}

// send makes the next request pending; before the first of a slice it awaits the
// slice.
func (c *conn) send() error {
	if c.left == 0 {
		if !c.began.IsZero() {
			c.ended <- result{time.Since(c.began), c.err}
		}
		n, ok := <-c.begin
		if !ok {
			c.began = time.Time{}
			return io.EOF
		}
		c.left, c.began = n, time.Now()
	}
	c.pending = c.requests[c.next]
	c.next = (c.next + 1) % len(c.requests)
	c.left--
	c.fresh = true
	return nil
}

// Write takes all of an answer.
func (c *conn) Write(b []byte) (int, error) {
	const before, digits = len("HTTP/1.1 "), 3
	if c.fresh && c.err == nil && (len(b) < before+digits || string(b[before:before+digits]) != c.status) {
		c.err = fmt.Errorf("%s: the answer is %q, want status %s", c.name, b, c.status)
	}
	c.fresh = false
	if c.answer != nil {
		*c.answer = append(*c.answer, b...)
	}
	return len(b), nil
}

// Close ends a slice that has not come to its end.
func (c *conn) Close() error {
	if !c.began.IsZero() {
		c.ended <- result{err: errors.Join(c.err, fmt.Errorf("%s: the server closes the connection", c.name))}
	}
	return nil
}

func (c *conn) awaitDeadline() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.gone {
		c.passed.Wait()
	}
}

// SetReadDeadline lets deadlines pass that are before the connection's time, and
// no others: a slice lasts milliseconds.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = !t.IsZero() && t.Before(c.opened)
	if c.gone {
		c.passed.Signal()
	}
	return nil
}

func (c *conn) SetWriteDeadline(time.Time) error { return nil }
func (c *conn) SetDeadline(t time.Time) error    { return c.SetReadDeadline(t) }
func (c *conn) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8000} }

func (c *conn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 54321} }

// listener accepts the connections that it holds, and ends when it is closed.
type listener chan net.Conn

func (l listener) Accept() (net.Conn, error) {
	if c, ok := <-l; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (l listener) Close() error   { return nil }
func (l listener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8000} }
