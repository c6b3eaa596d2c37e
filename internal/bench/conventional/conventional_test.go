package conventional

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Adding an operation to the specification does not change the generated code, so
// that the comparison stays the same and compiles.
func TestNewOperationChangesNothing(t *testing.T) {
	const operation = `
paths:
  /added:
    post:
      operationId: addedByTest
      requestBody:
        content: { application/json: { schema: { type: string } } }
      responses: { '204': { description: Added. } }
`
	dir := t.TempDir()
	specification := copyWith(t, "../../../openapi.yaml", dir, "\npaths:\n", operation)
	config := copyWith(t, "oapi-codegen.yaml", dir, "output: ", "output: "+dir+"/")
	cmd := exec.CommandContext(t.Context(), "go", "tool", "oapi-codegen", "-config", config, specification)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("oapi-codegen: %v\n%s", err, text)
	}
	if read(t, filepath.Join(dir, "conventional.gen.go")) != read(t, "conventional.gen.go") {
		t.Error("the generated code has changed")
	}
}

// copyWith copies a file to dir, with one text replaced.
func copyWith(t *testing.T, name, dir, before, after string) (path string) {
	t.Helper()
	text := read(t, name)
	if strings.Count(text, before) != 1 {
		t.Fatalf("%s has %q %d times, want once", name, before, strings.Count(text, before))
	}
	path = filepath.Join(dir, filepath.Base(name))
	if err := os.WriteFile(path, []byte(strings.Replace(text, before, after, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
