package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"example.com/tasks/internal/contract/live"
)

var semver = regexp.MustCompile(`\d+\.\d+\.\d+`)

// make installs, generates and compiles a client in its folder, and returns its
// generator's version.
func (r *runner) make(ctx context.Context, c client) (version string, err error) {
	if err := r.install(ctx, c); err != nil {
		return "", err
	}
	text, err := r.command(ctx, c, c.version).Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", c.version, err)
	}
	version = semver.FindString(string(text))
	r.say(c, "generate by version %s", version)
	if err := os.RemoveAll(filepath.Join(r.dir, c.dir, c.generated)); err != nil {
		return version, err
	}
	if _, err := r.output(ctx, c, c.generate); err != nil {
		return version, err
	}
	r.say(c, "compile")
	printed, err := r.output(ctx, c, c.check)
	if err == nil && strings.TrimSpace(printed) != "" {
		err = errors.New("the compiler warns:\n" + printed)
	}
	return version, err
}

// install installs what a client needs, and puts the specification into its
// folder.
func (r *runner) install(ctx context.Context, c client) error {
	if c.tools.dir != "" {
		own, err := fs.Sub(files, c.tools.dir)
		if err != nil {
			return err
		}
		if err := live.Install(ctx, filepath.Join(r.dir, c.tools.dir), own, c.tools.lock, c.tools.install); err != nil {
			return err
		}
	}
	spec, err := os.ReadFile(r.spec)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(r.dir, c.dir), 0o777); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.dir, c.dir, "openapi.yaml"), spec, 0o666)
}

// output runs a command of a client and returns all that it prints.
func (r *runner) output(ctx context.Context, c client, command string) (string, error) {
	text, err := r.command(ctx, c, command).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", command, err, text)
	}
	return string(text), nil
}

// command returns a command of a client that is not started yet.
func (r *runner) command(ctx context.Context, c client, command string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Dir = filepath.Join(r.dir, c.dir)
	installed := filepath.Join(r.dir, c.tools.dir)
	path := []string{installed + "/node_modules/.bin", installed + "/venv/bin", os.Getenv("PATH")}
	cmd.Env = append(os.Environ(), "ROOT="+r.root, "PATH="+strings.Join(path, ":"))
	return cmd
}
