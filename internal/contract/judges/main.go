// Command judges runs two third-party contract testers against a server:
// Schemathesis, with all its checks, and Prism, as a proxy between the server and
// a scenario. All that they know of the server is the specification that it
// serves.
//
// It starts the server twice, open to everyone and with a token and -check, or
// takes the running one at -url, with the token in the environment variable
// TOKEN, if there is one. It creates, changes and deletes tasks there.
package main

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"example.com/tasks/internal/contract/live"
)

//go:embed schemathesis prism
var files embed.FS

// A target is a server to judge.
type target struct {
	name  string
	url   string
	token string // Empty for a server that takes every request.
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	tasksd := flag.String("tasksd", ".bin/tasksd", "the server to start")
	checked := flag.String("checked", ".bin/tasksd-check", "the server to start with a token and -check")
	url := flag.String("url", "", "judge the running server at this URL instead")
	dir := flag.String("dir", ".tools/contract", "the directory for the tools, their reports and all logs")
	examples := flag.Int("examples", 200, "the number of examples that Schemathesis generates for an operation")
	seeds := flag.Int("seeds", 3, "the number of times that it does so, with seeds 1, 2 and so on")
	flag.Parse()
	if err := run(ctx, *tasksd, *checked, *url, *dir, *examples, *seeds); err != nil {
		fmt.Fprintln(os.Stderr, "judges:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, tasksd, checked, url, dir string, examples, seeds int) (err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return err
	}
	logs := filepath.Join(dir, "logs")
	if err := errors.Join(os.RemoveAll(logs), os.MkdirAll(logs, 0o777)); err != nil {
		return err
	}
	targets := []target{{name: "given", url: strings.TrimSuffix(url, "/"), token: os.Getenv("TOKEN")}}
	if url == "" {
		var stop func() error
		targets, stop, err = start(ctx, tasksd, checked, logs)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	var results []live.Result
	for _, t := range targets {
		s := &schemathesis{dir: filepath.Join(dir, "schemathesis"), logs: logs, examples: examples, seeds: seeds}
		p := &prism{dir: filepath.Join(dir, "prism"), logs: logs}
		for _, judge := range []func(context.Context, target) (live.Result, error){s.judge, p.judge} {
			r, err := judge(ctx, t)
			if err != nil {
				return err
			}
			results = append(results, r)
		}
	}
	fmt.Println()
	return live.Report(os.Stdout, results)
}

// start runs the server twice: open, and with a token and -check.
func start(ctx context.Context, tasksd, checked, logs string) (targets []target, stop func() error, err error) {
	secured := target{name: "secured", token: rand.Text()}
	file := filepath.Join(logs, "tokens")
	if err := os.WriteFile(file, []byte("contract "+secured.token+"\n"), 0o600); err != nil {
		return nil, nil, err
	}
	a, err := live.Start(ctx, tasksd, filepath.Join(logs, "open.log"))
	if err != nil {
		return nil, nil, err
	}
	b, err := live.Start(ctx, checked, filepath.Join(logs, "secured.log"), "-check", "-token-file", file)
	if err != nil {
		return nil, nil, errors.Join(err, a.Stop())
	}
	secured.url = b.URL
	return []target{{name: "open", url: a.URL}, secured}, func() error { return errors.Join(a.Stop(), b.Stop()) }, nil
}

// toolFiles returns the embedded files of a tool.
func toolFiles(name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic(err)
	}
	return sub
}
