package main

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/tasks/internal/contract/live"
)

// A past is a repository with some history.
type past struct {
	t   *testing.T
	dir string
}

func newPast(t *testing.T) *past {
	t.Helper()
	if live.Missing("git") != "" {
		t.Skip("git is not installed")
	}
	p := &past{t, t.TempDir()}
	p.run("git", "init", "--quiet")
	return p
}

func (p *past) run(command ...string) {
	p.t.Helper()
	cmd := exec.CommandContext(p.t.Context(), command[0], command[1:]...)
	cmd.Dir = p.dir
	if text, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("%q: %v\n%s", command, err, text)
	}
}

// commit commits an openapi.yaml that has this title.
func (p *past) commit(title string) {
	p.t.Helper()
	write(p.t, filepath.Join(p.dir, "openapi.yaml"), "info: {title: "+title+"}\n")
	p.commitAll(title)
}

// commitAll commits the files as they are.
func (p *past) commitAll(message string) {
	p.t.Helper()
	p.run("git", "add", "--all")
	p.run("git", "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "--allow-empty", "-m", message)
}

// is fails the test unless previous returns want for an openapi.yaml that has
// this title.
func (p *past) is(title, want string, wantErr error) {
	p.t.Helper()
	text, from, err := previous(p.t.Context(), p.dir, []byte("info: {title: "+title+"}\n"))
	if !errors.Is(err, wantErr) || strings.TrimSpace(string(text)) != want {
		p.t.Errorf("before %s is %q of %s, %v, want %q, %v", title, text, from, err, want, wantErr)
	}
}

func TestPrevious(t *testing.T) {
	p := newPast(t)
	p.is("a", "", errNoHistory) // No commit yet.
	p.commit("a")
	p.is("a", "", errFirst)
	p.is("b", "info: {title: a}", nil) // Not committed.
	p.commit("b")
	p.is("b", "info: {title: a}", nil)
	p.commit("b")
	p.is("b", "info: {title: a}", nil) // The last commit does not differ.
	p.is("a", "info: {title: b}", nil)

	p.run("git", "tag", "v1")
	p.is("b", "info: {title: b}", nil)
	p.commit("c")
	p.commit("d")
	p.is("e", "info: {title: b}", nil) // A tag is a release, and only releases count.
}

func TestPreviousOfAShallowClone(t *testing.T) {
	p := newPast(t)
	p.commit("a")
	p.commit("b")
	clone := &past{t, filepath.Join(t.TempDir(), "clone")}
	p.run("git", "clone", "--quiet", "--depth=1", "file://"+p.dir, clone.dir)
	clone.is("b", "", errNoHistory)
	clone.is("c", "", errNoHistory)
	clone.run("git", "fetch", "--quiet", "--unshallow")
	clone.is("b", "info: {title: a}", nil)
}

func TestPreviousWithoutRepository(t *testing.T) {
	newPast(t)
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(t.TempDir()))
	p := &past{t, t.TempDir()}
	p.is("a", "", errNoHistory)
}
