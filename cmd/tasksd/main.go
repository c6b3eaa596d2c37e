// Command tasksd serves the Tasks API over HTTP. Run tasksd -help for its flags,
// environment variables and exit codes.
//
// It owns the process: command line, tokens, listening socket, timeouts and
// signals. It does not know what requests mean.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"example.com/tasks/internal/asynclog"
	"example.com/tasks/internal/connlimit"
	"example.com/tasks/internal/gctune"
	"example.com/tasks/internal/server"
	"example.com/tasks/internal/service"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	// After the first signal, signals have their default effect: the second kills.
	context.AfterFunc(ctx, stop)
	stderr := asynclog.New(os.Stderr)
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, stderr)
	if err != nil {
		// File names and flags can contain newlines; an error is one line.
		fmt.Fprintln(stderr, "tasksd:", strings.ReplaceAll(err.Error(), "\n", `\n`))
	}
	stderr.Close(logPatience)
	os.Exit(exitCode(err))
}

// logPatience is how long the process waits for its log to be written before it
// exits. A disk takes the 1 MiB that may be pending in less.
const logPatience = time.Second

// run does what args and the environment ask for. If that is to serve, it returns
// once ctx is done and the requests under way are answered, with an error if it
// had to cut some off. Every error is one line for the person who started the
// program, and says what to do.
func run(ctx context.Context, args, environ []string, stdout io.Writer, stderr *asynclog.Writer) error {
	opts, err := parse(args, environ)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return write(stdout, help())
	case err != nil:
		return err
	case opts.version:
		return write(stdout, version())
	case opts.check && checked == nil:
		return usagef("-check: this tasksd was built without it; build it with go build -tags check")
	case opts.healthcheck && opts.migrate:
		return usagef("-healthcheck and -migrate exclude each other")
	case opts.healthcheck:
		return opts.checkHealth(ctx)
	case opts.migrate:
		return opts.migrateStore(ctx)
	}
	return runServer(ctx, opts, stderr)
}

// runServer serves as opts say until ctx is done.
func runServer(ctx context.Context, opts *options, stderr *asynclog.Writer) (err error) {
	access, err := opts.access()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	hangups := notifyHangups(stop)
	tasks, err := opts.openStore(ctx)
	if err != nil && ctx.Err() != nil {
		return nil // It was told to stop.
	}
	if err != nil {
		return err
	}
	// After a failure, handlers may still use the store, which survives a crash.
	defer func() {
		if err == nil {
			err = tasks.Close()
		}
	}()
	if opts.demo {
		if err := addDemoTasks(ctx, tasks); err != nil {
			return err
		}
	}
	ln, err := listen(ctx, access.addr, opts.source("addr"))
	if err != nil {
		return err
	}
	admin, err := openAdmin(ctx, access.adminAddr, opts.source("admin-addr"))
	if err != nil {
		return err
	}
	gctune.Apply()
	// If the reader of the log goes away, only the log is lost.
	signal.Ignore(syscall.SIGPIPE)
	stderr.ReportDrops(func(dropped int) []byte {
		var line bytes.Buffer
		newLog(opts.log, &line).Warn("log lines dropped", "lines", dropped)
		return line.Bytes()
	})
	log := newLog(opts.log, stderr)
	cfg := server.Config{
		Log: log, Tokens: access.tokens, Ready: tasks.Ready,
		Local: access.local(), Origins: opts.origins, PublicURL: opts.publicURL, Proxies: opts.proxies,
	}
	limited := connlimit.New(ln, places(opts.maxOpen, connlimit.Descriptors(), log))
	if admin != nil {
		tasks = admin.measure(tasks, opts.store)
		cfg.Metrics = admin.registry
		admin.collectAll(stderr, limited, access.certificate)
		serving, stop := context.WithCancel(context.WithoutCancel(ctx))
		defer stop() // At the end: the last requests are to be watched, too.
		admin.serve(serving, log)
	}
	srv := server.New(service.New(tasks), cfg)
	opts.keepFresh(ctx, srv, access, hangups, log)
	var handler http.Handler = srv
	if opts.check {
		handler = checked(handler, log)
	}
	access.logTo(log)
	opts.logStore(ctx, log, tasks)
	context.AfterFunc(ctx, srv.Drain)

	web := newServer(handler, opts.timeouts, log)
	web.ConnState = limited.ConnState
	scheme := "http"
	if access.certificate != nil {
		scheme, web.TLSConfig = "https", access.certificate.config()
	}
	home := homeURL(scheme, ln.Addr().(*net.TCPAddr))
	log.Info("listening", "addr", ln.Addr().String(), "url", home, "docs", home+"/docs/")
	if opts.log == "text" && isTerminal(os.Stderr) {
		greet(stderr, home, opts.store)
	}
	return serve(ctx, web, limited, log, opts.timeouts)
}

// notifyHangups returns a channel of the hangups that ask to reload files. A hangup that
// comes with the end of the terminal stops the server instead, as it does other programs
// there, unless nohup keeps it running.
func notifyHangups(stop context.CancelCauseFunc) <-chan os.Signal {
	bound := hasTerminal() && !signal.Ignored(syscall.SIGHUP)
	signals, hangups := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP) // From here on it does not end the process.
	go func() {
		for s := range signals {
			if bound && !hasTerminal() {
				stop(errors.New("the terminal was closed"))
				continue
			}
			select {
			case hangups <- s:
			default: // One that is not handled yet asks for the same.
			}
		}
	}()
	return hangups
}

// hasTerminal reports whether a terminal controls the process.
func hasTerminal() bool {
	tty, err := os.Open("/dev/tty")
	if err == nil {
		_ = tty.Close()
	}
	return err == nil
}

// accessSettings say who may call the server, where and how.
type accessSettings struct {
	tokens      []server.Token
	addr        *net.TCPAddr
	adminAddr   *net.TCPAddr // Nil for none.
	certificate *certificate // Nil without TLS.

	// The files that tokens and certificate come from, as they were before that.
	tokenFile, certificateFiles *followed
}

// access returns what opts say about access. Every error is a usageError.
func (o *options) access() (a accessSettings, err error) {
	a.tokenFile, a.certificateFiles = newFollowed(o.tokenFile), newFollowed(o.tlsCert, o.tlsKey)
	if a.tokens, err = o.tokens(); err != nil {
		return a, err
	}
	if a.addr, err = o.resolve("addr", o.addr); err != nil {
		return a, err
	}
	if len(a.tokens) == 0 && !a.addr.IP.IsLoopback() && !o.insecure {
		return a, usagef("%s %q: other machines could read and change all tasks there; add -token-file, or -insecure if they may", o.source("addr"), o.addr)
	}
	if o.adminAddr != "" {
		if a.adminAddr, err = o.resolve("admin-addr", o.adminAddr); err != nil {
			return a, err
		}
	}
	a.certificate, err = o.certificate()
	return a, err
}

// local reports whether only this machine can call the server, and anyone there.
func (a accessSettings) local() bool { return len(a.tokens) == 0 && a.addr.IP.IsLoopback() }

// logTo logs who may call the server.
func (a accessSettings) logTo(log *slog.Logger) {
	switch {
	case len(a.tokens) > 0:
		log.Info("a token is required", "tokens", len(a.tokens))
	case a.local():
		log.Info("no token is required: anyone on this machine can read and change all tasks")
	default:
		log.Warn("no token is required: anyone who reaches this address can read and change all tasks")
	}
}

// keepFresh reloads the token file and the certificate, where there are any, when
// they change and on each hangup, until ctx is done.
func (o *options) keepFresh(ctx context.Context, srv *server.Server, a accessSettings, hangups <-chan os.Signal, log *slog.Logger) {
	var reloads []func()
	keep := func(files *followed, reload func()) {
		reloads = append(reloads, reload)
		go files.follow(ctx, followInterval, reload)
	}
	if a.certificate != nil {
		keep(a.certificateFiles, func() { a.certificate.reload(log) })
	}
	if o.tokenFile != "" {
		keep(a.tokenFile, func() { o.reloadTokens(srv, log) })
	}
	go func() {
		for range hangups {
			if len(reloads) == 0 {
				log.Info("no file to reload", "cause", "SIGHUP")
			}
			for _, reload := range reloads {
				reload()
			}
		}
	}()
}

// reloadTokens reloads the token file. If it is invalid, the previous tokens stay
// valid.
func (o *options) reloadTokens(srv *server.Server, log *slog.Logger) {
	tokens, err := o.tokens()
	if err != nil {
		log.Error("tokens not reloaded; the previous ones stay valid", "error", err)
		return
	}
	srv.SetTokens(tokens)
	log.Info("tokens reloaded", "tokens", len(tokens))
}

// usageError is an error that a change of the command line, the environment or
// the token file fixes.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// exitCode returns 0 for no error, 2 for a usageError and 1 for any other error.
func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return 2
	}
	return 1
}

// checked returns a handler that checks the responses of another one against the
// specification. It is nil unless tasksd was built with the tag check: its
// dependencies would double the time that the server takes to start.
var checked func(http.Handler, *slog.Logger) http.Handler

func newLog(format string, w io.Writer) *slog.Logger {
	switch format {
	case "off":
		return slog.New(slog.DiscardHandler)
	case "json":
		return slog.New(slog.NewJSONHandler(w, nil))
	default:
		return slog.New(slog.NewTextHandler(w, nil))
	}
}

func write(w io.Writer, s string) error {
	_, err := io.WriteString(w, s)
	return err
}
