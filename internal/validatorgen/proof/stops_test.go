package proof

import (
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"example.com/tasks/internal/validatorgen/proof/cases"
	"example.com/tasks/internal/validatorgen/proof/generate"
)

// TestStops shows that the generators stop at the schemas of cases that say so, and
// report why: of each keyword, at one for each reason, since that takes a while.
func TestStops(t *testing.T) {
	done := map[string]bool{}
	for _, c := range cases.All() {
		reason := c.Keyword + c.Stops
		if c.Stops == "" || done[reason] {
			continue
		}
		done[reason] = true
		schemas := map[string]*yaml.Node{}
		collect(schemas, c.Name)
		spec := generate.Spec(c.OpenAPI, schemas)
		if err := generate.Package(t.TempDir(), "main", spec, generate.AsTheServer); err == nil || !strings.Contains(err.Error(), c.Stops) {
			t.Errorf("%s: the generators say %v, want %s", c.Name, err, c.Stops)
		}
	}
}

// collect adds the schema of a case, and those to which it refers.
func collect(schemas map[string]*yaml.Node, name string) {
	all := cases.All()
	i := slices.IndexFunc(all, func(c cases.Case) bool { return c.Name == name })
	if i < 0 || schemas[name] != nil {
		return
	}
	schemas[name] = &all[i].Schema
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		collect(schemas, strings.TrimPrefix(n.Value, "#/components/schemas/"))
		for _, c := range n.Content {
			visit(c)
		}
	}
	visit(&all[i].Schema)
}
