package validatorgen_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "github.com/oapi-codegen/nullable" // For the types of testdata/later.

	"example.com/tasks/internal/validatorgen"
)

// TestFront shows what becomes of whole specifications: main.go in each folder sends
// requests to what was generated. The notes say what else a user should know.
//
// In front, no rule is passed over that YAML or OpenAPI state in another place or in
// another way. In forms, bodies are not JSON, and parameters are of all places and styles.
// In later, what OpenAPI 3.1 says in another way, null is a value of its own, and a function
// of the user checks a format.
func TestFront(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles generated code")
	}
	for dir, want := range map[string][]string{
		"front": {
			"#: kin-openapi finds the document", // Two paths with one operationId.
			"nullable: nullable does not allow null h",
			"float: oapi-codegen's type is float32",
			"Untyped: the schema has no type, so tha",
			"inner: the schema has no type, so tha",
		},
		"forms": {
			"application~1xml: the body is handed on as it is",
			"*~1*: a body that is not JSON is han",
			"multipart~1related: the parts are not checked: onl",
			"schema: null can't be sent as a parame",
		},
		"later": nil,
	} {
		var o validatorgen.Options
		if dir == "later" {
			o.Formats = map[string]string{"isbn": "CheckISBN"}
		}
		t.Run(dir, func(t *testing.T) { runFront(t, filepath.Join("testdata", dir), o, want) })
	}
}

// runFront generates what a specification needs, runs the main.go beside it, and compares
// the beginnings of the notes.
func runFront(t *testing.T, from string, o validatorgen.Options, want []string) {
	dir := t.TempDir()
	write := func(name string, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("main.go", read(t, filepath.Join(from, "main.go")))
	source, notes, err := generateIn(t, dir, "main", string(read(t, filepath.Join(from, "openapi.yaml"))), o)
	if err != nil {
		t.Fatal(err)
	}
	write("validate.gen.go", source)
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
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("notes (-want +got)\n%s", diff)
	}
}
