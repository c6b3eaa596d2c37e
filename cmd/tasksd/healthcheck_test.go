package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"
)

// port returns the port of a server.
func (p *process) port() string {
	p.t.Helper()
	_, port, err := net.SplitHostPort(p.url[strings.Index(p.url, "//")+2:])
	if err != nil {
		p.t.Fatal(err)
	}
	return port
}

// -healthcheck finds a server wherever that listens, by the same flags or
// variables, over TLS too.
func TestHealthcheckFindsTheServer(t *testing.T) {
	files := newCertFiles(t)
	files.issue(t, "test", time.Now().Add(time.Hour))
	secure := []string{"-tls-cert", files.cert, "-tls-key", files.key}
	for _, tt := range []struct {
		name, host string
		args       []string
	}{
		{"loopback", "127.0.0.1", nil},
		{"IPv6 loopback", "[::1]", nil},
		{"every IPv4 address", "0.0.0.0", []string{"-insecure"}},
		{"every address", "[::]", []string{"-insecure"}},
		{"no host", "", []string{"-insecure"}},
		{"TLS", "127.0.0.1", secure},
		{"TLS everywhere", "0.0.0.0", append(secure, "-insecure")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			needAddress(t, tt.host+":0")
			p := start(t, nil, append(tt.args, "-addr", tt.host+":0")...)
			addr := tt.host + ":" + p.port()
			if check := launch(t, []string{"TASKSD_ADDR=" + addr}, append(tt.args, "-healthcheck")...); check.wait() != 0 || check.log != "" {
				t.Errorf("-healthcheck with TASKSD_ADDR=%s: %q, want none", addr, check.log)
			}
			p.signal(syscall.SIGTERM)
			p.wait()
			check := launch(t, nil, append(tt.args, "-healthcheck", "-addr", addr)...)
			if code := check.wait(); code != 1 || strings.Count(check.log, "\n") != 1 || !strings.Contains(check.log, "connection refused") {
				t.Errorf("-healthcheck without a server: exit code %d, want 1; %q, want one line", code, check.log)
			}
		})
	}
}

// A server that does not answer with 200 is not alive.
func TestHealthcheckWantsOK(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	check := launch(t, nil, "-healthcheck", "-addr", other.Listener.Addr().String())
	want := "tasksd: -healthcheck: " + other.URL + "/healthz answered 404 Not Found\n"
	if code := check.wait(); code != 1 || check.log != want {
		t.Errorf("exit code %d, want 1; %q, want %q", code, check.log, want)
	}
}

// A server that stops is alive until it has stopped.
func TestHealthcheckWhileDraining(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "-addr", "127.0.0.1:0", "-drain", "5s")
	p.signal(syscall.SIGTERM)
	p.await("msg=stopping")
	if check := launch(t, nil, "-healthcheck", "-addr", p.host()); check.wait() != 0 {
		t.Errorf("-healthcheck while draining: %q", check.log)
	}
	p.signal(syscall.SIGTERM)
}
