package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	// A header is small, and well-behaved clients send it at once. Without this
	// limit, a byte now and then would hold a connection open.
	readHeaderTimeout = 5 * time.Second

	// For header and body. The largest body, 64 KiB, makes it at 18 kbit/s.
	readTimeout = 30 * time.Second

	// Counted from the end of the header, so it includes reading the body. What is
	// left after readTimeout suffices for the largest page, 1,000 titles of 200
	// characters or about 0.9 MB, at 250 kbit/s.
	writeTimeout = 60 * time.Second

	// Longer than the 60 s for which proxies commonly keep a connection, so that
	// they close it first: if the server does, it may miss a request on its way.
	idleTimeout = 2 * time.Minute

	// Enough for a long token and hundreds of entity tags. net/http adds 4 KiB
	// and refuses more with 431.
	maxHeaderBytes = 16 << 10

	// How long requests under way may take after the signal to stop. By default,
	// Docker kills after 10 s, of which the store and the log need some, and systemd
	// after 90 s.
	shutdownGrace = 8 * time.Second
)

func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelError),
		// Otherwise net/http handles "OPTIONS *" itself.
		DisableGeneralOptionsHandler: true,
	}
}

// resolve returns the address that opts names. It refuses an address beyond
// loopback without tokens or -insecure. The server listens on the result, so that
// no second lookup of a host name can lead elsewhere.
func resolve(opts options, haveTokens bool) (*net.TCPAddr, error) {
	if opts.addr == "" { // As from an unset variable in a script.
		return nil, usagef("%s is empty; want HOST:PORT, such as 127.0.0.1:8000", opts.addrFrom)
	}
	addr, err := net.ResolveTCPAddr("tcp", opts.addr)
	if err != nil {
		return nil, usagef("%s %q: %w; want HOST:PORT, such as 127.0.0.1:8000", opts.addrFrom, opts.addr, err)
	}
	if !addr.IP.IsLoopback() && !haveTokens && !opts.insecure {
		return nil, usagef("%s %q: other machines could read and change all tasks there; "+
			"add -token-file, or -insecure if they may", opts.addrFrom, opts.addr)
	}
	return addr, nil
}

func listen(ctx context.Context, addr *net.TCPAddr) (net.Listener, error) {
	network := "tcp"
	if addr.IP.Equal(net.IPv4zero) {
		network = "tcp4" // "tcp" would include every IPv6 address.
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, network, addr.String())
	if err != nil {
		return nil, fmt.Errorf("%w; choose another address with -addr", err)
	}
	return ln, nil
}

// serve serves requests on ln until ctx is done and drain has passed since, then
// stops listening and gives the requests under way until grace has passed. The error says that some took
// longer, or why serve could not serve at all.
func serve(ctx context.Context, srv *http.Server, ln net.Listener, log *slog.Logger, drain, grace time.Duration) error {
	home := homeURL(ln.Addr().(*net.TCPAddr))
	log.Info("listening", "addr", ln.Addr().String(), "url", home, "docs", home+"/docs/")

	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ln) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}

	log.Info("stopping", "cause", context.Cause(ctx).Error(), "drain", drain.String(), "grace", grace.String())
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-time.After(drain):
	}
	timed, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := srv.Shutdown(timed)
	if errors.Is(err, context.DeadlineExceeded) {
		_ = srv.Close()
		return fmt.Errorf("requests were still under way after %v, and were cut off", grace)
	}
	if err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	log.Info("stopped")
	return nil
}

// homeURL returns the URL of a listener for clients on this machine.
func homeURL(addr *net.TCPAddr) string {
	host := addr.String()
	if addr.IP.IsUnspecified() {
		host = net.JoinHostPort("localhost", strconv.Itoa(addr.Port))
	}
	return (&url.URL{Scheme: "http", Host: host}).String()
}
