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

// build installs, generates and compiles a client in its directory, and returns
// its generator's version.
func (r *runner) build(ctx context.Context, c client) (version string, err error) {
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

// install installs what a client needs, and copies the specification to its
// directory.
func (r *runner) install(ctx context.Context, c client) error {
	if c.tools.dir != "" {
		toolFiles, err := fs.Sub(files, c.tools.dir)
		if err != nil {
			return err
		}
		if err := live.Install(ctx, filepath.Join(r.dir, c.tools.dir), toolFiles, c.tools.lock, c.tools.install); err != nil {
			return err
		}
	}
	return r.copySpec(filepath.Join(r.dir, c.dir))
}

// copySpec creates a directory, if need be, and copies the specification there.
func (r *runner) copySpec(dir string) error {
	spec, err := os.ReadFile(r.spec)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "openapi.yaml"), spec, 0o666)
}

// output runs a command of a client and returns everything that it prints.
func (r *runner) output(ctx context.Context, c client, command string) (string, error) {
	text, err := r.command(ctx, c, command).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", command, err, text)
	}
	return string(text), nil
}

// command returns a command of a client, not yet started.
func (r *runner) command(ctx context.Context, c client, command string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Dir = filepath.Join(r.dir, c.dir)
	installed := filepath.Join(r.dir, c.tools.dir)
	path := []string{installed + "/node_modules/.bin", installed + "/venv/bin", os.Getenv("PATH")}
	cmd.Env = append(os.Environ(), "ROOT="+r.root, "PATH="+strings.Join(path, ":"))
	return cmd
}
