// Package live runs the real server for other people's tools, and shows what
// they have found.
package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// Server is a tasksd that runs as a process of its own. Its methods are not
// safe for concurrent use.
type Server struct {
	URL string // Like http://127.0.0.1:40123.
	Log string // The file that has its log, a line a request.

	cmd   *exec.Cmd
	ended chan error // Has what Wait returned, once the process is gone.
}

var listening = regexp.MustCompile(`msg=listening addr=\S+ url=(\S+)`)

// startTime is how long a server may take to listen: a thousand times what it
// needs.
const startTime = 10 * time.Second

// Start runs the tasksd that is in the file binary, with args, on a free port of
// this machine, until Stop or the end of ctx. Its log goes to the file log, which
// is made anew. The error has the end of the log.
func Start(ctx context.Context, binary, log string, args ...string) (*Server, error) {
	file, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer file.Close() // The process has its own.
	cmd := exec.CommandContext(ctx, binary, append([]string{"-addr", "127.0.0.1:0"}, args...)...)
	cmd.Env = append(os.Environ(), "TASKSD_TOKEN=") // Whatever the person at the keyboard has set.
	cmd.Stderr = file
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &Server{Log: log, cmd: cmd, ended: make(chan error, 1)}
	go func() { s.ended <- cmd.Wait() }()
	late := time.After(startTime)
	for {
		text, err := os.ReadFile(log)
		if err != nil {
			return nil, errors.Join(err, s.Stop())
		}
		if m := listening.FindSubmatch(text); m != nil {
			s.URL = string(m[1])
			return s, nil
		}
		select {
		case err := <-s.ended:
			return nil, fmt.Errorf("%s ended before it listened: %w", binary, errors.Join(err, errors.New(tail(log))))
		case <-late:
			return nil, errors.Join(fmt.Errorf("%s does not listen after %v\n%s", binary, startTime, tail(log)), s.Stop())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Stop ends the server as an operator does, and waits for it. The error says
// that it did not end properly, or that it had ended before.
func (s *Server) Stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop tasksd: %w\n%s", err, tail(s.Log))
	}
	if err := <-s.ended; err != nil {
		return fmt.Errorf("stop tasksd: %w\n%s", err, tail(s.Log))
	}
	return nil
}

// tail returns where a log is, and its last lines.
func tail(log string) string {
	text, err := os.ReadFile(log)
	if err != nil {
		return err.Error()
	}
	lines := strings.SplitAfter(strings.TrimSpace(string(text)), "\n")
	return "the end of " + log + ":\n" + strings.Join(lines[max(0, len(lines)-10):], "")
}

// Result is what one tool found.
type Result struct {
	Tool, Version string
	Checked       string // What it held against what, in a few words.
	Cases         int    // How many checks it made.
	Findings      int    // How many of them failed.
	Skipped       string // Why it did not run; empty where it did.
}

// Report prints results as a Markdown table. The error says that there are
// findings, or a tool that has checked nothing. A tool may be skipped unless the
// environment has CI=true.
func Report(w io.Writer, results []Result) error {
	tw := tabwriter.NewWriter(w, 0, 0, 1, ' ', tabwriter.TabIndent)
	fmt.Fprintln(tw, "| tool\t| version\t| checked\t| cases\t| findings\t|")
	fmt.Fprintln(tw, "|---\t|---\t|---\t|---:\t|---:\t|")
	var errs []error
	for _, r := range results {
		if r.Skipped != "" {
			fmt.Fprintf(tw, "| %s\t| \t| SKIPPED: %s\t| \t| \t|\n", r.Tool, r.Skipped)
		} else {
			fmt.Fprintf(tw, "| %s\t| %s\t| %s\t| %d\t| %d\t|\n", r.Tool, r.Version, r.Checked, r.Cases, r.Findings)
		}
		switch {
		case r.Skipped != "" && os.Getenv("CI") == "true":
			errs = append(errs, fmt.Errorf("%s was skipped: %s", r.Tool, r.Skipped))
		case r.Skipped != "":
		case r.Findings > 0:
			errs = append(errs, fmt.Errorf("%s has %d findings", r.Tool, r.Findings))
		case r.Cases == 0:
			errs = append(errs, fmt.Errorf("%s has checked nothing", r.Tool))
		}
	}
	return errors.Join(append(errs, tw.Flush())...)
}
