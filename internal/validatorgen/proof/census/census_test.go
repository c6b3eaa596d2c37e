package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestMain is the census's own process that judges, too.
func TestMain(m *testing.M) {
	var o options
	flag.IntVar(&o.requests, "n", 50, "")
	flag.Uint64Var(&o.seed, "seed", 1, "")
	flag.DurationVar(&o.limit, "limit", time.Minute, "")
	child := flag.String("judge", "", "")
	flag.Parse()
	if *child == "" {
		os.Exit(m.Run())
	}
	if err := judgeAlone(context.Background(), *child, o); err != nil {
		panic(err)
	}
}

// TestCensus shows what the census finds: specifications that are whole, one of which the
// generator says that it can't, one that is no matter of the generator, a path that leads
// out of the document, rules and operations that validators pass over in silence, and
// validators that do not compile. The latter three are whole, and spoiled between the
// stages.
func TestCensus(t *testing.T) {
	dir := t.TempDir()
	const head = "openapi: 3.0.3\ninfo: { title: Things, version: '1' }\npaths:\n"
	operation := func(id, schema string) string {
		return fmt.Sprintf("  /%[1]s: { post: { operationId: %[1]s, requestBody: { required: true, content: { application/json: { schema: %[2]s } } }, responses: { '204': { description: Valid. } } } }\n", id, schema)
	}
	const object = "{ type: object, required: [a], properties: { a: { type: string } } }"
	const stricter = "{ type: object, required: [a], properties: { a: { type: string, minLength: 3 } } }"
	w, err := newWorkshop(t.Context(), dir, options{requests: 50, seed: 1, limit: time.Minute, jobs: 2, only: regexp.MustCompile(""), not: regexp.MustCompile("^$")})
	if err != nil {
		t.Fatal(err)
	}
	var rows []*row
	byName := map[string]*row{}
	for name, text := range map[string]string{
		"whole":    head + operation("things", object),
		"refused":  head + operation("things", "{ type: object, properties: { a: { type: string } }, x-go-type: int }"),
		"unusable": head + operation("things", "{ $ref: 'https://example.com/other.yaml#/Thing' }"),
		"rule":     head + operation("things", stricter),
		"silent":   head + operation("things", object) + operation("others", object),
		"broken":   head + operation("things", object),
		"alias":    head + operation("things", object) + "  /same: { $ref: '#/paths/~1things' }\n",
		"lost":     head + operation("things", object) + "  /lost: { $ref: 'other.yaml#/paths/~1others' }\n  /also: { $ref: '#/paths/~1lost' }\n",
	} {
		r := &row{Name: name, file: filepath.Join(dir, name+".yaml"), pack: fmt.Sprintf("p%03d", len(rows))}
		if err := os.WriteFile(r.file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		rows, byName[name] = append(rows, r), r
	}
	if err := os.WriteFile(filepath.Join(dir, "other.yaml"), []byte(head+operation("others", object)), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, s := range w.stages() {
		for _, name := range []string{"rule", "silent"} { // Their validators are those of another.
			r := byName[name]
			if r.file = filepath.Join(dir, name+".yaml"); strings.HasPrefix(s.name, "generating") {
				r.file = byName["whole"].file
			}
		}
		if file := filepath.Join(w.dir, byName["broken"].pack, "validate.gen.go"); s.name == "compiling them" {
			if text, err := os.ReadFile(file); err == nil {
				err = os.WriteFile(file, append(text, "var _ int = \"\"\n"...), 0o666)
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := s.do(t.Context(), rows); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]result{"whole": whole, "refused": none, "rule": wrong, "silent": wrong, "broken": wrong, "alias": whole, "lost": partly} {
		if r := byName[name]; r.result() != want || r.Stop == unusable {
			t.Errorf("%s: the result is %q (%s), want %q", name, r.result(), r.why(), want)
		}
	}
	if r := byName["unusable"]; r.Stop != unusable {
		t.Errorf("unusable: %q, %s", r.Stop, r.why())
	}
	if v := byName["rule"].verdicts; len(v.Wrong) == 0 || !strings.Contains(v.Wrong[0], "meaning the opposite") || !strings.Contains(v.Wrong[0], "minLength") {
		t.Errorf("the disagreements do not name the rule: %q", v.Wrong)
	}
	if v := byName["whole"].verdicts; v.Requests != 50 || v.Valid < 10 || v.Valid > 45 {
		t.Errorf("%d requests are judged, %d of them valid", v.Requests, v.Valid)
	}
	var b bytes.Buffer
	if !report(&b, rows, false) || !strings.Contains(b.String(), "POST /others is passed over in silence") {
		t.Errorf("the report says nothing of it:\n%s", b.String())
	}
}
