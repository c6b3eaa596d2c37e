package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"example.com/tasks/internal/contract/live"
)

// prism forwards the requests of the scenario to a server, and reports where a
// request or its answer violates the specification.
type prism struct{ dir, logs string }

func (p *prism) judge(ctx context.Context, t target) (r live.Result, err error) {
	r.Tool = "Prism"
	if missing := live.Missing("node", "npm"); missing != "" {
		r.Skipped = missing + " is not installed"
		return r, nil
	}
	if err := live.Install(ctx, p.dir, toolFiles("prism"), "package-lock.json", "npm ci --silent --no-audit --no-fund --ignore-scripts"); err != nil {
		return r, err
	}
	version, err := exec.CommandContext(ctx, p.command(), "--version").Output()
	if err != nil {
		return r, err
	}
	url, stop, err := p.start(ctx, t)
	if err != nil {
		return r, err
	}
	defer stop()
	s := &scenario{target: t, proxy: url}
	if err := s.play(ctx); err != nil {
		return r, err
	}
	for _, finding := range s.findings {
		fmt.Printf("Prism: %s: %s\n", t.name, finding)
	}
	r.Version, r.Cases, r.Findings = strings.TrimSpace(string(version)), s.requests, len(s.findings)
	r.Checked = fmt.Sprintf("%s: %d of the declared answers", t.name, len(s.seen))
	return r, nil
}

func (p *prism) command() string { return filepath.Join(p.dir, "node_modules/.bin/prism") }

var isListening = regexp.MustCompile(`Prism is listening on (\S+)`)

// start runs Prism in front of a server. With --errors, Prism would answer an
// invalid request itself, and the server's refusal would go unseen; without, it
// reports the same in a header.
func (p *prism) start(ctx context.Context, t target) (url string, stop func(), err error) {
	fmt.Printf("Prism: %s\n", t.name)
	log := filepath.Join(p.logs, t.name+"-prism.log")
	file, err := os.Create(log)
	if err != nil {
		return "", nil, err
	}
	defer file.Close() // The process has its own descriptor.
	cmd := exec.CommandContext(ctx, p.command(), "proxy", t.url+"/openapi.yaml", t.url, "--port", "0", "--cors=false")
	cmd.Stdout, cmd.Stderr = file, file
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // Prism never exits with 0.
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		text, err := os.ReadFile(log)
		if err != nil {
			stop()
			return "", nil, err
		}
		if m := isListening.FindSubmatch(text); m != nil {
			return string(m[1]), stop, nil
		}
	}
	stop()
	return "", nil, fmt.Errorf("prism does not listen after a minute; see %s", log)
}

// A violation is what Prism reports in the header sl-violations.
type violation struct {
	Location []string // Begins with request or response.
	Message  string
}

// violations returns what Prism reports of a request and its answer. An error is
// one of Prism itself, which answers with a problem type of its own.
func violations(resp *http.Response, body []byte) (request, response []string, err error) {
	var own struct{ Type string }
	if json.Unmarshal(body, &own) == nil && strings.HasPrefix(own.Type, "https://stoplight.io/prism/errors") {
		return nil, nil, fmt.Errorf("prism itself failed: %s", body)
	}
	for _, line := range resp.Header.Values("Sl-Violations") {
		var found []violation
		if err := json.Unmarshal([]byte(line), &found); err != nil {
			return nil, nil, fmt.Errorf("sl-violations %q: %w", line, err)
		}
		for _, v := range found {
			text := strings.Join(v.Location, ".") + ": " + v.Message
			if len(v.Location) > 0 && v.Location[0] == "request" {
				request = append(request, text)
			} else {
				response = append(response, text)
			}
		}
	}
	return request, response, nil
}
