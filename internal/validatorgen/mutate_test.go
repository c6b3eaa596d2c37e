package validatorgen_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/tasks/internal/validatorgen/plan"
	"example.com/tasks/internal/validatorgen/spec"
	"example.com/tasks/internal/validatorgen/target"
)

// TestNoDocumentPanics plans documents in which words and lines have been exchanged or
// removed. None may make the first two stages panic, whatever else they say.
func TestNoDocumentPanics(t *testing.T) {
	for _, file := range []string{"testdata/front/openapi.yaml", "testdata/forms/openapi.yaml"} {
		t.Run(file, func(t *testing.T) { planMutants(t, string(read(t, file))) })
	}
}

// planMutants plans 200 mutants of a document.
func planMutants(t *testing.T, text string) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "api.gen.go"), []byte(typesFor(t, "api", []byte(text))), 0o666); err != nil {
		t.Fatal(err)
	}
	pkg, err := target.Load(filepath.Join(dir, "validate.gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	words := strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(" \n,{}[]", c) })
	strange := []string{"null", "1", "[]", "{}", "-1.5e3", "true", "{ $ref: '#/components/schemas/Named' }", "[string, 'null']", "*common", "''"}
	r := rand.New(rand.NewPCG(1, 2))
	plans := 0
	for i := range 200 {
		mutant := text
		if i%2 == 0 {
			mutant = strings.Replace(mutant, "3.0.3", "3.1.0", 1)
		}
		for range 1 + r.IntN(3) {
			old, with := words[r.IntN(len(words))], append(words, strange...)[r.IntN(len(words)+len(strange))]
			if r.IntN(2) == 0 {
				with = strange[r.IntN(len(strange))]
			}
			parts := strings.Split(mutant, old)
			at := 1 + r.IntN(max(1, len(parts)-1))
			mutant = strings.Join(parts[:at], old) + with + strings.Join(parts[at:], old)
		}
		file := filepath.Join(dir, "openapi.yaml")
		if err := os.WriteFile(file, []byte(mutant), 0o666); err != nil {
			t.Fatal(err)
		}
		d, err := spec.Read(file)
		if err != nil {
			continue
		}
		if p, err := plan.Make(d, pkg, plan.Options{Package: "api", Encoders: true, SkipUnsupported: true}); err == nil && p.String() != "" {
			plans++
		}
	}
	if plans < 50 {
		t.Errorf("only %d of the documents have a plan", plans)
	}
}
