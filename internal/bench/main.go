// Command bench measures what a request costs this server, beside a bare
// net/http handler and two other ways to write the same server, in one run.
//
// What it compares is the CPU time that the server's process uses for a request,
// since that hardly depends on how busy the machine is, where times and requests
// per second do. Each server is a process of its own on one core, with
// GOMAXPROCS=1; the requests come over kept connections on the loopback
// interface from this process, on another core. The servers take turns, slice by
// slice, so that whatever changes in the machine changes for all of them; a
// slice has the same number of requests for each, and the same data to begin
// with. The result is the ratio to the bare handler, which is what net/http and
// the kernel cost.
//
// It prints Markdown on standard output and its progress on standard error.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options is what the flags say.
type options struct {
	parts   string
	slices  int
	slice   time.Duration
	tasks   int
	starts  int
	tasksd  string
	timeout time.Duration

	server, log string // Of a server's process.
}

func (o *options) flags() *flag.FlagSet {
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.StringVar(&o.parts, "parts", "load,memory,start", "what to measure")
	fs.IntVar(&o.slices, "slices", 9, "load: how many slices each server gets of each kind of request")
	fs.DurationVar(&o.slice, "slice", 400*time.Millisecond, "load: how long a slice takes, on the average of the servers")
	fs.IntVar(&o.tasks, "tasks", 1_000_000, "memory: how many tasks to create")
	fs.IntVar(&o.starts, "starts", 11, "start: how often to start each server")
	fs.StringVar(&o.tasksd, "tasksd", "", "start: the `binary` of cmd/tasksd, to be started, too")
	fs.DurationVar(&o.timeout, "timeout", 10*time.Minute, "give up after this time")
	fs.StringVar(&o.server, "server", "", "for the command itself: be this server")
	fs.StringVar(&o.log, "log", "", "for the command itself: the server's log")
	return fs
}

func main() {
	err := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	var o options
	fs := o.flags()
	fs.SetOutput(stderr)
	if err := fs.Parse(args); err != nil {
		return err
	}
	if o.server != "" {
		return beServer(o, stdin, stdout)
	}
	if fs.NArg() > 0 || o.slices < 1 || o.slice <= 0 || o.tasks < 1 || o.starts < 1 {
		return errors.New("the numbers must be positive, and there are no arguments but flags")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("not done after %v", o.timeout))
	defer cancel()
	err := measure(ctx, o, stdout, stderr)
	if ctx.Err() != nil { // What it broke off is no cause.
		return context.Cause(ctx)
	}
	return err
}

func beServer(o options, stdin io.Reader, stdout io.Writer) error {
	c, err := candidateNamed(o.server)
	if err != nil {
		return err
	}
	var log *os.File
	if o.log != "" {
		log, err = os.OpenFile(o.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
	}
	return serve(c, log, stdin, stdout)
}

// bench is a run of the command.
type bench struct {
	options
	stdout, stderr io.Writer
	terminal       bool   // Whether stderr is one.
	dir            string // For logs, and gone afterwards.
	pinned         bool
	core           int // The servers', where they are pinned.
}

func measure(ctx context.Context, o options, stdout, stderr io.Writer) error {
	parts := map[string]func(context.Context) error{}
	b := &bench{options: o, stdout: stdout, stderr: stderr, terminal: isTerminal(stderr)}
	parts["load"], parts["memory"], parts["start"] = b.load, b.memory, b.start
	chosen := strings.Split(o.parts, ",")
	for _, name := range chosen {
		if parts[name] == nil {
			return fmt.Errorf("there is no part %q", name)
		}
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	b.dir = dir

	var loader int
	b.core, loader, b.pinned = cores()
	where := "unpinned"
	if b.pinned {
		if err := pin(loader); err != nil {
			return err
		}
		where = fmt.Sprintf("servers on core %d, load from core %d", b.core, loader)
	}
	runtime.GOMAXPROCS(1)
	fmt.Fprintf(stdout, "%s %s/%s, %d cores; %s.\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), where)
	for _, name := range []string{"load", "memory", "start"} {
		if slices.Contains(chosen, name) {
			if err := parts[name](ctx); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// progress overwrites the last line of a terminal; elsewhere it prints a line.
func (b *bench) progress(format string, args ...any) {
	if b.terminal {
		format = "\r\x1b[K" + format
	} else if format != "" {
		format += "\n"
	}
	fmt.Fprintf(b.stderr, format, args...)
}
