package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tasksd": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:      "testdata/script",
		Deadline: time.Now().Add(patience), // A server that starts by mistake would run forever.
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, quickExit)
			return nil
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"fails": fails},
	})
}

// fails is the script command "fails CODE ARG...": it runs tasksd with the
// arguments and checks that it exits with the code, prints nothing on standard
// output, and prints one line that begins with its name on standard error.
func fails(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: fails CODE ARG...")
	}
	code := 0
	err := ts.Exec("tasksd", args[1:]...)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	}
	if want := args[0]; strconv.Itoa(code) != want {
		ts.Fatalf("exit code %d (%v), want %s", code, err, want)
	}
	if stdout := ts.ReadFile("stdout"); stdout != "" {
		ts.Fatalf("standard output has %q", stdout)
	}
	if stderr := ts.ReadFile("stderr"); !regexp.MustCompile(`\Atasksd: .+\n\z`).MatchString(stderr) {
		ts.Fatalf("standard error is not one line: %q", stderr)
	}
}

func TestErrorIsOneLine(t *testing.T) {
	t.Parallel()
	p := launch(t, nil, "-a\nb")
	if code := p.wait(); code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
	if want := "tasksd: flag provided but not defined: -a\\nb; see tasksd -help\n"; p.log != want {
		t.Errorf("standard error is %q, want %q", p.log, want)
	}
}

func TestListensWhereItSays(t *testing.T) {
	tests := []struct {
		name string
		env  string
		args []string
	}{
		{"loopback", "", []string{"-addr", "127.0.0.1:0"}},
		{"empty port", "", []string{"-addr", "127.0.0.1:"}},
		{"other loopback", "", []string{"-addr", "127.0.0.2:0"}},
		{"name", "", []string{"-addr", "localhost:0"}},
		{"IPv6 loopback", "", []string{"-addr", "[::1]:0"}},
		{"everywhere, insecure", "", []string{"-addr", ":0", "-insecure"}},
		{"everywhere, with a token", "TASKSD_TOKEN=s3cret-long-enough", []string{"-addr", "0.0.0.0:0"}},
		{"environment", "TASKSD_ADDR=127.0.0.1:0", nil},
		{"flag over environment", "TASKSD_ADDR=nonsense", []string{"-addr", "127.0.0.1:0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if len(tt.args) > 1 {
				needAddress(t, tt.args[1])
			}
			p := start(t, []string{tt.env}, tt.args...)
			if strings.Contains(p.url, "//0.0.0.0") || strings.Contains(p.url, "//[::]") {
				t.Errorf("the log has the URL %s, which clients cannot use", p.url)
			}
			want := http.StatusOK
			if strings.HasPrefix(tt.env, "TASKSD_TOKEN=") {
				want = http.StatusUnauthorized
			}
			if got := p.list(""); got != want {
				t.Errorf("GET %s/tasks = %d, want %d", p.url, got, want)
			}
			p.signal(syscall.SIGTERM)
			if code := p.wait(); code != 0 {
				t.Errorf("exit code %d, want 0; log:\n%s", code, p.log)
			}
		})
	}
}

func TestAddressInUse(t *testing.T) {
	t.Parallel()
	taken := listenLocal(t)
	p := launch(t, nil, "-addr", taken.Addr().String())
	if code := p.wait(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	want := fmt.Sprintf("tasksd: listen tcp %s: bind: address already in use; choose another address with -addr\n", taken.Addr())
	if p.log != want {
		t.Errorf("standard error is %q, want %q", p.log, want)
	}
	p = launch(t, []string{"TASKSD_ADDR=" + taken.Addr().String()})
	if p.wait(); !strings.HasSuffix(p.log, "choose another address with TASKSD_ADDR\n") {
		t.Errorf("standard error does not name the variable: %q", p.log)
	}
}

func TestSignalLetsRequestFinish(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			p := start(t, nil, "-addr", "127.0.0.1:0")
			upload := p.beginUpload(`{"title": "slow"}`)

			p.signal(sig)
			if line := p.await("msg=stopping"); !strings.Contains(line, sig.String()) {
				t.Errorf("log does not name the signal: %s", line)
			}
			p.awaitRefusal()

			if status := upload(); status != http.StatusCreated {
				t.Errorf("the status of the upload is %d, want 201", status)
			}
			if code := p.wait(); code != 0 {
				t.Errorf("exit code %d, want 0", code)
			}
			if !strings.Contains(p.log, "msg=stopped") {
				t.Errorf("log does not say that the server stopped:\n%s", p.log)
			}
		})
	}
}

func TestSecondSignalKills(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "-addr", "127.0.0.1:0")
	p.beginUpload(`{"title": "never"}`)
	p.signal(syscall.SIGTERM)
	p.await("msg=stopping")
	begin := time.Now()
	// The handler is removed at about the time of the log line: the next signal may
	// still reach it.
	for p.cmd.Process.Signal(syscall.SIGTERM) == nil && time.Since(begin) < grace {
		time.Sleep(10 * time.Millisecond)
		if p.drained() {
			break
		}
	}
	p.wait()
	status := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("got %v, want death by SIGTERM", p.cmd.ProcessState)
	}
	if took := time.Since(begin); took > grace/2 {
		t.Errorf("took %v", took)
	}
}

func TestShutdownGraceExpires(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	defer close(leave)
	brief := defaults(t).timeouts
	brief.grace = 50 * time.Millisecond
	srv := newServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(entered)
		<-leave
	}), brief, slog.New(slog.DiscardHandler))
	ln := listenLocal(t)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- serve(ctx, srv, ln, slog.New(slog.DiscardHandler), brief) }()

	conn := dial(t, ln.Addr().String())
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	<-entered
	stop()
	select {
	case err := <-served:
		if err == nil || !strings.Contains(err.Error(), "still under way after 50ms") || exitCode(err) != 1 {
			t.Errorf("error %v with exit code %d, want one about the request with exit code 1", err, exitCode(err))
		}
	case <-time.After(patience):
		t.Fatal("serve did not return")
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection was not closed: %v", err)
	}
}

func TestLogJSON(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "-addr", "127.0.0.1:0", "-log", "json")
	p.list("")
	p.signal(syscall.SIGTERM)
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	lines := 0
	for line := range strings.Lines(p.log) {
		lines++
		var record struct{ Time, Level, Msg string }
		if err := json.Unmarshal([]byte(line), &record); err != nil || record.Msg == "" {
			t.Errorf("log line %q: %v", line, err)
		}
	}
	if want := 6; lines != want { // Access, store, listening, request, stopping, stopped.
		t.Errorf("%d log lines, want %d:\n%s", lines, want, p.log)
	}
}

func TestLogOff(t *testing.T) {
	t.Parallel()
	free := listenLocal(t) // Without a log, nothing reports the port.
	addr := free.Addr().String()
	free.Close()
	p := launch(t, nil, "-addr", addr, "-log", "off")
	p.url = "http://" + addr
	var conn net.Conn
	for begin := time.Now(); conn == nil && time.Since(begin) < patience; time.Sleep(10 * time.Millisecond) {
		conn, _ = tryDial(t, addr)
	}
	if conn == nil {
		t.Fatal("the server did not start")
	}
	conn.Close()
	if got := p.list(""); got != http.StatusOK {
		t.Errorf("GET /tasks = %d, want 200", got)
	}
	p.signal(syscall.SIGTERM)
	if code := p.wait(); code != 0 || p.log != "" {
		t.Errorf("exit code %d, want 0; log, want none:\n%s", code, p.log)
	}
}

func TestNetHTTPErrorsAreLogged(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	log := newServer(nil, defaults(t).timeouts, newLog("json", &text)).ErrorLog
	log.Print("http: trouble")
	log.Print("http: TLS handshake error from 192.0.2.1:1: EOF")
	for _, want := range []string{`"level":"ERROR","msg":"http: trouble"}`, `"level":"INFO","msg":"http: TLS handshake error from 192.0.2.1:1: EOF"}`} {
		if got := text.String(); !strings.Contains(got, want) {
			t.Errorf("log is %q, want %q", got, want)
		}
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(file, []byte("# people\nlaptop s3cret-long-enough-1\nphone s3cret-long-enough-2==\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, []string{"TASKSD_TOKEN=s3cret-long-enough-3"}, "-addr", "127.0.0.1:0", "-token-file", file)
	tests := []struct {
		token string
		want  int
	}{
		{"", http.StatusUnauthorized},
		{"s3cret", http.StatusUnauthorized},
		{"s3cret-long-enough-2", http.StatusUnauthorized},
		{"s3cret-long-enough-1", http.StatusOK},
		{"s3cret-long-enough-2==", http.StatusOK},
		{"s3cret-long-enough-3", http.StatusOK},
	}
	for _, tt := range tests {
		if got := p.list(tt.token); got != tt.want {
			t.Errorf("GET /tasks with token %q = %d, want %d", tt.token, got, tt.want)
		}
	}
	p.signal(syscall.SIGTERM)
	p.wait()
	if strings.Contains(p.log, "s3cret") {
		t.Errorf("log has a token:\n%s", p.log)
	}
	for _, name := range []string{"laptop", "phone", "TASKSD_TOKEN"} {
		if n := strings.Count(p.log, "="+name); n != 1 {
			t.Errorf("log has %s %d times, want once:\n%s", name, n, p.log)
		}
	}
}

// A server ends with the terminal that it was started at. SIGHUP without that reloads files.
func TestClosedTerminalStops(t *testing.T) {
	t.Parallel()
	script, err := exec.LookPath("script")
	if err != nil || runtime.GOOS != "linux" {
		t.Skip("needs the command script of util-linux, which makes a terminal")
	}
	file := filepath.Join(t.TempDir(), "pid")
	p := launchAs(t, "", environment(), script, "-qfec", "echo $$ >"+file+"; exec tasksd -addr 127.0.0.1:0", "/dev/stderr")
	p.url = urlIn(t, p.await("listening"))
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.await("no file to reload")
	if err := p.cmd.Process.Kill(); err != nil { // And with it its end of the terminal.
		t.Fatal(err)
	}
	for begin := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", p.host())
		if err != nil {
			return
		}
		connection.Close()
		if time.Since(begin) > patience {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			t.Fatal("the server runs without its terminal")
		}
	}
}

// SIGHUP reloads the token file: a removed token is refused afterwards, one that
// read follows may only read, and an invalid file changes nothing. SIGHUP never ends the server.
func TestHangupReloadsTokens(t *testing.T) {
	t.Parallel()
	const before, after = "s3cret-long-enough-1", "s3cret-long-enough-2"
	file := filepath.Join(t.TempDir(), "tokens")
	give := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	give("laptop " + before)
	p := start(t, nil, "-addr", "127.0.0.1:0", "-token-file", file)
	want := func(tokenBefore, tokenAfter int) {
		t.Helper()
		for _, tt := range []struct {
			token string
			want  int
		}{{before, tokenBefore}, {after, tokenAfter}, {"", http.StatusUnauthorized}} {
			if got := p.list(tt.token); got != tt.want {
				t.Errorf("GET /tasks with token %q = %d, want %d", tt.token, got, tt.want)
			}
		}
	}
	want(http.StatusOK, http.StatusUnauthorized)

	give("laptop\n")
	p.signal(syscall.SIGHUP)
	if line := p.await("tokens not reloaded"); !strings.Contains(line, "level=ERROR") || !strings.Contains(line, "want a name, a space and a token") {
		t.Errorf("log does not say why: %s", line)
	}
	want(http.StatusOK, http.StatusUnauthorized)

	give("phone " + after)
	p.signal(syscall.SIGHUP)
	p.await("tokens reloaded")
	want(http.StatusUnauthorized, http.StatusOK)
	if got := p.create(after); got != http.StatusCreated {
		t.Errorf("POST /tasks = %d, want 201", got)
	}

	give("phone " + after + " read")
	p.signal(syscall.SIGHUP)
	p.await("tokens reloaded")
	want(http.StatusUnauthorized, http.StatusOK)
	if got := p.create(after); got != http.StatusForbidden {
		t.Errorf("POST /tasks with a token that may only read = %d, want 403", got)
	}
}

func TestHangupWithoutTokenFile(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "-addr", "127.0.0.1:0")
	p.signal(syscall.SIGHUP)
	p.await("no file to reload")
	if got := p.list(""); got != http.StatusOK {
		t.Errorf("GET /tasks = %d, want 200", got)
	}
}

// A server on 0.0.0.0 listens on IPv4 and not on IPv6.
func TestIPv4WildcardExcludesIPv6(t *testing.T) {
	t.Parallel()
	needAddress(t, "[::1]:0")
	p := start(t, nil, "-addr", "0.0.0.0:0", "-insecure")
	_, port, _ := net.SplitHostPort(p.host())
	if conn, err := tryDial(t, "[::1]:"+port); err == nil {
		conn.Close()
		t.Error("the server on 0.0.0.0 accepts IPv6 connections")
	}
	if conn, err := tryDial(t, "127.0.0.1:"+port); err != nil {
		t.Error(err)
	} else {
		conn.Close()
	}
}

// The log says at the start who may call.
func TestLogSaysWhetherTokensAreRequired(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		env, want string
		args      []string
	}{
		{"TASKSD_TOKEN=s3cret-long-enough", `level=INFO msg="a token is required" tokens=1`, []string{"-addr", "127.0.0.1:0"}},
		{"", `level=INFO msg="no token is required: anyone on this machine`, []string{"-addr", "127.0.0.1:0"}},
		{"", `level=WARN msg="no token is required: anyone who reaches`, []string{"-addr", ":0", "-insecure"}},
	} {
		p := start(t, []string{tt.env}, tt.args...)
		if !strings.Contains(p.log, tt.want) {
			t.Errorf("log does not have %q:\n%s", tt.want, p.log)
		}
	}
}

// A server whose log nobody reads keeps serving and stops on SIGTERM. It reports
// the dropped lines once the log is read again.
func TestUnreadLogDoesNotBlock(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		close    bool
		requests int // Enough lines to fill a pipe of 64 KiB and the server's buffer.
	}{{"unread pipe", false, 6000}, {"closed pipe", true, 100}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, log := startLoggingTo(t)
			if tt.close {
				log.Close()
			}
			for range tt.requests {
				p.list("")
			}
			if !tt.close { // Read again.
				awaitLine(t, log, "log lines dropped")
			}
			p.signal(syscall.SIGTERM)
			begin := time.Now()
			if code := p.wait(); code != 0 || time.Since(begin) > grace {
				t.Errorf("exit code %d after %v, want 0 within %v", code, time.Since(begin), grace)
			}
		})
	}
}

// A server whose log fills a pipe stops in time.
func TestUnreadLogDoesNotDelayExit(t *testing.T) {
	t.Parallel()
	p, _ := startLoggingTo(t)
	for range 1000 {
		p.list("")
	}
	p.signal(syscall.SIGTERM)
	begin := time.Now()
	if code := p.wait(); code != 0 || time.Since(begin) > grace {
		t.Errorf("exit code %d after %v, want 0 within %v", code, time.Since(begin), grace)
	}
}

// Tasks in a file are there again after a restart, and the start says so.
func TestTasksInAFileAreKept(t *testing.T) {
	t.Parallel()
	path := "sqlite:" + filepath.Join(t.TempDir(), "tasks.db")
	for _, args := range [][]string{{"-demo"}, nil} {
		p := start(t, nil, append(args, "-addr", "127.0.0.1:0", "-store", path)...)
		if want := `msg="tasks are kept" store=` + path + ` tasks=4`; !strings.Contains(p.log, want) {
			t.Errorf("log does not say where how many tasks are kept:\n%s", p.log)
		}
		if n := len(listed(t, p)); n != len(demoTasks) {
			t.Errorf("%d tasks, want %d", n, len(demoTasks))
		}
		p.signal(syscall.SIGTERM)
		if code := p.wait(); code != 0 {
			t.Errorf("exit code %d, want 0", code)
		}
	}
}

// After the signal to stop, a server that drains is not ready, and serves.
func TestDrain(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "-addr", "127.0.0.1:0", "-drain", "2s")
	ready := func() int { return p.raw("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n") }
	if got := ready(); got != http.StatusOK {
		t.Errorf("GET /readyz = %d, want 200", got)
	}
	p.signal(syscall.SIGTERM)
	p.await("msg=stopping")
	for begun := time.Now(); ready() != http.StatusServiceUnavailable; time.Sleep(10 * time.Millisecond) {
		if time.Since(begun) > time.Second {
			t.Fatal("a server that drains is ready")
		}
	}
	if got := p.list(""); got != http.StatusOK {
		t.Errorf("GET /tasks while draining = %d, want 200", got)
	}
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}

func TestOptionsAsteriskReachesHandler(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "-addr", "127.0.0.1:0")
	if got := p.raw("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n"); got != http.StatusNotFound {
		t.Errorf("OPTIONS * = %d, want 404", got)
	}
}

func TestHeaderTooLarge(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "-addr", "127.0.0.1:0")
	for _, tt := range []struct{ bytes, want int }{
		{maxHeaderBytes - 1<<10, http.StatusOK},
		{maxHeaderBytes + 8<<10, http.StatusRequestHeaderFieldsTooLarge},
	} {
		if got := p.raw("GET /tasks HTTP/1.1\r\nHost: localhost\r\nA: " + strings.Repeat("a", tt.bytes) + "\r\n\r\n"); got != tt.want {
			t.Errorf("header of %d bytes = %d, want %d", tt.bytes, got, tt.want)
		}
	}
}

func TestConnectionTimeouts(t *testing.T) {
	srv := newServer(nil, defaults(t).timeouts, slog.New(slog.DiscardHandler))
	if srv.ReadHeaderTimeout <= 0 || srv.ReadTimeout <= srv.ReadHeaderTimeout {
		t.Errorf("ReadTimeout %v and ReadHeaderTimeout %v leave no time for the body", srv.ReadTimeout, srv.ReadHeaderTimeout)
	}
	if srv.WriteTimeout <= srv.ReadTimeout {
		t.Errorf("WriteTimeout %v and ReadTimeout %v leave no time for the answer", srv.WriteTimeout, srv.ReadTimeout)
	}
	if srv.IdleTimeout <= 0 {
		t.Error("connections may be idle forever")
	}
}

func TestSlowHeaderTimesOut(t *testing.T) {
	t.Parallel()
	const headerTimeout = time.Second
	p := start(t, []string{"TASKSD_HEADER_TIMEOUT=" + headerTimeout.String()}, "-addr", "127.0.0.1:0")
	conn := dial(t, p.host())
	fmt.Fprint(conn, "GET /tasks HTTP/1.1\r\n")
	begin := time.Now()
	_, err := io.ReadAll(conn)
	if took := time.Since(begin); err != nil || took > 4*headerTimeout {
		t.Errorf("after %v: %v; want the connection closed after %v", took, err, headerTimeout)
	}
}

// A server that is full of idle connections still serves new ones.
func TestIdleConnectionsKeepNobodyOut(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "-addr", "127.0.0.1:0", "-max-connections", "3")
	for range 10 {
		conn := dial(t, p.host())
		fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
		if got := readStatus(t, bufio.NewReader(conn)); got != http.StatusOK {
			t.Fatalf("GET /healthz = %d, want 200", got)
		}
	}
	if got := p.list(""); got != http.StatusOK {
		t.Errorf("GET /tasks = %d, want 200", got)
	}
}

// The limit of descriptors bounds connections, and the log says so.
func TestPlaces(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		maxOpen, descriptors, want int
		warns                      bool
	}{
		{4096, 1 << 20, 4096, false},
		{4096, 1024, 1024 - spareDescriptors, true},
		{4096, 64, 64 - spareDescriptors, true},
		{4096, 20, 1, true},
		{10, 64, 10, false},
	} {
		var text strings.Builder
		got := places(tt.maxOpen, tt.descriptors, newLog("text", &text))
		if warns := strings.Contains(text.String(), "level=WARN"); got != tt.want || warns != tt.warns {
			t.Errorf("places(%d, %d) = %d, warned %t; want %d, %t", tt.maxOpen, tt.descriptors, got, warns, tt.want, tt.warns)
		}
	}
}
