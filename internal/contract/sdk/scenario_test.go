package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

func TestDifferences(t *testing.T) {
	tests := []struct {
		name, want, got string // YAML.
		wantLines       []string
	}{
		{"equal", "{status: 200, task: {title: x, done: false}}", "{status: 200, task: {title: x, done: false}}", nil},
		{"equal list", "[{a: 1}, {a: 2}]", "[{a: 1}, {a: 2}]", nil},
		{"equal number of another Go type", "1", "1.0", nil},
		{"pattern", "{etag: '~\"[^\"]+\"'}", "{etag: '\"x\"'}", nil},
		{"another number", "{status: 200}", "{status: 201}", []string{"status is 201, not 200"}},
		{"another truth", "{task: {done: false}}", "{task: {done: true}}", []string{"task.done is true, not false"}},
		{"another type", "{task: {done: false}}", "{task: {done: 'false'}}", []string{`task.done is "false", not false`}},
		{"string for number", "{status: 200}", "{status: '200'}", []string{`status is "200", not 200`}},
		{"missing", "{etag: x}", "{}", []string{`etag is null, not "x"`}},
		{"missing for a pattern of anything", "{etag: ~.*}", "{}", []string{`etag is null, not "~.*"`}},
		{"unexpected", "{}", "{link: x}", []string{`link is "x", not null`}},
		{"unexpected object", "{}", "{task: {}}", []string{`task is {}, not null`}},
		{"pattern of a part", "{etag: ~x}", "{etag: xy}", []string{`etag is "xy", not "~x"`}},
		{"pattern with alternatives", "{etag: ~x|y}", "{etag: xy}", []string{`etag is "xy", not "~x|y"`}},
		{"shorter list", "[a, b]", "[a]", []string{` is ["a"], not ["a","b"]`}},
		{"longer list", "[a]", "[a, b]", []string{` is ["a","b"], not ["a"]`}},
		{"another order", "[a, b]", "[b, a]", []string{`[0] is "b", not "a"`, `[1] is "a", not "b"`}},
		{"object for list", "[a]", "{a: a}", []string{` is {"a":"a"}, not ["a"]`}},
		{"deep", "{p: {errors: [{pointer: '#/a'}]}}", "{p: {errors: [{pointer: '#/b'}]}}", []string{`p.errors[0].pointer is "#/b", not "#/a"`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := differences("", value(t, test.want), value(t, test.got))
			if diff := cmp.Diff(test.wantLines, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func value(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestReferencesStandForAnswers(t *testing.T) {
	known := answers{"token": "secret"}
	known.add("page", map[string]any{
		"task": map[string]any{"id": "7"},
		"link": `</tasks?limit=1&after=42>; rel="next"`,
	})
	got := known.resolve(value(t, "{token: $token, path: /tasks/$page.task.id, after: [$page.next], unknown: $page.nothing, number: 1}"))
	want := value(t, "{token: secret, path: /tasks/7, after: ['42'], unknown: $page.nothing, number: 1}")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// parsed returns scenario.yaml.
func parsed(t *testing.T) scenario {
	t.Helper()
	text, err := files.ReadFile("scenario.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := parseScenario(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestScenarioRefersToEarlierSteps(t *testing.T) {
	earlier := map[string]bool{"token": true, "reader": true}
	for _, step := range parsed(t).Steps {
		for _, name := range references(step.With) {
			if !earlier[name] {
				t.Errorf("the step %s is called with an answer of %s, which is not an earlier step", step.Step, name)
			}
		}
		if earlier[step.Step] {
			t.Errorf("there are two steps %s", step.Step)
		}
		earlier[step.Step] = true
		for _, name := range references(step.Expect) {
			if !earlier[name] {
				t.Errorf("the step %s expects an answer of %s, which is not an earlier step", step.Step, name)
			}
		}
		if step.Expect["status"] == nil {
			t.Errorf("the step %s expects no status", step.Step)
		}
	}
}

// references returns the names of the steps that a value refers to.
func references(v map[string]any) []string {
	var steps []string
	for _, found := range reference.FindAllString(show(v), -1) {
		step, _, _ := strings.Cut(found[1:], ".")
		steps = append(steps, step)
	}
	return steps
}

func TestParseScenarioRefusesUnknownMembers(t *testing.T) {
	if _, err := parseScenario([]byte("steps: [{step: a, expects: {}}]")); err == nil {
		t.Error("a misspelt member passes")
	}
}
