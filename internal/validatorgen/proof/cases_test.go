package proof

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"example.com/tasks/internal/validatorgen/proof/cases"
	"example.com/tasks/internal/validatorgen/proof/generate"
	"example.com/tasks/internal/validatorgen/proof/meaning"
)

// TestCases shows that generated validators, package meaning and, except for
// Differences, kin-openapi agree with the hand-written verdicts.
func TestCases(t *testing.T) {
	for _, c := range cases.All() {
		if len(c.Tests) == 0 {
			continue
		}
		s := find(generate.CaseSpec(c), c.Name)
		for _, test := range c.Tests {
			d := NewDocument(s, test.Bytes())
			if ours, places := s.Ours(d.Text); ours != test.Valid {
				t.Errorf("%s: %s %q: valid is %t, want %t (%s); places %q", c.Keyword, c.Name, d.Text, ours, test.Valid, test.Why, places)
			}
			if d.Valid() != test.Valid {
				t.Errorf("%s: %s %q: by its meaning, valid is %t, want %t (%s): %v", c.Keyword, c.Name, d.Text, d.Valid(), test.Valid, test.Why, d.Faults)
			}
			wrong, _ := Judge(d)
			for _, x := range wrong {
				t.Error(c.Keyword, x)
			}
		}
	}
}

// TestCasesByAjv shows the same for Ajv, with the flag -ajv.
func TestCasesByAjv(t *testing.T) {
	ajv := startAjv(t)
	var documents []*Document
	for _, c := range cases.All() {
		for _, test := range c.Tests {
			documents = append(documents, NewDocument(find(generate.CaseSpec(c), c.Name), test.Bytes()))
		}
	}
	verdicts, err := ajv.Valid(documents)
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range documents {
		ours, _ := d.Subject.Ours(d.Text)
		wrong, _ := compare(d, ours, "ajv", verdicts[i])
		for _, x := range wrong {
			t.Error(x)
		}
	}
}

// startAjv starts Ajv, or skips the test without the flag -ajv.
func startAjv(t *testing.T) *Ajv {
	t.Helper()
	if *ajvDir == "" {
		t.Skip("needs -ajv")
	}
	ajv, err := StartAjv(t.Context(), *ajvDir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ajv.Close() }) // It fails, since the context has ended the process.
	return ajv
}

// TestDifferences shows that the oracles do differ on the examples of each
// difference, and that no other difference excuses them.
func TestDifferences(t *testing.T) {
	var ajv *Ajv
	if *ajvDir != "" {
		ajv = startAjv(t)
	}
	for _, difference := range Differences {
		for schema, text := range difference.Examples {
			d := NewDocument(byCase(schema), []byte(text))
			for oracle := range strings.FieldsSeq(difference.Oracles) {
				verdict := []bool{d.Subject.Kin(d.Text) == nil}
				if oracle == "ajv" && ajv == nil {
					continue
				} else if oracle == "ajv" {
					var err error
					if verdict, err = ajv.Valid([]*Document{d}); err != nil {
						t.Fatal(err)
					}
				}
				if verdict[0] == d.Valid() {
					t.Errorf("%s: %s agrees on %s", difference.Name, oracle, text)
				}
				if name := excuse(Differences, d, d.Verdict, oracle); name != difference.Name {
					t.Errorf("%s: %s falls under %q for %s", difference.Name, text, name, oracle)
				}
			}
		}
	}
}

// byCase returns the subject of the case of a name.
func byCase(name string) *Subject {
	all := cases.All()
	return find(generate.CaseSpec(all[slices.IndexFunc(all, func(c cases.Case) bool { return c.Name == name })]), name)
}

// TestRequestDifferences shows the same for RequestDifferences.
func TestRequestDifferences(t *testing.T) {
	for _, difference := range RequestDifferences {
		for id, example := range difference.Examples {
			all := slices.Concat(Endpoints(), PendingEndpoints())
			e := all[slices.IndexFunc(all, func(e *Endpoint) bool { return e.ID == id })]
			parts := meaning.Request{Path: map[string]string{}, Header: http.Header{}}
			for _, p := range e.Parameters {
				if p.In == "path" {
					parts.Path[p.Name] = "1"
				}
			}
			if query, ok := strings.CutPrefix(example, "?"); ok {
				parts.Query = query
			} else if name, value, _ := strings.Cut(example, ": "); strings.Contains(name, "/") {
				parts.Header.Set("Content-Type", name)
				parts.Body = []byte(value)
			} else {
				parts.Header.Set(name, value)
			}
			r := NewRequest(e, parts)
			if (r.Kin() == nil) == r.Valid() {
				t.Errorf("%s: kin-openapi agrees on %s", difference.Name, r)
			}
			if name := excuse(RequestDifferences, r, r.Verdict, "kin"); name != difference.Name {
				t.Errorf("%s: %s falls under %q", difference.Name, r, name)
			}
		}
	}
}

// TestOneFaultBesideFormat shows that a string that violates its format has no other
// fault.
func TestOneFaultBesideFormat(t *testing.T) {
	for _, tt := range []struct{ schema, text, want string }{
		{"FormatBesideOthers", `"2023-01-01"`, "the body must match ^2024"},
		{"FormatBesideOthers", `"2024-13-01"`, "the body must be a date, such as 2006-01-02"},
		{"FormatBesideOthers", `"neither"`, "the body must be a date, such as 2006-01-02"},
		{"FormatBesidePattern", `"a@example.org"`, `the body must match @example\.com$`},
		{"FormatBesidePattern", `"@example.com"`, "the body must be an email address"},
		{"FormatBesidePattern", `"neither"`, "the body must be an email address"},
	} {
		if err := find("cases", tt.schema).operation(request([]byte(tt.text))); err == nil || err.Error() != tt.want {
			t.Errorf("%s %s: the faults are %q, want %q", tt.schema, tt.text, err, tt.want)
		}
	}
}
