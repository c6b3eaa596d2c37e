package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
	"time"

	"example.com/tasks/internal/contract/live"
	"example.com/tasks/internal/store/postgres/postgrestest"
)

// killLeader kills the leader of three PostgreSQL servers, which replicate
// synchronously, under the load of three tasksd. The cause of the outage is over
// when another one leads and has a standby to replicate to.
func killLeader(t *trial) {
	c := newCluster(t)
	c.await(allStream)
	var addrs []string
	for _, n := range c.nodes {
		addrs = append(addrs, n.Postgres)
	}
	url := "postgres://postgres@" + strings.Join(addrs, ",") + "/postgres?sslmode=disable"
	var servers []*server
	for i := range 3 {
		servers = append(servers, t.serve(c.logs, fmt.Sprintf("tasksd%d", i), url))
	}
	l := newLoad(t, servers...)
	for range t.failovers {
		old := c.await(allStream)
		l.outage(func() {
			old.kill()
			c.await(func(s status) bool { return s.leader != old })
		})
		c.launch(old)
	}
}

// A cluster is three nodes of Patroni, with a PostgreSQL server each, and three of
// etcd.
type cluster struct {
	*trial
	logs  string // Its directory.
	nodes []*node
}

// A node is one of Patroni's.
type node struct {
	Name, REST, Etcd, Postgres, Data, Bin string // As patroni.yml has them.

	config, log string    // Paths.
	patroni     *exec.Cmd // Nil if the node was killed.
}

//go:embed patroni
var files embed.FS

// newCluster starts a cluster that ends with the trial.
func newCluster(t *trial) *cluster {
	bin := postgrestest.Binaries(t)
	if missing := live.Missing("etcd", "python3"); missing != "" {
		t.Skip(missing, "is not installed: Debian's packages etcd-server and python3-venv have what is needed")
	}
	own, err := fs.Sub(files, "patroni")
	if err != nil {
		t.Fatal(err)
	}
	const install = "python3 -m venv --clear venv && venv/bin/pip install -q --disable-pip-version-check " +
		"--only-binary :all: --no-binary python-etcd,ydiff --require-hashes -r requirements.txt"
	if err := live.Install(t.ctx, t.patroniDir(), own, "requirements.txt", install); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "faults")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if os.Getuid() == 0 {
		if out, err := exec.CommandContext(t.ctx, "chown", "postgres:", dir).CombinedOutput(); err != nil {
			t.Fatalf("chown: %v %s", err, out)
		}
	}
	c := &cluster{trial: t, logs: t.Directory()}
	etcd := c.startEtcd(dir)
	for i := range 3 {
		name := fmt.Sprintf("node%d", i)
		n := &node{
			Name: name, REST: t.freeAddr(), Etcd: etcd, Postgres: t.freeAddr(), Data: filepath.Join(dir, name), Bin: bin,
			config: filepath.Join(dir, name+".yml"), log: filepath.Join(c.logs, name+".log"),
		}
		c.configure(n)
		c.launch(n)
		c.nodes = append(c.nodes, n)
		t.Cleanup(n.kill)
	}
	return c
}

func (t *trial) patroniDir() string { return filepath.Join(t.dir, "patroni") }

// startEtcd starts three nodes of etcd and returns the addresses for clients.
func (c *cluster) startEtcd(dir string) string {
	var clients, names, peers, cluster []string
	for i := range 3 {
		names = append(names, fmt.Sprintf("etcd%d", i))
		clients, peers = append(clients, c.freeAddr()), append(peers, c.freeAddr())
		cluster = append(cluster, names[i]+"=http://"+peers[i])
	}
	for i, name := range names {
		client, peer := "http://"+clients[i], "http://"+peers[i]
		//nolint:noctx // The trial's context ends before the cleanups.
		cmd := exec.Command("etcd", "--name", name, "--data-dir", filepath.Join(dir, name), "--logger", "zap",
			"--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer,
			"--initial-advertise-peer-urls", peer, "--initial-cluster", strings.Join(cluster, ","))
		c.spawn(cmd, filepath.Join(c.logs, name+".log"))
		c.Cleanup(func() { end(cmd) })
	}
	return strings.Join(clients, ",")
}

// configure writes the configuration of a node.
func (c *cluster) configure(n *node) {
	var text strings.Builder
	err := template.Must(template.ParseFS(files, "patroni/patroni.yml")).Execute(&text, n)
	if err == nil {
		err = os.WriteFile(n.config, []byte(text.String()), 0o644)
	}
	if err != nil {
		c.Fatal(err)
	}
}

// launch starts a node, whose server joins the cluster. PostgreSQL refuses to run
// as root: its user gets root's access to files, since it may not be allowed into
// the directory of Patroni.
func (c *cluster) launch(n *node) {
	args := []string{filepath.Join(c.patroniDir(), "venv", "bin", "python"), "-m", "patroni", n.config}
	if os.Getuid() == 0 {
		args = append([]string{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"}, args...)
	}
	n.patroni = exec.Command(args[0], args[1:]...) //nolint:noctx // The trial's context ends before the cleanups.
	n.patroni.Dir = filepath.Dir(n.config)
	n.patroni.Env = append(os.Environ(), "HOME="+n.patroni.Dir)
	c.spawn(n.patroni, n.log)
}

// kill kills a node's Patroni and its server, unless it did so before.
func (n *node) kill() {
	if n.patroni == nil {
		return
	}
	end(n.patroni)
	n.patroni = nil
	text, err := os.ReadFile(filepath.Join(n.Data, "postmaster.pid"))
	if err != nil {
		return // It does not run.
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if pid, err := strconv.Atoi(line); err == nil {
		if postgres, err := os.FindProcess(pid); err == nil {
			_ = postgres.Kill()
		}
	}
}

// spawn starts a command whose output is appended to a log.
func (t *trial) spawn(cmd *exec.Cmd, log string) {
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() // The process has its own descriptor.
	cmd.Stdout, cmd.Stderr = file, file
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// end kills a process that spawn has started.
func end(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// freeAddr returns an address of the loopback interface that nobody uses.
func (t *trial) freeAddr() string {
	var lc net.ListenConfig
	l, err := lc.Listen(t.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// A status is what Patroni says of a cluster.
type status struct {
	leader   *node
	standbys int // That replicate; one at least does so synchronously.
}

func allStream(s status) bool { return s.standbys == 2 }

// await waits until a node leads and replicates synchronously to another, and the
// status is as wanted. It returns the leader.
func (c *cluster) await(wanted func(status) bool) *node {
	const limit = 2 * time.Minute
	for begun := time.Now(); time.Since(begun) < limit && c.ctx.Err() == nil; time.Sleep(100 * time.Millisecond) {
		for _, n := range c.nodes {
			if s, ok := c.ask(n); ok && wanted(s) {
				return s.leader
			}
		}
	}
	c.Fatalf("the cluster is not as it must be after %v", limit)
	return nil
}

// ask asks a node for the status. It is not ok if no node leads, or replicates
// synchronously.
func (c *cluster) ask(n *node) (s status, ok bool) {
	req, err := http.NewRequestWithContext(c.ctx, http.MethodGet, "http://"+n.REST+"/cluster", nil)
	if err != nil {
		c.Fatal(err)
	}
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		return s, false
	}
	defer r.Body.Close()
	var answer struct {
		Members []struct{ Name, Role, State string }
	}
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
		return s, false
	}
	synchronous := false
	for _, m := range answer.Members {
		switch {
		case m.Role == "leader" && m.State == "running":
			for _, n := range c.nodes {
				if n.Name == m.Name {
					s.leader = n
				}
			}
		case m.State == "streaming":
			s.standbys++
			synchronous = synchronous || m.Role == "sync_standby"
		}
	}
	return s, s.leader != nil && synchronous
}
