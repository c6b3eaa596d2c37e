package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of settings to the README")

// values returns, for each setting that has a variable, a value that differs from
// its default.
func values() map[string]string {
	return map[string]string{
		"addr": "127.0.0.1:9000", "drain": "1s", "grace": "1s",
		"token-file": "file", "token": "s3cret-long-enough", "insecure": "true",
		"cors-origin": "https://a.example,http://b.example:81", "public-url": "https://example.com/api", "trusted-proxy": "10.0.0.0/8,127.0.0.1",
		"store": "sqlite:x", "demo": "true", "max-tasks": "2", "max-connections": "2",
		"tls-cert": "cert.pem", "tls-key": "key.pem",
		"header-timeout": "1s", "read-timeout": "1s", "write-timeout": "1s", "idle-timeout": "1s",
		"log": "json", "admin-addr": "127.0.0.1:9001", "check": "true",
	}
}

// Each setting can be made by its flag and by its variable alike, and a flag takes
// precedence.
func TestFlagsAndVariablesAreAlike(t *testing.T) {
	t.Parallel()
	given := values()
	for s := range new(options).settings() {
		if s.only != "" {
			delete(given, s.name)
			continue
		}
		value, ok := given[s.name]
		if !ok {
			t.Errorf("values lacks %s", s.name)
			continue
		}
		delete(given, s.name)
		byFlag, err := parse([]string{"-" + s.name + "=" + value}, []string{s.variable() + "=of the variable"})
		if err != nil {
			t.Errorf("-%s over its variable: %v", s.name, err)
			continue
		}
		byVariable, err := parse(nil, []string{s.variable() + "=" + value})
		if err != nil {
			t.Errorf("%s: %v", s.variable(), err)
			continue
		}
		if byFlag.source(s.name) != "-"+s.name || byVariable.source(s.name) != s.variable() {
			t.Errorf("%s came from %s and from %s", s.name, byFlag.source(s.name), byVariable.source(s.name))
		}
		byFlag.sources, byVariable.sources = nil, nil
		none := defaults(t)
		none.sources = nil
		if got, want := describe(byVariable), describe(byFlag); got != want || got == describe(none) {
			t.Errorf("%s=%s gives %s, its flag %s, and neither %s", s.variable(), value, got, want, describe(none))
		}
	}
	for name := range given {
		t.Errorf("values has %s, which is no setting with a flag and a variable", name)
	}
}

// describe returns all values of o as text.
func describe(o *options) string {
	token := ""
	if o.token != nil {
		token = *o.token
	}
	plain := *o
	plain.token = nil
	return fmt.Sprintf("%+v %s", plain, token)
}

// -help and the README name every setting.
func TestHelpNamesEverySetting(t *testing.T) {
	t.Parallel()
	var flags, variables []string
	for s := range new(options).settings() {
		if s.only != "variable" {
			flags = append(flags, s.name)
		}
		if s.only != "flag" {
			variables = append(variables, s.variable())
		}
	}
	for _, tt := range []struct{ name, text, flag string }{
		{"help", help(), `(?m)^    -([a-z-]+)`},
		{"markdown", markdown(), "(?m)^\\| `-([a-z-]+)"},
	} {
		if got := found(tt.text, tt.flag); !slices.Equal(got, slices.Sorted(slices.Values(flags))) {
			t.Errorf("%s has the flags %q, want %q", tt.name, got, flags)
		}
		if got := found(tt.text, `\b(TASKSD_[A-Z_]+)[\x60\n]`); !slices.Equal(got, slices.Sorted(slices.Values(variables))) {
			t.Errorf("%s has the variables %q, want %q", tt.name, got, variables)
		}
	}
	for line := range strings.Lines(help()) {
		if len(line) > 81 {
			t.Errorf("line of %d bytes: %s", len(line)-1, line)
		}
	}
}

// found returns what the group of a pattern matches, sorted and without
// repetitions.
func found(text, pattern string) []string {
	all := map[string]bool{}
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		all[m[1]] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// The README has the table of all settings. With -update, it is written there.
func TestREADMEHasTheTableOfSettings(t *testing.T) {
	t.Parallel()
	const begin, end = "<!-- settings: written by go test ./cmd/tasksd -run README -update -->\n", "<!-- end -->\n"
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	table, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("README.md lacks the lines %q and %q", begin, end)
	}
	if table == markdown() {
		return
	}
	if !*update {
		t.Fatal("the table of settings in README.md is not up to date: run go test ./cmd/tasksd -run README -update")
	}
	if err := os.WriteFile("README.md", []byte(before+begin+markdown()+end+after), 0o600); err != nil {
		t.Fatal(err)
	}
}
