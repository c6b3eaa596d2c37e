package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"example.com/tasks/gen"
)

// good is a report of Schemathesis, without the members that are not read.
const good = `{"schemathesis_version": "4.0.0", "stop_reason": "completed", "complete": true,
	"operations": {"total": 5, "selected": 5, "tested": 5},
	"phases": {"examples": {"status": "success"}, "coverage": {"status": "success"},
		"fuzzing": {"status": "success"}, "stateful": {"status": "success", "skip_reason": null}},
	"test_cases": {"generated": 324}, "failures": [], "errors": [],
	"warnings": {"missing_auth": [], "low_valid_rate": []}}`

func TestOutcome(t *testing.T) {
	const failure = `{"code": "ST202", "title": "Schema-valid request rejected", "count": 4, "operations": ["GET /tasks"]}`
	for name, test := range map[string]struct {
		old, by string
		exit    error
		want    string
	}{
		"all is well":     {},
		"failure":         {old: `"failures": []`, by: `"failures": [` + failure + `]`, exit: errors.New("exit status 1"), want: `ST202 Schema-valid request rejected: ["GET /tasks"] (4 times)`},
		"error":           {old: `"errors": []`, by: `"errors": [{"title": "Timeout"}]`, want: `error: {"title": "Timeout"}`},
		"warning":         {old: `"low_valid_rate": []`, by: `"low_valid_rate": [{"of": "GET"}]`, want: `warning: low_valid_rate: {"of": "GET"}`},
		"phase failed":    {old: `"fuzzing": {"status": "success"}`, by: `"fuzzing": {"status": "failure"}`, want: `the phase fuzzing ended with "failure"`},
		"phase skipped":   {old: `"coverage": {"status": "success"}`, by: `"coverage": {"status": "skip"}`, want: `the phase coverage ended with "skip"`},
		"phase not there": {old: `"examples": {"status": "success"}, `, want: `the phase examples ended with ""`},
		"operation left":  {old: `"tested": 5`, by: `"tested": 4`, want: "it tested 4 of 5 operations and stopped: completed"},
		"broken off":      {old: `"complete": true`, by: `"complete": false`, want: "it tested 5 of 5 operations and stopped: completed"},
		"odd exit code":   {exit: errors.New("exit status 1"), want: "exit status 1"},
	} {
		if test.old != "" && strings.Count(good, test.old) != 1 {
			t.Fatalf("%s: the report does not have %s once", name, test.old)
		}
		o, err := parseOutcome([]byte(strings.Replace(good, test.old, test.by, 1)), test.exit)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(o.findings(), "; "); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
		if o.Version != "4.0.0" || o.TestCases.Generated != 324 {
			t.Errorf("%s: version %s with %d cases", name, o.Version, o.TestCases.Generated)
		}
	}
	for _, text := range []string{"", "{}", "[]", `{"schemathesis_version": "4.0.0"}`} {
		if _, err := parseOutcome([]byte(text), nil); err == nil {
			t.Errorf("%q passes for a report", text)
		}
	}
}

// Schemathesis takes 412 and 422 for wrong answers to a valid request, unless it
// is told otherwise.
func TestConfigNamesOperationsThatRefuseValidRequests(t *testing.T) {
	config, err := files.ReadFile("schemathesis/schemathesis.toml")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(config), "include-operation-id = [")
	list, _, _ = strings.Cut(list, "]")
	doc, err := openapi3.NewLoader().LoadFromData(gen.YAML)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			quoted := `"` + op.OperationID + `"`
			wants := op.Responses.Value("412") != nil || op.Responses.Value("422") != nil
			if has := strings.Contains(list, quoted); wants && !has {
				t.Errorf("%s declares 412 or 422: add %s to include-operation-id in internal/contract/judges/schemathesis/schemathesis.toml", op.OperationID, quoted)
			} else if has && !wants {
				t.Errorf("%s declares neither 412 nor 422: remove %s from internal/contract/judges/schemathesis/schemathesis.toml", op.OperationID, quoted)
			}
		}
	}
}
