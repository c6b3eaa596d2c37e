package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestReviewChangelog(t *testing.T) {
	const good = `# Changes

## 2.0.0, 2026-03-03

- **Breaking:** Titles are shorter.

## 1.10.0, 2026-02-02

- More.

## 1.9.0, 2026-01-31

- First.
`
	history := []release{{version: "2.0.0"}, {"1.10.0", "b", "2026-02-02"}, {"1.9.0", "a", "2026-02-01"}}
	for name, test := range map[string]struct{ old, by, want string }{
		"good":                {},
		"no section":          {"## 1.10.0, 2026-02-02", "More:", "no section for version 1.10.0 of openapi.yaml, which commit b of 2026-02-02 has first: add ## 1.10.0 and its date"},
		"none for work tree":  {"## 2.0.0, 2026-03-03", "Next:", "no section for version 2.0.0 of openapi.yaml, which is not committed yet: add ## 2.0.0"},
		"no such version":     {"## 1.10.0", "## 1.11.0, 2026-02-02\n\n- X.\n\n## 1.10.0", "neither git's history nor the work tree has an openapi.yaml of version 1.11.0"},
		"another form":        {"## 1.10.0", "## Notes\n\n## 1.10.0", `the heading "Notes" must be like ## 1.2.3, 2006-01-02`},
		"no date":             {"# Changes", "# Changes\n\n## 2.1.0", `the heading "2.1.0" must be like`},
		"twice":               {"## 1.9.0", "## 1.10.0, 2026-02-02\n\n- X.\n\n## 1.9.0", "version 1.10.0 of 2026-02-02 stands above 1.10.0 of 2026-02-02: put the newest first, and each once"},
		"older date above":    {"2026-03-03", "2026-01-03", "version 2.0.0 of 2026-01-03 stands above 1.10.0 of 2026-02-02"},
		"date after commit":   {"2026-02-02", "2026-02-03", "version 1.10.0 is dated 2026-02-03, after its commit b: correct the date to 2026-02-02"},
		"nothing said":        {"- More.", "", "version 1.10.0 has no list item"},
		"break without mark":  {"**Breaking:** ", "", "version 2.0.0 breaks clients, by its number: begin an item with **Breaking:**"},
		"mark without number": {"- More.", "- **Breaking:** More.", "version 1.10.0 has a breaking change, but not a higher first number"},
	} {
		if strings.Count(good, test.old) != 1 && test.old != "" {
			t.Errorf("%s: the changelog does not have %q once", name, test.old)
		}
		got := reviewChangelog(strings.Replace(good, test.old, test.by, 1), history)
		if test.want == "" && len(got) > 0 || test.want != "" && (len(got) != 1 || !strings.Contains(got[0], test.want)) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
	swapped := strings.NewReplacer("1.10.0, 2026-02-02", "1.9.0, 2026-01-31", "1.9.0, 2026-01-31", "1.10.0, 2026-01-31").Replace(good)
	if got := reviewChangelog(swapped, history); len(got) != 1 || !strings.Contains(got[0], "version 1.9.0 of 2026-01-31 stands above 1.10.0") {
		t.Errorf("swapped: got %q", got)
	}
}

func TestReleases(t *testing.T) {
	specification := func(version, title string) string {
		return "info: {version: " + version + ", title: " + title + "}\n"
	}
	p := newPast(t)
	commit := func(version, title, date string) {
		t.Setenv("GIT_COMMITTER_DATE", date+"T12:00:00Z")
		write(t, filepath.Join(p.dir, "openapi.yaml"), specification(version, title))
		p.commitAll(title)
	}
	commit("1.9.0", "a", "2026-01-01")
	commit("1.9.0", "b", "2026-01-02")
	p.run("git", "rm", "--quiet", "openapi.yaml")
	p.commitAll("gone")
	commit("1.10.0", "c", "2026-01-03")
	commit("1.9.0", "d", "2026-01-04") // Taken back.

	has := func(dir, version, want string) {
		t.Helper()
		all, err := releases(t.Context(), dir, []byte(specification(version, "now")))
		var got []string
		for _, r := range all {
			got = append(got, r.version+" "+r.date)
		}
		if err != nil {
			got = append(got, err.Error())
		}
		if text := strings.TrimSpace(strings.Join(got, ", ")); text != want {
			t.Errorf("the releases are %q, want %q", text, want)
		}
	}
	has(p.dir, "1.10.0", "1.10.0 2026-01-03, 1.9.0 2026-01-01")
	has(p.dir, "1.11.0", "1.11.0 , 1.10.0 2026-01-03, 1.9.0 2026-01-01")

	clone := filepath.Join(t.TempDir(), "clone")
	p.run("git", "clone", "--quiet", "--depth=1", "file://"+p.dir, clone)
	has(clone, "1.11.0", "no history to compare with in a shallow clone: run git fetch --unshallow --tags")
}
