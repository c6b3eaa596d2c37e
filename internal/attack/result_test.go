package main

import (
	"io"
	"strings"
	"testing"
	"time"
)

// fine is a result of which nothing is wrong.
func fine() result {
	l := latency{time.Millisecond, time.Millisecond}
	return result{attack: "fine", attempts: 1, watched: 1, calm: l, under: l}
}

func TestReportFailsOnFindings(t *testing.T) {
	for name, test := range map[string]struct {
		ci, want string // In the error; empty for none.
		change   func(*result)
	}{
		"well":              {"true", "", func(*result) {}},
		"wrong":             {"", "wrong answers: 2", func(r *result) { r.wrong = 2 }},
		"5xx":               {"", "unexpected 5xx: 3", func(r *result) { r.failed = 3 }},
		"5xx on purpose":    {"", "", func(r *result) { r.refused = 3 }},
		"nothing attempted": {"", "0 attempts", func(r *result) { r.attempts = 0 }},
		"nothing watched":   {"", "0 requests were watched", func(r *result) { r.watched = 0 }},
		"failed":            {"", "the reason", func(r *result) { r.failures = []string{"the reason"} }},
		"skipped":           {"", "", func(r *result) { *r = result{skipped: "no root"} }},
		"skipped in CI":     {"true", "no root", func(r *result) { *r = result{skipped: "no root"} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("CI", test.ci)
			r := fine()
			test.change(&r)
			err := report(io.Discard, []result{fine(), r})
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("the report is %v, want %q", err, test.want)
			}
		})
	}
}

func TestUsageBeyond(t *testing.T) {
	before := usage{resident: 1 << 20, heap: 1 << 20, goroutines: 10, descriptors: 10}
	for want, change := range map[string]func(*usage){
		"":                func(u *usage) { u.resident *= 10 },
		"live objects":    func(u *usage) { u.heap += heapSlack + 1 },
		"20 goroutines":   func(u *usage) { u.goroutines = 20 },
		"100 descriptors": func(u *usage) { u.descriptors = 100 },
	} {
		after := before
		change(&after)
		if got := after.beyond(before); !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestFits(t *testing.T) {
	for _, test := range []struct {
		statuses []int
		want     [][]int
		fits     bool
	}{
		{[]int{400}, one(400, 501), true},
		{[]int{200}, one(400), false},
		{[]int{400, 200}, one(400), false},
		{nil, one(400), false},
		{nil, one(400, 0), true},
		{[]int{400}, [][]int{{400}, {400, 0}}, true},
		{[]int{400, 400}, [][]int{{400}, {400, 0}}, true},
		{[]int{400, 200}, [][]int{{400}, {400, 0}}, false},
	} {
		if got := fits(test.statuses, test.want); got != test.fits {
			t.Errorf("%v fits %v: %t", test.statuses, test.want, got)
		}
	}
}

func TestChart(t *testing.T) {
	samples := make([]int64, 120)
	for i := range samples {
		samples[i] = int64(i+1) * 1e6
	}
	lines := strings.Split(chart(samples), "\n")
	if len(lines) != 9 || !strings.HasPrefix(lines[0], " 120.0 MB |") {
		t.Fatalf("the chart is\n%s", chart(samples))
	}
	if top, bottom := strings.Count(lines[0], "█"), strings.Count(lines[7], "█"); top > 6 || bottom < 55 {
		t.Errorf("the rows have %d and %d columns of 60:\n%s", top, bottom, chart(samples))
	}
}
