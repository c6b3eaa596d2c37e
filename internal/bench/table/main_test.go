package main

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const measured = `goos: linux
BenchmarkScale/call=page_of_100,_descending/tasks=1000-2         	  100	      2345.6 ns/op
BenchmarkScale/call=page_of_100,_descending/tasks=1000-2         	  100	      1234.4 ns/op
BenchmarkScale/call=get/tasks=1000-2         	  100	      99.95 ns/op
BenchmarkScale/call=get/tasks=10000-2         	  100	      199 ns/op
BenchmarkValidate/request=createTask/reader=generated 	  100	       205.5 ns/op	      32 B/op	       2 allocs/op
`

func TestTables(t *testing.T) {
	const want = `
| call, by tasks | 1000 | 10000 |
|---|---:|---:|
| page of 100, descending | 1234 |  |
| get | 100 | 199 |

| request, by reader | generated |
|---|---:|
| createTask | 206 (2) |
`
	var got strings.Builder
	if err := run(strings.NewReader(measured+"PASS\nok\n"), &got, io.Discard); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("tables (-want +got)\n%s", diff)
	}
}

func TestFailedBenchmarksGiveNoTable(t *testing.T) {
	for name, text := range map[string]string{"failed": measured + "FAIL\n", "cut off": measured, "none": "PASS\n"} {
		var got strings.Builder
		if err := run(strings.NewReader(text), &got, io.Discard); err == nil || got.Len() > 0 {
			t.Errorf("%s: the error is %v, the output %q", name, err, got.String())
		}
	}
}
