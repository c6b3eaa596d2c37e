package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"example.com/tasks/internal/memconn"
)

// conn is a client on a connection in memory: it sends a request as soon as the
// previous one is answered, and checks the status of the answer. It runs the
// requests slice by slice.
type conn struct {
	workload
	next   int           // Index of the request to send next.
	left   int           // How many requests of the slice are still to be sent.
	began  time.Time     // When the slice began; zero before the first and after the last.
	took   time.Duration // By the last slice.
	fresh  bool          // Whether none of the answer to the last request has arrived.
	answer *[]byte       // Where to keep the answers; nil discards them.
	err    error         // The first wrong answer.

	begin chan int   // Receives the length of the next slice; closed at the end.
	ended chan error // Delivers an error or nil for each slice.
}

// connect serves a connection with the requests of a workload by h. The caller must
// close begin.
func connect(h http.Handler, w workload) *conn {
	c := &conn{workload: w, begin: make(chan int), ended: make(chan error, 1)}
	memconn.Serve(h, c)
	return c
}

// run sends the next n requests and returns how long the server took for them.
func (c *conn) run(n int) (time.Duration, error) {
	c.begin <- n
	err := <-c.ended
	return c.took, err
}

// Send implements memconn.Client. At the end of a slice it waits for the next one.
func (c *conn) Send() ([]byte, error) {
	if c.left == 0 {
		if !c.began.IsZero() {
			c.took = time.Since(c.began)
			c.ended <- c.err
		}
		n, ok := <-c.begin
		if !ok {
			c.began = time.Time{}
			return nil, io.EOF
		}
		c.left, c.began = n, time.Now()
	}
	request := c.requests[c.next]
	c.next = (c.next + 1) % len(c.requests)
	c.left--
	c.fresh = true
	return request, nil
}

// Receive implements memconn.Client.
func (c *conn) Receive(b []byte) {
	const before, digits = len("HTTP/1.1 "), 3
	if c.fresh && c.err == nil && (len(b) < before+digits || string(b[before:before+digits]) != c.status) {
		c.err = fmt.Errorf("%s: the answer is %q, want status %s", c.name, b, c.status)
	}
	c.fresh = false
	if c.answer != nil {
		*c.answer = append(*c.answer, b...)
	}
}

// Closed implements memconn.Client: it ends a slice early.
func (c *conn) Closed() {
	if !c.began.IsZero() {
		c.ended <- errors.Join(c.err, fmt.Errorf("%s: the server closes the connection", c.name))
	}
}
