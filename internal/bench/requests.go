package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/memory"
)

// contender is a candidate that runs one workload.
type contender struct {
	candidate
	conn    *conn
	store   store.Store
	log     *os.File
	ns      []float64 // Nanoseconds a request, in each slice.
	mallocs float64   // Allocations a request, including net/http's.
}

// measureRequests measures the candidates and prints what they add to the first.
func (b *bench) measureRequests() error {
	fmt.Fprintf(b.stdout, "## Cost of a request\n\nNanoseconds a request: the low decile of %d slices. "+
		"Apart is the difference between the first and the second half of the slices in what is added.\n\n", b.slices)
	fmt.Fprintln(b.stdout, "| request | server | ns | added to bare | apart | added / bare | | allocations |")
	fmt.Fprintln(b.stdout, "|---|---|---:|---:|---:|---:|---|---:|")
	for _, w := range newWorkloads() {
		if !chosen(b.workloads, w.name) {
			continue
		}
		w.slice *= b.length
		b.progress("%s: %d slices of each server", w.title, b.slices)
		row, err := b.compete(w)
		if err != nil {
			return err
		}
		for _, c := range row {
			b.reportRequest(c, row[0])
		}
	}
	fmt.Fprintln(b.stdout)
	for _, c := range candidates {
		fmt.Fprintf(b.stdout, "- %s: %s\n", c.name, c.about)
	}
	return nil
}

// compete runs the slices of a workload: one of each candidate in turn.
func (b *bench) compete(w workload) (row []*contender, err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for i, c := range candidates {
		if i > 0 && !chosen(b.servers, c.name) {
			continue
		}
		one, err := enter(c, w, dir)
		if err != nil {
			return nil, err
		}
		defer one.leave()
		row = append(row, one)
	}
	for round := range b.slices {
		for i := range row {
			if err := row[(round+i)%len(row)].runSlice(); err != nil {
				return nil, err
			}
		}
	}
	for _, c := range row {
		if err := c.countMallocs(); err != nil {
			return nil, err
		}
	}
	return row, nil
}

// enter starts a candidate whose log is a file in dir.
func enter(c candidate, w workload, dir string) (*contender, error) {
	log, err := os.OpenFile(filepath.Join(dir, c.name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	s := memory.New()
	if err := seed(s); err != nil {
		return nil, err
	}
	h, err := c.build(s, w, log)
	if err != nil {
		return nil, err
	}
	return &contender{candidate: c, conn: connect(h, w), store: s, log: log}, nil
}

// leave stops the candidate.
func (c *contender) leave() {
	close(c.conn.begin)
	_ = c.log.Close()
}

// runSlice measures a slice, and removes the tasks and the log that it leaves.
func (c *contender) runSlice() error {
	took, err := c.conn.run(c.conn.slice)
	if err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	c.ns = append(c.ns, float64(took.Nanoseconds())/float64(c.conn.slice))
	if err := c.log.Truncate(0); err != nil {
		return err
	}
	return trim(c.store)
}

func (c *contender) countMallocs() error {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := c.conn.run(c.conn.slice)
	runtime.ReadMemStats(&after)
	c.mallocs = float64(after.Mallocs-before.Mallocs) / float64(c.conn.slice)
	return err
}

// lowDecile returns the value that a tenth of the values are below: the cost while
// nothing else slows down the machine.
func lowDecile(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/10]
}

// added returns what a request costs more than one to bare, and the difference
// between the first and the second half of the slices in that.
func (c *contender) added(bare *contender) (ns, apart float64) {
	half := len(c.ns) / 2
	first := lowDecile(c.ns[:half]) - lowDecile(bare.ns[:half])
	second := lowDecile(c.ns[half:]) - lowDecile(bare.ns[half:])
	return lowDecile(c.ns) - lowDecile(bare.ns), math.Abs(first - second)
}

func (b *bench) reportRequest(c, bare *contender) {
	cost, comparison := lowDecile(c.ns), "| | | |"
	if c != bare {
		ns, apart := c.added(bare)
		ratio := ns / lowDecile(bare.ns)
		comparison = fmt.Sprintf("%.0f | %.0f | %.2f | %s", ns, apart, ratio, bar(ratio))
	}
	fmt.Fprintf(b.stdout, "| %s | %s | %.0f | %s | %.0f |\n", c.conn.title, c.name, cost, comparison, c.mallocs)
}

// bar draws a ratio; 1 is ten marks.
func bar(ratio float64) string {
	const most = 40
	n := max(0, int(math.Round(10*ratio)))
	if n > most {
		return strings.Repeat("▪", most) + "…"
	}
	return strings.Repeat("▪", n)
}
