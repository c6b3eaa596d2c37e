// Package postgrestest runs PostgreSQL servers for tests: real ones, from the
// binaries that Debian's package postgresql installs, on free loopback ports
// and in folders of their own. A server that the machine has does not matter.
package postgrestest

import (
	"cmp"
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
	"time"
)

// Server is a PostgreSQL server that a test started.
type Server struct {
	Addr string // host:port on the loopback interface; a restart keeps it.

	bin      string // The folder of the binaries.
	dir      string // Has data, which is the cluster, and log.
	settings []string
	postgres *os.Process
	exited   chan struct{} // Closed when postgres has ended.
	keeper   *exec.Cmd
	pipe     io.Closer // The keeper ends the server when this closes.
}

// Start runs a new server until the test ends. Settings, such as "fsync=off",
// stand in place of those of postgresql.conf. Without PostgreSQL the test is
// skipped, and fails if the environment has CI=true.
func Start(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	s := start(tb, (*Server).initialize, settings...)
	tb.Cleanup(s.end)
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
		shared.Server = start(tb, (*Server).initialize, "fsync=off")
	}
	return shared.Server
}

// hba demands a password of the role guarded, if a test creates it, and of no
// other.
const hba = `
host all guarded all scram-sha-256
host all all all trust
host replication all all trust
`

// URL returns the URL of a new, empty schema. Tests that differ in their schema
// see nothing of each other.
func (s *Server) URL(tb testing.TB) string {
	tb.Helper()
	schema := "s" + strings.ToLower(rand.Text())
	s.SQL(tb, "CREATE SCHEMA "+schema)
	return fmt.Sprintf("postgres://postgres@%s/postgres?sslmode=disable&search_path=%s", s.Addr, schema)
}

// SQL executes statements as the superuser and returns what psql prints of them.
func (s *Server) SQL(tb testing.TB, statements string) string {
	tb.Helper()
	host, port, _ := net.SplitHostPort(s.Addr)
	return s.Run(tb, "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", host, "-p", port, "-U", "postgres", "-c", statements)
}

// Run runs one of PostgreSQL's programs and returns what it prints.
func (s *Server) Run(tb testing.TB, program string, args ...string) string {
	tb.Helper()
	out, err := s.run(program, args...)
	must(tb, err)
	return strings.TrimSpace(out)
}

// Stop shuts the server down: it aborts transactions and closes connections.
func (s *Server) Stop(tb testing.TB) {
	tb.Helper()
	must(tb, s.control("stop", "-m", "fast"))
	<-s.exited
}

// Kill ends the server at once, as kill -9 does. The processes of connections
// notice it a moment later.
func (s *Server) Kill(tb testing.TB) {
	tb.Helper()
	must(tb, s.postgres.Kill())
	<-s.exited
}

// Restart starts the server after Stop or Kill. It returns when the server
// takes connections.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	err := s.launch()
	for try := 0; err != nil && try < 100; try++ { // Processes of a killed server may still hold its memory.
		time.Sleep(100 * time.Millisecond)
		err = s.launch()
	}
	must(tb, err)
}

// Standby starts a server that replicates this one until the test ends. Only
// Promote has it accept changes.
func (s *Server) Standby(tb testing.TB) *Server {
	tb.Helper()
	host, port, _ := net.SplitHostPort(s.Addr)
	standby := start(tb, func(standby *Server) error {
		_, err := standby.run("pg_basebackup", "--write-recovery-conf", "--checkpoint=fast", "--no-sync", "-h", host, "-p", port, "-U", "postgres", "-D", standby.data())
		return err
	})
	tb.Cleanup(standby.end)
	return standby
}

// Promote makes a standby a primary.
func (s *Server) Promote(tb testing.TB) {
	tb.Helper()
	must(tb, s.control("promote"))
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// start returns a new server, which ends with this process at the latest. It has
// fill make its data.
func start(tb testing.TB, fill func(*Server) error, settings ...string) *Server {
	tb.Helper()
	bin := Binaries(tb)
	dir, err := os.MkdirTemp("", "postgrestest") //nolint:usetesting // It may outlive the test, and must not be in a closed folder.
	if err != nil {
		tb.Fatal(err)
	}
	s := &Server{bin: bin, dir: dir}
	if err := s.keep(); err != nil {
		tb.Fatalf("start PostgreSQL: %v", err)
	}
	err = s.listen(settings)
	if err == nil {
		err = fill(s)
	}
	if err == nil {
		err = s.launch()
	}
	if err != nil {
		s.end()
		tb.Fatalf("start PostgreSQL: %v", err)
	}
	return s
}

// Binaries returns the folder of PostgreSQL's programs. Without PostgreSQL the
// test is skipped, and fails if the environment has CI=true.
func Binaries(tb testing.TB) string {
	tb.Helper()
	bin := find()
	if bin == "" {
		if os.Getenv("CI") == "true" {
			tb.Fatal("PostgreSQL is not installed: Debian's package postgresql has it")
		}
		tb.Skip("SKIPPED, since PostgreSQL is not installed: Debian's package postgresql has it")
	}
	return bin
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

// initialize makes an empty cluster.
func (s *Server) initialize() error {
	if _, err := s.run("initdb", "--no-sync", "--encoding=UTF8", "--locale=C", "--username=postgres", "-D", s.data()); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.data(), "pg_hba.conf"), []byte(hba), 0o600)
}

// listen chooses an address that nobody uses.
func (s *Server) listen(settings []string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // It does not wait.
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	s.Addr = l.Addr().String()
	host, port, _ := net.SplitHostPort(s.Addr)
	own := []string{"listen_addresses=" + host, "port=" + port, "unix_socket_directories=", "max_connections=300"}
	s.settings = append(own, settings...)
	return nil
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
func (s *Server) end() {
	_ = s.pipe.Close()
	_ = s.keeper.Wait()
	if s.exited != nil {
		<-s.exited
	}
}

// launch starts the server and waits until it takes connections.
func (s *Server) launch() error {
	path := filepath.Join(s.dir, "log")
	log, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	args := []string{"-D", s.data()}
	for _, setting := range s.settings {
		args = append(args, "-c", setting)
	}
	postgres := s.unprivileged(filepath.Join(s.bin, "postgres"), args...)
	postgres.Stdout, postgres.Stderr = log, log
	if err := postgres.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	go func() { _ = postgres.Wait(); close(exited) }()
	s.postgres, s.exited = postgres.Process, exited

	host, port, _ := net.SplitHostPort(s.Addr)
	for {
		if _, err := s.run("pg_isready", "-q", "-h", host, "-p", port); err == nil {
			return nil
		}
		select {
		case <-exited:
			text, _ := os.ReadFile(path)
			return fmt.Errorf("PostgreSQL has ended: %s", text)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (s *Server) control(args ...string) error {
	_, err := s.run("pg_ctl", append([]string{"-D", s.data(), "-s", "-w"}, args...)...)
	return err
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// run runs one of PostgreSQL's programs and returns what it prints.
func (s *Server) run(program string, args ...string) (string, error) {
	out, err := s.unprivileged(filepath.Join(s.bin, program), args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", program, err, out)
	}
	return string(out), nil
}

// unprivileged returns a command that runs as a user that PostgreSQL accepts,
// without the variables that direct PostgreSQL's programs elsewhere.
func (s *Server) unprivileged(program string, args ...string) *exec.Cmd {
	if os.Getuid() == 0 {
		args = append([]string{"--reuid=postgres", "--regid=postgres", "--clear-groups", program}, args...)
		program = "setpriv"
	}
	cmd := exec.Command(program, args...) //nolint:noctx // It ends by itself, or when the keeper's pipe closes.
	cmd.Dir = s.dir                       // The current one may be closed to that user.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PG") })
	return cmd
}
