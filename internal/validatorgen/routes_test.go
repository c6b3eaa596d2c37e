package validatorgen_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"

	"example.com/tasks/internal/validatorgen"
)

// TestRoutes shows that each operation has a route, and that the output compiles with
// oapi-codegen's: operations of aliases, without operationId, and left to oapi-codegen,
// by the options or for a problem. What routes do is tested in examples.
func TestRoutes(t *testing.T) {
	const spec = `openapi: 3.0.3
info: { title: A test, version: 1.0.0 }
paths:
  /things/{a-b}/{c}:
    put:
      operationId: put thing
      parameters:
        - { name: c, in: path, required: true, schema: { type: string } }
        - { name: a-b, in: path, required: true, schema: { type: string } }
      responses: { '204': { description: Done. } }
  /others/{a-b}/{c}: { $ref: '#/paths/~1things~1{a-b}~1{c}' }
  /nameless/:
    get:
      responses: { '204': { description: Done. } }
  /odd/{x}:
    post:
      parameters:
        - { name: x, in: path, required: true, schema: { type: string, pattern: '(?=y)' } }
      responses: { '204': { description: Done. } }
`
	doc, err := openapi3.NewLoader().LoadFromData([]byte(spec))
	if err != nil {
		t.Fatal(err)
	}
	for router, want := range map[string]string{
		"echo": `
			"/things/:a-b/:c" c.Param("a-b") c.Param("c")
			"/others/:a-b/:c" c.Param("a-b") c.Param("c")
			"/nameless/" others.GetNameless
			"/odd/:x" others.PostOddX`,
		"std-http": `
			"PUT /things/{a_b}/{c}" wildcard(r, "a_b") wildcard(r, "c")
			"PUT /others/{a_b}/{c}" wildcard(r, "a_b") wildcard(r, "c")
			"GET /nameless/{$}" others.GetNameless
			"POST /odd/{x}" others.PostOddX`,
	} {
		t.Run(router, func(t *testing.T) {
			dir := t.TempDir()
			types, err := codegen.Generate(doc, codegen.Configuration{
				PackageName: "api",
				Generate:    codegen.GenerateOptions{Models: true, Strict: true, EchoServer: router == "echo", StdHTTPServer: router == "std-http"},
			})
			if err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{"api.gen.go": types, "openapi.yaml": spec} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			source, _, err := validatorgen.Generate(validatorgen.Options{
				Spec: filepath.Join(dir, "openapi.yaml"), Package: "api", Output: filepath.Join(dir, "validate.gen.go"),
				Routes: router, Skip: []string{"GET /nameless/"}, SkipUnsupported: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			_, routes, _ := strings.Cut(string(source), "\nfunc Routes(")
			routes, _, _ = strings.Cut(routes, "\n}\n")
			got := regexp.MustCompile(`"[A-Z ]*/\S*"|(c\.Param|wildcard)\(.*?\)|others\.\w+`).FindAllString(routes, -1)
			if diff := cmp.Diff(strings.Join(strings.Fields(want), " "), strings.Join(got, " ")); diff != "" {
				t.Errorf("(-want +got)\n%s\n%s", diff, routes)
			}
		})
	}
}
