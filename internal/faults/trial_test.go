package main

import (
	"io"
	"strings"
	"testing"
	"time"
)

func TestTrials(t *testing.T) {
	t.Setenv("CI", "")
	for name, test := range map[string]struct {
		try  func(*trial)
		want string // In the error; empty for none.
	}{
		"well":             {func(t *trial) { t.result.acknowledged = 1 }, ""},
		"nothing was done": {func(*trial) {}, "nothing was acknowledged"},
		"lost":             {func(t *trial) { t.result.acknowledged, t.result.lost = 1, 2 }, "lost 2"},
		"doubled":          {func(t *trial) { t.result.acknowledged, t.result.doubled = 1, 3 }, "doubled 3"},
		"failed":           {func(t *trial) { t.result.acknowledged = 1; t.Fatal("the reason"); panic("goes on") }, "the reason"},
		"skipped":          {func(t *trial) { t.Skip("the reason"); panic("goes on") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			cleaned := false
			r := try(t.Context(), fault{name, func(t *trial) {
				t.Cleanup(func() { cleaned = t.Context().Err() != nil })
				test.try(t)
			}}, options{})
			err := report(io.Discard, []result{r})
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("the report is %v, want %q", err, test.want)
			}
			if !cleaned {
				t.Error("the cleanup did not run after the end of the context")
			}
		})
	}
}

func TestReportFailsInCIIfAFaultWasSkipped(t *testing.T) {
	t.Setenv("CI", "true")
	if err := report(io.Discard, []result{{fault: "x", skipped: "no database"}}); err == nil || !strings.Contains(err.Error(), "no database") {
		t.Errorf("the report is %v", err)
	}
}

func TestMeter(t *testing.T) {
	var m meter
	m.begin()
	before := time.Now()
	for i := range workers {
		if m.serves(before) {
			t.Error("all were served before the last")
		}
		m.note(i, time.Now(), true, false)
	}
	if !m.serves(before) || m.serves(time.Now()) || m.acknowledged != workers {
		t.Errorf("the meter is %+v", &m)
	}
	time.Sleep(20 * time.Millisecond)
	m.note(0, before, false, true) // Serves nobody.
	time.Sleep(20 * time.Millisecond)
	m.note(0, time.Now(), true, false)
	if m.outage < 40*time.Millisecond || m.slowest < 20*time.Millisecond || m.unavailable != 1 {
		t.Errorf("the meter is %+v", &m)
	}
}
