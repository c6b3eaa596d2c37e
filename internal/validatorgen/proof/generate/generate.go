// Package generate makes what the proof judges: for each specification a package
// with oapi-codegen's types, our validators, and a table by which tests call them.
// It imports none of these packages, so that it works where they are broken.
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

//go:embed *.yaml
var files embed.FS

// Specs returns the texts of all specifications, by their names: of those beside
// this file, of the hand-written cases, and of the project's own, which is given.
func Specs(own []byte) (map[string][]byte, error) {
	texts := map[string][]byte{"cases": casesSpec(), "tasks": own}
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		text, err := files.ReadFile(e.Name())
		if err != nil {
			return nil, err
		}
		texts[strings.TrimSuffix(e.Name(), ".yaml")] = text
	}
	return texts, nil
}

// Overlay writes a file for go build -overlay that adds the packages in a folder,
// each in a folder of its name, to package specs, and them all to its All. That
// package is in the folder specsDir.
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

// casesSpec returns the specification of all hand-written cases.
func casesSpec() []byte {
	schemas := map[string]*yaml.Node{}
	for _, c := range cases.All() {
		if c.Stops == "" {
			schemas[c.Name] = &c.Schema
		}
	}
	return Spec(schemas)
}

// Spec returns a specification of components, with an operation for each that
// takes it. The operation is called post, with the component's name.
func Spec(components map[string]*yaml.Node) []byte {
	paths := map[string]any{}
	for name := range components {
		paths["/"+name] = map[string]any{"post": map[string]any{
			"operationId": "post" + name,
			"requestBody": map[string]any{"required": true, "content": map[string]any{"application/json": map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/" + name}}}},
			"responses":   map[string]any{"204": map[string]any{"description": "Valid."}},
		}}
	}
	text, err := yaml.Marshal(map[string]any{
		"openapi": "3.0.3", "info": map[string]any{"title": "Schemas", "version": "1"},
		"paths": paths, "components": map[string]any{"schemas": components},
	})
	if err != nil {
		panic(err) // They were parsed before.
	}
	return text
}

// AsItComes are the settings of oapi-codegen that validators need.
var AsItComes = codegen.Configuration{Generate: codegen.GenerateOptions{Models: true, EchoServer: true, Strict: true}}

// AsTheServer are the server's, without stubs, and with number as float64: float32
// would lose digits that the schema does not say may be lost.
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

// nothing is a template. An empty one would not replace oapi-codegen's, and one
// without the end of a line would be the name of a file.
const nothing = "{{\"\"}}\n"

// Package makes the Go package of a specification in a folder. The error is what
// the generators say of the specification, or that of writing.
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

// registry are the tables by which tests call what was generated. The names of
// functions are asked of the validators themselves, since their spelling is
// oapi-codegen's.
var registry = template.Must(template.New("").Parse(`package {{.Package}}

import (
	"errors"
	"net/http"
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
	{{printf "%q" .ID}}: func(r *http.Request, path ...string) error { _, err := {{.Function}}(r{{range $i, $_ := .Path}}, path[{{$i}}]{{end}}); return err },
{{- end}}
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
	doc, err := openapi3.NewLoader().LoadFromData(spec) // Anew: oapi-codegen renames operations in its own.
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
