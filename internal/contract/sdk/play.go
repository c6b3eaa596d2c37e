package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"example.com/tasks/internal/contract/live"
)

// playTimeout is how long a client may take for the scenario: a hundred times what
// the slowest needs.
const playTimeout = time.Minute

// play drives a client through the scenario, and counts and prints where what it
// read is wrong.
func (r *runner) play(ctx context.Context, c client, result *live.Result) (err error) {
	r.say(c, "play scenario.yaml")
	ctx, cancel := context.WithTimeout(ctx, playTimeout)
	defer cancel()
	tokens, err := r.writeTokens()
	if err != nil {
		return err
	}
	open, err := r.serve(ctx, c, "open")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, open.stop()) }()
	guarded, err := r.serve(ctx, c, "guarded", "-token-file", tokens)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, guarded.stop()) }()
	d, err := r.startDriver(ctx, c)
	if err != nil {
		return err
	}
	known := answers{"token": r.scenario.Token, "reader": r.scenario.Reader}
	for _, s := range r.scenario.Steps {
		server := open
		if s.Guarded {
			server = guarded
		}
		wrong, err := known.take(s, d, server)
		if err != nil {
			return err
		}
		result.Cases++
		if len(wrong) > 0 {
			result.Findings++
		}
		for _, line := range wrong {
			r.say(c, "%s: %s", s.Step, line)
		}
	}
	return d.stop()
}

// writeTokens writes a server's file of tokens and returns its path.
func (r *runner) writeTokens() (path string, err error) {
	path = filepath.Join(r.dir, "tokens")
	return path, os.WriteFile(path, []byte("sdk "+r.scenario.Token+"\nreader "+r.scenario.Reader+" read\n"), 0o600)
}

// A caller makes the call of a line, and returns what the client read.
type caller interface {
	call(line map[string]any) (map[string]any, error)
}

// take takes one step and returns what is wrong with the answer.
func (a answers) take(s step, c caller, server *watched) ([]string, error) {
	line := map[string]any{}
	if s.With != nil {
		line = a.resolve(s.With).(map[string]any)
	}
	line["step"], line["call"], line["url"] = s.Step, s.Call, server.url
	server.reset()
	answer, err := c.call(line)
	if err != nil {
		return nil, err
	}
	if answer["step"] != s.Step {
		return nil, fmt.Errorf("the driver answered step %v, not %s", answer["step"], s.Step)
	}
	delete(answer, "step")
	requests, sent := server.seen()
	if s.Expect["sent"] != nil {
		answer["sent"] = sent
	}
	a.add(s.Step, answer)
	wrong := differences("", a.resolve(s.Expect), answer)
	if requests != 1 {
		wrong = append(wrong, fmt.Sprintf("the client sent %d requests, not 1", requests))
	}
	return wrong, nil
}

// A driver is a process that makes calls with a client.
type driver struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func (r *runner) startDriver(ctx context.Context, c client) (*driver, error) {
	d := &driver{cmd: r.command(ctx, c, "exec "+c.driver)}
	d.cmd.Stderr = os.Stderr
	var err error
	if d.in, err = d.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	d.out = bufio.NewScanner(out)
	return d, d.cmd.Start()
}

func (d *driver) call(line map[string]any) (map[string]any, error) {
	if err := json.NewEncoder(d.in).Encode(line); err != nil {
		return nil, fmt.Errorf("the driver reads no step: %w", err)
	}
	if !d.out.Scan() {
		return nil, fmt.Errorf("the driver ended early: %w", d.cmd.Wait())
	}
	var answer map[string]any
	if err := json.Unmarshal(d.out.Bytes(), &answer); err != nil {
		return nil, fmt.Errorf("the driver wrote %q: %w", d.out.Text(), err)
	}
	return answer, nil
}

// stop closes the driver's input and waits for it.
func (d *driver) stop() error {
	if err := d.in.Close(); err != nil {
		return err
	}
	if d.out.Scan() {
		return fmt.Errorf("the driver wrote %q after the last step", d.out.Text())
	}
	return d.cmd.Wait()
}
