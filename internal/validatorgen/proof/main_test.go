package proof

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"example.com/tasks/gen"
	"example.com/tasks/internal/validatorgen/proof/generate"
	"example.com/tasks/internal/validatorgen/proof/specs"
)

var (
	documents = flag.Int("n", 10_000, "the number of documents to make and judge")
	seed      = flag.Uint64("seed", 1, "the seed of the documents")
	ajvDir    = flag.String("ajv", "", "the folder with the modules of ajv/package.json, to judge with Ajv, too; needs node")
	suiteDir  = flag.String("suite", "", "the folder of the JSON Schema Test Suite that has one for each draft, to run that, too")
)

// TestMain generates the packages that the tests judge, builds the tests again with
// an overlay that adds these packages, and runs that binary with the same flags.
func TestMain(m *testing.M) {
	if len(specs.All) > 0 {
		os.Exit(m.Run())
	}
	dir, err := os.MkdirTemp("", "proof")
	if err == nil {
		err = rerun(dir)
		os.RemoveAll(dir)
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.Exited() {
		os.Exit(exit.ExitCode()) // The command has reported why.
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func rerun(dir string) error {
	// Since this binary contains the texts, go test does not use cached results after
	// they have changed.
	texts, err := generate.Specs(gen.YAML)
	if err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(texts))
	var dirs []string
	for _, name := range names {
		dirs = append(dirs, filepath.Join(dir, name))
		if err := os.Mkdir(filepath.Join(dir, name), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name, "openapi.yaml"), texts[name], 0o666); err != nil {
			return err
		}
	}
	if err := run("go", append([]string{"run", "./packages"}, dirs...)...); err != nil {
		return err
	}
	specsDir, err := filepath.Abs("specs")
	if err != nil {
		return err
	}
	overlay, program := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "proof.test")
	if err := generate.Overlay(overlay, dir, specsDir, names); err != nil {
		return err
	}
	if err := run("go", append(buildFlags(), "-overlay", overlay, "-o", program)...); err != nil {
		return err
	}
	return run(program, os.Args[1:]...)
}

// buildFlags returns flags of go test to build a binary like this one.
func buildFlags() []string {
	flags := []string{"test", "-c", "-ldflags=-w", "-vet=off"} // Vet does not work with folders that only the overlay has.
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "-race" {
				flags = append(flags, "-race="+s.Value)
			}
		}
	}
	if mode := testing.CoverMode(); mode != "" {
		flags = append(flags, "-covermode="+mode)
	}
	for _, arg := range os.Args {
		if strings.HasPrefix(arg, "-test.fuzz=") {
			flags = append(flags, "-fuzz=.")
		}
	}
	return flags
}

func run(name string, args ...string) error {
	command := exec.Command(name, args...) //nolint:noctx // The tests have a time limit.
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	return command.Run()
}
