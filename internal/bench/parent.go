package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// child is a server's process, seen from outside.
type child struct {
	candidate
	cmd      *exec.Cmd
	addr     string
	commands *json.Encoder
	replies  *json.Decoder
}

// startChild begins a server's process, which answers requests at addr and ends with
// ctx, with stop, and when this process ends.
func (b *bench) startChild(ctx context.Context, c candidate) (*child, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer func() { _ = ln.Close() }()
	file, err := ln.(*net.TCPListener).File()
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "-server", c.name, "-log", filepath.Join(b.dir, "log"))
	cmd.ExtraFiles = []*os.File{file}
	cmd.Stderr = b.stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s := &child{c, cmd, ln.Addr().String(), json.NewEncoder(stdin), json.NewDecoder(stdout)}
	return s, b.startPinned(cmd)
}

func (b *bench) startPinned(cmd *exec.Cmd) error {
	cmd.Env = []string{"GOMAXPROCS=1"}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GOMAXPROCS=") && !strings.HasPrefix(v, "TASKSD_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	if !b.pinned {
		return cmd.Start()
	}
	return startOn(b.core, cmd.Start)
}

// stop ends the process and waits until it has.
func (s *child) stop() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// do has the process obey a command.
func (s *child) do(c command) (r reply, err error) {
	if err = s.commands.Encode(c); err == nil {
		err = s.replies.Decode(&r)
	}
	if err == nil && r.Error != "" {
		err = errors.New(r.Error)
	}
	if err != nil {
		return r, fmt.Errorf("%s: %s: %w", s.name, c.Do, err)
	}
	return r, nil
}

// dial opens the connections of a load.
func (s *child) dial(ctx context.Context, n int) ([]*client, error) {
	clients := make([]*client, n)
	for i := range clients {
		var err error
		if clients[i], err = dial(ctx, s.addr); err != nil {
			closeAll(clients[:i])
			return nil, err
		}
	}
	return clients, nil
}
