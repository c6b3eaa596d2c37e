package validatorgen_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/tasks/gen/api"
)

// asJSON is what encoding/json makes of v, without the escapes that are for
// HTML and JavaScript.
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

// answers are values of the types that responses have.
type answers struct {
	task    api.Task
	list    api.TaskList
	problem api.Problem
}

// answersWith makes answers that have the strings, and members by the bits.
func answersWith(title, other string, id [16]byte, members uint8) answers {
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
	return answers{task, api.TaskList{task, {Title: other}}[:members%3], problem}
}

// The encoders write what encoding/json does, for any string and any
// combination of members; both write U+FFFD for a byte that is not UTF-8.
func FuzzEncoders(f *testing.F) {
	f.Add("Learn WSGI", "", uint8(0))
	f.Add("\"\\/\b\f\n\r\t\x00\x1f\x7f", "<a href='&'>", uint8(1))
	f.Add("\u2028\u2029\ufffd\U0001F600é", "\xff\xc0\xed\xa0\x80", uint8(7))
	f.Fuzz(func(t *testing.T, title, other string, members uint8) {
		var id [16]byte
		copy(id[:], other)
		given := answersWith(title, other, id, members)
		valid := answersWith(string([]rune(title)), string([]rune(other)), id, members)
		for _, pair := range []struct{ got, want string }{
			{string(api.AppendTask([]byte("kept"), &given.task)), "kept" + asJSON(t, valid.task)},
			{string(api.AppendTaskList([]byte("kept"), &given.list)), "kept" + asJSON(t, valid.list)},
			{string(api.AppendProblem([]byte("kept"), &given.problem)), "kept" + asJSON(t, valid.problem)},
		} {
			if diff := cmp.Diff(pair.want, pair.got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		}
	})
}

// An empty list is an array, even one that nobody made.
func TestEncodersWriteNoNull(t *testing.T) {
	if got := string(api.AppendTaskList(nil, new(api.TaskList))); got != "[]" {
		t.Errorf("an empty list is %s, want []", got)
	}
}
