package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// connections is how many clients a server has: so many that it always has a
// request to answer, and so few that queues don't matter.
const connections = 8

// patience is how long a server may take for an answer.
const patience = 30 * time.Second

// client is one end of a kept connection. It knows as much of HTTP/1.1 as
// net/http's answers need, and costs a request a write, a read and a search for
// the end of the header, the same for every server.
type client struct {
	socket *socket
	buf    []byte // What has been read of an answer is buf[:n].
	n      int
}

func dial(ctx context.Context, addr string) (*client, error) {
	s, err := dialSocket(ctx, addr, patience)
	if err != nil {
		return nil, err
	}
	return &client{socket: s, buf: make([]byte, 64<<10)}, nil
}

func closeAll(clients []*client) {
	for _, c := range clients {
		c.socket.close()
	}
}

var (
	headerEnd     = []byte("\r\n\r\n")
	contentLength = []byte("\r\nContent-Length: ")
	chunked       = []byte("\r\nTransfer-Encoding: chunked")
	lineEnd       = []byte("\r\n")
	lastChunk     = []byte("\r\n0\r\n\r\n")
)

// receive reads an answer, which must have the status.
func (c *client) receive(status int) error {
	end := -1
	for end < 0 {
		if err := c.more(); err != nil {
			return err
		}
		end = bytes.Index(c.buf[:c.n], headerEnd)
	}
	header := c.buf[:end+len(lineEnd)]
	if got, err := parseStatus(header); err != nil || got != status {
		return errors.Join(err, fmt.Errorf("the answer is %q, want status %d", c.buf[:c.n], status))
	}
	length, err := c.bodyLength(header, end+len(headerEnd))
	if err != nil {
		return err
	}
	for c.n < end+len(headerEnd)+length {
		if err := c.more(); err != nil {
			return err
		}
	}
	if c.n > end+len(headerEnd)+length {
		return errors.New("the server sends more than it announced")
	}
	c.n = 0
	return nil
}

func (c *client) more() error {
	if c.n == len(c.buf) {
		return errors.New("the answer is too long")
	}
	n, err := c.socket.read(c.buf[c.n:])
	c.n += n
	return err
}

func parseStatus(header []byte) (int, error) {
	const before, digits = len("HTTP/1.1 "), 3
	if len(header) < before+digits {
		return 0, errors.New("no status line")
	}
	return strconv.Atoi(string(header[before : before+digits]))
}

// bodyLength returns the length of the body that begins at body. That of a
// chunked one, none of whose chunks ends in what ends it, is known only once all
// of it is there.
func (c *client) bodyLength(header []byte, body int) (int, error) {
	if _, rest, ok := bytes.Cut(header, contentLength); ok {
		digits, _, _ := bytes.Cut(rest, lineEnd)
		return strconv.Atoi(string(digits))
	}
	if !bytes.Contains(header, chunked) {
		return 0, errors.New("the answer has no length")
	}
	for !bytes.HasSuffix(c.buf[body:c.n], lastChunk) {
		if err := c.more(); err != nil {
			return 0, err
		}
	}
	return c.n - body, nil
}

// load sends n requests of a kind, beginning with its request from, and returns
// how long that took until the last answer. It goes round the clients, reading
// the answer of each and sending its next request: while it waits for one, the
// server has those of the others to work on. It fails where an answer is wrong.
func load(clients []*client, k *kind, from, n int) (time.Duration, error) {
	requests, start := k.requests(), time.Now()
	for i := range n + len(clients) {
		c := clients[i%len(clients)]
		if i >= len(clients) {
			if err := c.receive(k.status); err != nil {
				return 0, err
			}
		}
		if i < n {
			if err := c.socket.write(requests[(from+i)%len(requests)]); err != nil {
				return 0, err
			}
		}
	}
	return time.Since(start), nil
}
