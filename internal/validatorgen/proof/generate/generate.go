// Package generate generates what the proof judges: for each specification, a package
// with oapi-codegen's types, our validators, and tables of functions for the tests.
package generate

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
	"go.yaml.in/yaml/v3"

	"example.com/tasks/internal/validatorgen"
	"example.com/tasks/internal/validatorgen/proof/cases"
)

//go:embed *.yaml pending/*.yaml
var files embed.FS

// Specs returns the texts of all specifications by name: those in this folder, one with
// the schemas of the hand-written cases, and own, the project's, as tasks.
func Specs(own []byte) (map[string][]byte, error) {
	texts, err := read(".")
	if err != nil {
		return nil, err
	}
	texts["tasks"] = own
	for version, name := range specNames {
		if text := casesSpec(version, func(c cases.Case) bool { return c.Stops == "" }); text != nil {
			texts[name] = text
		}
	}
	return texts, nil
}

// specNames has the names of the specifications of the cases, by the version of OpenAPI.
var specNames = map[string]string{"3.0.3": "cases", "3.1.0": "later"}

// CaseSpec returns the name of the specification that has the schema of a case.
func CaseSpec(c cases.Case) string {
	if c.Stops == "" {
		return specNames[c.OpenAPI]
	}
	return "pending" + specNames[c.OpenAPI]
}

// Pending returns the texts of specifications that the generators do not take yet, by
// name: those in the folder pending, and those with the cases at which the generators
// stop.
func Pending() (map[string][]byte, error) {
	texts, err := read("pending")
	if err != nil {
		return nil, err
	}
	for version, name := range specNames {
		if text := casesSpec(version, func(c cases.Case) bool { return c.Stops != "" && len(c.Tests) > 0 }); text != nil {
			texts["pending"+name] = text
		}
	}
	return texts, nil
}

// read returns the texts in a folder of files, by name.
func read(dir string) (map[string][]byte, error) {
	texts := map[string][]byte{}
	entries, err := files.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		text, err := files.ReadFile(path.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		texts[strings.TrimSuffix(e.Name(), ".yaml")] = text
	}
	return texts, nil
}

// Overlay writes a file for go build -overlay. It adds the packages that are in dir,
// each in a folder of its name, to those below package specs, whose folder is specsDir,
// and replaces that package's All by one that lists them.
func Overlay(file, dir, specsDir string, names []string) error {
	if err := writeGo(filepath.Join(dir, "all.go"), table, names); err != nil {
		return err
	}
	replace := map[string]string{}
	for _, pattern := range []string{"*.go", "*/*.go"} {
		made, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return err
		}
		for _, path := range made {
			replace[filepath.Join(specsDir, strings.TrimPrefix(path, dir))] = path
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o666)
}

// casesSpec returns a specification of a version with the schemas of some hand-written
// cases, or nil if there are none. It has the other schemas that the generators take, too,
// without operations, since schemas refer to them.
func casesSpec(version string, take func(cases.Case) bool) []byte {
	taken, others := map[string]*yaml.Node{}, map[string]*yaml.Node{}
	for _, c := range cases.All() {
		if c.OpenAPI != version {
			continue
		}
		if take(c) {
			taken[c.Name] = &c.Schema
		} else if c.Stops == "" {
			others[c.Name] = &c.Schema
		}
	}
	if len(taken) == 0 {
		return nil
	}
	return spec(version, taken, others)
}

// Spec returns a specification with components and, for each, an operation with that
// body, in a version of OpenAPI. The name of the operation is post, followed by that of
// the component.
func Spec(version string, components map[string]*yaml.Node) []byte {
	return spec(version, components, nil)
}

// spec returns one with more components, which have no operations.
func spec(version string, components, more map[string]*yaml.Node) []byte {
	paths := map[string]any{}
	for name := range components {
		paths["/"+name] = map[string]any{"post": map[string]any{
			"operationId": "post" + name,
			"requestBody": map[string]any{"required": true, "content": map[string]any{"application/json": map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/" + name}}}},
			"responses":   map[string]any{"204": map[string]any{"description": "Valid."}},
		}}
	}
	all := maps.Clone(components)
	maps.Copy(all, more)
	text, err := yaml.Marshal(map[string]any{
		"openapi": version, "info": map[string]any{"title": "Schemas", "version": "1"},
		"paths": paths, "components": map[string]any{"schemas": all},
	})
	if err != nil {
		panic(err) // The nodes have been parsed from YAML.
	}
	return text
}

// AsItComes has only the settings of oapi-codegen that validators need.
var AsItComes = codegen.Configuration{Generate: codegen.GenerateOptions{Models: true, EchoServer: true, Strict: true}}

// AsTheServer has the server's settings, but generates no stubs, and float64 for
// number, since float32 loses digits.
var AsTheServer = codegen.Configuration{
	Generate:      AsItComes.Generate,
	Compatibility: codegen.CompatibilityOptions{AlwaysPrefixEnumValues: true},
	OutputOptions: codegen.OutputOptions{
		NameNormalizer: "ToCamelCaseWithInitialisms",
		PreferSkipOptionalPointerOnContainerTypes: true,
		TypeMapping: &codegen.TypeMapping{Number: codegen.FormatMapping{Default: codegen.SimpleTypeSpec{Type: "float64"}}},
		UserTemplates: map[string]string{
			"echo/echo-interface.tmpl": nothing, "echo/echo-wrappers.tmpl": nothing, "echo/echo-register.tmpl": nothing, "strict/strict-echo.tmpl": nothing,
		},
	},
}

// nothing is a template for nothing. An empty one would not replace oapi-codegen's, and
// one without a newline would be a file name.
const nothing = "{{\"\"}}\n"

// Package generates the Go package of a specification in a folder, which it creates.
// The error is that of a generator or of writing a file.
func Package(dir, name string, spec []byte, settings codegen.Configuration) error {
	doc, err := openapi3.NewLoader().LoadFromData(spec)
	if err != nil {
		return err
	}
	settings.PackageName = name
	types, err := codegen.Generate(doc, settings)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	specFile := filepath.Join(dir, "openapi.yaml")
	for file, text := range map[string][]byte{specFile: spec, filepath.Join(dir, "api.go"): []byte(types)} {
		if err := os.WriteFile(file, text, 0o666); err != nil {
			return err
		}
	}
	output := filepath.Join(dir, "validate.go")
	validators, _, err := validatorgen.Generate(validatorgen.Options{Spec: specFile, Package: name, Output: output})
	if err != nil {
		return err
	}
	if err := os.WriteFile(output, validators, 0o666); err != nil {
		return err
	}
	return writeRegistry(filepath.Join(dir, "registry.go"), name, spec, validators)
}

// registry has tables of the generated functions. Their names are taken from the
// generated validators, since oapi-codegen decides on their spelling.
var registry = template.Must(template.New("").Parse(`package {{.Package}}

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"reflect"
)

// Spec is the specification.
const Spec = {{printf "%q" .Spec}}

// Texts decode JSON texts, by the names of the types that they become.
var Texts = map[string]func(text []byte) error{
{{- range .Texts}}
	{{printf "%q" .}}: func(text []byte) error { _, err := Decode{{.}}(text); return err },
{{- end}}
}

// Operations decode requests, with the values of the path's parameters.
var Operations = map[string]func(r *http.Request, path ...string) error{
{{- range .Operations}}
	{{printf "%q" .ID}}: func(r *http.Request, path ...string) error {
		v, err := {{.Function}}(r{{range $i, $_ := .Path}}, path[{{$i}}]{{end}})
		return finish(v, err)
	},
{{- end}}
}

// finish reads the bodies that are left to the handler, which checks them. The error is
// the first one.
func finish(request any, err error) error {
	fields := reflect.ValueOf(request)
	for i := 0; err == nil && i < fields.NumField(); i++ {
		switch body := fields.Field(i).Interface().(type) {
		case *multipart.Reader:
			for body != nil && err == nil {
				var part io.Reader
				if part, err = body.NextPart(); err == nil {
					_, err = io.Copy(io.Discard, part)
				}
			}
			if errors.Is(err, io.EOF) {
				err = nil
			}
		case io.Reader:
			_, err = io.Copy(io.Discard, body)
		}
	}
	return err
}

// Places returns where the faults of an error are; none where it has no faults.
func Places(err error) (places []string) {
	if e, ok := errors.AsType[*InvalidRequest](err); ok {
		for _, f := range e.Faults {
			if f.In == "body" {
				places = append(places, f.Pointer)
			} else {
				places = append(places, f.In+" "+f.Name)
			}
		}
	}
	return places
}
`))

// table lists the specifications.
var table = template.Must(template.New("").Parse(`package specs

import (
{{- range .}}
	"example.com/tasks/internal/validatorgen/proof/specs/{{.}}"
{{- end}}
)

var All = []Spec{
{{- range .}}
	{ {{- printf "%q" .}}, []byte({{.}}.Spec), {{.}}.Texts, {{.}}.Operations, {{.}}.Places},
{{- end}}
}
`))

type operation struct {
	ID, Function string
	Path         []string // The path's parameters.
}

func writeRegistry(file, name string, spec, validators []byte) error {
	doc, err := openapi3.NewLoader().LoadFromData(spec) // Again, since oapi-codegen renames the operations in doc.
	if err != nil {
		return err
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), "", validators, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	data := struct {
		Package, Spec string
		Texts         []string
		Operations    []operation
	}{Package: name, Spec: string(spec)}
	decoders := map[string]*ast.FuncDecl{} // Of operations, by their names in lower case.
	for _, d := range parsed.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv != nil || !f.Name.IsExported() || !strings.HasPrefix(f.Name.Name, "Decode") {
			continue
		}
		if _, text := f.Type.Params.List[0].Type.(*ast.ArrayType); text {
			data.Texts = append(data.Texts, strings.TrimPrefix(f.Name.Name, "Decode"))
		} else {
			decoders[strings.ToLower(f.Name.Name)] = f
		}
	}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		operations := doc.Paths.Value(path).Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			id := operations[method].OperationID
			f := decoders["decode"+strings.ToLower(id)]
			if f == nil {
				return fmt.Errorf("there is no function for %s", id)
			}
			data.Operations = append(data.Operations, operation{id, f.Name.Name, make([]string, f.Type.Params.NumFields()-1)})
		}
	}
	return writeGo(file, registry, data)
}

func writeGo(file string, t *template.Template, data any) error {
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return err
	}
	formatted, err := format.Source(b.Bytes())
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, formatted, 0o666)
}
