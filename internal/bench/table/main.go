// Command table reads what go test -bench prints, and prints Markdown tables of
// it, one for each benchmark. Their subbenchmarks must have names such as
// call=get/tasks=1000: the table has a row for each get, and a column for each
// 1000. A cell is the least ns/op of several measurements, with the allocs/op in
// brackets where they are told. What it reads goes to standard error, too, so
// that one sees where the benchmarks are.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func main() {
	if err := run(os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "table:", err)
		os.Exit(1)
	}
}

func run(stdin io.Reader, stdout, stderr io.Writer) error {
	var tables []*table
	passed := false
	lines := bufio.NewScanner(io.TeeReader(stdin, stderr))
	for lines.Scan() {
		passed = passed || lines.Text() == "PASS"
		m := measurement.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		if len(tables) == 0 || tables[len(tables)-1].benchmark != m[1] {
			tables = append(tables, &table{benchmark: m[1], rowKey: m[2], columnKey: m[4], cells: map[place]cell{}})
		}
		if err := tables[len(tables)-1].add(m[3], m[5], m[6], m[7]); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if !passed || len(tables) == 0 {
		return errors.New("the benchmarks have not passed")
	}
	for _, t := range tables {
		t.print(stdout)
	}
	return nil
}

// measurement matches a line: the benchmark, key and value of the row and of the
// column, ns/op and allocs/op.
var measurement = regexp.MustCompile(`^Benchmark(\w+)/(\w+)=([^/]+)/(\w+)=(\S+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns/op(?:.* (\d+) allocs/op)?`)

type table struct {
	benchmark, rowKey, columnKey string
	rows, columns                []string
	cells                        map[place]cell
}

type place struct{ row, column string }

type cell struct {
	ns     float64
	allocs string // Empty where they are not told.
}

func (t *table) add(row, column, ns, allocs string) error {
	cost, err := strconv.ParseFloat(ns, 64)
	if err != nil {
		return err
	}
	if !slices.Contains(t.rows, row) {
		t.rows = append(t.rows, row)
	}
	if !slices.Contains(t.columns, column) {
		t.columns = append(t.columns, column)
	}
	at := place{row, column}
	if old, ok := t.cells[at]; !ok || cost < old.ns {
		t.cells[at] = cell{cost, allocs}
	}
	return nil
}

func (t *table) print(w io.Writer) {
	fmt.Fprintf(w, "\n| %s, by %s | %s |\n", t.rowKey, t.columnKey, text(strings.Join(t.columns, " | ")))
	fmt.Fprintf(w, "|---|%s\n", strings.Repeat("---:|", len(t.columns)))
	for _, row := range t.rows {
		fmt.Fprintf(w, "| %s |", text(row))
		for _, column := range t.columns {
			fmt.Fprintf(w, " %s |", t.cells[place{row, column}])
		}
		fmt.Fprintln(w)
	}
}

// text returns what go test made a name of, which must have no spaces.
func text(name string) string { return strings.ReplaceAll(name, "_", " ") }

func (c cell) String() string {
	switch {
	case c.ns == 0:
		return ""
	case c.allocs == "":
		return strconv.FormatFloat(c.ns, 'f', 0, 64)
	default:
		return fmt.Sprintf("%.0f (%s)", c.ns, c.allocs)
	}
}
