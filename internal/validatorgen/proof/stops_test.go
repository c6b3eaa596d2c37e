package proof

import (
	"strings"
	"testing"

	"example.com/tasks/internal/validatorgen/proof/cases"
	"example.com/tasks/internal/validatorgen/proof/tools"
)

// Where a case says that nothing can be made of its schema, the generators say
// why and stop.
func TestStops(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the generators")
	}
	dir := t.TempDir()
	generators, err := tools.Build(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	s := suite{generators, dir}
	for _, c := range cases.All() {
		if c.Stops == "" {
			continue
		}
		var schema any
		if err := c.Schema.Decode(&schema); err != nil {
			t.Fatal(err)
		}
		if err := s.generate(t.Context(), c.Name, map[string]any{c.Name: schema}); err == nil || !strings.Contains(err.Error(), c.Stops) {
			t.Errorf("%s: the generators say %v, want %s", c.Name, err, c.Stops)
		}
	}
}
