// Command lint holds openapi.yaml, and what is made of it for a server with
// tokens, against the rules of other people's linters; and it holds the changes
// of openapi.yaml against the promise that no client breaks before the next
// major version.
//
// It must be run in the module's root.
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"example.com/tasks/internal/contract/live"
)

// files has what the linters are installed and run with.
//
//go:embed package.json package-lock.json spectral.yaml redocly.yaml defects.yaml
var files embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dir := flag.String("dir", ".tools/spec", "where the linters go")
	oasdiff := flag.String("oasdiff", "oasdiff", "the command that compares specifications")
	flag.Parse()
	if err := run(ctx, *dir, *oasdiff); err != nil {
		fmt.Fprintln(os.Stderr, "lint:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir, oasdiff string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	documents := []string{"openapi.yaml", "gen/api/openapi.secured.yaml"}
	results := []live.Result{validate(ctx, documents)}
	linted, err := lint(ctx, dir, documents)
	if err != nil {
		return err
	}
	results = append(results, linted...)
	compared, err := compare(ctx, filepath.Join(dir, "before.yaml"), oasdiff)
	switch {
	case errors.Is(err, errFirst):
		fmt.Println("oasdiff:", err)
	case err != nil:
		return err
	default:
		results = append(results, compared)
	}
	fmt.Println()
	return live.Report(os.Stdout, results)
}

// found prints what a tool has found in a file and returns how much it is.
func found(tool, file string, findings []string) int {
	for _, f := range findings {
		fmt.Printf("%s: %s: %s\n", tool, file, f)
	}
	return len(findings)
}
