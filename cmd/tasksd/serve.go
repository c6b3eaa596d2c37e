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
	// A header is small and any honest client sends it at once. Without this
	// bound, connections that send a byte now and then cost nothing to hold.
	readHeaderTimeout = 5 * time.Second

	// Header and body. The largest body, 64 KiB, fits at 18 kbit/s.
	readTimeout = 30 * time.Second

	// Counted from the end of the header, so the body's time is in it. What is
	// left after readTimeout carries the largest page, 1,000 titles of 200
	// characters or about 0.9 MB, at 250 kbit/s.
	writeTimeout = 60 * time.Second

	// Longer than the 60 s that proxies commonly keep a connection, so that
	// they close it first: one that the server closes may cross a request.
	idleTimeout = 2 * time.Minute

	// Room for a long token and hundreds of entity tags. net/http adds 4 KiB,
	// and answers 431 beyond.
	maxHeaderBytes = 16 << 10

	// How long requests under way may go on after the signal to stop. Docker
	// kills 10 s after it, systemd 90 s, unless told otherwise.
	shutdownGrace = 10 * time.Second
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
		// Else net/http answers "OPTIONS *" itself.
		DisableGeneralOptionsHandler: true,
	}
}

// resolve returns the address that opts names. It refuses one beyond loopback
// where neither tokens nor -insecure guard it. What it returns is listened on
// as it is, so that no second look-up of a host name can lead elsewhere.
func resolve(opts options, haveTokens bool) (*net.TCPAddr, error) {
	if opts.addr == "" { // As from a variable that is missing elsewhere.
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
		network = "tcp4" // Else every IPv6 address, too.
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, network, addr.String())
	if err != nil {
		return nil, fmt.Errorf("%w; choose another address with -addr", err)
	}
	return ln, nil
}

// serve answers requests on ln until ctx is done, then stops listening and
// gives the requests under way the time of grace. The error says that they
// needed more, or why it could not serve at all.
func serve(ctx context.Context, srv *http.Server, ln net.Listener, log *slog.Logger, grace time.Duration) error {
	home := homeURL(ln.Addr().(*net.TCPAddr))
	log.Info("listening", "addr", ln.Addr().String(), "url", home, "docs", home+"/docs/")

	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ln) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}

	log.Info("stopping", "cause", context.Cause(ctx).Error(), "grace", grace.String())
	timed, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := srv.Shutdown(timed)
	if errors.Is(err, context.DeadlineExceeded) {
		_ = srv.Close()
		return fmt.Errorf("requests were still under way %v after the signal to stop, and were cut off", grace)
	}
	if err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	log.Info("stopped")
	return nil
}

// homeURL is where a client on this machine reaches a listener.
func homeURL(addr *net.TCPAddr) string {
	host := addr.String()
	if addr.IP.IsUnspecified() {
		host = net.JoinHostPort("localhost", strconv.Itoa(addr.Port))
	}
	return (&url.URL{Scheme: "http", Host: host}).String()
}
