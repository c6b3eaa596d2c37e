// Package live runs the real server for third-party tools, installs the tools,
// and reports what they find.
package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// Server is a running tasksd process. Its methods are not safe for concurrent
// use.
type Server struct {
	URL string // Like http://127.0.0.1:40123.
	Log string // The path of its log.
	PID int    // Of the process.

	cmd   *exec.Cmd
	ended chan error // Receives the error of Wait when the process has ended.
}

var listening = regexp.MustCompile(`msg=listening addr=\S+ url=(\S+)`)

// startTimeout is how long a server may take to listen: a thousand times what it
// needs.
const startTimeout = 10 * time.Second

// Start runs the tasksd at the path binary with args, on a free port of the
// loopback interface, until Stop or the end of ctx. The server's settings in the
// environment do not apply. Its log replaces the file log. The error contains the
// end of the log.
func Start(ctx context.Context, binary, log string, args ...string) (*Server, error) {
	file, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer file.Close() // The process has its own descriptor.
	cmd := exec.CommandContext(ctx, binary, append([]string{"-addr", "127.0.0.1:0"}, args...)...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TASKSD_") })
	cmd.Stderr = file
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &Server{Log: log, PID: cmd.Process.Pid, cmd: cmd, ended: make(chan error, 1)}
	go func() { s.ended <- cmd.Wait() }()
	late := time.After(startTimeout)
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
			return nil, errors.Join(fmt.Errorf("%s does not listen after %v\n%s", binary, startTimeout, tail(log)), s.Stop())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Stop sends SIGTERM to the server and waits for it. The error says that it did
// not exit with 0, or had exited before.
func (s *Server) Stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop tasksd: %w\n%s", err, tail(s.Log))
	}
	if err := <-s.ended; err != nil {
		return fmt.Errorf("stop tasksd: %w\n%s", err, tail(s.Log))
	}
	return nil
}

// Kill kills the server, as kill -9 does, and waits for its end. Stop must not be
// called then.
func (s *Server) Kill() error {
	if err := s.cmd.Process.Kill(); err != nil {
		return fmt.Errorf("kill tasksd: %w\n%s", err, tail(s.Log))
	}
	if <-s.ended == nil {
		return fmt.Errorf("kill tasksd: it had stopped\n%s", tail(s.Log))
	}
	return nil
}

// tail returns the path and the last lines of a log.
func tail(log string) string {
	text, err := os.ReadFile(log)
	if err != nil {
		return err.Error()
	}
	lines := strings.SplitAfter(strings.TrimSpace(string(text)), "\n")
	return "the end of " + log + ":\n" + strings.Join(lines[max(0, len(lines)-10):], "")
}

// Result is the outcome of one tool.
type Result struct {
	Tool, Version string
	Checked       string // What it checked, in a few words.
	Cases         int    // The number of checks.
	Findings      int    // The number of those that failed.
	Skipped       string // Why it did not run; empty if it did.
}

// Report writes results to w as a Markdown table. The error names the tools that
// have findings, that checked nothing or, where the environment has CI=true, that
// were skipped.
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
			errs = append(errs, fmt.Errorf("%s: findings: %d", r.Tool, r.Findings))
		case r.Cases == 0:
			errs = append(errs, fmt.Errorf("%s checked nothing", r.Tool))
		}
	}
	return errors.Join(append(errs, tw.Flush())...)
}
