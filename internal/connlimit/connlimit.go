// Package connlimit bounds how many connections an http.Server has open, so that
// neither descriptors nor memory run out, and has idle and slow ones make room for
// new ones.
package connlimit

import (
	"container/list"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// silence is how long a connection may do nothing before it makes room for
	// another: enough for a new one's TLS handshake with a client on the other side
	// of the earth. Without it, those who open more connections than there are places
	// would drive away clients that make requests all the time.
	silence = 500 * time.Millisecond

	// slowness is how long a request may take before its connection makes room for
	// another: more than the 5 seconds that a store may take.
	slowness = 6 * time.Second

	// retry is how often a connection that waits looks for one that makes room.
	retry = 10 * time.Millisecond
)

// A Listener has at most a given number of connections open. Beyond that, one more
// is accepted and waits, and the others wait in the kernel's queue. While one
// waits, a connection that does nothing is closed, so that such connections keep
// nobody out: the one that has been idle, or new and silent, for longest, as soon as
// that is half a second. Clients must expect that at any time (RFC 9112, section
// 9.5). A request that arrives at that moment is answered, or not read at all, so
// that the client can send it again.
//
// If there is none, the connection whose request has taken longest is cut, as soon
// as that is 6 seconds: its client sends or reads slowly. A connection of HTTP/2,
// on which other requests may have just begun, is not.
//
// The http.Server must have ConnState as its ConnState. All methods are safe for
// concurrent use.
type Listener struct {
	net.Listener
	places chan struct{} // Has a value for each open connection.
	closed chan struct{} // Closed by Close.
	once   sync.Once

	mu     sync.Mutex
	idle   *list.List // Of *conn: those that are idle or new, longest first.
	active *list.List // Of *conn: those that have a request, longest first.
}

// New returns a Listener that accepts the connections of ln, of which at most
// maxOpen, at least 1, are open at a time.
func New(ln net.Listener, maxOpen int) *Listener {
	return &Listener{Listener: ln, places: make(chan struct{}, maxOpen), closed: make(chan struct{}), idle: list.New(), active: list.New()}
}

// Open returns how many connections are open.
func (l *Listener) Open() int { return len(l.places) }

// Max returns how many connections may be open.
func (l *Listener) Max() int { return cap(l.places) }

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if !l.awaitPlace() {
		_ = c.Close()
		return nil, net.ErrClosed
	}
	return &conn{Conn: c, release: sync.OnceFunc(func() { <-l.places })}, nil
}

// Close implements net.Listener.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// awaitPlace takes a place as soon as there is one, and reports whether it did so
// before l was closed.
func (l *Listener) awaitPlace() bool {
	select {
	case l.places <- struct{}{}:
		return true
	default:
	}
	for {
		// Again, since a connection that is told to end may have got a request.
		l.makeRoom()
		select {
		case l.places <- struct{}{}:
			return true
		case <-l.closed:
			return false
		case <-time.After(retry):
		}
	}
}

// makeRoom ends the connection that has done nothing for longest, or else cuts the
// one whose request has taken longest, if that is long enough.
func (l *Listener) makeRoom() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := longest(l.idle, silence); c != nil {
		c.leave()
		c.end()
	} else if c := longest(l.active, slowness); c != nil {
		c.leave()
		c.cut()
	}
}

// longest returns the connection that has been in a list for longest, or nil if
// none has been there for as long as least.
func longest(l *list.List, least time.Duration) *conn {
	if e := l.Front(); e != nil && time.Since(e.Value.(*conn).since) >= least {
		return e.Value.(*conn)
	}
	return nil
}

// ConnState notes a new state of a connection, as the ConnState of an http.Server.
func (l *Listener) ConnState(nc net.Conn, state http.ConnState) {
	multiplexed := false
	if secured, ok := nc.(*tls.Conn); ok {
		nc, multiplexed = secured.NetConn(), secured.ConnectionState().NegotiatedProtocol == "h2"
	}
	c := nc.(*conn)
	l.mu.Lock()
	defer l.mu.Unlock()
	c.leave()
	switch state {
	case http.StateNew, http.StateIdle:
		c.enter(l.idle)
	case http.StateActive:
		c.resume()
		if !multiplexed {
			c.enter(l.active)
		}
	default: // It is closed.
	}
}

// conn is a connection of a Listener.
type conn struct {
	net.Conn
	release func() // Gives the place to another connection.

	// The Listener's mu guards these three.
	list  *list.List    // The Listener's list that it is in, if any.
	place *list.Element // Its element there.
	since time.Time     // Since when it is there.

	mu       sync.Mutex
	deadline time.Time // The read deadline that the server has set last.
	ending   bool      // Whether a deadline that has passed stands in for it.
}

// enter adds c to a list.
func (c *conn) enter(l *list.List) {
	c.list, c.place, c.since = l, l.PushBack(c), time.Now()
}

// leave removes c from the list that it is in, if any.
func (c *conn) leave() {
	if c.list != nil {
		c.list.Remove(c.place)
		c.list = nil
	}
}

// Close implements net.Conn.
func (c *conn) Close() error {
	defer c.release()
	return c.Conn.Close()
}

// CloseWrite closes the writing side of a TCP connection. net/http does so before
// it closes a connection on which a client may still be sending, which would
// otherwise lose the response.
func (c *conn) CloseWrite() error {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		return tcp.CloseWrite()
	}
	return nil
}

// SetReadDeadline implements net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	if c.ending {
		return nil
	}
	return c.Conn.SetReadDeadline(t)
}

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// end has the server close the connection, as it does when its IdleTimeout has
// passed, unless it has already begun to read a request.
func (c *conn) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ending = true
	_ = c.Conn.SetReadDeadline(time.Unix(1, 0)) // A closed connection needs none.
}

// cut has the server give up the request: it can neither read the rest of it nor
// write a response. The write deadline ends with the request, since the server sets
// it anew for each.
func (c *conn) cut() {
	c.end()
	_ = c.SetWriteDeadline(time.Unix(1, 0))
}

// resume undoes end: the server has read a request and answers it.
func (c *conn) resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending {
		c.ending = false
		_ = c.Conn.SetReadDeadline(c.deadline)
	}
}
