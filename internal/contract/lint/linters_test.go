package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/tasks/internal/contract/live"
)

func TestParseReports(t *testing.T) {
	const (
		spectral = `[{"code": "a-rule", "path": ["info", "0"], "message": "Bad.", "severity": 3,
			"range": {"start": {"line": 6, "character": 1}}}]`
		redocly = `{"totals": {"errors": 1, "warnings": 1, "ignored": 0}, "version": "2.0.0", "problems": [
			{"ruleId": "a-rule", "severity": "warn", "message": "Bad.", "location": [{"pointer": "#/info"}]},
			{"ruleId": "b-rule", "severity": "error", "message": "Worse.", "location": []}]}`
	)
	for name, test := range map[string]struct {
		parse  func([]byte) ([]string, error)
		output string
		want   string // "error" for what is not a report.
	}{
		"Spectral":                {parseSpectral, spectral, "line 7: a-rule: Bad. (info.0)"},
		"Spectral, nothing":       {parseSpectral, "[]", ""},
		"Spectral, no output":     {parseSpectral, "", "error"},
		"Spectral, no report":     {parseSpectral, "No results", "error"},
		"Redocly":                 {parseRedocly, redocly, "a-rule: Bad. (#/info); b-rule: Worse. ()"},
		"Redocly, nothing":        {parseRedocly, `{"totals": {"errors": 0, "warnings": 0, "ignored": 0}, "problems": []}`, ""},
		"Redocly, ignored":        {parseRedocly, `{"totals": {"errors": 0, "warnings": 0, "ignored": 1}, "problems": []}`, "error"},
		"Redocly, some left out":  {parseRedocly, strings.Replace(redocly, `"errors": 1`, `"errors": 2`, 1), "error"},
		"Redocly, another report": {parseRedocly, "{}", "error"},
		"Redocly, no output":      {parseRedocly, "", "error"},
	} {
		findings, err := test.parse([]byte(test.output))
		got := strings.Join(findings, "; ")
		if err != nil {
			got = "error"
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestLinterThatFindsNoDefectsFails(t *testing.T) {
	dir := t.TempDir()
	bin := filepath.Join(dir, "node_modules/.bin")
	if err := os.MkdirAll(bin, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, output := range map[string]string{
		"finds all":        `[{"code": "operation-operationId"}, {"code": "owasp:api4:2023-string-limit"}]`,
		"finds half":       `[{"code": "operation-operationId"}]`,
		"finds nothing":    "[]",
		"prints no report": "All is well.",
		"prints nothing":   "",
	} {
		if err := os.WriteFile(filepath.Join(bin, "spectral"), []byte("#!/bin/sh\necho '"+output+"'\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		err := linters[0].check(t.Context(), dir, nil, &live.Result{})
		if (err == nil) != (name == "finds all") {
			t.Errorf("a linter that %s: %v", name, err)
		}
	}
}
