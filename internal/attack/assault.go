package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"example.com/tasks/internal/contract"
	"example.com/tasks/internal/contract/live"
)

const (
	// bearable is the longest that a watcher may wait for an answer: attackers and
	// the server share few processors, in CI with others.
	bearable = 5 * time.Second
	// calmTime is how long the watchers are watched before an attack.
	calmTime = 1500 * time.Millisecond
	// settling is how long the server may take to release what an attack has cost.
	// The last connections end by its timeouts.
	settling = 15 * time.Second
	// mostMemory is how many bytes of memory the server may use during any attack,
	// besides taskMemory for each task with the longest title.
	mostMemory = 256 << 20
	taskMemory = 1536
)

// An assault is an attack on a server of its own.
type assault struct {
	*live.Trial

	options
	attack attack
	server *live.Server
	addr   string // HOST:PORT of the server.
	admin  string // The URL of its metrics and profiles.
	disk   string // The small disk, if the attack has one.
	token  string // Empty if the server requires none.
	watch  *watch
	begun  time.Time // When the attack began.

	mu     sync.Mutex // For result.
	result result
}

// try returns what an attack has found.
func try(ctx context.Context, a attack, o options) result {
	x := &assault{options: o, attack: a, result: result{attack: a.name}}
	failures, skipped := live.Try(ctx, a.name, o.dir, func(t *live.Trial) {
		x.Trial = t
		x.start()
		x.run()
	})
	x.result.failures, x.result.skipped = failures, skipped
	return x.result
}

// run makes the attack while watchers make requests, and wants the server to be as
// it was before when the attackers have gone.
func (x *assault) run() {
	r := &x.result
	w := x.newWitness(x.Context(), func(time.Duration) {})
	for range x.attack.launch.tasks {
		w.create(longTitle, nil)
	}
	w.close()
	x.watch = x.startWatch()
	time.Sleep(calmTime)
	r.before = x.measure()
	r.calm, _ = x.watch.latency()
	sampled := x.sample()
	x.begun = time.Now()
	x.attack.make(x)
	took := time.Since(x.begun)
	r.under, r.watched = x.watch.latency()
	r.peak = sampled()
	x.settle()
	x.watch.end()
	x.Logf("attempts %d in %v, wrong %d, 5xx %d, on purpose %d; watchers: %d requests, p99 %v, worst %v, calm %v and %v",
		r.attempts, took.Round(time.Millisecond), r.wrong, r.failed, r.refused, r.watched, r.under.p99, r.under.worst, r.calm.p99, r.calm.worst)
	most := int64(mostMemory)
	if x.attack.launch.full {
		most += int64(x.tasks) * taskMemory
	}
	if r.peak.resident > most {
		x.Errorf("the server used %.0f MB of memory", r.peak.megabytes())
	}
	if r.under.worst > bearable {
		x.Errorf("a watcher waited for %v, more than %v", r.under.worst, bearable)
	}
}

// settle waits until the server uses no more than before the attack, and fails if
// it does not get there.
func (x *assault) settle() {
	for begun := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		x.result.after = x.measure()
		leak := x.result.after.beyond(x.result.before)
		if leak == "" {
			return
		}
		if time.Since(begun) > settling {
			x.Errorf("%v after the attack: %s", settling, leak)
			return
		}
	}
}

// note counts an attempt and the status of the answer to it, or 0 for one that
// gets none.
func (x *assault) note(status int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.result.attempts++
	x.count(status)
}

// count counts a status of 500 or more. The caller must hold mu.
func (x *assault) count(status int) {
	switch {
	case status < http.StatusInternalServerError:
	case slices.Contains(x.attack.allowed, status):
		x.result.refused++
	default:
		x.result.failed++
	}
}

// wrong counts a wrong answer and logs the first ones.
func (x *assault) wrong(format string, args ...any) {
	x.mu.Lock()
	x.result.wrong++
	first := x.result.wrong <= 10
	x.mu.Unlock()
	if first {
		x.Logf("WRONG: "+format, args...)
	}
}

// judge counts answers that break a promise as wrong ones. It implements
// contract.TB.
type judge struct{ *assault }

var _ contract.TB = judge{}

// Errorf implements contract.TB.
func (j judge) Errorf(format string, args ...any) { j.wrong(format, args...) }

// A launch says how a server is started.
type launch struct {
	flags     []string // Besides the timeouts and what follows.
	shell     string   // A command of the shell that runs before, such as ulimit.
	tokens    bool     // Whether the server requires a token.
	smallDisk bool     // Whether databases, and the log if it says so, are on a small disk.
	tls       bool     // Whether it serves HTTPS and HTTP/2.
	full      bool     // Whether -max-tasks is that of the options.
	sqlite    bool     // Whether tasks are kept in SQLite.
	tasks     int      // How many tasks with long titles there are.
	log       string   // What becomes of the log: kept if empty, on the small disk if disk, or as pipe says.
}

// The server's timeouts, short so that attacks need not last.
const (
	headerTimeout = 2 * time.Second
	readTimeout   = 3 * time.Second
	writeTimeout  = 6 * time.Second
	idleTimeout   = 4 * time.Second
)

// start starts the server until the trial ends.
func (x *assault) start() {
	l, dir := x.attack.launch, x.Directory()
	args := append([]string{
		"-admin-addr", "127.0.0.1:0",
		"-header-timeout", headerTimeout.String(), "-read-timeout", readTimeout.String(),
		"-write-timeout", writeTimeout.String(), "-idle-timeout", idleTimeout.String(),
	}, l.flags...)
	where, log := dir, filepath.Join(dir, "log")
	if l.smallDisk {
		x.disk = x.SmallDisk()
		where = x.disk
	}
	if l.sqlite {
		args = append(args, "-store", "sqlite:"+filepath.Join(where, "tasks.db"))
	}
	if l.tls {
		cert, key := x.makeCertificate()
		args = append(args, "-tls-cert", cert, "-tls-key", key)
	}
	if l.full {
		args = append(args, "-max-tasks", strconv.Itoa(x.tasks))
	}
	if l.tokens {
		x.token = strings.Repeat("watch", 8)
		args = append(args, "-token-file", x.write("tokens", "watcher "+x.token+"\n"))
	}
	shell := l.shell
	if l.log == "disk" {
		log = filepath.Join(x.disk, "log")
	} else if l.log != "" {
		shell = "exec 2>" + x.pipe(log, l.log)
	}
	script := x.write("tasksd", "#!/bin/sh\n"+shell+"\nexec "+x.tasksd+` "$@"`+"\n")
	// Not with the trial's context, which ends before the server is to stop.
	s, err := live.Start(context.WithoutCancel(x.Context()), script, log, args...)
	if err != nil {
		x.Fatal(err)
	}
	x.Cleanup(func() {
		if err := s.Stop(); err != nil {
			x.Errorf("%v", err)
		}
	})
	x.server, x.addr = s, s.URL[strings.LastIndex(s.URL, "/")+1:]
	text, err := os.ReadFile(log)
	if err != nil {
		x.Fatal(err)
	}
	m := profiles.FindSubmatch(text)
	if m == nil {
		x.Fatalf("the log does not tell where metrics are:\n%s", text)
	}
	x.admin = string(m[1])
}

// profiles finds the URL of the server's metrics and profiles in its log.
var profiles = regexp.MustCompile(`msg="serving metrics and profiles" url=(\S+)/metrics`)

// write writes a file, which only its owner may read and execute, and returns its path.
func (x *assault) write(name, text string) string {
	path := filepath.Join(x.Directory(), name)
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		x.Fatal(err)
	}
	return path
}

// pipe returns the path of a named pipe. What is written to it is read, and appended
// to log, until the server says that it listens. Then what is written is unread, or
// the pipe is closed, or it is read and discarded.
func (x *assault) pipe(log, then string) string {
	path, ended := filepath.Join(x.Directory(), "pipe"), make(chan struct{})
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		x.Fatal(err)
	}
	x.Cleanup(func() { close(ended) })
	go func() {
		in, err := os.Open(path) // When the server's side is open.
		if err != nil {
			return
		}
		defer in.Close()
		for text, b := "", make([]byte, 4096); err == nil && !strings.Contains(text, "msg=listening"); {
			var n int
			n, err = in.Read(b)
			text += string(b[:n])
			err = errors.Join(err, os.WriteFile(log, []byte(text), 0o600))
		}
		switch then {
		case "unread":
			<-ended
		case "discarded":
			_, _ = io.Copy(io.Discard, in)
		}
	}()
	return path
}
