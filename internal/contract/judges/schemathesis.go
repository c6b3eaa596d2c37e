package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"example.com/tasks/internal/contract/live"
)

// schemathesis generates requests from the specification and checks the answers.
type schemathesis struct {
	dir, logs       string
	examples, seeds int
}

// phases are all that Schemathesis has.
const phases = "examples,coverage,fuzzing,stateful"

func (s *schemathesis) judge(ctx context.Context, t target) (r live.Result, err error) {
	r.Tool, r.Checked = "Schemathesis", fmt.Sprintf("%s: all checks and phases, %d seeds", t.name, s.seeds)
	if missing := live.Missing("python3"); missing != "" {
		r.Skipped = missing + " is not installed"
		return r, nil
	}
	const install = "python3 -m venv --clear venv && venv/bin/pip install -q --disable-pip-version-check --only-binary :all: --require-hashes -r requirements.txt"
	if err := live.Install(ctx, s.dir, toolFiles("schemathesis"), "requirements.txt", install); err != nil {
		return r, err
	}
	for seed := 1; seed <= s.seeds; seed++ {
		outcome, err := s.run(ctx, t, seed)
		if err != nil {
			return r, err
		}
		for _, finding := range outcome.findings() {
			fmt.Printf("Schemathesis: %s, seed %d: %s\n", t.name, seed, finding)
			r.Findings++
		}
		r.Version = outcome.Version
		r.Cases += outcome.TestCases.Generated
	}
	return r, nil
}

// run runs Schemathesis once. Its report, and all requests and answers, stay among
// the logs.
func (s *schemathesis) run(ctx context.Context, t target, seed int) (*outcome, error) {
	config, err := s.config(t)
	if err != nil {
		return nil, err
	}
	report := filepath.Join(s.logs, fmt.Sprintf("%s-schemathesis-%d", t.name, seed))
	cmd := exec.CommandContext(ctx, filepath.Join(s.dir, "venv/bin/st"), "--config-file", config,
		"run", t.url+"/openapi.yaml", "--checks", "all", "--phases", phases,
		"--seed", strconv.Itoa(seed), "--max-examples", strconv.Itoa(s.examples), "--no-color",
		"--report-json-path", report+".json", "--report-vcr-path", report+".requests.yaml")
	cmd.Dir = s.logs
	cmd.Env = append(os.Environ(), "TOKEN="+t.token)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	exit := cmd.Run()
	if status := (*exec.ExitError)(nil); exit != nil && !errors.As(exit, &status) {
		return nil, exit
	}
	text, err := os.ReadFile(report + ".json")
	if err != nil {
		return nil, errors.Join(exit, err)
	}
	return parseOutcome(text, exit)
}

// config returns the path of the configuration for a server.
func (s *schemathesis) config(t target) (string, error) {
	if t.token == "" {
		return filepath.Join(s.dir, "schemathesis.toml"), nil
	}
	text, err := files.ReadFile("schemathesis/schemathesis.toml")
	if err != nil {
		return "", err
	}
	file := filepath.Join(s.dir, "secured.toml")
	return file, os.WriteFile(file, append(text, "\n[auth.openapi.bearerAuth]\nbearer = \"${TOKEN}\"\n"...), 0o666)
}

// outcome is Schemathesis's report of a run.
type outcome struct {
	Version    string `json:"schemathesis_version"`
	Complete   bool
	StopReason string `json:"stop_reason"`
	Operations struct{ Total, Tested int }
	Phases     map[string]struct{ Status string }
	TestCases  struct{ Generated int } `json:"test_cases"`
	Failures   []struct {
		Code, Title string
		Count       int
		Operations  []string
	}
	Errors   []json.RawMessage
	Warnings map[string][]json.RawMessage

	exit error
}

func parseOutcome(text []byte, exit error) (*outcome, error) {
	r := &outcome{exit: exit}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, err
	}
	if r.Version == "" || len(r.Phases) == 0 {
		return nil, errors.Join(errors.New("not a report of Schemathesis"), exit)
	}
	return r, nil
}

// findings returns everything that is wrong: failures, errors, warnings, and what
// was left out.
func (r *outcome) findings() (findings []string) {
	add := func(format string, args ...any) { findings = append(findings, fmt.Sprintf(format, args...)) }
	for _, f := range r.Failures {
		add("%s %s: %q (%d times)", f.Code, f.Title, f.Operations, f.Count)
	}
	for _, e := range r.Errors {
		add("error: %s", e)
	}
	for name, warnings := range r.Warnings {
		for _, w := range warnings {
			add("warning: %s: %s", name, w)
		}
	}
	if !r.Complete || r.Operations.Tested != r.Operations.Total {
		add("it tested %d of %d operations and stopped: %s", r.Operations.Tested, r.Operations.Total, r.StopReason)
	}
	if len(findings) > 0 {
		return findings
	}
	for name := range strings.SplitSeq(phases, ",") {
		if status := r.Phases[name].Status; status != "success" {
			add("the phase %s ended with %q", name, status)
		}
	}
	if r.exit != nil {
		add("%v", r.exit)
	}
	return findings
}
