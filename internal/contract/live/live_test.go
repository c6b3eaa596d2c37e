package live_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"example.com/tasks/internal/contract/live"
)

// script writes a shell script to a file and returns its path.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tasksd")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStartReportsAtOnceWhyAServerExited(t *testing.T) {
	start := time.Now()
	_, err := live.Start(t.Context(), script(t, "echo the reason >&2; exit 3"), filepath.Join(t.TempDir(), "log"))
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "the reason") {
		t.Errorf("the error is %v, want the exit status and the log", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestStartIgnoresSettingsInTheEnvironment(t *testing.T) {
	t.Setenv("TASKSD_TOKEN", "")
	const program = "env | grep TASKSD >&2; echo 'msg=listening addr=x url=http://127.0.0.1:1' >&2; exec sleep 60"
	log := filepath.Join(t.TempDir(), "log")
	s, err := live.Start(t.Context(), script(t, program), log)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Stop() // A script that ends by a signal is an error.
	if text, err := os.ReadFile(log); err != nil || strings.Contains(string(text), "TASKSD") {
		t.Errorf("the environment has %s, %v", text, err)
	}
}

func TestStopReportsAServerThatFailed(t *testing.T) {
	const listens = "echo 'msg=listening addr=x url=http://127.0.0.1:1' >&2; "
	for name, test := range map[string]struct {
		text string
		well bool
	}{
		"exits with 0":      {listens + "trap 'exit 0' TERM; while :; do sleep 0.05; done", true},
		"exits with 1":      {listens + "trap 'exit 1' TERM; while :; do sleep 0.05; done", false},
		"had exited before": {listens + "sleep 0.1", false},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := live.Start(t.Context(), script(t, test.text), filepath.Join(t.TempDir(), "log"))
			if err != nil {
				t.Fatal(err)
			}
			if s.URL != "http://127.0.0.1:1" {
				t.Errorf("the URL is %q", s.URL)
			}
			time.Sleep(500 * time.Millisecond) // For the one that exits.
			if err := s.Stop(); (err == nil) != test.well {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestReportFailsOnFindings(t *testing.T) {
	for name, test := range map[string]struct {
		ci, want string
		result   live.Result
	}{
		"all is well":      {"true", "", live.Result{Tool: "x", Cases: 1}},
		"a finding":        {"", "x: findings: 2", live.Result{Tool: "x", Cases: 3, Findings: 2}},
		"nothing checked":  {"", "x checked nothing", live.Result{Tool: "x"}},
		"skipped":          {"", "", live.Result{Tool: "x", Skipped: "no npm"}},
		"skipped under CI": {"true", "x was skipped: no npm", live.Result{Tool: "x", Skipped: "no npm"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("CI", test.ci)
			var table strings.Builder
			got := ""
			if err := live.Report(&table, []live.Result{{Tool: "good", Cases: 1}, test.result}); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("the error is %q, want %q", got, test.want)
			}
			if !strings.Contains(table.String(), "| x ") || !strings.Contains(table.String(), test.result.Skipped) {
				t.Errorf("the table is\n%s", table.String())
			}
		})
	}
}

func TestInstallRunsOncePerLockFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tool")
	install := func(lock, command string) error {
		files := fstest.MapFS{"lock": {Data: []byte(lock)}, "more/config": {Data: []byte("config of " + lock)}}
		return live.Install(t.Context(), dir, files, "lock", command)
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if err := install("1", "echo secret reason; exit 1"); err == nil || !strings.Contains(err.Error(), "secret reason") {
		t.Errorf("a failure is %v", err)
	}
	for _, lock := range []string{"1", "1", "2"} {
		if err := install(lock, "cat lock >>done"); err != nil {
			t.Fatal(err)
		}
	}
	if got := read("done"); got != "12" {
		t.Errorf("it ran for %q, want 12", got)
	}
	if got := read("more/config"); got != "config of 2" {
		t.Errorf("the other file has %q", got)
	}
}

func TestMissing(t *testing.T) {
	if got := live.Missing("sh", "no-such-command"); got != "no-such-command" {
		t.Errorf("got %q", got)
	}
	if got := live.Missing("sh"); got != "" {
		t.Errorf("got %q", got)
	}
}
