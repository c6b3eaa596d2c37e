package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
)

var (
	errFirst     = errors.New("openapi.yaml has no earlier version")
	errNoHistory = errors.New("no history to compare with")
)

// previous returns the openapi.yaml of the release before now, and where it is
// from: the last tag or, while there is none, the newest commit whose document
// differs. The error is errNoHistory where git cannot tell, and errFirst where
// there is no earlier document.
func previous(ctx context.Context, dir string, now []byte) (text []byte, from string, err error) {
	if tag, err := git(ctx, dir, "describe", "--tags", "--abbrev=0"); err == nil {
		text, err := git(ctx, dir, "show", tag+":openapi.yaml")
		return []byte(text), "tag " + tag, err
	}
	if err := complete(ctx, dir); err != nil {
		return nil, "", err
	}
	is, err := parseDocument(now)
	if err != nil {
		return nil, "", err
	}
	commits, err := git(ctx, dir, "log", "--format=%h", "--", "openapi.yaml")
	if err != nil {
		return nil, "", err
	}
	for commit := range strings.FieldsSeq(commits) {
		text, err := git(ctx, dir, "show", commit+":openapi.yaml")
		if err != nil {
			return nil, "", err
		}
		was, err := parseDocument([]byte(text))
		if err != nil {
			return nil, "", err
		}
		if !reflect.DeepEqual(was.content, is.content) {
			return []byte(text), "commit " + commit, nil
		}
	}
	return nil, "", errFirst
}

// complete returns errNoHistory unless there are commits, and git has them all.
func complete(ctx context.Context, dir string) error {
	if _, err := git(ctx, dir, "rev-parse", "HEAD"); err != nil {
		return fmt.Errorf("%w: %w", errNoHistory, err)
	}
	shallow, err := git(ctx, dir, "rev-parse", "--is-shallow-repository")
	if err == nil && shallow == "true" {
		err = fmt.Errorf("%w in a shallow clone: run git fetch --unshallow --tags", errNoHistory)
	}
	return err
}

// git returns the output of a git command, without white space around it. It
// also works in a clone that another user owns.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", root, "-c", "safe.directory=" + root}, args...)...)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	output, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(complaints.String()))
	}
	return strings.TrimSpace(string(output)), nil
}
