package proof

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/tasks/internal/validatorgen/proof/specs"
)

// TestBodies shows that the media type selects the schema of a body, and that media
// type, content coding, size and presence are checked.
func TestBodies(t *testing.T) {
	const thing, change, things = `{"name":"x"}`, `{"size":null}`, `[{"name":"x"}]`
	const optional, required = "optionalBody", "requiredBody"
	const valid = ""
	const invalid, tooLarge = "*search.InvalidRequest: ", "*search.BodySizeError: the body must be at most 200 bytes"
	const unsupported, coded = "*search.MediaTypeError: the body must be application/", "*search.MediaTypeError: the body must have no content coding"
	operations := specs.All[slices.IndexFunc(specs.All, func(s specs.Spec) bool { return s.Name == "search" })].Operations
	for _, tt := range []struct {
		name, operation, mediaType, coding string
		body                               io.Reader
		want                               string // A prefix of the error's type and text.
	}{
		{"JSON", optional, "application/json", "", strings.NewReader(thing), valid},
		{"the other type's JSON", optional, "application/json", "", strings.NewReader(change), invalid},
		{"a patch", optional, "application/merge-patch+json", "", strings.NewReader(change), valid},
		{"a patch that is none", optional, "application/merge-patch+json", "", strings.NewReader(things), invalid},
		{"a list", optional, "application/vnd.things+json", "", strings.NewReader(things), valid},
		{"a list that is none", optional, "application/vnd.things+json", "", strings.NewReader(thing), invalid},
		{"capitals", optional, "Application/JSON", "", strings.NewReader(thing), valid},
		{"a parameter", optional, "application/json; charset=utf-8", "", strings.NewReader(thing), valid},
		{"a parameter of a patch", optional, "application/merge-patch+json;x=y", "", strings.NewReader(change), valid},
		{"a prefix", optional, "application/jsonp", "", strings.NewReader(thing), unsupported},
		{"a suffix", optional, "application/problem+json", "", strings.NewReader(thing), unsupported},
		{"no type", optional, "", "", strings.NewReader(thing), unsupported},
		{"a malformed type", optional, "application/json;", "", strings.NewReader(thing), valid},
		{"no type at all", optional, "json", "", strings.NewReader(thing), unsupported},
		{"text", optional, "text/plain", "", strings.NewReader(thing), unsupported},
		{"a form", optional, "application/x-www-form-urlencoded", "", strings.NewReader("name=x"), unsupported},
		{"coded", optional, "application/json", "gzip", strings.NewReader(thing), coded},
		{"coded by nothing", optional, "application/json", "identity", strings.NewReader(thing), valid},
		{"nothing", optional, "", "", http.NoBody, valid},
		{"nothing, of a type", optional, "application/json", "", http.NoBody, invalid},
		{"white space", optional, "application/json", "", strings.NewReader(" \n"), invalid},
		{"null", optional, "application/json", "", strings.NewReader("null"), invalid},
		{"nothing where there must be", required, "", "", http.NoBody, invalid},
		{"nothing of a type where there must be", required, "application/json", "", http.NoBody, invalid},
		{"null where there must be", required, "application/json", "", strings.NewReader("null"), invalid},
		{"JSON where there must be", required, "application/json", "", strings.NewReader(`{"a":1}`), valid},
		{"as large as it may be", required, "application/json", "", strings.NewReader(`{"a":1}` + strings.Repeat(" ", 193)), valid},
		{"a byte too large", required, "application/json", "", strings.NewReader(`{"a":1}` + strings.Repeat(" ", 194)), tooLarge},
		{"far too large", required, "application/json", "", strings.NewReader(strings.Repeat("[", 1<<20)), tooLarge},
		{"broken off", required, "application/json", "", io.MultiReader(strings.NewReader(`{"a":`), iotest.ErrReader(io.ErrUnexpectedEOF)), invalid},
	} {
		for _, length := range []string{"told", "not told"} {
			r := &http.Request{URL: new(url.URL), Header: http.Header{}, Body: io.NopCloser(tt.body), ContentLength: -1}
			if s, ok := tt.body.(*strings.Reader); ok {
				_, _ = s.Seek(0, io.SeekStart) // It can't fail.
				if length == "told" {
					r.ContentLength = int64(s.Len())
				}
			} else if tt.body == http.NoBody {
				r.ContentLength = 0
			}
			if tt.mediaType != "" {
				r.Header.Set("Content-Type", tt.mediaType)
			}
			if tt.coding != "" {
				r.Header.Set("Content-Encoding", tt.coding)
			}
			got := ""
			if err := operations[tt.operation](r, "1"); err != nil {
				got = fmt.Sprintf("%T: %v", err, err)
			}
			if !strings.HasPrefix(got, tt.want) || tt.want == valid && got != valid {
				t.Errorf("%s, length %s: the error is %q, want %q", tt.name, length, got, tt.want)
			}
		}
	}
}
