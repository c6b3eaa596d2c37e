package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"time"
)

// start measures the time from the start of a process to its first answer: an
// empty list. The packages that a binary links are part of it, and this one
// links kin-openapi, whose JSON Schema package alone takes milliseconds to
// initialize. So it stands for the conventional server, which needs it, and for
// no other; tasksd is a binary of its own.
func (b *bench) start(ctx context.Context) error {
	list, err := kindNamed("list")
	if err != nil {
		return err
	}
	c, err := candidateNamed("conventional")
	if err != nil {
		return err
	}
	type starter struct {
		name  string
		start func() (time.Duration, error)
		took  []float64 // Milliseconds.
	}
	all := []*starter{{name: c.name, start: func() (time.Duration, error) { return b.startOnce(ctx, c, list) }}}
	if b.tasksd != "" {
		all = append(all, &starter{name: "tasksd", start: func() (time.Duration, error) { return b.startTasksd(ctx, list) }})
	}
	for round := range b.starts {
		b.progress("start: round %d of %d", round+1, b.starts)
		for n := range all {
			s := all[(n+round)%len(all)]
			took, err := s.start()
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			s.took = append(s.took, took.Seconds()*1e3)
		}
	}
	b.progress("")
	fmt.Fprintf(b.stdout, "\n## Start\n\nMilliseconds from exec to the first answer, least and median of %d starts.\n\n", b.starts)
	fmt.Fprintf(b.stdout, "| server | least | median |\n|---|---:|---:|\n")
	for _, s := range all {
		slices.Sort(s.took)
		fmt.Fprintf(b.stdout, "| %s | %.1f | %.1f |\n", s.name, s.took[0], median(s.took))
	}
	return nil
}

func (b *bench) startOnce(ctx context.Context, c candidate, k *kind) (time.Duration, error) {
	began := time.Now()
	s, err := b.startChild(ctx, c)
	if err != nil {
		return 0, err
	}
	defer s.stop()
	return first(ctx, s.addr, k, began)
}

// first returns how long after began the first answer came.
func first(ctx context.Context, addr string, k *kind, began time.Time) (time.Duration, error) {
	c, err := dial(ctx, addr)
	if err != nil {
		return 0, err
	}
	defer closeAll([]*client{c})
	_, err = load([]*client{c}, k, 0, 1)
	return time.Since(began), err
}

var listening = regexp.MustCompile(`msg=listening addr=(127\.0\.0\.1:\d+)`)

// startTasksd reads from the log where the server listens.
func (b *bench) startTasksd(ctx context.Context, k *kind) (took time.Duration, err error) {
	cmd := exec.CommandContext(ctx, b.tasksd, "-addr", "127.0.0.1:0")
	log, err := cmd.StderrPipe()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := b.startPinned(cmd); err != nil {
		return 0, err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	line, err := bufio.NewReader(log).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	addr := listening.FindStringSubmatch(line)
	if addr == nil {
		return 0, fmt.Errorf("its log begins with %q, want the address", line)
	}
	return first(ctx, addr[1], k, began)
}
