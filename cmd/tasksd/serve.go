package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// maxHeaderBytes is enough for a long token and hundreds of entity tags. net/http
// adds 4 KiB and refuses more with 431.
const maxHeaderBytes = 16 << 10

// timeouts are the times that the flags of the same names set.
type timeouts struct {
	header, read, write, idle time.Duration // As of http.Server.
	drain, grace              time.Duration // After the signal to stop.
}

func newServer(h http.Handler, t timeouts, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: t.header,
		ReadTimeout:       t.read,
		WriteTimeout:      t.write,
		IdleTimeout:       t.idle,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          stdlog.New(errorLog{log}, "", 0),
		// By default, a client may have 250 requests under way on a connection, which
		// has 1 MiB each for a frame and for what no request has read yet.
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams:          100, // Fewer are not recommended (RFC 9113, section 5.1.2).
			MaxReadFrameSize:              16 << 10,
			MaxReceiveBufferPerConnection: 64 << 10, // The largest body.
			MaxReceiveBufferPerStream:     64 << 10,
		},
		// Otherwise net/http handles "OPTIONS *" itself.
		DisableGeneralOptionsHandler: true,
	}
}

// errorLog logs what net/http reports. A handshake that fails is a client's error, such as
// a request without TLS, or a scan.
type errorLog struct{ *slog.Logger }

func (l errorLog) Write(line []byte) (int, error) {
	level := slog.LevelError
	if bytes.HasPrefix(line, []byte("http: TLS handshake error ")) {
		level = slog.LevelInfo
	}
	l.Log(context.Background(), level, string(bytes.TrimSuffix(line, []byte("\n"))))
	return len(line), nil
}

// resolve returns the address that the named setting names. The server listens on
// the result, so that no second lookup of a host name can lead elsewhere. The error
// is a usageError.
func (o *options) resolve(setting, hostPort string) (*net.TCPAddr, error) {
	addr, err := net.ResolveTCPAddr("tcp", hostPort)
	if err != nil {
		return nil, usagef("%s %q: %w; want HOST:PORT, such as 127.0.0.1:8000", o.source(setting), hostPort, err)
	}
	return addr, nil
}

// listen listens on addr. The error says that a flag or variable chooses another address.
func listen(ctx context.Context, addr *net.TCPAddr, source string) (net.Listener, error) {
	network := "tcp"
	if addr.IP.Equal(net.IPv4zero) {
		network = "tcp4" // "tcp" would include every IPv6 address.
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, network, addr.String())
	if err != nil {
		return nil, fmt.Errorf("%w; choose another address with %s", err, source)
	}
	return ln, nil
}

// spareDescriptors are for what is not a connection of a client: files, the
// store's connections and the runtime. A pool of PostgreSQL connections and SQLite's
// readers take the most.
const spareDescriptors = 48

// places returns how many connections may be open: maxOpen, or what the limit of
// descriptors leaves of it, but at least one.
func places(maxOpen, descriptors int, log *slog.Logger) int {
	if left := max(1, descriptors-spareDescriptors); left < maxOpen {
		log.Warn("fewer connections than -max-connections fit the limit of open files (ulimit -n)", "limit", descriptors, "connections", left)
		return left
	}
	return maxOpen
}

// serve serves requests on ln until ctx is done and t.drain has passed since, then
// stops listening and gives the requests under way until t.grace has passed. The
// error says that some took longer, or why serve could not serve at all.
func serve(ctx context.Context, srv *http.Server, ln net.Listener, log *slog.Logger, t timeouts) error {
	accept := srv.Serve
	if srv.TLSConfig != nil {
		accept = func(ln net.Listener) error { return srv.ServeTLS(ln, "", "") }
	}
	ended := make(chan error, 1)
	go func() { ended <- accept(ln) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}

	log.Info("stopping", "cause", context.Cause(ctx).Error(), "drain", t.drain.String(), "grace", t.grace.String())
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-time.After(t.drain):
	}
	timed, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.grace)
	defer cancel()
	err := srv.Shutdown(timed)
	if errors.Is(err, context.DeadlineExceeded) {
		_ = srv.Close()
		return fmt.Errorf("requests were still under way after %v, and were cut off", t.grace)
	}
	if err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	log.Info("stopped")
	return nil
}

// greet tells a person at a terminal where to go, what becomes of the tasks, and how
// to stop the server.
func greet(w io.Writer, home, store string) {
	kept := "Tasks are lost when it stops, unless -store keeps them."
	if store != "memory" {
		kept = "Tasks are kept in " + withoutPassword(store) + "."
	}
	home = strings.Replace(home, "//127.0.0.1:", "//localhost:", 1)
	fmt.Fprintf(w, "\n  Open %s/docs/ in a browser. Ctrl-C stops the server.\n  %s\n\n", home, kept)
}

// isTerminal reports whether a person reads f.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// homeURL returns the URL of a listener for clients on this machine.
func homeURL(scheme string, addr *net.TCPAddr) string {
	host := addr.String()
	if addr.IP.IsUnspecified() {
		host = net.JoinHostPort("localhost", strconv.Itoa(addr.Port))
	}
	return (&url.URL{Scheme: scheme, Host: host}).String()
}
