package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestREADME runs all commands of README.md as they stand, in order, but for the port;
// they generate, compile and test the examples. The snippets are in the examples.
func TestREADME(t *testing.T) {
	if testing.Short() {
		t.Skip("generates and compiles servers")
	}
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)
	snippetsAreInExamples(t, readme)
	versionsAgree(t, readme)

	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	if err := os.Symlink(root, filepath.Join(home, "tasks")); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(home, "bin")
	env := append(os.Environ(), environment(t)...)
	env = append(env, "HOME="+home, "GOBIN="+bin, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	script := strings.Join(blocks(readme, "sh"), "")
	if out, err := bash(t, env, home, "set -eux\n"+script).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	examples := filepath.Join(home, "examples")
	if out, err := bash(t, env, examples, "go vet ./... && go build -o server ./echo").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	address := serve(t, filepath.Join(examples, "server"))
	for _, session := range blocks(readme, "console") {
		for exchange := range strings.SplitSeq(strings.TrimPrefix(session, "$ "), "\n$ ") {
			command, want, _ := strings.Cut(exchange, "\n")
			command = strings.ReplaceAll(command, "localhost:8080", address)
			got, err := bash(t, env, home, command).Output()
			if err != nil || strings.TrimSpace(string(got)) != strings.TrimSpace(want) {
				t.Errorf("%s: %v\ngot  %s\nwant %s", command, err, got, want)
			}
		}
	}
}

// blocks returns the code blocks of a language.
func blocks(readme, language string) (texts []string) {
	for _, b := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(readme, -1) {
		texts = append(texts, b[1])
	}
	return texts
}

// snippetsAreInExamples fails the test for a snippet that no file of the examples has.
func snippetsAreInExamples(t *testing.T, readme string) {
	t.Helper()
	var all strings.Builder
	for _, pattern := range []string{"*/main.go", "*/api/settings.yaml"} {
		files, err := filepath.Glob("../../internal/validatorgen/examples/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
	}
	for _, snippet := range append(blocks(readme, "go"), blocks(readme, "yaml")...) {
		if !strings.Contains(all.String(), snippet) {
			t.Errorf("no example has this snippet:\n%s", snippet)
		}
	}
}

// versionsAgree fails the test if the examples or the README name another version of a
// module than this module requires.
func versionsAgree(t *testing.T, readme string) {
	t.Helper()
	required := map[string]string{}
	require := regexp.MustCompile(`(?m)^\t(\S+) (v\S+)`)
	for _, file := range []string{"../../go.mod", "../../internal/validatorgen/examples/go.mod"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range require.FindAllStringSubmatch(string(text), -1) {
			if version := required[r[1]]; version != "" && version != r[2] {
				t.Errorf("%s has %s %s, want %s", file, r[1], r[2], version)
			}
			required[r[1]] = r[2]
		}
	}
	for _, named := range regexp.MustCompile(`(\S+)@(v\S+)`).FindAllStringSubmatch(readme, -1) {
		module, _, _ := strings.Cut(named[1], "/cmd/")
		if required[module] != named[2] {
			t.Errorf("README.md has %s, want version %s", named[0], required[module])
		}
	}
}

// bash returns a command that runs a script in a folder.
func bash(t *testing.T, env []string, dir, script string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), "bash", "-c", script)
	c.Env, c.Dir = env, dir
	return c
}

// serve starts a server on a free port, stops it when the test ends, and returns its
// address once it listens.
func serve(t *testing.T, binary string) (address string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), binary)
	c.Env = append(os.Environ(), "ADDR="+address)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Wait() }) // The context of the test has ended, and the process with it.
	for range 600 {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err == nil {
			_ = conn.Close()
			return address
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the server does not listen on %s", address)
	return ""
}
