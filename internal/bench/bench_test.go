package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// All servers answer every workload with the same status and the same tasks, or
// comparing them would mean nothing.
func TestServersAnswerAlike(t *testing.T) {
	for _, w := range newWorkloads() {
		t.Run(w.name, func(t *testing.T) {
			var want []taskView
			for i, c := range candidates {
				a, err := once(c, w) // The error tells of a wrong status.
				if err != nil {
					t.Fatalf("%s: %v", c.name, err)
				}
				got := tasksOf(t, w.name, a.body)
				if i == 0 {
					want = got
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-bare +it)\n%s", c.name, diff)
				}
			}
		})
	}
}

// tasksOf returns the tasks in an answer, without what the servers need not have
// in common: ids of new tasks, members that only some of them know, problems.
func tasksOf(t *testing.T, workload string, body []byte) (tasks []taskView) {
	t.Helper()
	switch workload {
	case "refuse":
		return nil
	case "list":
	default:
		body = []byte("[" + string(body) + "]")
	}
	if err := json.Unmarshal(body, &tasks); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if workload == "post" {
		tasks[0].ID = ""
	}
	return tasks
}

// A slice sends the number of requests that it is told, in turn, and reports wrong
// answers and closed connections.
func TestSlices(t *testing.T) {
	var got []string
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.URL.Path)
		switch r.URL.Path {
		case "/wrong":
			w.WriteHeader(http.StatusTeapot)
		case "/closed":
			panic(http.ErrAbortHandler)
		default:
			_, _ = w.Write(make([]byte, 10_000)) // In chunks.
			time.Sleep(time.Millisecond)         // net/http reads in the background.
		}
	})
	for _, test := range []struct {
		name    string
		targets string
		slices  []int
		want    string
		wantErr string
	}{
		{"in turn", "/a /b /c", []int{2, 1, 4}, "/a /b /c /a /b /c /a", ""},
		{"wrong status", "/a /wrong /b", []int{3}, "/a /wrong /b", "want status 200"},
		{"closed", "/a /closed", []int{3}, "/a /closed", "closes the connection"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got = nil
			w := workload{name: "test", status: "200"}
			for target := range strings.FieldsSeq(test.targets) {
				w.requests = append(w.requests, render(http.MethodGet, target, ""))
			}
			c := connect(handler, w)
			defer close(c.begin)
			var err error
			for _, n := range test.slices {
				if _, err = c.run(n); err != nil {
					break
				}
			}
			if (err == nil) != (test.wantErr == "") || err != nil && !strings.Contains(err.Error(), test.wantErr) {
				t.Errorf("the error is %v, want %q", err, test.wantErr)
			}
			if diff := cmp.Diff(strings.Fields(test.want), got); diff != "" {
				t.Errorf("requests (-want +got)\n%s", diff)
			}
		})
	}
}
