package validatorgen_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"

	"example.com/tasks/internal/validatorgen"
)

// generate generates oapi-codegen's types and then validators from a specification.
func generate(t *testing.T, spec string) error {
	t.Helper()
	_, _, err := generateIn(t, t.TempDir(), "api", spec, validatorgen.Options{Encoders: true})
	return err
}

// generateIn does so in a folder and for a package.
func generateIn(t *testing.T, dir, pkg, spec string, o validatorgen.Options) ([]byte, []*validatorgen.Problem, error) {
	t.Helper()
	for name, text := range map[string]string{"api.gen.go": typesFor(t, pkg, []byte(spec)), "openapi.yaml": spec} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	o.Spec, o.Package, o.Output = filepath.Join(dir, "openapi.yaml"), pkg, filepath.Join(dir, "validate.gen.go")
	return validatorgen.Generate(o)
}

// typesFor returns oapi-codegen's types for a specification, with its option nullable-type
// for OpenAPI 3.1.
func typesFor(t testing.TB, pkg string, spec []byte) string {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(spec)
	if err != nil {
		t.Fatal(err)
	}
	types, err := codegen.Generate(doc, codegen.Configuration{
		PackageName:   pkg,
		Generate:      codegen.GenerateOptions{Models: true, EchoServer: true, Strict: true},
		OutputOptions: codegen.OutputOptions{NullableType: strings.HasPrefix(doc.OpenAPI, "3.1")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// specWith returns a specification of one operation with the schema of a request
// body, a parameter, and more lines.
func specWith(schema, parameter, more string) string {
	indent := func(text, by string) string {
		return strings.TrimSuffix(by+strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+by), by)
	}
	spec := `openapi: 3.0.3
info: { title: A test, version: 1.0.0 }
paths:
  /things:
    post:
      operationId: makeThing
      responses: { '200': { description: Made. } }
`
	if parameter != "" {
		spec += "      parameters:\n" + indent(parameter, "        ") + "\n"
	}
	if schema != "" {
		spec += "      requestBody:\n        required: true\n        content:\n          application/json:\n            schema:\n" + indent(schema, "              ") + "\n"
	}
	return spec + more
}

// TestStopsAtWhatItDoesNotHandle shows that the generator ignores no construct: it
// stops at each that it does not handle, and reports its place.
func TestStopsAtWhatItDoesNotHandle(t *testing.T) {
	const body = "#/paths/~1things/post/requestBody/content/application~1json/schema"
	object := func(properties string) string {
		return "type: object\nadditionalProperties: false\nproperties:\n  " + strings.ReplaceAll(properties, "\n", "\n  ")
	}
	tests := []struct {
		name, spec, wantAt, want string
	}{
		{"keyword", specWith(object("a: { type: object, patternProperties: {} }"), "", ""), body + "/properties/a/patternProperties", "patternProperties is not handled"},
		{"path without a slash", specWith("type: string", "", "  others: { get: { responses: { '200': { description: Done. } } } }\n"), "#/paths/others", "must begin with a slash"},
		{"alternatives of several kinds", specWith("", "- { name: q, in: query, schema: { oneOf: [{ type: string }, { type: array, items: { type: string } }] } }", ""), "#/paths/~1things/post/parameters/0/schema", "only some are arrays or objects"},
		{"alternatives of a part", strings.ReplaceAll(specWith("oneOf:\n- { type: object, properties: { a: { type: string, format: binary } } }\n- { type: object, properties: { a: { type: string, maxLength: 3 } } }", "", ""), "application/json:", "multipart/form-data:"), "#/paths/~1things/post/requestBody/content/multipart~1form-data/schema/oneOf/0/properties/a", "only some are arrays or objects"},
		{"a long pattern", specWith("{ type: string, pattern: '^(ab){0,2000}$' }", "", ""), body + "/pattern", "use minLength and maxLength"},
		{"choice in a parameter's items", specWith("", "- { name: q, in: query, schema: { type: array, items: { type: string, not: { enum: [x] } } } }", ""), "#/paths/~1things/post/parameters/0/schema/items/not", "say what is allowed"},
		{"alternative that leads to itself", specWith("$ref: '#/components/schemas/Thing'", "", "components:\n  schemas:\n    Thing: { oneOf: [{ $ref: '#/components/schemas/Thing' }, { type: string }] }\n"), "#/components/schemas/Thing", "leads back to the schema itself"},
		{"impossible object", specWith(object("a: { type: string }")+"\nrequired: [b]", "", ""), body, "b is required and not allowed"},
		{"impossible bound", specWith(object("a: { type: integer, minimum: 1e30 }"), "", ""), body + "/properties/a/minimum", "no integer of 64 bits"},
		{"allOf of itself", specWith("$ref: '#/components/schemas/Thing'", "", "components:\n  schemas:\n    Thing: { allOf: [{ $ref: '#/components/schemas/Thing' }] }\n"), "#/components/schemas/Thing", "leads back to the schema itself"},
		{"lookahead", specWith(object("a: { type: string, pattern: '^(?=a)' }"), "", ""), body + "/properties/a/pattern", "lookahead"},
		{"backreference", specWith(object(`a: { type: string, pattern: '(a)\1' }`), "", ""), body + "/properties/a/pattern", `escape \1`},
		{"arrays in an array parameter", specWith("", "- { name: q, in: query, schema: { type: array, items: { type: array, items: { type: string } } } }", ""), "#/paths/~1things/post/parameters/0/schema/items", "items must be"},
		{"in a component", specWith("$ref: '#/components/schemas/Thing'", "", "components:\n  schemas:\n    Thing: { type: object, patternProperties: {}, properties: { a: { type: string } } }\n"), "#/components/schemas/Thing/patternProperties", "patternProperties is not handled"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := generate(t, tt.spec)
			problems, ok := errors.AsType[validatorgen.Problems](err)
			if !ok || len(problems) != 1 {
				t.Fatalf("the error is %v, want one problem", err)
			}
			e := problems[0]
			if e.Pointer != tt.wantAt || !strings.Contains(e.Message, tt.want) {
				t.Errorf("the error is\n%v\nwant %s: …%s…", e, tt.wantAt, tt.want)
			}
			key := tt.wantAt[strings.LastIndex(tt.wantAt, "/")+1:]
			if line := strings.Split(tt.spec, "\n")[e.Line-1]; strings.Contains(e.Message, key+" is not handled") && !strings.Contains(line, key) {
				t.Errorf("line %d is %q, which has no %s", e.Line, line, key)
			}
		})
	}
}

// TestStopsAtTakenNames shows that the generator reports a name that both the
// validators and the types declare, and does not leave it to the compiler.
func TestStopsAtTakenNames(t *testing.T) {
	err := generate(t, specWith("$ref: '#/components/schemas/InvalidRequest'", "",
		"components:\n  schemas:\n    InvalidRequest: { type: object, additionalProperties: false, properties: { a: { type: string } } }\n"))
	if err == nil || !strings.Contains(err.Error(), "declares InvalidRequest already") {
		t.Errorf("the error is %v, want one about InvalidRequest", err)
	}
}

// TestOutputIsTheCommittedOne shows that the output is the same each time and, for
// the project's own specification, equals the committed file.
func TestOutputIsTheCommittedOne(t *testing.T) {
	const output = "../../gen/api/validate.gen.go"
	want, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, notes, err := validatorgen.Generate(validatorgen.Options{Spec: "../../openapi.yaml", Package: "api", Output: output, Encoders: true})
		if err != nil || len(notes) > 0 {
			t.Fatal(notes, err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Fatalf("make generate would change it (-committed +generated)\n%s", diff)
		}
	}
}

// TestNotesWhatValidatorsIgnore shows that the generator notes what OpenAPI lets
// validators ignore, once for each place.
func TestNotesWhatValidatorsIgnore(t *testing.T) {
	spec := specWith("type: object\nproperties:\n  a: { type: string, format: colour }\n  b: { $ref: '#/components/schemas/B', maxLength: 3 }", "",
		"components:\n  schemas:\n    B: { type: string }\n")
	_, notes, err := generateIn(t, t.TempDir(), "api", spec, validatorgen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range notes {
		got = append(got, n.Pointer[strings.LastIndex(n.Pointer, "properties/"):]+" "+n.Message)
	}
	want := []string{
		"properties/a/format the format colour is not checked: only byte, date, date-time, duration, email, hostname, ipv4, ipv6, json-pointer, time, uri, uri-reference, uuid are",
		"properties/b/maxLength OpenAPI 3.0 ignores what stands beside $ref: use allOf to add to a schema",
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("notes (-want +got)\n%s", diff)
	}
}
