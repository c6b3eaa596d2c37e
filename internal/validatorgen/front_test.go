package validatorgen_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/tasks/internal/validatorgen"
)

// TestFront shows that no rule is passed over that YAML or OpenAPI state in another
// place or in another way: testdata/front/main.go sends requests to what was generated.
// The notes say what else a user should know.
func TestFront(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles generated code")
	}
	dir := t.TempDir()
	spec := string(read(t, "testdata/front/openapi.yaml"))
	source, notes, err := generateIn(t, dir, "main", spec, validatorgen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"validate.gen.go": source, "main.go": read(t, "testdata/front/main.go")} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", append([]string{"run"}, files...)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%.5000s", err, out)
	}

	var got []string
	for _, n := range notes {
		got = append(got, n.Pointer[strings.LastIndex(n.Pointer, "/")+1:]+": "+n.Message[:30])
	}
	want := []string{
		"#: kin-openapi finds the document", // Two paths with one operationId.
		"nullable: nullable does not allow null h",
		"float: oapi-codegen's type is float32",
		"Untyped: the schema has no type, so tha",
		"inner: the schema has no type, so tha",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("notes (-want +got)\n%s", diff)
	}
}
