package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"example.com/tasks/internal/gctune"
	"example.com/tasks/internal/store/memory"
)

// command is what a server's process is told on its standard input, and reply
// what it answers on its standard output: nothing of it passes the sockets that
// are measured.
type command struct {
	Do    string // reset, usage or fill.
	Kind  string // For reset: the requests that come next.
	Tasks int    // For reset and fill: how many tasks the server has then.
}

type reply struct {
	Error    string
	CPU      time.Duration // User and system time since the process began.
	Mallocs  uint64        // Objects allocated since then.
	Heap     uint64        // Bytes of objects that are alive, for fill.
	Resident uint64        // Bytes of memory that the process holds, for fill.
}

// inherited is the listener's file descriptor, the first of exec.Cmd.ExtraFiles.
// It listens before the server's process begins, so that a client need not
// guess when to connect.
const inherited = 3

// serve is a server's process: it answers requests on the inherited listener
// and commands on in, until in ends.
func serve(c candidate, log *os.File, in io.Reader, out io.Writer) error {
	file := os.NewFile(inherited, "listener")
	ln, err := net.FileListener(file)
	if err != nil {
		return fmt.Errorf("no listener is inherited: %w", err)
	}
	_ = file.Close()
	if c.settled {
		gctune.Apply()
	}
	p := &process{candidate: c, log: log}
	if err := p.reset("list", 0); err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- p.httpServer().Serve(ln) }()
	go func() { failed <- p.obey(in, out) }()
	return <-failed
}

type process struct {
	candidate
	log     *os.File
	handler atomic.Pointer[http.Handler]
}

// httpServer has the limits of cmd/tasksd, which cost every request timers.
func (p *process) httpServer() *http.Server {
	return &http.Server{
		Handler:                      http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*p.handler.Load()).ServeHTTP(w, r) }),
		ReadHeaderTimeout:            5 * time.Second,
		ReadTimeout:                  30 * time.Second,
		WriteTimeout:                 time.Minute,
		IdleTimeout:                  2 * time.Minute,
		MaxHeaderBytes:               16 << 10,
		DisableGeneralOptionsHandler: true,
	}
}

func (p *process) obey(in io.Reader, out io.Writer) error {
	commands, replies := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var c command
		if err := commands.Decode(&c); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		r, err := p.do(c)
		if err != nil {
			r.Error = err.Error()
		}
		if err := replies.Encode(r); err != nil {
			return err
		}
	}
}

func (p *process) do(c command) (r reply, err error) {
	switch c.Do {
	case "reset":
		err := p.reset(c.Kind, c.Tasks)
		runtime.GC()
		return r, err
	case "usage":
		r.CPU, err = cpuTime()
		r.Mallocs = memStats().Mallocs
		return r, err
	case "fill":
		if err := p.fill(c.Tasks); err != nil {
			return r, err
		}
		if r.Resident, err = resident(); err != nil {
			return r, err
		}
		runtime.GC()
		r.Heap = memStats().HeapAlloc
		return r, nil
	default:
		return r, fmt.Errorf("there is no command %q", c.Do)
	}
}

func memStats() *runtime.MemStats {
	stats := new(runtime.MemStats)
	runtime.ReadMemStats(stats)
	return stats
}

// reset gives the server new data and empties its log: what a slice leaves
// behind burdens none that follows.
func (p *process) reset(next string, tasks int) error {
	k, err := kindNamed(next)
	if err != nil {
		return err
	}
	s := memory.New()
	if err := seed(s, tasks); err != nil {
		return err
	}
	h, err := p.build(s, k, p.log)
	if err != nil {
		return err
	}
	p.handler.Store(&h)
	if p.log != nil {
		if err := p.log.Truncate(0); err != nil {
			return err
		}
	}
	return nil
}

// fill has tasks created by requests, since a server may keep more of them than
// what a store needs. They reach the handler without a socket, for the sake of
// time.
func (p *process) fill(tasks int) error {
	l, err := newLocal(render(http.MethodPost, "/tasks", newTask(0)))
	if err != nil {
		return err
	}
	h := *p.handler.Load()
	for i := range tasks {
		l.text = append(l.text[:0], newTask(i)...)
		if l.serve(h); l.status != http.StatusCreated {
			return fmt.Errorf("task %d: %d %s", i, l.status, l.body)
		}
	}
	return nil
}
