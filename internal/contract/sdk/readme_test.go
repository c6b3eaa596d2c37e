package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// make sdk runs README.md; this is what that cannot see.
func TestREADMEHasWhatTheDriversHave(t *testing.T) {
	readme := read(t, "README.md")
	for _, c := range clients {
		script, err := sectionScript(readme, c.section)
		if err != nil {
			t.Error(err)
			continue
		}
		if strings.Count(script, address) != 1 {
			t.Errorf("%s: want %s once", c.section, address)
		}
		if c.tools.dir == "" {
			continue // The Go client is gen/client.
		}
		if !strings.Contains(script, c.generate+"\n") {
			t.Errorf("%s: the line is missing: %s", c.section, c.generate)
		}
		lock := filepath.Join(c.tools.dir, c.tools.lock)
		pins := pin.FindAllStringSubmatch(script, -1)
		if len(pins) == 0 {
			t.Errorf("%s: no package is pinned", c.section)
		}
		for _, m := range pins {
			same := regexp.MustCompile(regexp.QuoteMeta(m[1]) + `[^\d]{1,80}` + regexp.QuoteMeta(m[2]) + `\b`)
			if !same.MatchString(read(t, lock)) {
				t.Errorf("%s: %s is another version in %s", c.section, m[0], lock)
			}
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
	for _, m := range snippets {
		if !strings.Contains(read(t, "README.md"), m[3]) {
			t.Errorf("internal/contract/sdk/README.md, which make sdk runs, does not have\n%s", m[3])
		}
	}
}

func TestSectionScript(t *testing.T) {
	const readme = "# Clients\n\n## A\n\nText, `code` and a file.\n\n```sh\nfirst\nsecond 'x' $Y\n```\n\n" +
		"`src/main.x`:\n\n```x\nprint $Y\n```\n\n```sh\nlast\n```\n\n## B\n\n```sh\nother\n```\n\n## C\n\n```x\nno name\n```\n"
	got, err := sectionScript(readme, "A")
	if err != nil {
		t.Fatal(err)
	}
	want := "first\nsecond 'x' $Y\ncat >src/main.x <<'END_OF_FILE'\nprint $Y\nEND_OF_FILE\nlast\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, section := range []string{"C", "D", ""} {
		if _, err := sectionScript(readme, section); err == nil {
			t.Errorf("section %q: no error", section)
		}
	}
}

func TestFollow(t *testing.T) {
	for name, test := range map[string]struct {
		lines string
		want  string // A part of the error; empty for none.
	}{
		"right":               {"echo more; echo 'Learn WSGI \"x\"'", ""},
		"with colours":        {"printf '\\033[1m\\033[0mLearn WSGI\\n'", ""},
		"without ETag":        {"echo Learn WSGI", ""},
		"something else":      {"echo Learn WSGI; echo more", `is "more"`},
		"nothing":             {"true", `is ""`},
		"a failing line":      {"echo the reason >&2; false; echo Learn WSGI", "the reason"},
		"an empty directory":  {"test \"$(ls)\" = openapi.yaml; touch left; echo Learn WSGI", ""},
		"the server":          {"case http://localhost:8000 in http://127.0.0.1:*) echo Learn WSGI;; esac", ""},
		"the repository":      {"test -e $TASKS/go.mod; echo Learn WSGI", ""},
		"without the drivers": {"case $PATH in *node_modules*) false;; esac; echo Learn WSGI", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := testRunner(t)
			r.readme = "\n## X\n\n```sh\n" + test.lines + "\n```\n"
			r.root, _ = filepath.Abs("../../..")
			r.tasksd = filepath.Join(r.dir, "tasksd")
			server := "#!/bin/sh\necho msg=listening addr=x url=http://127.0.0.1:1 >&2\ntrap 'exit 0' TERM\nwhile :; do sleep 0.02; done\n"
			if err := os.WriteFile(r.tasksd, []byte(server), 0o700); err != nil {
				t.Fatal(err)
			}
			for range 2 { // What one run left is gone in the next.
				var result live.Result
				err := r.follow(t.Context(), client{dir: "x", section: "X"}, &result)
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
