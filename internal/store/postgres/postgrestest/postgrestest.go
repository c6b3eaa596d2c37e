// Package postgrestest runs PostgreSQL servers for tests: real ones, from the
// binaries that Debian's package postgresql installs, on free loopback ports
// and in folders of their own. A server that the machine has does not matter.
package postgrestest

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Server is a PostgreSQL server that a test started.
type Server struct {
	Addr string // host:port on the loopback interface; a restart keeps it.

	bin     string // The folder of the binaries.
	dir     string // Has data, the cluster; log, what it says; and the socket.
	options string // For the postgres command.
	keeper  *exec.Cmd
	pipe    io.Closer // The keeper ends the server when this closes.
}

// Start runs a new server until the test ends. Settings, such as "fsync=off",
// stand in place of those of postgresql.conf. Without PostgreSQL the test is
// skipped, and fails if the environment has CI=true.
func Start(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	s := start(tb, settings...)
	tb.Cleanup(func() {
		if err := s.end(); err != nil {
			tb.Errorf("end PostgreSQL: %v", err)
		}
	})
	return s
}

// shared is the server of this process, which ends with it.
var shared struct {
	sync.Mutex
	*Server
}

// Shared returns a server that the tests of this process share. It flushes
// nothing to disk, and so is quicker than one of Start. As there, PostgreSQL
// must be installed.
func Shared(tb testing.TB) *Server {
	tb.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.Server == nil {
		shared.Server = start(tb, "fsync=off")
	}
	return shared.Server
}

// URL returns the URL of a new, empty schema. Tests that differ in their schema
// see nothing of each other.
func (s *Server) URL(tb testing.TB) string {
	tb.Helper()
	schema := "s" + strings.ToLower(rand.Text())
	s.SQL(tb, "CREATE SCHEMA "+schema)
	return fmt.Sprintf("postgres://postgres@%s/postgres?sslmode=disable&search_path=%s", s.Addr, schema)
}

// SQL runs statements as the superuser and returns what psql prints of them.
func (s *Server) SQL(tb testing.TB, statements string) string {
	tb.Helper()
	host, port, _ := net.SplitHostPort(s.Addr)
	out, err := s.command("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", host, "-p", port, "-U", "postgres", "-c", statements).CombinedOutput()
	if err != nil {
		tb.Fatalf("psql: %v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// Command returns a command that runs one of PostgreSQL's programs.
func (s *Server) Command(ctx context.Context, program string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, filepath.Join(s.bin, program), args...)
}

// Stop shuts the server down: it aborts transactions and closes connections.
func (s *Server) Stop(tb testing.TB) {
	tb.Helper()
	s.control(tb, "stop", "-m", "fast")
}

// Kill ends the server at once, as kill -9 does. Some of its processes may live
// for a moment longer.
func (s *Server) Kill(tb testing.TB) {
	tb.Helper()
	file, err := os.ReadFile(filepath.Join(s.dir, "data", "postmaster.pid"))
	if err != nil {
		tb.Fatal(err)
	}
	pid, _, _ := strings.Cut(string(file), "\n")
	n, err := strconv.Atoi(pid)
	if err != nil {
		tb.Fatal(err)
	}
	process, err := os.FindProcess(n)
	if err == nil {
		err = process.Kill()
	}
	if err != nil {
		tb.Fatalf("kill PostgreSQL: %v", err)
	}
}

// Restart starts the server after Stop or Kill. It returns when the server
// takes connections.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	for try := 0; ; try++ { // Processes of a killed server may still hold its memory.
		err := s.run()
		if err == nil {
			return
		}
		if try == 5 {
			tb.Fatalf("start PostgreSQL again: %v", err)
		}
	}
}

func (s *Server) control(tb testing.TB, args ...string) {
	tb.Helper()
	if err := s.pgCtl(args...); err != nil {
		tb.Fatal(err)
	}
}

// start returns a new server, which ends with this process at the latest.
func start(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	bin := find()
	if bin == "" {
		if os.Getenv("CI") == "true" {
			tb.Fatal("PostgreSQL is not installed: Debian's package postgresql has it")
		}
		tb.Skip("SKIPPED, since PostgreSQL is not installed: Debian's package postgresql has it")
	}
	s, err := newServer(bin, settings)
	if err != nil {
		tb.Fatalf("start PostgreSQL: %v", err)
	}
	return s
}

// find returns the folder of PostgreSQL's binaries, that of the newest version
// if there are several, or "".
func find() string {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path)
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return ""
	}
	version := func(path string) int { n, _ := strconv.Atoi(strings.Split(path, "/")[4]); return n }
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(version(a), version(b)) }))
}

func newServer(bin string, settings []string) (s *Server, err error) {
	dir, err := os.MkdirTemp("", "postgrestest")
	if err != nil {
		return nil, err
	}
	s = &Server{bin: bin, dir: dir}
	if err := s.keep(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = s.end()
		}
	}()
	initdb := s.command("initdb", "--no-sync", "--encoding=UTF8", "--locale=C", "--auth=trust", "--username=postgres", "-D", s.data())
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	s.Addr, err = freeAddr()
	if err != nil {
		return nil, err
	}
	host, port, _ := net.SplitHostPort(s.Addr)
	for _, setting := range append([]string{"listen_addresses=" + host, "port=" + port, "unix_socket_directories=" + dir, "max_connections=300"}, settings...) {
		s.options += " -c " + setting
	}
	return s, s.run()
}

// keep starts a process that ends the server and removes its files when the
// pipe to it closes, and so also when this process is killed.
func (s *Server) keep() error {
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root.
		postgres, err := user.Lookup("postgres")
		if err != nil {
			return err
		}
		uid, _ := strconv.Atoi(postgres.Uid)
		gid, _ := strconv.Atoi(postgres.Gid)
		if err := os.Chown(s.dir, uid, gid); err != nil {
			return err
		}
	}
	const script = `read -r _; "$0" -D "$1/data" -s -m immediate stop 2>/dev/null; rm -rf "$1"`
	s.keeper = s.unprivileged("sh", "-c", script, filepath.Join(s.bin, "pg_ctl"), s.dir)
	pipe, err := s.keeper.StdinPipe()
	if err != nil {
		return err
	}
	s.pipe = pipe
	return s.keeper.Start()
}

// end stops the server and removes its files.
func (s *Server) end() error {
	_ = s.pipe.Close()
	return s.keeper.Wait()
}

// run starts the server and waits until it takes connections.
func (s *Server) run() error {
	if err := s.pgCtl("start", "-l", s.dir+"/log", "-o", s.options); err != nil {
		log, _ := os.ReadFile(s.dir + "/log")
		return fmt.Errorf("%w: %s", err, log)
	}
	return nil
}

func (s *Server) pgCtl(args ...string) error {
	out, err := s.command("pg_ctl", append([]string{"-D", s.data(), "-s", "-w"}, args...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("pg_ctl %s: %w: %s", args[0], err, out)
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// command returns a command that runs one of PostgreSQL's programs as a user
// that it accepts.
func (s *Server) command(program string, args ...string) *exec.Cmd {
	return s.unprivileged(filepath.Join(s.bin, program), args...)
}

func (s *Server) unprivileged(program string, args ...string) *exec.Cmd {
	if os.Getuid() == 0 {
		args = append([]string{"--reuid=postgres", "--regid=postgres", "--clear-groups", program}, args...)
		program = "setpriv"
	}
	cmd := exec.Command(program, args...) //nolint:noctx // It ends by itself, or when the keeper's pipe closes.
	cmd.Dir = s.dir
	return cmd
}

// freeAddr returns an address of the loopback interface that nobody uses.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // It does not wait.
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}
