package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"example.com/tasks/internal/contract/live"
)

const (
	// address is the server's in README.md, which follow replaces by that of a
	// real one.
	address = "http://localhost:8000"

	// printed is the last line of every section's program: the title of a task
	// and, where the client can read it, the ETag.
	printed = `~Learn WSGI( "[^"]+")?`
)

// colour matches a terminal's colour sequences, which Maven writes to any output.
var colour = regexp.MustCompile(`\x1b\[[\d;]*m`)

// follow runs a client's section of README.md in a directory that has nothing but
// openapi.yaml, and checks what its program prints.
func (r *runner) follow(ctx context.Context, c client, result *live.Result) (err error) {
	r.say(c, "follow README.md")
	script, err := sectionScript(r.readme, c.section)
	if err != nil {
		return err
	}
	dir := filepath.Join(r.dir, "readme", c.dir)
	if err := errors.Join(os.RemoveAll(dir), r.copySpec(dir)); err != nil {
		return err
	}
	server, err := r.serve(ctx, c, "readme")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	cmd := exec.CommandContext(ctx, "sh", "-e", "-c", strings.ReplaceAll(script, address, server.url))
	cmd.Dir = dir
	// Compiling Rust's dependencies takes most of a minute: keep them between runs.
	cmd.Env = append(os.Environ(), "TASKS="+r.root, "CARGO_TARGET_DIR="+filepath.Join(r.dir, "readme-target"))
	var complaints strings.Builder
	cmd.Stderr = &complaints
	output, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("README.md, %s: %w\n%s%s", c.section, err, output, &complaints)
	}
	result.Cases++
	lines := strings.Split(strings.TrimSpace(colour.ReplaceAllString(string(output), "")), "\n")
	if wrong := differences("the last line of the output", printed, lines[len(lines)-1]); len(wrong) > 0 {
		return fmt.Errorf("README.md, %s: %s", c.section, wrong[0])
	}
	return nil
}

// block matches a fenced block of Markdown, and the line before it that names a
// file, if there is one.
var block = regexp.MustCompile("(?ms)(?:^`([^`\n]+)`:\n\n)?^```(\\w+)\n(.*?)^```$")

// sectionScript returns a section of README.md as a shell script: the blocks of
// shell lines as they stand, and between them the writing of the files that the
// other blocks show.
func sectionScript(readme, section string) (string, error) {
	_, text, found := strings.Cut(readme, "\n## "+section+"\n")
	if !found {
		return "", fmt.Errorf("README.md has no section %q", section)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	var script strings.Builder
	for _, m := range block.FindAllStringSubmatch(text, -1) {
		switch file, language, lines := m[1], m[2], m[3]; {
		case language == "sh":
			script.WriteString(lines)
		case file != "":
			fmt.Fprintf(&script, "cat >%s <<'END_OF_FILE'\n%sEND_OF_FILE\n", file, lines)
		default:
			return "", fmt.Errorf("README.md, %s: a block of %s names no file", section, language)
		}
	}
	return script.String(), nil
}
