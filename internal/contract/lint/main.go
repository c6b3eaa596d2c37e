// Command lint runs third-party linters on openapi.yaml, and on the variant that
// a server with tokens serves. It also compares openapi.yaml with its previous
// version, and fails where a change breaks clients without a new major version, and
// the changelog with all versions.
//
// It must run in the module's root.
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

// files are what the linters are installed and run with.
//
//go:embed package.json package-lock.json spectral.yaml redocly.yaml defects.yaml
var files embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dir := flag.String("dir", ".tools/spec", "the directory for the linters")
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
	logged, err := changelog(ctx)
	if err != nil {
		return err
	}
	results = append(results, logged)
	fmt.Println()
	return live.Report(os.Stdout, results)
}

// found prints a tool's findings in a file and returns their number.
func found(tool, file string, findings []string) int {
	for _, f := range findings {
		fmt.Printf("%s: %s: %s\n", tool, file, f)
	}
	return len(findings)
}
