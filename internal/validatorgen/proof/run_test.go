package proof

import (
	"flag"
	"testing"
)

var (
	documents = flag.Int("n", 10_000, "how many documents to make and judge")
	seed      = flag.Uint64("seed", 1, "what to begin the making of documents with")
)

// Generated validators have the verdict of package meaning on each document, and
// of kin-openapi but for Differences, and tell the place of a single fault.
func TestDocuments(t *testing.T) {
	r, err := Run(t.Context(), *documents, *seed, "", func(int) {})
	if err != nil {
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

// The same of the parameters of requests.
func TestRequests(t *testing.T) {
	r := RunRequests(*documents, *seed, func(int) {})
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
