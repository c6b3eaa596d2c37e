// Command scale measures how the memory store's costs grow with the number of
// tasks, what memory these take, and what more processors bring. It prints
// Markdown tables and a plot; progress goes to standard error. Titles have about
// 30 bytes. Of the first half of the tasks every other one is done, of the
// second half all but 200.
package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

func main() {
	largest := flag.Int("max", 1e7, "measure with 10^3, 10^4 and so on up to so many tasks")
	slot := flag.Duration("time", 20*time.Millisecond, "how long each measurement takes, of which the least counts")
	hold := flag.Int("hold", 0, "only fill a store with so many tasks, and print what memory the process takes")
	flag.Parse()
	if *hold > 0 {
		printMemory(*hold)
		return
	}
	if err := run(*largest, *slot); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

func run(largest int, slot time.Duration) error {
	var sizes []int
	for n := 1000; n <= largest; n *= 10 {
		sizes = append(sizes, n)
	}
	if len(sizes) == 0 {
		return fmt.Errorf("-max %d is less than 1000", largest)
	}
	ns := map[string][]float64{} // By cost, for each size.
	for _, n := range sizes {
		progress("costs with %d tasks", n)
		for name, cost := range measure(n, slot) {
			ns[name] = append(ns[name], cost)
		}
	}
	fmt.Println("Nanoseconds, the least of several measurements, with tasks at random:")
	fmt.Printf("\n| cost, by number of tasks | %s |\n|---|%s\n", cells(sizes, magnitude), strings.Repeat("---:|", len(sizes)))
	for _, c := range costs {
		fmt.Printf("| %c %s | %s |\n", c.symbol, c.name, cells(ns[c.name], func(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) }))
	}
	fmt.Printf("\n```\n%s```\n", plot(sizes, ns))
	if err := memories(sizes); err != nil {
		return err
	}
	throughput(min(1e6, largest), slot)
	progress("done")
	return nil
}

// plot draws each cost's symbol at its height, for each size; a line is twice
// the time of the one below it.
func plot(sizes []int, ns map[string][]float64) string {
	low, high := math.MaxInt, 0
	level := func(v float64) int { return int(math.Round(math.Log2(v))) }
	for _, vs := range ns {
		for _, v := range vs {
			low, high = min(low, level(v)), max(high, level(v))
		}
	}
	var b strings.Builder
	for l := high; l >= low; l-- {
		fmt.Fprintf(&b, "%9s │", time.Duration(1<<l))
		for i := range sizes {
			var at []rune
			for _, c := range costs {
				if level(ns[c.name][i]) == l {
					at = append(at, c.symbol)
				}
			}
			fmt.Fprintf(&b, " %-11s", string(at))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%9s └%s\n%11s", "", strings.Repeat("─", 12*len(sizes)), "")
	for _, n := range sizes {
		fmt.Fprintf(&b, " %-11s", magnitude(n))
	}
	return b.String() + " tasks\n"
}

// memories prints what processes of their own take, so that nothing else is in
// what they say of themselves.
func memories(sizes []int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Println("\nMemory, in bytes a task and, with the whole process, MiB at most until then:")
	fmt.Println("\n| tasks | after | live heap | process |\n|---:|---|---:|---:|")
	for _, n := range sizes {
		progress("memory of %d tasks", n)
		out, err := exec.Command(self, "-hold", strconv.Itoa(n)).Output() //nolint:noctx // It ends by itself.
		if err != nil {
			return fmt.Errorf("process with %d tasks: %w", n, err)
		}
		fmt.Print(string(out))
	}
	return nil
}

func throughput(n int, slot time.Duration) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	s := fill(n)
	fmt.Printf("\nThousand reads a second with %s tasks, on a machine of %d processors:\n\n", magnitude(n), runtime.NumCPU())
	fmt.Println("| GOMAXPROCS | Get | beside a writer | page of 100 | beside a writer |\n|---:|---:|---:|---:|---:|")
	for _, procs := range []int{1, 2, 4} {
		progress("throughput at GOMAXPROCS=%d", procs)
		runtime.GOMAXPROCS(procs)
		var k []string
		for _, read := range []func(*bench, int){(*bench).get, (*bench).ascending} {
			for _, writers := range []int{0, 1} {
				k = append(k, strconv.FormatFloat(rate(s, n, procs, writers, read, slot)/1e3, 'f', 0, 64))
			}
		}
		fmt.Printf("| %d | %s |\n", procs, strings.Join(k, " | "))
	}
}

func cells[T any](vs []T, text func(T) string) string {
	var all []string
	for _, v := range vs {
		all = append(all, text(v))
	}
	return strings.Join(all, " | ")
}

func magnitude(n int) string { return fmt.Sprintf("10^%.0f", math.Log10(float64(n))) }

var start = time.Now()

func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%4.0f s  %s\n", time.Since(start).Seconds(), fmt.Sprintf(format, args...))
}
