package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"text/template"

	"example.com/tasks/internal/validatorgen/proof/meaning"
)

// workshop is a Go module with a package for each specification, and the tools that work
// on it.
type workshop struct {
	options
	dir            string // Of the module.
	codegen, valid string // The programs oapi-codegen and validatorgen.
	skips          bool   // Whether validatorgen can skip what it does not handle.
	self           string
}

// settings are those of oapi-codegen that validators need, and no others.
const settings = `package: %s
output: %s
allow-remote-refs-from: []
generate: { models: true, echo-server: true, strict-server: true }
`

// newWorkshop makes a module that may import what this one does, and builds the tools.
func newWorkshop(ctx context.Context, dir string, o options) (*workshop, error) {
	w := &workshop{options: o, dir: filepath.Join(dir, "module"), codegen: filepath.Join(dir, "oapi-codegen"), valid: filepath.Join(dir, "validatorgen")}
	var err error
	if w.self, err = os.Executable(); err != nil {
		return nil, err
	}
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return nil, fmt.Errorf("go list -m: %w", err)
	}
	if err := os.Mkdir(w.dir, 0o777); err != nil {
		return nil, err
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), name))
		if err != nil {
			return nil, err
		}
		text = regexp.MustCompile(`(?m)^module .*$`).ReplaceAll(text, []byte("module census"))
		if err := os.WriteFile(filepath.Join(w.dir, name), text, 0o666); err != nil {
			return nil, err
		}
	}
	for program, pack := range map[string]string{w.codegen: "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen", w.valid: "example.com/tasks/cmd/validatorgen"} {
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, pack).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("go build %s: %w\n%s", pack, err, out)
		}
	}
	help, _ := exec.CommandContext(ctx, w.valid, "-help").CombinedOutput() // Whatever it says.
	w.skips = bytes.Contains(help, []byte("-skip-unsupported"))
	return w, nil
}

// command runs a program in the module with a limit of time, and returns what it has
// printed.
func (w *workshop) command(ctx context.Context, name string, args ...string) (stdout, stderr string, err error) {
	limited, cancel := context.WithTimeout(ctx, w.limit)
	defer cancel()
	c := exec.CommandContext(limited, name, args...)
	c.Dir = w.dir
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	c.WaitDelay = w.limit / 10 // For the processes that it has started.
	err = c.Run()
	if limited.Err() != nil && ctx.Err() == nil {
		err = fmt.Errorf("it takes more than %v", w.limit)
	}
	return out.String(), errs.String(), err
}

// read reads the specification exactly.
func (w *workshop) read(_ context.Context, r *row) {
	text, err := os.ReadFile(r.file)
	if err != nil {
		r.stop(unusable, err.Error())
		return
	}
	spec, err := meaning.Load(text)
	if err != nil {
		r.stop(unusable, err.Error())
		return
	}
	if r.Version = spec.Version; len(spec.Operations) == 0 {
		r.stop(unusable, "there are no operations")
	}
	for _, o := range spec.Operations {
		r.operations = append(r.operations, &operation{Method: o.Method, Path: o.Path, id: o.ID})
	}
}

// types generates oapi-codegen's types and stubs.
func (w *workshop) types(ctx context.Context, r *row) {
	dir := filepath.Join(w.dir, r.pack)
	config := filepath.Join(dir, "config.yaml")
	err := os.Mkdir(dir, 0o777)
	if err == nil {
		err = os.WriteFile(config, fmt.Appendf(nil, settings, r.pack, filepath.Join(dir, "api.gen.go")), 0o666)
	}
	if err != nil {
		r.stop(unusable, err.Error())
		return
	}
	if _, stderr, err := w.command(ctx, w.codegen, "-config", config, r.file); err != nil {
		r.stop(unusable, "oapi-codegen: "+firstLine(stderr, err))
		os.RemoveAll(dir)
	}
}

// firstLine returns the first line that a program has printed, or its error.
func firstLine(printed string, err error) string {
	if strings.HasPrefix(printed, "panic:") {
		return "it panics: " + printed[:min(len(printed), 200)]
	}
	line, _, _ := strings.Cut(strings.TrimSpace(printed), "\n")
	if line == "" {
		return err.Error()
	}
	return line
}

// compileTypes drops the specifications with which oapi-codegen's output does not
// compile.
func (w *workshop) compileTypes(ctx context.Context, rows []*row) error {
	lost, err := w.compile(ctx, rows, "./p...")
	if err != nil {
		return err
	}
	for _, r := range rows {
		if why, ok := lost[r.pack]; ok && r.Stop == "" {
			r.stop(unusable, "oapi-codegen's output does not compile: "+why)
			os.RemoveAll(filepath.Join(w.dir, r.pack))
		}
	}
	return nil
}

// compile compiles packages and returns, for each that does not compile, why. Packages
// whose imports are not found would keep the rest from being compiled, so they go first.
func (w *workshop) compile(ctx context.Context, rows []*row, pattern string, flags ...string) (lost map[string]string, err error) {
	lost = map[string]string{}
	patient := *w
	patient.limit *= 30
	out, stderr, err := patient.command(ctx, "go", "list", "-e", "-json=ImportPath,Error,DepsErrors", pattern)
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, stderr)
	}
	for d := json.NewDecoder(strings.NewReader(out)); d.More(); {
		var p struct {
			ImportPath string
			Error      *struct{ Err string }
			DepsErrors []struct{ Err string }
		}
		if err := d.Decode(&p); err != nil {
			return nil, err
		}
		pack := p.ImportPath[strings.LastIndex(p.ImportPath, "/")+1:]
		if p.Error != nil {
			lost[pack] = firstLine(p.Error.Err, nil)
		} else if len(p.DepsErrors) > 0 {
			lost[pack] = firstLine(p.DepsErrors[0].Err, nil)
		}
	}
	args := append([]string{"build", "-trimpath", "-p", strconv.Itoa(w.jobs)}, flags...)
	prefix := strings.TrimSuffix(pattern, "p...")
	for _, r := range rows {
		if _, gone := lost[r.pack]; r.Stop == "" && !gone {
			args = append(args, prefix+r.pack)
		}
	}
	_, stderr, err = patient.command(ctx, "go", args...)
	found := false
	for _, m := range compileError.FindAllStringSubmatch(stderr, -1) {
		found = true
		if _, known := lost[m[1]]; !known {
			lost[m[1]] = m[2]
		}
	}
	if err != nil && !found {
		return nil, fmt.Errorf("go build: %w\n%.2000s", err, stderr)
	}
	return lost, nil
}

// compileError matches a package in what go build prints, and the first error.
var compileError = regexp.MustCompile(`(?m)^# census/(?:\w+/)?(p\d+)\n(.*)`)

// validators generates validators, and a program that decodes requests with them.
func (w *workshop) validators(ctx context.Context, r *row) {
	output := filepath.Join(w.dir, r.pack, "validate.gen.go")
	args := []string{"-spec", r.file, "-package", r.pack, "-output", output}
	if w.skips {
		args = append(args, "-skip-unsupported")
	}
	_, stderr, err := w.command(ctx, w.valid, args...)
	stderr = strings.NewReplacer(r.file, filepath.Base(r.file), filepath.Join(w.dir, r.pack), "the package").Replace(stderr)
	for _, o := range r.operations {
		o.Skipped = o.reason(stderr)
	}
	if err != nil {
		for _, o := range r.operations {
			if o.Skipped == "" {
				o.Skipped = reason(firstLine(stderr, err))
			}
		}
		r.stop(refused, reason(firstLine(stderr, err)))
		if strings.HasPrefix(stderr, "panic:") {
			r.stop(broken, firstLine(stderr, err))
		}
		return
	}
	if err := w.program(r, output); err != nil {
		r.stop(broken, err.Error())
	} else if len(r.done()) == 0 {
		r.stop(refused, "no operation has a decoder")
	}
}

//go:embed program.tmpl
var programText string

var program = template.Must(template.New("").Parse(programText))

// program writes a program that decodes requests with the functions in a file.
func (w *workshop) program(r *row, file string) error {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	decoders, arguments := described(parsed)
	for _, o := range r.operations {
		decoder, ok := decoders[o.Method+" "+o.Path]
		if !ok {
			if o.Skipped == "" {
				o.Skipped, o.Silent = "passed over in silence", true
			}
			continue
		}
		o.Skipped, o.Function = "", decoder
		o.Arguments = make([]struct{}, arguments[o.Function]-1)
	}
	dir := filepath.Join(w.dir, "cmd", r.pack)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := program.Execute(&b, map[string]any{"Package": r.pack, "Operations": r.done()}); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "main.go"), b.Bytes(), 0o666)
}

// described returns the decoders of the operations that a file describes, by method and
// path, and the number of arguments of each function. Operations of the same ID, as those
// of a path that refers to another have it, share a decoder.
func described(f *ast.File) (decoders map[string]string, arguments map[string]int) {
	decoders, arguments = map[string]string{}, map[string]int{}
	var operations []map[string]string // The fields of the variables that describe them, and their names.
	byID := map[string]string{}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			arguments[d.Name.Name] = d.Type.Params.NumFields()
		case *ast.GenDecl:
			for _, s := range d.Specs {
				v, ok := s.(*ast.ValueSpec)
				if !ok || len(v.Values) == 0 {
					continue
				}
				literal, ok := v.Values[0].(*ast.CompositeLit)
				name, found := strings.CutSuffix(v.Names[0].Name, "Operation")
				if !ok || !found {
					continue
				}
				fields := map[string]string{}
				for _, e := range literal.Elts {
					if pair, ok := e.(*ast.KeyValueExpr); ok {
						if text, ok := pair.Value.(*ast.BasicLit); ok {
							fields[pair.Key.(*ast.Ident).Name], _ = strconv.Unquote(text.Value)
						}
					}
				}
				fields["Decoder"] = "Decode" + name
				operations = append(operations, fields)
			}
		}
	}
	for _, o := range operations {
		if _, ok := arguments[o["Decoder"]]; ok {
			byID[o["ID"]] = o["Decoder"]
		}
	}
	for _, o := range operations {
		decoder := o["Decoder"]
		if _, ok := arguments[decoder]; !ok {
			decoder = byID[o["ID"]]
		}
		if decoder != "" {
			decoders[o["Method"]+" "+o["Path"]] = decoder
		}
	}
	return decoders, arguments
}

// compileValidators compiles the programs.
func (w *workshop) compileValidators(ctx context.Context, rows []*row) error {
	bin := filepath.Join(w.dir, "bin")
	if err := os.Mkdir(bin, 0o777); err != nil {
		return err
	}
	left := 0
	for _, r := range rows {
		if r.Stop == "" {
			left++
		}
	}
	if left == 0 {
		return nil
	}
	lost, err := w.compile(ctx, rows, "./cmd/p...", "-ldflags=-s -w", "-o", bin+string(filepath.Separator))
	if err != nil {
		return err
	}
	for _, r := range rows {
		if why, ok := lost[r.pack]; ok && r.Stop == "" {
			r.stop(broken, "the validators do not compile: "+why)
		}
	}
	return nil
}

// judge judges requests in a process of its own.
func (w *workshop) judge(ctx context.Context, r *row) {
	r.spec = filepath.Join(w.dir, r.pack, "row.json")
	text, err := json.Marshal(struct {
		File, Program string
		Operations    []*operation
	}{r.file, filepath.Join(w.dir, "bin", r.pack), r.done()})
	if err == nil {
		err = os.WriteFile(r.spec, text, 0o666)
	}
	if err != nil {
		r.stop(broken, err.Error())
		return
	}
	patient := *w
	patient.limit += w.limit // The process ends by itself, except if an oracle hangs.
	stdout, stderr, err := patient.command(ctx, w.self, "-n", strconv.Itoa(w.requests), "-seed", strconv.FormatUint(w.seed, 10), "-limit", w.limit.String(), "-judge", r.spec)
	if err == nil {
		err = json.Unmarshal([]byte(stdout), &r.verdicts)
	}
	if err != nil {
		r.stop(broken, "judging fails: "+firstLine(stderr, err))
	}
	fmt.Fprintf(os.Stderr, "%s: %d requests, %d disagreements\n", r.Name, r.verdicts.Requests, r.verdicts.Disagreements)
}
