package validatorgen_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/tasks/gen/api"
)

// asJSON returns what encoding/json makes of v, without the escapes for HTML and
// JavaScript.
func asJSON(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	text := strings.TrimSuffix(b.String(), "\n")
	return strings.NewReplacer(`\\`, `\\`, `\u2028`, "\u2028", `\u2029`, "\u2029").Replace(text)
}

// bodies has a value of each type of response bodies.
type bodies struct {
	task    api.Task
	list    api.TaskList
	problem api.Problem
}

// bodiesWith returns bodies with the strings, and the optional members whose bits
// are set.
func bodiesWith(title, other string, id [16]byte, members uint8) bodies {
	task := api.Task{ID: id, Title: title, Done: members&1 != 0}
	problem := api.Problem{Title: title, Detail: other, Status: int32(members), Errors: make([]api.Fault, members%3)}
	for i := range problem.Errors {
		fault := &problem.Errors[i]
		fault.Detail = title
		for bit, member := range []**string{&fault.Header, &fault.Parameter, &fault.Pointer} {
			if members>>bit&1 != 0 {
				*member = &other
			}
		}
	}
	return bodies{task, api.TaskList{task, {Title: other}}[:members%3], problem}
}

// FuzzEncoders shows that the encoders write what encoding/json writes, for any
// string and any combination of members. Both write U+FFFD for invalid UTF-8.
func FuzzEncoders(f *testing.F) {
	f.Add("Learn WSGI", "", uint8(0))
	f.Add("\"\\/\b\f\n\r\t\x00\x1f\x7f", "<a href='&'>", uint8(1))
	f.Add("\u2028\u2029\ufffd\U0001F600é", "\xff\xc0\xed\xa0\x80", uint8(7))
	f.Fuzz(func(t *testing.T, title, other string, members uint8) {
		var id [16]byte
		copy(id[:], other)
		given := bodiesWith(title, other, id, members)
		valid := bodiesWith(string([]rune(title)), string([]rune(other)), id, members)
		for _, pair := range []struct{ got, want string }{
			{string(api.AppendTask([]byte("kept"), &given.task)), "kept" + asJSON(t, valid.task)},
			{writeList(t, given.list).body.String(), asJSON(t, valid.list) + "\n"},
			{string(api.AppendProblem([]byte("kept"), &given.problem)), "kept" + asJSON(t, valid.problem)},
		} {
			if diff := cmp.Diff(pair.want, pair.got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		}
	})
}

// response is an http.ResponseWriter that records what is written to it.
type response struct {
	header http.Header
	body   bytes.Buffer
	writes []int // The lengths.
}

func (r *response) Header() http.Header { return r.header }

func (r *response) WriteHeader(int) {}

func (r *response) Write(b []byte) (int, error) {
	r.writes = append(r.writes, len(b))
	return r.body.Write(b)
}

func writeList(t *testing.T, list api.TaskList) *response {
	t.Helper()
	r := &response{header: http.Header{}}
	if err := (&api.ListTasks200JSONResponse{Body: list}).VisitListTasksResponse(r); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestListsAreWrittenInPieces shows that a list is written in pieces of at most
// 64 KiB, whatever its length and that of its items, so that it is never held whole
// while a client reads it. A list of a single piece has a Content-Length.
func TestListsAreWrittenInPieces(t *testing.T) {
	for _, tt := range []struct{ items, title, wantWrites int }{
		{0, 0, 1},
		{1, 10, 1},
		{500, 10, 1},
		{1000, 10, 2},
		{1000, 800, 15},
		{1, 200 << 10, 4},
		{3, 200 << 10, 12},
	} {
		list := make(api.TaskList, tt.items)
		for i := range list {
			list[i] = api.Task{ID: [16]byte{byte(i >> 8), byte(i)}, Title: strings.Repeat("x", tt.title)}
		}
		r := writeList(t, list)
		if got, want := r.body.String(), asJSON(t, list)+"\n"; got != want {
			t.Errorf("%d tasks with titles of %d bytes are written as %.200s…, want %.200s…", tt.items, tt.title, got, want)
		}
		for _, n := range r.writes {
			if n > 64<<10 {
				t.Errorf("%d tasks with titles of %d bytes: %d bytes are written at once", tt.items, tt.title, n)
			}
		}
		if len(r.writes) != tt.wantWrites {
			t.Errorf("%d tasks with titles of %d bytes: %d writes, want %d", tt.items, tt.title, len(r.writes), tt.wantWrites)
		}
		wantLength := ""
		if n := r.body.Len(); len(r.writes) == 1 && n > 2048 {
			wantLength = strconv.Itoa(n)
		}
		if got := r.header.Get("Content-Length"); tt.title < 64<<10 && got != wantLength {
			t.Errorf("%d tasks with titles of %d bytes: Content-Length is %q, want %q", tt.items, tt.title, got, wantLength)
		}
	}
}

// TestEncodersWriteNoNull shows that a nil list is written as an empty array.
func TestEncodersWriteNoNull(t *testing.T) {
	if got := writeList(t, nil).body.String(); got != "[]\n" {
		t.Errorf("an empty list is written as %s, want []", got)
	}
}
