// Package memconn connects a client to an http.Server without sockets.
package memconn

import (
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// Client is the other end of a connection. Only the server's goroutine for the
// connection calls its methods.
type Client interface {
	// Send returns what the client sends next. It is called when the server has read
	// all that was sent before, and thus has flushed its answers. The error is
	// that of the server's Read: io.EOF if the client sends no more.
	Send() ([]byte, error)
	// Receive takes a part of an answer, which it must not keep.
	Receive(b []byte)
	// Closed is called when the server closes the connection.
	Closed()
}

// Serve serves a connection with the client by h, in an http.Server with the limits
// of cmd/tasksd. It returns at once.
func Serve(h http.Handler, client Client) {
	c := &conn{client: client, opened: time.Now()}
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
}

// conn is the server's end of a connection. No time limit ever passes on it.
type conn struct {
	client  Client
	pending []byte    // What the server has not read yet of what was sent.
	opened  time.Time // A deadline before this has passed.
	mu      sync.Mutex
	passed  *sync.Cond // Signals that gone has become true.
	gone    bool       // Whether the read deadline has passed.
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
		var err error
		if c.pending, err = c.client.Send(); err != nil {
			return 0, err
		}
	}
	n := copy(b, c.pending)
	c.pending = c.pending[n:]
	return n, nil
}

func (c *conn) Write(b []byte) (int, error) {
	c.client.Receive(b)
	return len(b), nil
}

func (c *conn) Close() error {
	c.client.Closed()
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
// opened, as net/http's is that ends a background read.
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
