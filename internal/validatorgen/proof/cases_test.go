package proof

import (
	"slices"
	"strings"
	"testing"

	"example.com/tasks/internal/validatorgen/proof/cases"
	"example.com/tasks/internal/validatorgen/proof/meaning"
)

// The hand-written verdicts are those of the generated validators, of package
// meaning and of kin-openapi, but for what the case or Differences say of it.
func TestCases(t *testing.T) {
	for _, c := range cases.All() {
		if c.Stops != "" {
			continue
		}
		s := find("cases", c.Name)
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

// Ajv agrees too, where it is at hand.
func TestCasesByAjv(t *testing.T) {
	ajv := startAjv(t)
	var documents []*Document
	for _, c := range cases.All() {
		for _, test := range c.Tests {
			documents = append(documents, NewDocument(find("cases", c.Name), test.Bytes()))
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

// startAjv starts Ajv, or skips the test where it is not installed.
func startAjv(t *testing.T) *Ajv {
	t.Helper()
	if *ajvDir == "" {
		t.Skip("-ajv names no folder")
	}
	ajv, err := StartAjv(t.Context(), *ajvDir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ajv.Close() }) // The context has ended it before.
	return ajv
}

// Each difference has examples, on which the oracle does differ, and which fall
// under it and no other.
func TestDifferences(t *testing.T) {
	var ajv *Ajv
	if *ajvDir != "" {
		ajv = startAjv(t)
	}
	for _, difference := range Differences {
		for schema, text := range difference.Examples {
			d := NewDocument(find("cases", schema), []byte(text))
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
				if name := excuse(Differences, d, d.Faults, oracle); name != difference.Name {
					t.Errorf("%s: %s falls under %q for %s", difference.Name, text, name, oracle)
				}
			}
		}
	}
}

// The same of the differences about parameters.
func TestRequestDifferences(t *testing.T) {
	for _, difference := range RequestDifferences {
		for id, query := range difference.Examples {
			e := Endpoints()[slices.IndexFunc(Endpoints(), func(e *Endpoint) bool { return e.ID == id })]
			r := &Request{Endpoint: e, Request: meaning.Request{Query: strings.TrimPrefix(query, "?")}}
			r.Faults = e.Judge(r.Request)
			if (r.Kin() == nil) == (len(r.Faults) == 0) {
				t.Errorf("%s: kin-openapi agrees on %s", difference.Name, r)
			}
			if name := excuse(RequestDifferences, r, r.Faults, "kin"); name != difference.Name {
				t.Errorf("%s: %s falls under %q", difference.Name, r, name)
			}
		}
	}
}

// A string that is not of its format is told that alone, and not that it breaks
// its other keywords, too.
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
