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

// conn is the server's end of a connection without sockets, and the client as
// well: it sends a request as soon as the previous one is answered, and checks the
// status of the answer. It runs the requests slice by slice.
type conn struct {
	workload
	next    int           // Index of the request to send next.
	pending []byte        // What the server has not read yet of the last request.
	left    int           // How many requests of the slice are still to be sent.
	began   time.Time     // When the slice began; zero before the first and after the last.
	took    time.Duration // By the last slice.
	fresh   bool          // Whether none of the answer to the last request has arrived.
	answer  *[]byte       // Where to keep the answers; nil discards them.
	err     error         // The first wrong answer.

	begin  chan int   // Receives the length of the next slice; closed at the end.
	ended  chan error // Delivers an error or nil for each slice.
	opened time.Time  // A deadline before this has passed.
	mu     sync.Mutex
	passed *sync.Cond // Signals that gone has become true.
	gone   bool       // Whether the read deadline has passed.
}

// connect serves a connection with the requests of a workload by h, in an
// http.Server with the limits of cmd/tasksd. The caller must close begin.
func connect(h http.Handler, w workload) *conn {
	c := &conn{workload: w, begin: make(chan int), ended: make(chan error, 1), opened: time.Now()}
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

// run sends the next n requests and returns how long the server took for them.
func (c *conn) run(n int) (time.Duration, error) {
	c.begin <- n
	err := <-c.ended
	return c.took, err
}

// Read returns the next part of a request. net/http reads a request after it has
// flushed the previous answer. Meanwhile it reads a single byte in the background
// to notice a client that goes away. This client stays, so that such a Read blocks
// until net/http ends it with a deadline.
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

// send makes the next request pending. At the end of a slice it waits for the
// next slice.
func (c *conn) send() error {
	if c.left == 0 {
		if !c.began.IsZero() {
			c.took = time.Since(c.began)
			c.ended <- c.err
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

// Write takes a part of an answer.
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

// Close ends a slice early.
func (c *conn) Close() error {
	if !c.began.IsZero() {
		c.ended <- errors.Join(c.err, fmt.Errorf("%s: the server closes the connection", c.name))
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

// SetReadDeadline takes a deadline for passed if it is before the connection was
// opened, as net/http's is that ends a background read. No other can pass, since a
// slice takes milliseconds.
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

// listener accepts the connections in a channel until that is closed.
type listener chan net.Conn

func (l listener) Accept() (net.Conn, error) {
	if c, ok := <-l; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (l listener) Close() error   { return nil }
func (l listener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8000} }
