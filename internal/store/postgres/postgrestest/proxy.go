package postgrestest

import (
	"net"
	"strings"
	"sync"
	"testing"
)

// Proxy is a TCP proxy whose network can fail.
type Proxy struct {
	Addr string

	target  string
	rewrite *strings.Replacer // Applied to what clients send, a piece at a time.
	mu      sync.Mutex
	change  sync.Cond // Broadcasts a change of state.
	state   state
	conns   []net.Conn
}

type state int

const (
	forwarding state = iota
	stalling
	dropping
	closing
)

// NewProxy returns a proxy that forwards connections to an address until the
// test ends. In what clients send, it replaces the first string of each pair by
// the second, which must be as long.
func NewProxy(tb testing.TB, target string, pairs ...string) *Proxy {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // It does not wait.
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{Addr: l.Addr().String(), target: target, rewrite: strings.NewReplacer(pairs...)}
	p.change.L = &p.mu
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(client)
		}
	}()
	tb.Cleanup(func() {
		_ = l.Close()
		p.Close()
	})
	return p
}

// Forward ends what Stall, Drop or Close began.
func (p *Proxy) Forward() { p.set(forwarding) }

// Stall has the proxy hold what is sent, and forward it later.
func (p *Proxy) Stall() { p.set(stalling) }

// Drop has the proxy lose what is sent. Connections that have lost something
// lose everything from then on.
func (p *Proxy) Drop() { p.set(dropping) }

// Close has the proxy close all connections, and new ones at once.
func (p *Proxy) Close() { p.set(closing) }

func (p *Proxy) set(s state) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = s
	p.change.Broadcast()
	if s == closing {
		for _, c := range p.conns {
			_ = c.Close()
		}
		p.conns = nil
	}
}

func (p *Proxy) serve(client net.Conn) {
	server, err := net.Dial("tcp", p.target) //nolint:noctx // It is on this machine.
	if err != nil {
		_ = client.Close()
		return
	}
	p.mu.Lock()
	p.conns = append(p.conns, client, server)
	p.mu.Unlock()
	go p.forward(client, server, p.rewrite)
	p.forward(server, client, strings.NewReplacer())
}

// forward forwards what one side sends to the other, and closes both at its end.
func (p *Proxy) forward(from, to net.Conn, rewrite *strings.Replacer) {
	defer func() { _, _ = from.Close(), to.Close() }()
	lost := false
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		state := p.wait()
		if state == closing {
			return
		}
		if lost = lost || state == dropping; lost {
			continue
		}
		if _, err := rewrite.WriteString(to, string(buf[:n])); err != nil {
			return
		}
	}
}

// wait returns the state as soon as it is not stalling.
func (p *Proxy) wait() state {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.state == stalling {
		p.change.Wait()
	}
	return p.state
}
