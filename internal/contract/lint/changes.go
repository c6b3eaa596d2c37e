package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"example.com/tasks/internal/contract/live"
)

// acceptedText lists changes that oasdiff cannot classify and that are accepted.
//
//go:embed accepted.txt
var acceptedText string

// A document is a specification, as far as the comparison needs it.
type document struct {
	version    string
	operations int
	content    any
}

func parseDocument(text []byte) (d document, err error) {
	var known struct {
		Info  struct{ Version string }
		Paths map[string]map[string]struct {
			OperationID string `yaml:"operationId"`
		}
	}
	if err := yaml.Unmarshal(text, &d.content); err != nil {
		return d, err
	}
	// An error is expected: not all members of a path are operations.
	_ = yaml.Unmarshal(text, &known)
	d.version = known.Info.Version
	for _, item := range known.Paths {
		for _, op := range item {
			if op.OperationID != "" {
				d.operations++
			}
		}
	}
	return d, nil
}

// A change is an entry of oasdiff's changelog, by its names.
type change struct {
	ID, Text, Operation, Path string
	Fingerprint               string // Of all of these.
	Level                     int    // 1 to 3; see mayBreak and breaks.
}

const (
	mayBreak = 2 // oasdiff cannot tell, as of a changed pattern.
	breaks   = 3
)

// name returns what accepted.txt calls a change.
func (c *change) name() string {
	return strings.Join([]string{c.Fingerprint, c.ID, c.Operation, c.Path}, " ")
}

// review returns what is wrong with the step from one document to the next: any
// change needs a higher version, and one that may break clients a higher major
// version, unless it is accepted.
func review(was, is document, changes []change, accepted []string) (findings []string) {
	if reflect.DeepEqual(was.content, is.content) {
		return nil
	}
	before, err := parseVersion(was.version)
	after, err2 := parseVersion(is.version)
	if err := errors.Join(err, err2); err != nil {
		return []string{err.Error()}
	}
	if slices.Compare(after, before) <= 0 {
		findings = append(findings, fmt.Sprintf("it differs from version %s: raise info.version, which is %s", was.version, is.version))
	}
	var used []string
	for _, c := range changes {
		if c.Level < mayBreak {
			continue
		}
		if c.Level == mayBreak && slices.Contains(accepted, c.name()) {
			used = append(used, c.name())
		} else if after[0] <= before[0] {
			findings = append(findings, fmt.Sprintf("breaks clients, and so needs version %d.0.0: %s: %s", before[0]+1, c.name(), c.Text))
		}
	}
	for _, name := range accepted {
		if !slices.Contains(used, name) {
			findings = append(findings, "accepted.txt has a change that is not there; remove it: "+name)
		}
	}
	return findings
}

// parseVersion reads a version like 1.2.3.
func parseVersion(s string) (numbers []int, err error) {
	parts := strings.Split(s, ".")
	for _, part := range parts {
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil || len(parts) != 3 {
			return nil, fmt.Errorf("info.version is %q, want one like 1.2.3", s)
		}
		numbers = append(numbers, int(n))
	}
	return numbers, nil
}

// parseAccepted reads accepted.txt, which has a change a line, with its reason
// after a colon, and returns the names of the changes.
func parseAccepted(text string) (accepted []string, err error) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, reason, _ := strings.Cut(line, ": ")
		if reason == "" {
			return nil, fmt.Errorf("accepted.txt: %q has no reason", line)
		}
		accepted = append(accepted, name)
	}
	return accepted, nil
}

// compare compares the openapi.yaml of the work tree with its previous version,
// which it copies to the file before. The error is errFirst where there is none.
func compare(ctx context.Context, before, oasdiff string) (r live.Result, err error) {
	r.Tool = "oasdiff"
	now, err := os.ReadFile("openapi.yaml")
	if err != nil {
		return r, err
	}
	if missing := live.Missing("git"); missing != "" {
		r.Skipped = missing + " is not installed"
		return r, nil
	}
	past, from, err := previous(ctx, ".", now)
	if errors.Is(err, errNoHistory) {
		r.Skipped = err.Error()
		return r, nil
	}
	if err != nil {
		return r, err
	}
	if err := os.WriteFile(before, past, 0o666); err != nil {
		return r, err
	}
	info, err := buildinfo.ReadFile(oasdiff)
	if err != nil {
		return r, err
	}
	accepted, err := parseAccepted(acceptedText)
	if err != nil {
		return r, err
	}
	was, err := parseDocument(past)
	if err != nil {
		return r, err
	}
	is, err := parseDocument(now)
	if err != nil {
		return r, err
	}
	changes, err := findChanges(ctx, oasdiff, before, "openapi.yaml")
	if err != nil {
		return r, err
	}
	r.Version, r.Cases = info.Main.Version, was.operations
	r.Checked = fmt.Sprintf("version %s of %s → %s", was.version, from, is.version)
	fmt.Printf("oasdiff %s: %d changes from %s\n", r.Version, len(changes), from)
	r.Findings = found(r.Tool, "openapi.yaml", review(was, is, changes, accepted))
	return r, nil
}

// findChanges returns the changes that oasdiff finds between two files.
func findChanges(ctx context.Context, oasdiff, before, after string) (changes []change, err error) {
	cmd := exec.CommandContext(ctx, oasdiff, "changelog", "--format", "json", "--allow-external-refs=false", before, after)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	output, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(output, &changes)
	}
	if err != nil {
		return nil, fmt.Errorf("oasdiff: %w\n%s", err, &complaints)
	}
	return changes, nil
}
