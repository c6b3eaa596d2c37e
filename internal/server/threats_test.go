package server_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every test and target that the threat model names exists, and each of its
// defences has one.
func TestThreatModel(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	exists := testsAndTargets(t, filepath.Join("..", ".."))
	proof := regexp.MustCompile("`((?:Test|Fuzz|make )[A-Za-z0-9_-]+)`")
	for _, m := range proof.FindAllStringSubmatch(string(text), -1) {
		if !exists[m[1]] {
			t.Errorf("README.md names %s, which does not exist", m[1])
		}
	}
	rows := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || rows == 0 && !strings.HasPrefix(line, "|---") {
			continue
		}
		if rows++; rows > 1 && !proof.MatchString(cells[4]) {
			t.Errorf("README.md names no test that holds the defence against:%s", cells[1])
		}
	}
	if rows < 20 {
		t.Errorf("README.md has %d rows of threats: is its table still found?", rows)
	}
}

// testsAndTargets returns the names of all tests, fuzz tests and make targets below
// the folder, as the threat model writes them.
func testsAndTargets(t *testing.T, folder string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	add := func(file, prefix, pattern string) error {
		text, err := os.ReadFile(file)
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
			names[prefix+m[1]] = true
		}
		return err
	}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != folder && entry.IsDir() && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir // Tools.
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		return add(path, "", `(?m)^func ((?:Test|Fuzz)\w+)\(`)
	})
	if err == nil {
		err = add(filepath.Join(folder, "Makefile"), "make ", `(?m)^([a-z-]+):`)
	}
	if err != nil {
		t.Fatal(err)
	}
	return names
}
