package validatorgen_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"example.com/tasks/internal/validatorgen"
)

// TestResponsesOfEveryType adds members of every type to the schema Task of the
// project's own specification, and responses with inline schemas. The generated code
// must compile with the project's templates and write what encoding/json writes.
func TestResponsesOfEveryType(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles generated code")
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../gen")); err != nil {
		t.Fatal(err)
	}
	write := func(name string, text []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	settings := strings.NewReplacer("package: api\n", "package: main\n", "output-options:\n", "output-options:\n  disable-type-aliases-for-type: [array]\n")
	write("api.yaml", []byte(settings.Replace(string(read(t, "../../gen/api.yaml")))))
	write("api/main.go", read(t, "testdata/responses/main.go"))
	write("openapi.yaml", specWithResponses(t))

	tool, err := exec.CommandContext(t.Context(), "go", "tool", "-n", "oapi-codegen").Output()
	if err != nil {
		t.Fatal(err)
	}
	types := exec.CommandContext(t.Context(), strings.TrimSpace(string(tool)), "-config", "api.yaml", "openapi.yaml")
	types.Dir = dir
	if out, err := types.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	source, notes, err := validatorgen.Generate(validatorgen.Options{
		Spec: filepath.Join(dir, "openapi.yaml"), Package: "main", Output: filepath.Join(dir, "api/validate.gen.go"), Encoders: true,
	})
	if err != nil || len(notes) > 0 {
		t.Fatal(notes, err)
	}
	write("api/validate.gen.go", source)

	files, err := filepath.Glob(filepath.Join(dir, "api/*.go"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", append([]string{"run"}, files...)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%.5000s", err, out)
	}
}

// specWithResponses returns the project's own specification with the additions in
// testdata.
func specWithResponses(t *testing.T) []byte {
	t.Helper()
	parse := func(name string) (m map[string]any) {
		if err := yaml.Unmarshal(read(t, name), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	spec := parse("../../openapi.yaml")
	merge(spec, parse("testdata/responses/more.yaml"))
	task := spec["components"].(map[string]any)["schemas"].(map[string]any)["Task"].(map[string]any)
	members := parse("testdata/responses/members.yaml")
	merge(task["properties"].(map[string]any), members)
	for name := range members {
		if !strings.HasSuffix(name, "Optional") {
			task["required"] = append(task["required"].([]any), name)
		}
	}
	text, err := yaml.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// merge adds the entries of from to to, recursively.
func merge(to, from map[string]any) {
	for name, value := range from {
		if inner, ok := to[name].(map[string]any); ok {
			merge(inner, value.(map[string]any))
		} else {
			to[name] = value
		}
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
