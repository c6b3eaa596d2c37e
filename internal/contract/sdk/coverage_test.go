package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"example.com/tasks/gen"
)

// TestScenarioHasTheSpecification fails where the specification has an operation,
// a parameter or a member that the scenario does not use, or the scenario a call
// that the specification does not have.
func TestScenarioHasTheSpecification(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(gen.YAML)
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range unused(doc, parsed(t)) {
		t.Error(finding)
	}
}

func TestUnused(t *testing.T) {
	const spec = `{openapi: 3.0.3, info: {title: x, version: 1.0.0}, paths: {/things: {
		parameters: [{name: If-Match, in: header, schema: {type: string}}],
		post: {operationId: create, parameters: [{name: limit, in: query, schema: {type: integer}}],
			requestBody: {content: {application/json: {schema: {type: object, properties: {title: {type: string}}}}}},
			responses: {'200': {description: x, content: {application/json: {schema: {type: array,
				items: {type: object, properties: {id: {type: string}, inner: {type: object, properties: {deep: {type: string}}}}}}}}}}}}}}`
	doc, err := openapi3.NewLoader().LoadFromData([]byte(spec))
	if err != nil {
		t.Fatal(err)
	}
	const all = "steps: [{step: a, call: create, with: {title: x, limit: 1, ifMatch: x}, expect: {tasks: [{id: x, inner: {deep: x}}]}}]"
	for name, test := range map[string]struct{ old, by, want string }{
		"everything":   {},
		"no call":      {"call: create", "call: other", "no step of internal/contract/sdk/scenario.yaml calls create: add one, and the call to"},
		"wrong call":   {"call: create", "call: other", "scenario.yaml calls other, which the specification does not have"},
		"no member":    {"title: x, ", "", "no step that calls create has title in with: "},
		"no parameter": {"limit: 1, ", "", "no step that calls create has limit in with: "},
		"no header":    {", ifMatch: x", "", "no step that calls create has ifMatch in with: "},
		"no answer":    {"id: x, ", "", "no step expects id: "},
		"no deep":      {"{deep: x}", "x", "no step expects deep: "},
		"no inner":     {", inner: {deep: x}", "", "no step expects inner: "},
	} {
		s, err := parseScenario([]byte(strings.Replace(all, test.old, test.by, 1)))
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(unused(doc, s), "\n")
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// unused returns what only one of the specification and the scenario has, and
// says what to do.
func unused(doc *openapi3.T, s scenario) (findings []string) {
	find := func(format string, args ...any) { findings = append(findings, fmt.Sprintf(format, args...)) }
	with, expected := map[string]map[string]bool{}, map[string]bool{}
	for _, step := range s.Steps {
		if with[step.Call] == nil {
			with[step.Call] = map[string]bool{}
		}
		addKeys(with[step.Call], step.With)
		addKeys(expected, step.Expect)
	}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			id := op.OperationID
			if with[id] == nil {
				find("no step of %s calls %s: add one, and the call to the drivers: %s", scenarioFile, id, drivers())
				continue
			}
			for name := range arguments(item, op) {
				if !with[id][name] {
					find("no step that calls %s has %s in with: add it in %s, and to the call in the drivers: %s", id, name, scenarioFile, drivers())
				}
			}
			for name := range members(op) {
				if !expected[name] {
					find("no step expects %s: add it in %s, and to what the drivers read: %s", name, scenarioFile, drivers())
				}
			}
			delete(with, id)
		}
	}
	for call := range with {
		find("%s calls %s, which the specification does not have", scenarioFile, call)
	}
	slices.Sort(findings)
	return slices.Compact(findings)
}

const scenarioFile = "internal/contract/sdk/scenario.yaml"

// drivers returns the paths of the drivers.
func drivers() string {
	var sources []string
	for _, c := range clients {
		sources = append(sources, "internal/contract/sdk/"+c.source)
	}
	return strings.Join(sources, ", ")
}

// arguments returns what a step passes to an operation, as scenario.yaml calls it.
func arguments(item *openapi3.PathItem, op *openapi3.Operation) map[string]bool {
	all := map[string]bool{}
	for _, p := range slices.Concat(item.Parameters, op.Parameters) {
		name := strings.ReplaceAll(p.Value.Name, "-", "")
		all[strings.ToLower(name[:1])+name[1:]] = true
	}
	if op.RequestBody != nil {
		addContent(all, op.RequestBody.Value.Content)
	}
	return all
}

// members returns the members of all objects in an operation's answers.
func members(op *openapi3.Operation) map[string]bool {
	all := map[string]bool{}
	for _, response := range op.Responses.Map() {
		addContent(all, response.Value.Content)
	}
	return all
}

// addKeys adds the keys of all objects in a value.
func addKeys(keys map[string]bool, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			keys[name] = true
			addKeys(keys, member)
		}
	case []any:
		for _, element := range v {
			addKeys(keys, element)
		}
	}
}

// addContent adds the members of all objects in a body.
func addContent(members map[string]bool, content openapi3.Content) {
	for _, mediaType := range content {
		addMembers(members, mediaType.Schema.Value)
	}
}

func addMembers(members map[string]bool, s *openapi3.Schema) {
	for name, property := range s.Properties {
		members[name] = true
		addMembers(members, property.Value)
	}
	if s.Items != nil {
		addMembers(members, s.Items.Value)
	}
}
