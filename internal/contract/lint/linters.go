package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"example.com/tasks/internal/contract/live"
)

// validate checks documents against OpenAPI itself by kin-openapi, and the
// examples in them against their schemas.
func validate(ctx context.Context, documents []string) live.Result {
	const module = "github.com/getkin/kin-openapi"
	r := live.Result{Tool: "kin-openapi", Checked: "OpenAPI 3.0, and the examples"}
	if info, ok := debug.ReadBuildInfo(); ok {
		if i := slices.IndexFunc(info.Deps, func(m *debug.Module) bool { return m.Path == module }); i >= 0 {
			r.Version = info.Deps[i].Version
		}
	}
	for _, file := range documents {
		doc, err := openapi3.NewLoader().LoadFromFile(file)
		if err == nil {
			err = doc.Validate(ctx, openapi3.EnableExamplesValidation())
		}
		if err != nil {
			r.Findings += found(r.Tool, file, []string{err.Error()})
		}
		r.Cases++
	}
	return r
}

// A linter is a command of the npm packages.
type linter struct {
	name    string
	checked string
	version []string
	lint    []string // Prints findings as JSON; the file is added.
	parse   func(output []byte) (findings []string, err error)
	defects []string // The rules that defects.yaml must violate, one of each ruleset.
}

var linters = []linter{
	{
		name:    "Spectral",
		checked: "spectral:oas and the OWASP API Security Top 10",
		version: []string{"spectral", "--version"},
		lint:    []string{"spectral", "lint", "--format", "json", "--quiet", "--ruleset", "spectral.yaml"},
		parse:   parseSpectral,
		defects: []string{"operation-operationId", "owasp:api4:2023-string-limit"},
	},
	{
		name:    "Redocly",
		checked: "recommended-strict",
		version: []string{"redocly", "--version"},
		lint:    []string{"redocly", "lint", "--format", "json", "--max-problems", "1000", "--config", "redocly.yaml"},
		parse:   parseRedocly,
		defects: []string{"operation-4xx-response"},
	},
}

// lint runs each linter on each document, and on a faulty one, to see that it
// finds anything.
func lint(ctx context.Context, dir string, documents []string) (results []live.Result, err error) {
	missing := live.Missing("node", "npm")
	if missing == "" {
		err = live.Install(ctx, dir, files, "package-lock.json", "npm ci --silent --no-audit --no-fund")
	}
	for _, l := range linters {
		if err != nil {
			return nil, err
		}
		r := live.Result{Tool: l.name, Checked: l.checked}
		if missing != "" {
			r.Skipped = missing + " is not installed"
		} else {
			err = l.check(ctx, dir, documents, &r)
		}
		results = append(results, r)
	}
	return results, err
}

// check adds what a linter finds in documents to r.
func (l *linter) check(ctx context.Context, dir string, documents []string, r *live.Result) error {
	version, _, err := l.run(ctx, dir, l.version...)
	if err != nil {
		return err
	}
	r.Version = strings.TrimSpace(string(version))
	fmt.Println(l.name, r.Version)
	findings, err := l.find(ctx, dir, "defects.yaml")
	if err != nil {
		return err
	}
	for _, rule := range l.defects {
		if !slices.ContainsFunc(findings, func(f string) bool { return strings.Contains(f, rule) }) {
			return fmt.Errorf("%s did not find %s in defects.yaml: it checks nothing", l.name, rule)
		}
	}
	for _, file := range documents {
		path, err := filepath.Abs(file)
		if err != nil {
			return err
		}
		findings, err := l.find(ctx, dir, path)
		if err != nil {
			return err
		}
		r.Findings += found(l.name, file, findings)
		r.Cases++
	}
	return nil
}

// find returns what a linter finds in a file. Its exit code says only whether
// there is anything.
func (l *linter) find(ctx context.Context, dir, file string) ([]string, error) {
	output, complaints, err := l.run(ctx, dir, append(slices.Clone(l.lint), file)...)
	findings, parseErr := l.parse(output)
	if parseErr != nil {
		return nil, fmt.Errorf("%s printed no report on %s: %w, %w\n%s%s", l.name, file, err, parseErr, output, complaints)
	}
	return findings, nil
}

// run runs a command of the npm packages in their directory.
func (l *linter) run(ctx context.Context, dir string, command ...string) (output, complaints []byte, err error) {
	cmd := exec.CommandContext(ctx, filepath.Join("node_modules/.bin", command[0]), command[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	output, err = cmd.Output()
	return output, []byte(stderr.String()), err
}

// parseSpectral returns the findings in Spectral's report, of any severity.
func parseSpectral(output []byte) (findings []string, err error) {
	var report []struct {
		Code, Message string
		Path          []string
		Range         struct{ Start struct{ Line int } }
	}
	if err := json.Unmarshal(output, &report); err != nil {
		return nil, err
	}
	for _, f := range report {
		findings = append(findings, fmt.Sprintf("line %d: %s: %s (%s)", f.Range.Start.Line+1, f.Code, f.Message, strings.Join(f.Path, ".")))
	}
	return findings, nil
}

// parseRedocly returns the findings in Redocly's report, of any severity.
func parseRedocly(output []byte) (findings []string, err error) {
	var report struct {
		Totals   *struct{ Errors, Warnings, Ignored int }
		Problems []struct {
			RuleID, Message string
			Location        []struct{ Pointer string }
		}
	}
	if err := json.Unmarshal(output, &report); err != nil {
		return nil, err
	}
	if report.Totals == nil || len(report.Problems) != report.Totals.Errors+report.Totals.Warnings || report.Totals.Ignored > 0 {
		return nil, errors.New("the totals do not match the problems")
	}
	for _, p := range report.Problems {
		at := ""
		if len(p.Location) > 0 {
			at = p.Location[0].Pointer
		}
		findings = append(findings, fmt.Sprintf("%s: %s (%s)", p.RuleID, p.Message, at))
	}
	return findings, nil
}
