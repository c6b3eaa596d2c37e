// Command sdk generates clients from the specification by third-party tools and
// runs them against the real server. It compiles each as strictly as its language
// can, drives it through the steps of scenario.yaml, and compares what the client
// read here, so that no client checks itself. Then it runs the client's section of
// README page, line by line, in an empty directory.
//
// It must run in the module's root.
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

// files are the scenario, the pages, and what the clients are installed and driven
// with. The Go client's driver is built where it is.
//
//go:embed scenario.yaml go/README.md typescript python openapi-generator
var files embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	tasksd := flag.String("tasksd", ".bin/tasksd-check", "the server to start with -check")
	spec := flag.String("spec", "openapi.yaml", "the specification to generate the clients from")
	dir := flag.String("dir", ".tools/sdk", "the directory for the tools, the clients and all logs")
	only := flag.String("only", "", "run only the clients whose generator has this in its name")
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
			results = append(results, r.try(ctx, c))
		}
	}
	if len(results) == 0 {
		return fmt.Errorf("no generator has %q in its name", only)
	}
	fmt.Println()
	return live.Report(os.Stdout, results)
}

// A runner runs clients against servers.
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
	steps, err := files.ReadFile("scenario.yaml")
	if err != nil {
		return nil, err
	}
	r.scenario, err = parseScenario(steps)
	return r, err
}

// try generates a client, drives it through the scenario, and follows its page.
func (r *runner) try(ctx context.Context, c client) live.Result {
	result := live.Result{Tool: c.name, Checked: c.checked}
	if missing := live.Missing(c.needs...); missing != "" {
		result.Skipped = missing + " is not installed"
		return result
	}
	var err error
	if result.Version, err = r.build(ctx, c); err == nil {
		err = r.play(ctx, c, &result)
	}
	if err != nil || result.Findings > 0 {
		r.say(c, "scenario.yaml says what the client must read, and internal/contract/sdk/%s reads it", c.source)
	}
	page, failed := files.ReadFile(c.dir + "/README.md")
	if failed == nil {
		failed = r.follow(ctx, c, string(page), &result)
	}
	if err := errors.Join(err, failed); err != nil {
		r.say(c, "%v", err)
		result.Findings++
	}
	return result
}

// say prints a line about a client, with the time since the start.
func (r *runner) say(c client, format string, args ...any) {
	s := int(time.Since(r.start).Seconds())
	fmt.Printf("%d:%02d  %s: %s\n", s/60, s%60, c.name, fmt.Sprintf(format, args...))
}
