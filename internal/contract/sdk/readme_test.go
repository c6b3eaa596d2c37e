package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.com/tasks/internal/contract/live"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// pin matches a package with its version, as npm, pip and Maven write it.
var pin = regexp.MustCompile(`([@\w/.-]+?)(?:@|==|:)(\d+\.\d+\.\d+)`)

// pages returns the page of each client, and that of web pages, by directory.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{"../browser": read(t, "../browser/README.md")}
	for _, c := range clients {
		all[c.dir] = read(t, c.dir+"/README.md")
	}
	return all
}

// make sdk runs the pages; this is what that cannot see.
func TestPagesHaveWhatTheDriversHave(t *testing.T) {
	all := pages(t)
	for _, c := range clients {
		p, err := parsePage(all[c.dir])
		if err != nil {
			t.Errorf("%s: %v", c.dir, err)
			continue
		}
		if strings.Count(p.generate, address) != 1 {
			t.Errorf("%s: want %s once", c.dir, address)
		}
		if c.tools.dir == "" {
			continue // The Go client is gen/client.
		}
		if !strings.Contains(p.generate, c.generate+"\n") {
			t.Errorf("%s: the line is missing: %s", c.dir, c.generate)
		}
		lock := filepath.Join(c.tools.dir, c.tools.lock)
		pins := pin.FindAllStringSubmatch(p.generate, -1)
		if len(pins) == 0 {
			t.Errorf("%s: no package is pinned", c.dir)
		}
		for _, m := range pins {
			same := regexp.MustCompile(regexp.QuoteMeta(m[1]) + `[^\d]{1,80}` + regexp.QuoteMeta(m[2]) + `\b`)
			if !same.MatchString(read(t, lock)) {
				t.Errorf("%s: %s is another version in %s", c.dir, m[0], lock)
			}
		}
	}
}

func TestProgramsOfAllPagesPrintTheSame(t *testing.T) {
	all := pages(t)
	want, err := parsePage(all["go"])
	if err != nil {
		t.Fatal(err)
	}
	for dir, text := range all {
		if p, err := parsePage(text); err != nil || p.printed != want.printed {
			t.Errorf("%s: %v, %q, not %q", dir, err, p.printed, want.printed)
		}
	}
}

func TestREADMELinksToEachPage(t *testing.T) {
	readme := read(t, "README.md")
	for dir := range pages(t) {
		if !strings.Contains(readme, "]("+dir+"/README.md)") {
			t.Errorf("README.md does not link to %s/README.md", dir)
		}
	}
}

func TestTopREADMEShowsWhatIsRun(t *testing.T) {
	_, section, _ := strings.Cut(read(t, "../../../README.md"), "\n## Generate a client\n")
	section, _, _ = strings.Cut(section, "\n## ")
	snippets := block.FindAllStringSubmatch(section, -1)
	if len(snippets) == 0 {
		t.Fatal("README.md shows no client")
	}
	run := map[string]bool{}
	for _, text := range pages(t) {
		for line := range strings.Lines(text) {
			run[strings.TrimSpace(line)] = true
		}
	}
	for _, m := range snippets {
		for line := range strings.Lines(m[3]) {
			if !run[strings.TrimSpace(line)] {
				t.Errorf("no page of internal/contract/sdk, which make sdk runs, has\n%s", line)
			}
		}
	}
}

func TestParsePage(t *testing.T) {
	const text = "# A\n\nText, `code` and a file.\n\n```sh\nfirst\nsecond 'x' $Y\n```\n\n" +
		"`src/main.x`:\n\n```x\nprint $Y\n```\n\n```sh\nlast\n```\n"
	const printed = "\n```text\nout\nput\n```\n"
	got, err := parsePage(text + printed)
	if err != nil {
		t.Fatal(err)
	}
	want := page{"first\nsecond 'x' $Y\ncat >src/main.x <<'END_OF_FILE'\nprint $Y\nEND_OF_FILE\n", "last\n", "out\nput\n"}
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, bad := range []string{"", text, printed + printed, text + "\n```x\nno name\n```\n" + printed} {
		if p, err := parsePage(bad); err == nil {
			t.Errorf("%q: no error, but %q", bad, p)
		}
	}
}

func TestFollow(t *testing.T) {
	for name, test := range map[string]struct {
		lines string
		want  string // A part of the error; empty for none.
	}{
		"right":               {"echo more\necho Learn WSGI", ""},
		"more before":         {"echo Learn WSGI; echo Learn WSGI", "the program prints\nLearn WSGI\nLearn WSGI\nbut the page has\nLearn WSGI\n"},
		"with colours":        {"printf '\\033[1m\\033[0mLearn WSGI\\n'", ""},
		"something else":      {"echo Learn WSGI; echo more", "the program prints\nLearn WSGI\nmore\nbut"},
		"more on the line":    {"echo not Learn WSGI", "the program prints\nnot Learn WSGI\nbut"},
		"nothing":             {"true", "the program prints\nbut"},
		"a failing line":      {"echo the reason >&2; false; echo Learn WSGI", "the reason"},
		"an empty directory":  {"test \"$(ls)\" = openapi.yaml; touch left; echo Learn WSGI", ""},
		"the server":          {"case http://localhost:8000 in http://127.0.0.1:*) echo Learn WSGI;; esac", ""},
		"the repository":      {"test -e $TASKS/go.mod; echo Learn WSGI", ""},
		"the token":           {"test $TASKS_TOKEN = 0123456789abcdef; echo Learn WSGI", ""},
		"without the drivers": {"case $PATH in *node_modules*) false;; esac; echo Learn WSGI", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := testRunner(t)
			r.scenario.Token = "0123456789abcdef"
			text := "```sh\n" + test.lines + "\n```\n\n```text\nLearn WSGI\n```\n"
			r.root, _ = filepath.Abs("../../..")
			r.tasksd = filepath.Join(r.dir, "tasksd")
			server := "#!/bin/sh\necho msg=listening addr=x url=http://127.0.0.1:1 >&2\ntrap 'exit 0' TERM\nwhile :; do sleep 0.02; done\n"
			if err := os.WriteFile(r.tasksd, []byte(server), 0o700); err != nil {
				t.Fatal(err)
			}
			for range 2 { // What one run left is gone in the next.
				var result live.Result
				err := r.follow(t.Context(), client{dir: "x"}, text, &result)
				switch {
				case test.want == "" && (err != nil || result.Cases != 1):
					t.Errorf("error %v, %d cases", err, result.Cases)
				case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
					t.Errorf("error %v, want %q", err, test.want)
				}
			}
		})
	}
}
