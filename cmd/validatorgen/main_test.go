package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"validatorgen": main})
}

func TestScripts(t *testing.T) {
	goCommand := environment(t)
	testscript.Run(t, testscript.Params{
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, goCommand...)
			for _, name := range []string{"go.mod", "go.sum"} { // The scripts are in a module like this one.
				text, err := os.ReadFile("../../" + name)
				if err == nil {
					err = os.WriteFile(e.Cd+"/"+name, text, 0o666)
				}
				if err != nil {
					return err
				}
			}
			return nil
		},
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"fails": fails},
	})
}

// environment returns the variables with which the go command finds its caches.
func environment(t *testing.T) (vars []string) {
	t.Helper()
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS"} {
		value, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		vars = append(vars, name+"="+strings.TrimSpace(string(value)))
	}
	return vars
}

// fails implements the script command "fails CODE ARG...": validatorgen with the
// arguments must exit with the code and write nothing to standard output.
func fails(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: fails CODE ARG...")
	}
	exit, ok := errors.AsType[*exec.ExitError](ts.Exec("validatorgen", args[1:]...))
	if !ok || fmt.Sprint(exit.ExitCode()) != args[0] {
		ts.Fatalf("%v, want exit code %s", exit, args[0])
	}
	if stdout := ts.ReadFile("stdout"); stdout != "" {
		ts.Fatalf("standard output has %q", stdout)
	}
}
