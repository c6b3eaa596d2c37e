// Command prove judges many random documents by the generated validators and by
// all oracles, and fails where they disagree: see package proof.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"example.com/tasks/internal/validatorgen/proof"
)

const usage = `Usage:
    prove [-n DOCUMENTS] [-seed SEED] [-ajv DIR] [-suite DIR]

Makes documents from the schemas of the proof's specifications, judges each by
the generated validators, by what OpenAPI means and by kin-openapi, and ends with
a table of what came of it. The exit code is 1 where two of them disagree on a
document and the list of known differences does not say why.

Options:
    -n DOCUMENTS   How many documents to make (default 1000000).
    -seed SEED     What to begin with: the same seed makes the same documents.
    -ajv DIR       Judge by Ajv, too: the folder with its modules, as npm makes
                   them of proof/ajv/package.json. It needs node.
    -suite DIR     Generate validators for the JSON Schema Test Suite, too: the
                   folder draft4 of its tests.
`

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "prove:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("prove", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	n := flags.Int("n", 1_000_000, "")
	seed := flags.Uint64("seed", 1, "")
	ajv := flags.String("ajv", "", "")
	suite := flags.String("suite", "", "")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		_, err := io.WriteString(stdout, usage)
		return err
	case err != nil:
		return fmt.Errorf("%w (prove -help lists the options)", err)
	}
	last := time.Now()
	report, err := proof.Run(ctx, *n, *seed, *ajv, func(done int) {
		if time.Since(last) >= 2*time.Second {
			last = time.Now()
			fmt.Fprintf(stderr, "\r%d of %d documents", done, *n)
		}
	})
	fmt.Fprint(stderr, "\r\033[K")
	if err != nil {
		return err
	}
	told := map[*proof.Subject]int{}
	for _, x := range report.Wrong {
		if told[x.Subject]++; told[x.Subject] <= 5 { // Of each schema.
			fmt.Fprintln(stdout, x)
		}
	}
	if err := report.Print(stdout); err != nil {
		return err
	}
	wrong := len(report.Wrong)
	requests := proof.RunRequests(*n/10, *seed, func(int) {})
	for i, x := range requests.Wrong {
		if i == 100 {
			break
		}
		fmt.Fprintln(stdout, x)
	}
	wrong += len(requests.Wrong)
	fmt.Fprintf(stdout, "\n%d requests with parameters, %d disagreements\n", requests.Requests, len(requests.Wrong))
	if *suite != "" {
		fmt.Fprintln(stdout)
		report, err := proof.RunSuite(ctx, *suite)
		if err != nil {
			return err
		}
		for _, x := range report.Disagree {
			fmt.Fprintln(stdout, x)
		}
		if err := report.Print(stdout); err != nil {
			return err
		}
		wrong += len(report.Disagree)
	}
	if wrong > 0 {
		return fmt.Errorf("%d disagreements", wrong)
	}
	return nil
}
