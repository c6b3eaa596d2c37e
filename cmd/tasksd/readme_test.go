package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The sessions in the READMEs work as they are printed, but for the port, and for
// ids, which are new.
func TestREADMESessions(t *testing.T) {
	for _, tool := range []string{"bash", "curl", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	for file, least := range map[string]int{"../../README.md": 2, "README.md": 0} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		blocks := regexp.MustCompile("(?ms)^```console\n(.*?)^```$").FindAllStringSubmatch(string(text), -1)
		if len(blocks) < least {
			t.Errorf("%s has %d sessions, want at least %d", file, len(blocks), least)
		}
		for _, block := range blocks {
			commands := parseSession(block[1])
			t.Run(filepath.Base(filepath.Dir(file))+" "+commands[0].text, func(t *testing.T) {
				t.Parallel()
				(&session{t: t, dir: t.TempDir(), ids: map[string]string{}}).play(commands)
			})
		}
	}
}

// command is a command of a session, and what it prints.
type command struct{ text, output string }

// The README's targets of make exist, and the server takes the flags that they
// pass on.
func TestREADMECommandsExist(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile("(?m)(?:^    |`)make ([a-z-]+)(?: ARGS='?([^'`\n]*))?").FindAllStringSubmatch(string(readme), -1)
	if len(commands) < 5 {
		t.Errorf("the README has only %d commands", len(commands))
	}
	for _, c := range commands {
		if !regexp.MustCompile("(?m)^" + c[1] + ":").Match(makefile) {
			t.Errorf("the Makefile lacks %s", c[1])
		}
		if _, err := parse(strings.Fields(c[2]), nil); err != nil {
			t.Errorf("%s: %v", c[0], err)
		}
	}
}

// The README's program for a page works.
func TestREADMEScript(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("node"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, script, _ := strings.Cut(string(readme), "\n```js\n")
	script, _, ok := strings.Cut(script, "```\n")
	if !ok {
		t.Fatal("the README has no script")
	}
	p := start(t, nil, "-demo", "-addr", "127.0.0.1:0")
	script = strings.ReplaceAll(script, "localhost:8000", p.host()) + "console.log(tasks.length);\n"
	output, err := exec.CommandContext(t.Context(), "node", "--input-type=module", "--eval", script).CombinedOutput()
	if err != nil || strings.TrimSpace(string(output)) != "3" {
		t.Errorf("%v\n%s\nwant 3 tasks that are not done", err, output)
	}
}

// parseSession returns the commands of a session: lines that begin with a prompt,
// each with the lines after it.
func parseSession(text string) (commands []command) {
	for part := range strings.SplitSeq("\n"+text, "\n$ ") {
		line, output, _ := strings.Cut(part, "\n")
		if line != "" {
			commands = append(commands, command{line, strings.TrimSpace(output)})
		}
	}
	return commands
}

// session is a session as it is repeated.
type session struct {
	t      *testing.T
	dir    string
	server *process
	setup  string            // Assignments to variables, for the commands that follow.
	ids    map[string]string // What stands for each printed id now.
}

// play runs the commands. One that runs the server starts it with its flags, on a
// free port; without one, the first command starts it without flags.
func (s *session) play(commands []command) {
	for _, c := range commands {
		switch {
		case strings.HasPrefix(c.text, "make run"):
			_, args, _ := strings.Cut(c.text, "ARGS='")
			s.start(strings.Fields(strings.TrimSuffix(args, "'")))
		case regexp.MustCompile(`^[A-Z]+=`).MatchString(c.text):
			s.setup += s.now(c.text) + "\n"
		case strings.Contains(c.text, "localhost:8000") && s.server == nil:
			s.start(nil)
			fallthrough
		default:
			s.run(c)
		}
	}
}

func (s *session) start(flags []string) {
	s.t.Helper()
	for i, f := range flags {
		if f == "-addr" {
			flags = append(flags[:i:i], flags[i+2:]...)
			break
		}
	}
	s.server = launchIn(s.t, s.dir, nil, append(flags, "-addr", "127.0.0.1:0")...)
	s.server.url = urlIn(s.t, s.server.await("listening"))
}

// now returns text with the new ids instead of the printed ones.
func (s *session) now(text string) string {
	for printed, id := range s.ids {
		text = strings.ReplaceAll(text, printed, id)
	}
	return text
}

func (s *session) run(c command) {
	s.t.Helper()
	text := s.now(c.text)
	if s.server != nil {
		text = strings.ReplaceAll(text, "localhost:8000", s.server.host())
	}
	cmd := exec.CommandContext(s.t.Context(), "bash", "-euo", "pipefail", "-c", s.setup+text)
	cmd.Dir = s.dir
	output, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", c.text, err, output)
	}
	got, id := strings.TrimSpace(string(output)), regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	fresh := id.FindAllString(got, -1)
	for i, printed := range id.FindAllString(c.output, -1) {
		if _, known := s.ids[printed]; !known && i < len(fresh) {
			s.ids[printed] = fresh[i]
		}
	}
	if want := s.now(c.output); got != want {
		s.t.Errorf("$ %s\n%s\nthe README has\n%s", c.text, got, want)
	}
}

// Every relative link of a page in the repository leads to a file, and to a heading
// in it if it names one.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	const root = "../.."
	anchor := func(heading string) string {
		kept := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(heading), "")
		return strings.ReplaceAll(kept, " ", "-")
	}
	links := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", ".tools", ".bin", "node_modules"}, d.Name()):
			return filepath.SkipDir
		case filepath.Ext(path) != ".md":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(string(text), -1) {
			file, heading, _ := strings.Cut(m[1], "#")
			if strings.Contains(file, "://") {
				continue
			}
			links++
			target := path
			if file != "" {
				target = filepath.Join(filepath.Dir(path), file)
			}
			page, err := os.ReadFile(target)
			if errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s has a link to %s, which does not exist", path, m[1])
			}
			headings := regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(string(page), -1)
			if heading != "" && !slices.ContainsFunc(headings, func(h []string) bool { return anchor(h[1]) == heading }) {
				t.Errorf("%s has a link to %s, where there is no such heading", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if links < 30 {
		t.Errorf("found only %d links", links)
	}
}
