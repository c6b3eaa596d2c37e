package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// patience bounds every wait for another process.
	patience = 20 * time.Second

	// grace is how long the server waits for requests under way.
	grace = 8 * time.Second

	// quickExit is in the environment of every tasksd that tests start: with the
	// race detector, each would sleep for a second before it exits.
	quickExit = "GORACE=atexit_sleep_ms=0"
)

// process is a running tasksd.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan string // Standard error; closed at its end.
	log   string      // The lines received so far.
	url   string      // The URL that it logs.
}

// launch starts tasksd with env added to a clean environment. The process is
// killed at the end of the test, or after patience.
func launch(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	return launchIn(t, "", env, args...)
}

// launchIn is launch in a directory.
func launchIn(t *testing.T, dir string, env []string, args ...string) *process {
	t.Helper()
	return launchAs(t, dir, environment(env...), "tasksd", args...)
}

// launchAs starts a command that becomes tasksd in a directory, with the
// environment env.
func launchAs(t *testing.T, dir string, env []string, name string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, env
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: cmd, lines: make(chan string, 100)}
	go func() {
		defer close(p.lines)
		for s := bufio.NewScanner(stderr); s.Scan(); {
			p.lines <- s.Text() + "\n"
		}
	}()
	t.Cleanup(func() {
		cancel()
		p.wait()
	})
	return p
}

// start launches tasksd and returns once it listens.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := launch(t, env, args...)
	p.url = urlIn(t, p.await("listening"))
	return p
}

// urlIn returns the URL in a line of the log.
func urlIn(t *testing.T, line string) string {
	t.Helper()
	m := regexp.MustCompile(`\burl"?[=:]"?(https?://[^\s"]+)`).FindStringSubmatch(line)
	if m == nil {
		t.Fatalf("no URL in %q", line)
	}
	return m[1]
}

// startLoggingTo starts a server that logs to a pipe. It returns the reading end
// after the line with the URL.
func startLoggingTo(t *testing.T) (*process, *os.File) {
	t.Helper()
	log, stderr, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	cmd := exec.CommandContext(ctx, "tasksd", "-addr", "127.0.0.1:0")
	cmd.Env = environment()
	cmd.Stderr = stderr
	err = cmd.Start()
	stderr.Close()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: cmd, lines: make(chan string)}
	close(p.lines)
	t.Cleanup(func() {
		cancel()
		p.wait()
	})
	p.url = urlIn(t, awaitLine(t, log, "listening"))
	return p, log
}

// awaitLine reads lines until one contains want, and returns that.
func awaitLine(t *testing.T, r io.Reader, want string) string {
	t.Helper()
	var line []byte
	for b := make([]byte, 1); ; {
		if _, err := r.Read(b); err != nil {
			t.Fatalf("no %q in the log: %v", want, err)
		}
		if line = append(line, b...); b[0] != '\n' {
			continue
		}
		if strings.Contains(string(line), want) {
			return string(line)
		}
		line = line[:0]
	}
}

// environment returns the environment of the tests without the variables of
// tasksd, and with quickExit and more.
func environment(more ...string) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TASKSD_") })
	return append(append(env, quickExit), more...)
}

func (p *process) host() string { return strings.TrimPrefix(p.url, "http://") }

// await returns the next line of the log that contains want.
func (p *process) await(want string) string {
	p.t.Helper()
	for line := range p.lines {
		p.log += line
		if strings.Contains(line, want) {
			return line
		}
	}
	p.t.Fatalf("no %q in the log:\n%s", want, p.log)
	return ""
}

// drained reports whether the process has closed its standard error.
func (p *process) drained() bool {
	select {
	case line, more := <-p.lines:
		p.log += line
		return !more
	default:
		return false
	}
}

// wait waits for the process and returns its exit code, or -1 if a signal killed
// it. It may be called again.
func (p *process) wait() int {
	for line := range p.lines {
		p.log += line
	}
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Wait()
	}
	return p.cmd.ProcessState.ExitCode()
}

func (p *process) signal(sig os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		p.t.Fatal(err)
	}
}

// list sends GET /tasks, with token unless that is empty, and returns the status.
func (p *process) list(token string) int {
	p.t.Helper()
	return p.send(http.MethodGet, "", token)
}

// create sends POST /tasks, with token unless that is empty, and returns the status.
func (p *process) create(token string) int {
	p.t.Helper()
	return p.send(http.MethodPost, `{"title": "x"}`, token)
}

func (p *process) send(method, body, token string) int {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.url+"/tasks", strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := (&http.Client{Timeout: patience}).Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		p.t.Error(err)
	}
	return resp.StatusCode
}

// raw sends request as it is and returns the status.
func (p *process) raw(request string) int {
	p.t.Helper()
	conn := dial(p.t, p.host())
	fmt.Fprint(conn, request)
	return readStatus(p.t, bufio.NewReader(conn))
}

// beginUpload posts a task and returns once the server reads the body: it waits
// for the 100 that the server's first read sends. finish sends the rest of the body
// and returns the status of the response.
func (p *process) beginUpload(body string) (finish func() int) {
	p.t.Helper()
	conn := dial(p.t, p.host())
	fmt.Fprintf(conn, "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", len(body))
	r := bufio.NewReader(conn)
	if status := readStatus(p.t, r); status != http.StatusContinue {
		p.t.Fatalf("the status of the upload is %d, want 100", status)
	}
	fmt.Fprint(conn, body[:len(body)/2])
	return func() int {
		fmt.Fprint(conn, body[len(body)/2:])
		return readStatus(p.t, r)
	}
}

// awaitRefusal waits until the server refuses connections.
func (p *process) awaitRefusal() {
	p.t.Helper()
	for begin := time.Now(); time.Since(begin) < grace/2; time.Sleep(10 * time.Millisecond) {
		conn, err := tryDial(p.t, p.host())
		if errors.Is(err, syscall.ECONNREFUSED) {
			return
		}
		if err == nil {
			conn.Close()
		}
	}
	p.t.Error("the server still accepts connections")
}

func readStatus(t *testing.T, r *bufio.Reader) int {
	t.Helper()
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

func tryDial(t *testing.T, addr string) (net.Conn, error) {
	return (&net.Dialer{Timeout: patience}).DialContext(t.Context(), "tcp", addr)
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := tryDial(t, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func listenLocal(t *testing.T) net.Listener {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln
}

// needAddress skips the test if the machine does not have the address: macOS has
// no 127.0.0.2, and some containers have no IPv6.
func needAddress(t *testing.T, addr string) {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", addr)
	if errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT) {
		t.Skip(err)
	}
	if err == nil {
		ln.Close()
	}
}
