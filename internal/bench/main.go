// Command bench measures what a request costs this server, compared with a bare
// net/http handler and with two other implementations of the API; how much memory
// a million tasks take; and how soon after its start the server answers.
//
// Requests pass through net/http's Server over a connection in memory, so that
// neither sockets nor a client add to the cost. All servers run in this process,
// on one processor and with the same settings of the garbage collector. They take
// turns in slices of about a millisecond, of which the low decile counts: whatever
// else the machine does delays some slices, but rarely a tenth of them all. The
// result is what a server adds to the bare handler.
//
// It prints Markdown to standard output and its progress to standard error.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"example.com/tasks/internal/gctune"
)

// bench is a run of the command.
type bench struct {
	parts, workloads, servers string // Names with commas between them; empty for all.
	slices, length            int
	tasksd, profile           string
	fill                      bool

	stdout, stderr io.Writer
	began          time.Time
}

func main() {
	b := &bench{stdout: os.Stdout, stderr: os.Stderr, began: time.Now()}
	flag.StringVar(&b.parts, "parts", "", "measure only these of requests, memory and start, separated by commas")
	flag.StringVar(&b.workloads, "requests", "", "requests: only these of get, post, patch, list and refuse")
	flag.StringVar(&b.servers, "servers", "", "requests: beside bare, only these of bare+headers, echo, conventional, tasks, tasks+metrics and tasks+log")
	flag.IntVar(&b.slices, "slices", 1000, "requests: how many slices of each request each server runs, at least 20")
	flag.IntVar(&b.length, "length", 1, "requests: make slices this many times as long")
	flag.BoolVar(&b.fill, "fill", false, "memory: used by the command itself")
	flag.StringVar(&b.tasksd, "tasksd", ".bin/tasksd", "start: the server's `binary`")
	flag.StringVar(&b.profile, "cpuprofile", "", "write a profile to this `file`")
	flag.Parse()
	if flag.NArg() > 0 || b.slices < 20 || b.length < 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run() error {
	if b.profile != "" {
		file, err := os.Create(b.profile)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	runtime.GOMAXPROCS(1)
	gctune.Apply()
	if b.fill {
		return b.createTasks()
	}
	fmt.Fprintf(b.stdout, "%s %s/%s\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	for _, part := range []struct {
		name    string
		measure func() error
	}{{"requests", b.measureRequests}, {"memory", b.measureMemory}, {"start", b.measureStart}} {
		if !chosen(b.parts, part.name) {
			continue
		}
		if err := part.measure(); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// chosen reports whether a list of names contains the name; an empty list contains
// all.
func chosen(list, name string) bool {
	return list == "" || slices.Contains(strings.Split(list, ","), name)
}

// progress prints a line to standard error, with the time since the start.
func (b *bench) progress(format string, args ...any) {
	fmt.Fprintf(b.stderr, "%4.0f s  %s\n", time.Since(b.began).Seconds(), fmt.Sprintf(format, args...))
}
