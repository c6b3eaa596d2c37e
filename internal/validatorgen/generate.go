package validatorgen

import (
	"fmt"
	"path/filepath"

	"example.com/tasks/internal/validatorgen/plan"
	"example.com/tasks/internal/validatorgen/spec"
	"example.com/tasks/internal/validatorgen/target"
	"example.com/tasks/internal/validatorgen/write"
)

// Options configure Generate. Spec, Package and Output are required.
type Options struct {
	Spec     string // The file of the specification, in YAML or JSON.
	Package  string // The package name of the output.
	Output   string // The file that the source is for. The other Go files in its folder have oapi-codegen's types.
	Encoders bool   // Whether to generate functions that append responses as JSON.

	// Routes is the router that a function Routes registers all operations with: "chi",
	// "echo", "std-http" for http.ServeMux; or "" for none. oapi-codegen needs the setting
	// of that name with "-server".
	Routes string

	// Skip names operations to leave to oapi-codegen: an operationId, or a method and a
	// path, "POST /things". SkipUnsupported leaves it those that have problems.
	Skip            []string
	SkipUnsupported bool

	// Formats has functions of the output's package that check formats of strings, by the
	// format: func(string) error. The error says what is wrong, after the name of the
	// value: "must be an ISBN".
	Formats map[string]string
}

// Problem is what is wrong at a place of a specification, or cannot be handled there.
type Problem = spec.Problem

// Problems are all that stops a run, in the order of the lines.
type Problems = plan.Problems

// Generate returns the Go source of the request validators for a specification. It
// reads the specification and oapi-codegen's types, which need the settings models
// and strict-server, and writes nothing. The source is formatted, compiles with the
// other files of its package, and is the same for the same input.
//
// The error is Problems if operations that are not skipped have constructs that
// Generate does not handle, or that contradict oapi-codegen's types; a *Problem if the
// specification can't be read as a whole; otherwise, that of reading a file, or of the
// compiler. Notes report what OpenAPI lets validators ignore, such as unknown formats,
// and what a user may not expect. Generated validators ignore nothing else.
func Generate(o Options) (source []byte, notes []*Problem, err error) {
	p, pkg, err := MakePlan(o)
	if err != nil {
		return nil, nil, err
	}
	source, names, err := write.File(p, pkg)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		if pkg.Declares(name) {
			return nil, nil, fmt.Errorf("%s: the package declares %s already, which the validators need: rename the schema or operation of that name", pkg.Dir, name)
		}
	}
	if err := pkg.Check(source); err != nil {
		return nil, nil, fmt.Errorf("the package does not compile with the validators: %w", err)
	}
	return source, p.Notes, nil
}

// MakePlan returns what Generate prints as Go, and the package that it belongs to.
func MakePlan(o Options) (*plan.Plan, *target.Package, error) {
	document, err := spec.Read(o.Spec)
	if err != nil {
		return nil, nil, err
	}
	pkg, err := target.Load(o.Output)
	if err != nil {
		return nil, nil, err
	}
	reserved, err := write.Reserved()
	if err != nil {
		return nil, nil, err
	}
	p, err := plan.Make(document, pkg, plan.Options{
		Package: o.Package, Spec: filepath.Base(o.Spec), Reserved: reserved,
		Encoders: o.Encoders, Routes: o.Routes, Skip: o.Skip, SkipUnsupported: o.SkipUnsupported, Formats: o.Formats,
	})
	return p, pkg, err
}
