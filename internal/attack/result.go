package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"
)

// A result is what an attack has found.
type result struct {
	attack   string
	attempts int // Requests, or what was sent in the place of one.
	wrong    int // Answers that are not what they must be, to attackers and watchers.
	failed   int // Answers with a status of 500 or more, but those that are right.
	refused  int // Those that are right.

	watched     int // Requests of the watchers during the attack.
	calm, under latency
	before      usage // Of the server, in calm.
	peak        usage // The most, each figure on its own.
	after       usage // When the attackers have gone.
	skipped     string
	failures    []string // What went wrong besides.
}

// latency is how long watchers waited for answers.
type latency struct{ p99, worst time.Duration }

// report writes results to w as a Markdown table. The error has everything that
// went wrong.
func report(w io.Writer, results []result) error {
	tw := tabwriter.NewWriter(w, 0, 0, 1, ' ', tabwriter.TabIndent)
	fmt.Fprintln(tw, "| attack\t| attempts\t| wrong\t| 5xx\t| on purpose\t| watched\t| p99, of calm\t| worst, of calm\t| memory, MB\t| goroutines\t| descriptors\t|")
	fmt.Fprintln(tw, "|---\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|")
	var errs []error
	for _, r := range results {
		if r.skipped != "" {
			fmt.Fprintf(tw, "| %s\t| SKIPPED: %s\t| \t| \t| \t| \t| \t| \t| \t| \t| \t|\n", r.attack, r.skipped)
			if os.Getenv("CI") == "true" {
				errs = append(errs, fmt.Errorf("%s: skipped: %s", r.attack, r.skipped))
			}
			continue
		}
		b, p, a := r.before, r.peak, r.after
		fmt.Fprintf(tw, "| %s\t| %d\t| %d\t| %d\t| %d\t| %d\t| %s\t| %s\t| %.0f, %.0f, %.0f\t| %d, %d, %d\t| %d, %d, %d\t|\n",
			r.attack, r.attempts, r.wrong, r.failed, r.refused, r.watched, ratio(r.under.p99, r.calm.p99), ratio(r.under.worst, r.calm.worst),
			b.megabytes(), p.megabytes(), a.megabytes(), b.goroutines, p.goroutines, a.goroutines, b.descriptors, p.descriptors, a.descriptors)
		errs = append(errs, r.errors()...)
	}
	return errors.Join(append(errs, tw.Flush())...)
}

func (r *result) errors() (errs []error) {
	if r.wrong > 0 || r.failed > 0 {
		errs = append(errs, fmt.Errorf("%s: wrong answers: %d, unexpected 5xx: %d", r.attack, r.wrong, r.failed))
	}
	if r.attempts == 0 || r.watched == 0 {
		errs = append(errs, fmt.Errorf("%s: %d attempts while %d requests were watched", r.attack, r.attempts, r.watched))
	}
	for _, failure := range r.failures {
		errs = append(errs, fmt.Errorf("%s: %s", r.attack, failure))
	}
	return errs
}

// ratio returns how long d is, also as a multiple of calm.
func ratio(d, calm time.Duration) string {
	if calm <= 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f ms, %.1f×", float64(d.Microseconds())/1000, float64(d)/float64(calm))
}
