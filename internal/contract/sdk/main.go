// Command sdk holds the clients that people's tools make from a specification
// against the real server: each client is made anew, compiled as strictly as its
// language can, and taken through the scenario of scenario.yaml. What it reads is
// compared here, so that no client judges itself.
//
// It must be run in the module's root.
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"example.com/tasks/internal/contract/live"
)

// files has what clients are made and driven with. The Go client's are built
// where they are.
//
//go:embed scenario.yaml typescript python openapi-generator
var files embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	tasksd := flag.String("tasksd", ".bin/tasksd-check", "the server, which is started with -check")
	spec := flag.String("spec", "openapi.yaml", "the specification to make the clients from")
	dir := flag.String("dir", ".tools/sdk", "where tools, clients and logs go")
	only := flag.String("only", "", "take only the clients whose generator has this in its name")
	flag.Parse()
	if err := run(ctx, *tasksd, *spec, *dir, *only); err != nil {
		fmt.Fprintln(os.Stderr, "sdk:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, tasksd, spec, dir, only string) error {
	r, err := newRunner(tasksd, spec, dir)
	if err != nil {
		return err
	}
	var results []live.Result
	for _, c := range clients {
		if strings.Contains(c.name, only) {
			results = append(results, r.hold(ctx, c))
		}
	}
	if len(results) == 0 {
		return errors.New("there is no such client")
	}
	fmt.Println()
	return live.Report(os.Stdout, results)
}

// A runner takes clients through the scenario.
type runner struct {
	tasksd, spec, dir, root string // Absolute paths.

	scenario scenario
	start    time.Time
}

func newRunner(tasksd, spec, dir string) (*runner, error) {
	r := &runner{tasksd: tasksd, spec: spec, dir: dir, start: time.Now()}
	var err error
	for _, path := range []*string{&r.tasksd, &r.spec, &r.dir, &r.root} {
		if *path, err = filepath.Abs(*path); err != nil {
			return nil, err
		}
	}
	text, err := files.ReadFile("scenario.yaml")
	if err != nil {
		return nil, err
	}
	r.scenario, err = parseScenario(text)
	return r, err
}

// hold makes a client and takes it through the scenario.
func (r *runner) hold(ctx context.Context, c client) live.Result {
	result := live.Result{Tool: c.name, Checked: c.checked}
	if missing := live.Missing(c.needs...); missing != "" {
		result.Skipped = missing + " is not installed"
		return result
	}
	var err error
	if result.Version, err = r.make(ctx, c); err == nil {
		err = errors.Join(r.play(ctx, c, &result), r.use(ctx, c, &result))
	}
	if err != nil {
		r.say(c, "%v", err)
		result.Findings++
	}
	return result
}

// say prints a line of a client, with the time since the start.
func (r *runner) say(c client, format string, args ...any) {
	s := int(time.Since(r.start).Seconds())
	fmt.Printf("%d:%02d  %s: %s\n", s/60, s%60, c.name, fmt.Sprintf(format, args...))
}
