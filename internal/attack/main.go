// Command attack attacks the real server while watchers make ordinary requests,
// and fails if an answer is wrong, a watcher has to wait, or something leaks.
// README.md says what each attack is and what is expected.
//
// It must run in the module's root. What needs root is skipped where that is
// missing, which is a failure if the environment has CI=true.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"time"
)

// attacks are made in this order.
var attacks = []attack{
	{name: "slow headers", make: slowHeaders},
	{name: "slow bodies", make: slowBodies},
	{name: "slow readers", launch: launch{tasks: largePage}, make: slowReaders},
	{name: "large pages", launch: launch{tasks: largePage}, make: largePages},
	{name: "idle connections", make: idle(5000)},
	{name: "idle connections, 64 descriptors", launch: launch{shell: "ulimit -n 64"}, make: idle(200)},
	{name: "idle connections, 64 descriptors, SQLite", launch: launch{shell: "ulimit -n 64", sqlite: true}, make: idle(200)},
	{name: "silent connections", make: silent(5000)},
	{name: "silent connections, 64 descriptors", launch: launch{shell: "ulimit -n 64"}, make: silent(1000)},
	{name: "resets", make: resets},
	{name: "pipelining", make: pipelining},
	{name: "half-closed connections", make: halfClosed},
	{name: "header bombs", make: headerBombs},
	{name: "endless bodies", make: endlessBodies},
	{name: "lying lengths", make: lyingLengths},
	{name: "smuggling", allowed: []int{501, 505}, make: smuggling},
	{name: "odd targets", make: oddTargets},
	{name: "odd methods and encodings", make: oddMethods},
	{name: "not HTTP", allowed: []int{505}, make: notHTTP},
	{name: "HTTP/2: rapid resets", launch: launch{tls: true}, make: rapidResets},
	{name: "HTTP/2: endless headers", launch: launch{tls: true}, make: endlessHeaders},
	{name: "HTTP/2: unread pings", launch: launch{tls: true}, make: unreadPings},
	{name: "HTTP/2: closed windows", launch: launch{tls: true, tasks: largePage}, make: closedWindows},
	{name: "flood without token", launch: launch{tokens: true}, make: floodWithoutToken},
	{name: "creations beyond -max-tasks", launch: launch{full: true}, allowed: []int{507}, make: creations},
	{name: "disk full", launch: launch{sqlite: true, smallDisk: true}, allowed: []int{503}, make: diskFull},
	{name: "log's disk full", launch: launch{smallDisk: true, log: "disk"}, make: flood},
	{name: "log's reader stops", launch: launch{log: "unread"}, make: flood},
	{name: "log's reader dies", launch: launch{log: "closed"}, make: flood},
}

// An attack has a name and says how the server is started and attacked.
type attack struct {
	name    string
	launch  launch
	allowed []int // Statuses of 500 and more that are right answers to watchers and attackers.
	make    func(*assault)
}

// options are what the command line asks for.
type options struct {
	tasksd string        // The absolute path of the server.
	dir    string        // The absolute path of the directory for logs and databases.
	length time.Duration // How long an attack lasts that could go on forever.
	tasks  int           // What -max-tasks is where the server is to be full.
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var o options
	flag.StringVar(&o.tasksd, "tasksd", ".bin/tasksd", "the server to start")
	flag.StringVar(&o.dir, "dir", ".tools/attack", "the directory for logs and databases, which are replaced")
	flag.DurationVar(&o.length, "length", 2*time.Second, "how long an attack lasts that could go on forever")
	flag.IntVar(&o.tasks, "tasks", 20_000, "-max-tasks of the server that is filled")
	only := flag.String("run", "", "make only the attacks whose names match this regular expression")
	soak := flag.Duration("soak", 0, "instead of attacking, compare the server with a model for this long")
	flag.Parse()
	if err := run(ctx, o, *only, *soak); err != nil {
		fmt.Fprintln(os.Stderr, "attack:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, only string, soak time.Duration) (err error) {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	for _, path := range []*string{&o.tasksd, &o.dir} {
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(o.dir); err != nil {
		return err
	}
	if soak > 0 {
		return runSoak(ctx, o, soak)
	}
	var results []result
	for _, a := range attacks {
		if pattern.MatchString(a.name) && ctx.Err() == nil {
			results = append(results, try(ctx, a, o))
		}
	}
	if len(results) == 0 {
		return fmt.Errorf("no attack matches %q", only)
	}
	return report(os.Stdout, results)
}
