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

// address is the server's on the pages, which follow replaces by that of a real
// one.
const address = "http://localhost:8000"

// mark is printed before the program runs.
const mark = "--- the program"

// colour matches a terminal's colour sequences, which Maven writes to any output.
var colour = regexp.MustCompile(`\x1b\[[\d;]*m`)

// follow runs a client's page in a directory that has nothing but openapi.yaml,
// and checks what its program prints. The server demands the token that the
// environment has, and the answer to the first creation is lost.
func (r *runner) follow(ctx context.Context, c client, text string, result *live.Result) (err error) {
	r.say(c, "follow %s/README.md", c.dir)
	p, err := parsePage(text)
	if err != nil {
		return fmt.Errorf("%s/README.md: %w", c.dir, err)
	}
	dir := filepath.Join(r.dir, "readme", c.dir)
	if err := errors.Join(os.RemoveAll(dir), r.copySpec(dir)); err != nil {
		return err
	}
	tokens, err := r.writeTokens()
	if err != nil {
		return err
	}
	server, err := r.serve(ctx, c, "readme", "-token-file", tokens)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	server.loseCreation()
	script := strings.ReplaceAll(p.generate+"echo "+mark+"\n"+p.run, address, server.url)
	cmd := exec.CommandContext(ctx, "sh", "-e", "-c", script)
	cmd.Dir = dir
	// Compiling Rust's dependencies takes most of a minute: keep them between runs.
	cmd.Env = append(os.Environ(), "TASKS="+r.root, "TASKS_TOKEN="+r.scenario.Token, "CARGO_TARGET_DIR="+filepath.Join(r.dir, "readme-target"))
	var complaints strings.Builder
	cmd.Stderr = &complaints
	output, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s/README.md: %w\n%s%s", c.dir, err, output, &complaints)
	}
	result.Cases++
	_, got, _ := strings.Cut(string(output), mark+"\n")
	if got = colour.ReplaceAllString(got, ""); got != p.printed {
		return fmt.Errorf("%s/README.md: the program prints\n%sbut the page has\n%s", c.dir, got, p.printed)
	}
	return nil
}

// A page says how to generate a client, and has a program that uses it.
type page struct {
	generate string // The shell lines as they stand but the last, and between them the writing of the files.
	run      string // The last line, which runs the program.
	printed  string // What the program prints.
}

// block matches a fenced block of Markdown, and the line before it that names a
// file, if there is one.
var block = regexp.MustCompile("(?ms)(?:^`([^`\n]+)`:\n\n)?^```(\\w+)\n(.*?)^```$")

// parsePage reads a page: blocks of shell lines, of files, and one of text, which
// the program prints.
func parsePage(text string) (p page, err error) {
	var script strings.Builder
	for _, m := range block.FindAllStringSubmatch(text, -1) {
		switch file, language, lines := m[1], m[2], m[3]; {
		case language == "sh":
			script.WriteString(lines)
		case file != "":
			fmt.Fprintf(&script, "cat >%s <<'END_OF_FILE'\n%sEND_OF_FILE\n", file, lines)
		case language == "text" && p.printed == "":
			p.printed = lines
		default:
			return p, fmt.Errorf("a block of %s names no file", language)
		}
	}
	if p.printed == "" {
		return p, errors.New("no block of text says what the program prints")
	}
	before := strings.LastIndex(strings.TrimSuffix(script.String(), "\n"), "\n") + 1
	p.generate, p.run = script.String()[:before], script.String()[before:]
	return p, nil
}
