package proof

import (
	"testing"
)

// TestDocuments shows that generated validators agree with package meaning on each
// document and, except for Differences, with kin-openapi, and report the place of a
// single fault.
func TestDocuments(t *testing.T) {
	r, err := Run(t.Context(), Subjects(), *documents, *seed, *ajvDir, func(done int) {
		if done%100_000 == 0 {
			t.Logf("%d of %d documents", done, *documents)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Print(t.Output()); err != nil {
		t.Fatal(err)
	}
	for i, x := range r.Wrong {
		if i == 20 {
			t.Fatalf("and %d more", len(r.Wrong)-i)
		}
		t.Error(x)
	}
	if r.Valid < r.Documents/5 || r.Valid > r.Documents*4/5 {
		t.Errorf("%d of %d documents are valid: the makers are one-sided", r.Valid, r.Documents)
	}
}

// TestRequests shows the same for the parameters of requests.
func TestRequests(t *testing.T) {
	r := RunRequests(Endpoints(), max(*documents/10, 10_000), *seed)
	t.Logf("%d requests with parameters", r.Requests)
	for i, x := range r.Wrong {
		if i == 20 {
			t.Fatalf("and %d more", len(r.Wrong)-i)
		}
		t.Error(x)
	}
	if r.Valid < r.Requests/5 || r.Valid > r.Requests*4/5 {
		t.Errorf("%d of %d requests are valid: the makers are one-sided", r.Valid, r.Requests)
	}
}

// TestSuite shows that generated validators pass the JSON Schema Test Suite, with the
// flag -suite.
func TestSuite(t *testing.T) {
	if *suiteDir == "" {
		t.Skip("needs -suite")
	}
	for _, dialect := range Dialects {
		t.Run(dialect.Folder, func(t *testing.T) {
			r, err := RunSuite(t.Context(), *suiteDir, dialect)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range r.Disagree {
				t.Error(x)
			}
			if err := r.Print(t.Output()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestPending shows that package meaning agrees with the other oracles on what the
// generators do not take yet.
func TestPending(t *testing.T) {
	r, err := Run(t.Context(), PendingSubjects(), max(*documents/10, 1_000), *seed, *ajvDir, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	q := RunRequests(PendingEndpoints(), max(*documents/10, 2_000), *seed)
	t.Logf("%d documents, %d of them valid, and %d requests, %d of them valid, with differences: %v", r.Documents, r.Valid, q.Requests, q.Valid, q.Differences)
	if err := r.Print(t.Output()); err != nil {
		t.Fatal(err)
	}
	for i, x := range r.Wrong[:min(20, len(r.Wrong))] {
		t.Errorf("%d of %d: %s", i+1, len(r.Wrong), x)
	}
	for i, x := range q.Wrong[:min(20, len(q.Wrong))] {
		t.Errorf("%d of %d: %s", i+1, len(q.Wrong), x)
	}
	if r.Valid < r.Documents/5 || r.Valid > r.Documents*4/5 || q.Valid < q.Requests/5 || q.Valid > q.Requests*4/5 {
		t.Error("the makers are one-sided")
	}
}
