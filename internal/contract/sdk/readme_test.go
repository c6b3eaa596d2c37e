package main

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// shown finds what README.md shows of a program, with its indentation.
var shown = regexp.MustCompile(`(?s)\n([\t ]*)(?://|#) README\n(.*?)\n[\t ]*(?://|#) end\n`)

func TestREADMEShowsWhatIsRun(t *testing.T) {
	text, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)
	programs := 0
	err = fs.WalkDir(os.DirFS("."), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.Contains(strings.ToLower(path), "usage.") && path != "go/usage/main.go" {
			return err
		}
		program, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		programs++
		found := shown.FindSubmatch(program)
		if found == nil {
			t.Fatalf("%s has no part for README.md", path)
		}
		part := strings.ReplaceAll("\n"+string(found[2])+"\n", "\n"+string(found[1]), "\n")
		if !strings.Contains(readme, part+"```") {
			t.Errorf("README.md does not show what %s has:%s", path, part)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if programs != len(clients) {
		t.Errorf("%d programs for %d clients", programs, len(clients))
	}
	for _, c := range clients[1:] { // The first is gen/client.
		if !strings.Contains(readme, c.generate+"\n") {
			t.Errorf("README.md does not have the command %s", c.generate)
		}
	}
}
