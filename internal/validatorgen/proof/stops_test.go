package proof

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"example.com/tasks/internal/validatorgen/proof/cases"
	"example.com/tasks/internal/validatorgen/proof/generate"
)

// TestStops shows that the generators stop at the schemas of cases that say so, and
// report why.
func TestStops(t *testing.T) {
	for _, c := range cases.All() {
		if c.Stops == "" {
			continue
		}
		spec := generate.Spec("3.0.3", map[string]*yaml.Node{c.Name: &c.Schema})
		if err := generate.Package(t.TempDir(), "main", spec, generate.AsTheServer); err == nil || !strings.Contains(err.Error(), c.Stops) {
			t.Errorf("%s: the generators say %v, want %s", c.Name, err, c.Stops)
		}
	}
}
