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

// prism passes the requests of the scenario on to a server, and says of each
// request and each answer where it is not what the specification has.
type prism struct{ dir, logs string }

func (p *prism) judge(ctx context.Context, t target) (r live.Result, err error) {
	r.Tool = "Prism"
	if missing := live.Missing("node", "npm"); missing != "" {
		r.Skipped = missing + " is not installed"
		return r, nil
	}
	if err := live.Install(ctx, p.dir, part("prism"), "package-lock.json", "npm ci --silent --no-audit --no-fund --ignore-scripts"); err != nil {
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
	r.Checked = fmt.Sprintf("%s: requests and answers, %d of the specification's", t.name, len(s.seen))
	return r, nil
}

func (p *prism) command() string { return filepath.Join(p.dir, "node_modules/.bin/prism") }

var isListening = regexp.MustCompile(`Prism is listening on (\S+)`)

// start runs Prism in front of a server. With --errors it would answer a
// request that breaks the specification by itself, and the server's refusals
// would go unseen; without, it says the same in a header.
func (p *prism) start(ctx context.Context, t target) (url string, stop func(), err error) {
	fmt.Printf("Prism: %s\n", t.name)
	log := filepath.Join(p.logs, t.name+"-prism.log")
	file, err := os.Create(log)
	if err != nil {
		return "", nil, err
	}
	defer file.Close() // The process has its own.
	cmd := exec.CommandContext(ctx, p.command(), "proxy", t.url+"/openapi.yaml", t.url, "--port", "0", "--cors=false")
	cmd.Stdout, cmd.Stderr = file, file
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // Prism has no good end.
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
	return "", nil, fmt.Errorf("prism does not listen; see %s", log)
}

// A violation is one of those that Prism puts into the header sl-violations.
type violation struct {
	Location []string // Begins with request or response.
	Message  string
}

// violations returns what Prism says of a request and its answer. Errors of
// Prism itself are problems of its own type.
func violations(resp *http.Response, body []byte) (request, response []string, err error) {
	var own struct{ Type string }
	if json.Unmarshal(body, &own) == nil && strings.HasPrefix(own.Type, "https://stoplight.io/prism/errors") {
		return nil, nil, fmt.Errorf("prism itself answers: %s", body)
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
