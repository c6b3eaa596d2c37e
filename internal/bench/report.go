package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

const (
	// A bare handler whose own cost varies by more than this tells nothing of
	// what is compared with it.
	mostSpread = 0.10
	// So do ratios that depend that much on which slices one looks at.
	mostDisagreement = 0.10
)

// of returns the values of all samples in increasing order.
func (s *series) of(value func(sample) float64) []float64 {
	values := make([]float64, len(s.samples))
	for i := range values {
		values[i] = value(s.samples[i])
	}
	slices.Sort(values)
	return values
}

// median returns the middle of sorted values.
func median(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// spread returns how far apart the quartiles of sorted values are, in parts of
// their median.
func spread(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[n-1-n/4] - sorted[n/4]) / median(sorted)
}

func cpu(s sample) float64     { return s.cpu }
func rate(s sample) float64    { return s.rate }
func mallocs(s sample) float64 { return s.mallocs }
func busy(s sample) float64    { return s.busy }

// reportLoad prints what was measured: for each kind of request a series for
// each server, of which the first is bare.
func (b *bench) reportLoad(results [][]*series, counts []int) {
	w := b.stdout
	fmt.Fprintf(w, "\n## Cost of a request\n\nMicroseconds of the server's CPU a request, least and median of %d slices. "+
		"Ratios are to bare, of the least and of the medians; spread is the distance of the quartiles. "+
		"Busy is the part of the time for which the server was running: the less, the less its requests a second tell.\n\n", b.slices)
	fmt.Fprintln(w, "| request | server | ratio | of medians | least | median | spread | allocations | requests/s | busy |")
	fmt.Fprintln(w, "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|")
	for _, row := range results {
		for _, s := range row {
			least, middle := ratios(s, row[0])
			costs := s.of(cpu)
			fmt.Fprintf(w, "| %s | %s | %.2f | %.2f | %.1f | %.1f | %.0f %% | %.0f | %.0f | %.0f %% |\n", s.kind.title, s.name, least, middle,
				costs[0], median(costs), 100*spread(costs), median(s.of(mallocs)), median(s.of(rate)), 100*median(s.of(busy)))
		}
	}
	fmt.Fprintf(w, "\n```\n")
	for _, row := range results {
		fmt.Fprintln(w, row[0].kind.title)
		for _, s := range row {
			ratio, _ := ratios(s, row[0])
			fmt.Fprintf(w, "  %-12s %5.2f %s\n", s.name, ratio, bar(ratio))
		}
	}
	fmt.Fprintf(w, "```\n\n")
	for _, c := range candidates {
		fmt.Fprintf(w, "- %s: %s\n", c.name, c.about)
	}
	var sizes []string
	for i, n := range counts {
		sizes = append(sizes, fmt.Sprintf("%s %d", kinds[i].title, n))
	}
	fmt.Fprintf(w, "\nRequests a slice: %s.\n", strings.Join(sizes, ", "))
	for _, row := range results {
		if doubts := judge(row); doubts != "" {
			fmt.Fprintf(w, "\n**%s: the machine was too noisy to tell.** %s.\n", row[0].kind.title, doubts)
		}
	}
}

// ratios returns a server's cost in parts of bare's: of the least costs and of
// the medians.
func ratios(s, bare *series) (least, middle float64) {
	mine, others := s.of(cpu), bare.of(cpu)
	return mine[0] / others[0], median(mine) / median(others)
}

// bar draws a ratio; one is eight marks.
func bar(ratio float64) string {
	const one, most = 8, 80
	n := int(math.Round(ratio * one))
	if n > most {
		return strings.Repeat("▪", most) + "…"
	}
	return strings.Repeat("▪", n)
}

// judge says why the results of a kind of request mean nothing, if so.
func judge(row []*series) string {
	var doubts []string
	if s := spread(row[0].of(cpu)); s > mostSpread {
		doubts = append(doubts, fmt.Sprintf("Bare's own spread is %.0f %%, more than %.0f %%", 100*s, 100*mostSpread))
	}
	for _, s := range row {
		least, middle := ratios(s, row[0])
		if d := math.Abs(least/middle - 1); d > mostDisagreement {
			doubts = append(doubts, fmt.Sprintf("The ratios of %s differ by %.0f %%, more than %.0f %%", s.name, 100*d, 100*mostDisagreement))
		}
	}
	return strings.Join(doubts, ". ")
}
