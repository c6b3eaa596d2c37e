// Command validatorgen generates request validators for an OpenAPI specification:
// see package example.com/tasks/internal/validatorgen.
package main

import (
	"errors"
	"flag"
	"fmt"
	"go/token"
	"io"
	"os"
	"strings"

	"example.com/tasks/internal/validatorgen"
)

const usage = `Usage:
    validatorgen -spec FILE -package NAME -output FILE [option...]

Generates Go functions that decode requests and validate them against an OpenAPI
3.0 or 3.1 specification in one pass. The folder of the output must contain the types
that oapi-codegen generates from the same specification, with the settings models and
strict-server.

Options:
    -spec FILE      The specification, in YAML or JSON.
    -package NAME   The package name of the output, which is that of the types.
    -output FILE    The Go file to write.
    -encoders       Also generate functions that append responses as JSON.
    -routes ROUTER  Also generate a function that registers a handler for each operation
                    with the router: echo, chi, or std-http, which is http.ServeMux.
                    oapi-codegen needs the setting of that name with "-server".
    -skip NAME      Leave an operation to oapi-codegen: an operationId, or a method and
                    a path, such as "POST /things". May be given several times.
    -skip-unsupported
                    Leave to oapi-codegen the operations that have problems. The output
                    and a note name each.
    -format NAME=FUNC
                    Check strings of the format NAME by the function FUNC of the output's
                    package, a func(string) error. Its error follows the name of the
                    value: "must be an ISBN". May be given several times.
    -plan           Print what would be generated, and write nothing.

Problems and notes go to standard error, one a line. The exit code is 1 if the
specification has a construct that is not handled, if the output would not compile with
the other files in its folder, or if a file can't be read or written; it is 2 if an
option is wrong. The output is written only if the exit code is 0.

Example:
    go tool oapi-codegen -config api.yaml openapi.yaml
    validatorgen -spec openapi.yaml -package api -output api/validate.gen.go
`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run runs the command and returns its exit code. It writes errors and notes to
// stderr.
func run(args []string, stdout, stderr io.Writer) (code int) {
	var o validatorgen.Options
	var planOnly bool
	flags := flag.NewFlagSet("validatorgen", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.Spec, "spec", "", "")
	flags.StringVar(&o.Package, "package", "", "")
	flags.StringVar(&o.Output, "output", "", "")
	flags.BoolVar(&o.Encoders, "encoders", false, "")
	flags.Func("routes", "", func(name string) error {
		o.Routes = name
		if name != "chi" && name != "echo" && name != "std-http" {
			return errors.New("must be chi, echo or std-http")
		}
		return nil
	})
	flags.BoolVar(&o.SkipUnsupported, "skip-unsupported", false, "")
	flags.BoolVar(&planOnly, "plan", false, "")
	flags.Func("skip", "", func(name string) error {
		o.Skip = append(o.Skip, name)
		return nil
	})
	flags.Func("format", "", func(text string) error {
		name, function, ok := strings.Cut(text, "=")
		if !ok || name == "" || !token.IsIdentifier(function) {
			return errors.New("want NAME=FUNC")
		}
		if o.Formats == nil {
			o.Formats = map[string]string{}
		}
		o.Formats[name] = function
		return nil
	})
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case err == nil && flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case err == nil && (o.Spec == "" || o.Package == "" || o.Output == ""):
		err = errors.New("-spec, -package and -output are required")
	}
	if err != nil {
		fmt.Fprintf(stderr, "validatorgen: %v; see validatorgen -help\n", err)
		return 2
	}
	if planOnly {
		p, _, planErr := validatorgen.MakePlan(o)
		if err = planErr; err == nil {
			fmt.Fprint(stdout, p)
		}
	} else {
		err = generate(o, stderr)
	}
	if problems, ok := errors.AsType[validatorgen.Problems](err); ok {
		for _, problem := range problems {
			fmt.Fprintln(stderr, "validatorgen:", problem)
		}
		return 1
	}
	if err != nil {
		fmt.Fprintln(stderr, "validatorgen:", err)
		return 1
	}
	return 0
}

// generate writes the output, and notes to stderr.
func generate(o validatorgen.Options, stderr io.Writer) error {
	source, notes, err := validatorgen.Generate(o)
	if err != nil {
		return err
	}
	for _, note := range notes {
		fmt.Fprintln(stderr, "validatorgen: note:", note)
	}
	return os.WriteFile(o.Output, source, 0o666)
}
