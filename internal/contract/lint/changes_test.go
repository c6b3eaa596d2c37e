package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var oasdiff = flag.String("oasdiff", "", "the command that compares specifications")

// small is a specification for tests to change.
const small = `
openapi: 3.0.3
info: {title: Things, version: 1.2.3}
paths:
  /things:
    parameters: []
    get:
      operationId: list
      parameters: [{name: limit, in: query, schema: {type: integer, maximum: 10}}]
      responses:
        '200':
          description: Things.
          content: {application/json: {schema: {type: object, required: [a], properties: {a: {type: string, enum: [x, y]}}}}}
    post:
      operationId: create
      requestBody:
        content: {application/json: {schema: {type: object, properties: {n: {type: string, maxLength: 9, pattern: '^[a-z]*$'}}}}}
      responses: {'201': {description: Made.}}
`

// changed returns small with each first of a pair replaced by the second.
func changed(t *testing.T, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if strings.Count(small, pairs[i]) != 1 {
			t.Fatalf("the specification does not have %q once", pairs[i])
		}
	}
	return strings.NewReplacer(pairs...).Replace(small)
}

func parse(t *testing.T, text string) document {
	t.Helper()
	d, err := parseDocument([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestReview(t *testing.T) {
	const version, harmless = "version: 1.2.3", "id GET /things"
	const list = "operationId: list"
	more := change{ID: "more", Level: 1}
	perhaps := change{Fingerprint: "f", ID: "perhaps", Operation: "GET", Path: "/things", Text: "the pattern differs", Level: mayBreak}
	broken := change{Fingerprint: "f", ID: "broken", Operation: "GET", Path: "/things", Text: "a member is gone", Level: breaks}
	for name, test := range map[string]struct {
		is       string
		changes  []change
		accepted []string
		want     string // A part of the only finding; empty for none.
	}{
		"nothing":                      {is: small, accepted: []string{harmless}},
		"only a comment":               {is: small + "\n# More.\n"},
		"change without version":       {is: changed(t, list, "operationId: all"), want: "raise info.version"},
		"change with lower version":    {is: changed(t, list, "operationId: all", version, "version: 1.2.2"), want: "raise info.version"},
		"change with new patch":        {is: changed(t, list, "operationId: all", version, "version: 1.2.4"), changes: []change{more}},
		"change with version of 2":     {is: changed(t, list, "operationId: all", version, "version: 1.10.0"), changes: []change{more}},
		"change with odd version":      {is: changed(t, list, "operationId: all", version, "version: '2'"), want: `info.version is "2"`},
		"change with letters":          {is: changed(t, list, "operationId: all", version, "version: 2.0.x"), want: `info.version is "2.0.x"`},
		"break with new minor":         {is: changed(t, version, "version: 1.3.0"), changes: []change{more, broken}, want: "needs version 2.0.0: f broken GET /things: a member is gone"},
		"break with new major":         {is: changed(t, version, "version: 2.0.0"), changes: []change{more, broken}},
		"break that is accepted":       {is: changed(t, version, "version: 1.3.0"), changes: []change{perhaps, broken}, accepted: []string{perhaps.name()}, want: "a member is gone"},
		"perhaps a break":              {is: changed(t, version, "version: 1.3.0"), changes: []change{perhaps}, want: "the pattern differs"},
		"perhaps a break, accepted":    {is: changed(t, version, "version: 1.3.0"), changes: []change{perhaps}, accepted: []string{perhaps.name()}},
		"perhaps a break, other print": {is: changed(t, version, "version: 2.0.0"), changes: []change{perhaps}, accepted: []string{"e perhaps GET /things"}, want: "is not there; remove it: e perhaps"},
		"accepted, and not there":      {is: changed(t, version, "version: 1.3.0"), accepted: []string{harmless}, want: "is not there; remove it: " + harmless},
	} {
		got := review(parse(t, small), parse(t, test.is), test.changes, test.accepted)
		if test.want == "" && len(got) > 0 || test.want != "" && (len(got) != 1 || !strings.Contains(got[0], test.want)) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// TestOasdiffFindsBreaks runs with make spec, which passes oasdiff.
func TestOasdiffFindsBreaks(t *testing.T) {
	if *oasdiff == "" {
		t.Skip("no -oasdiff: make spec runs this")
	}
	for name, test := range map[string]struct {
		old, by string
		breaks  bool
	}{
		"operation gone":             {"    post:", "    put:", true},
		"limit lowered":              {"maximum: 10", "maximum: 9", true},
		"limit raised":               {"maximum: 10", "maximum: 11", false},
		"length lowered":             {"maxLength: 9", "maxLength: 8", true},
		"pattern narrowed":           {"^[a-z]*$", "^[a-y]*$", true},
		"parameter required":         {"in: query", "in: query, required: true", true},
		"parameter added":            {"parameters: [{name", "parameters: [{name: after, in: query, schema: {type: string}}, {name", false},
		"member required of clients": {"{type: object, properties: {n:", "{type: object, required: [n], properties: {n:", true},
		"member of answers gone":     {"required: [a], properties: {a: {type: string, enum: [x, y]}}", "properties: {}", true},
		"new value in answers":       {"enum: [x, y]", "enum: [x, y, z]", true},
		"type of answers changed":    {"application/json: {schema: {type: object, required: [a]", "text/plain: {schema: {type: object, required: [a]", true},
		"status gone":                {"'201'", "'202'", true},
		"operation added":            {"  /things:", "  /others: {get: {operationId: others, responses: {'200': {description: Others.}}}}\n  /things:", false},
	} {
		t.Run(name, func(t *testing.T) {
			for version, allowed := range map[string]bool{"1.2.3": false, "1.3.0": !test.breaks, "2.0.0": true} {
				dir := t.TempDir()
				before, after := filepath.Join(dir, "before.yaml"), filepath.Join(dir, "after.yaml")
				is := changed(t, test.old, test.by, "version: 1.2.3", "version: "+version)
				write(t, before, small)
				write(t, after, is)
				changes, err := findChanges(t.Context(), *oasdiff, before, after)
				if err != nil {
					t.Fatal(err)
				}
				if got := review(parse(t, small), parse(t, is), changes, nil); (len(got) == 0) != allowed {
					t.Errorf("version %s: got %q", version, got)
				}
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestParseDocument(t *testing.T) {
	if d := parse(t, small); d.version != "1.2.3" || d.operations != 2 {
		t.Errorf("got version %s with %d operations", d.version, d.operations)
	}
	if _, err := parseDocument([]byte("a: [")); err == nil {
		t.Error("a text that is not YAML passes")
	}
}

func TestParseAccepted(t *testing.T) {
	got, err := parseAccepted("# Why.\n\nf id GET /a: it is so\n  f id PUT /b: a: b\n")
	if err != nil || strings.Join(got, "; ") != "f id GET /a; f id PUT /b" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := parseAccepted("f id GET /a\n"); err == nil {
		t.Error("a change without a reason passes")
	}
	if _, err := parseAccepted(acceptedText); err != nil {
		t.Error(err)
	}
}
