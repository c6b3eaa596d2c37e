package main

import (
	"bytes"
	"net"
	"sync"
)

// A proxy stands between servers and a database, and passes on what both send
// unless it is told to do worse. Its methods are safe for concurrent use, but for
// stall, which must be followed by resume.
type proxy struct {
	addr   string // host:port.
	target string // The database's host:port.

	gate  sync.RWMutex // Held for reading while bytes pass.
	links map[*link]bool
	fate  fate // Of all new connections.

	find, replace []byte // Bytes to replace in what the servers send.
}

// A fate is what a proxy does with a connection.
type fate int

const (
	pass  fate = iota
	drop       // Drops all that is sent, like a firewall that has forgotten the connection.
	sever      // Closes it.
)

// A link is a connection and its continuation.
type link struct {
	client, database net.Conn
	dropped          bool
}

func (l *link) close() {
	_ = l.client.Close()
	_ = l.database.Close()
}

// newProxy starts a proxy that ends with the trial.
func newProxy(t *trial, target string) *proxy {
	var lc net.ListenConfig
	ln, err := lc.Listen(t.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{addr: ln.Addr().String(), target: target, links: map[*link]bool{}}
	t.Cleanup(func() {
		_ = ln.Close()
		p.doom(sever)
	})
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go p.connect(conn)
		}
	}()
	return p
}

// doom gives all connections a fate, and those that are made from now on.
func (p *proxy) doom(f fate) {
	p.gate.Lock()
	defer p.gate.Unlock()
	p.fate = f
	for l := range p.links {
		l.dropped = l.dropped || f == drop
		if f == sever {
			l.close()
		}
	}
}

// stall keeps what is sent until resume is called.
func (p *proxy) stall()  { p.gate.Lock() }
func (p *proxy) resume() { p.gate.Unlock() }

// connect continues a connection to the database, unless its fate is to be
// closed.
func (p *proxy) connect(client net.Conn) {
	l := p.link(client)
	if l == nil {
		_ = client.Close()
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.copy(l, l.database, l.client, p.find, p.replace) })
	both.Go(func() { p.copy(l, l.client, l.database, nil, nil) })
	both.Wait()
	p.gate.Lock()
	delete(p.links, l)
	p.gate.Unlock()
}

// link returns the link of a connection, or nil if there is none.
func (p *proxy) link(client net.Conn) *link {
	p.gate.Lock()
	defer p.gate.Unlock()
	if p.fate == sever {
		return nil
	}
	database, err := net.Dial("tcp", p.target) //nolint:noctx // It does not wait: the port is this machine's.
	if err != nil {
		return nil
	}
	l := &link{client: client, database: database, dropped: p.fate == drop}
	p.links[l] = true
	return l
}

// copy copies from one end of a link to the other until either closes.
func (p *proxy) copy(l *link, to, from net.Conn, find, replace []byte) {
	defer l.close()
	for buffer := make([]byte, 64<<10); ; {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		sent := buffer[:n]
		if len(find) > 0 {
			sent = bytes.ReplaceAll(sent, find, replace)
		}
		p.gate.RLock()
		if !l.dropped {
			_, err = to.Write(sent)
		}
		p.gate.RUnlock()
		if err != nil {
			return
		}
	}
}
