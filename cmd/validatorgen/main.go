// Command validatorgen writes request validators for an OpenAPI specification:
// see package example.com/tasks/internal/validatorgen.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"example.com/tasks/internal/validatorgen"
)

const usage = `Usage:
    validatorgen -spec FILE -package NAME -output FILE [-encoders]

Writes Go functions that decode requests and check them against an OpenAPI 3.0
specification, in one pass. They fill the types that oapi-codegen makes of the
same specification, with models and strict-server, and that stand in the folder
of the output.

Options:
    -spec FILE      The specification, in YAML or JSON.
    -package NAME   The package of the output: that of oapi-codegen's types.
    -output FILE    The Go file to write.
    -encoders       Also write functions that append responses as JSON.

Example:
    go tool oapi-codegen -config api.yaml openapi.yaml
    validatorgen -spec openapi.yaml -package api -output api/validate.gen.go
`

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "validatorgen:", err)
		os.Exit(1)
	}
}

// run does what args ask for. What OpenAPI itself passes over in the
// specification is noted on stderr.
func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("validatorgen", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	spec := flags.String("spec", "", "")
	packageName := flags.String("package", "", "")
	output := flags.String("output", "", "")
	encoders := flags.Bool("encoders", false, "")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		_, err := io.WriteString(stdout, usage)
		return err
	case err != nil:
		return fmt.Errorf("%w (validatorgen -help lists the options)", err)
	case *spec == "" || *packageName == "" || *output == "" || flags.NArg() > 0:
		return fmt.Errorf("-spec, -package and -output are needed, and nothing else (validatorgen -help explains them)")
	}
	source, notes, err := validatorgen.Generate(validatorgen.Options{Spec: *spec, Package: *packageName, Output: *output, Encoders: *encoders})
	if err != nil {
		return err
	}
	for _, note := range notes {
		fmt.Fprintln(stderr, "validatorgen: note:", note)
	}
	return os.WriteFile(*output, source, 0o666)
}
