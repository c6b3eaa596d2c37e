// Command faults kills servers and databases under load and counts what is lost.
// README.md says what it does and has the table of one run.
//
// It must run in the module's root. What needs PostgreSQL, sqlite3 or root is
// skipped where that is missing, which is a failure if the environment has
// CI=true.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"text/tabwriter"
	"time"
)

// faults are tried in this order.
var faults = []fault{
	{"SQLite: tasksd killed", killOverSQLite},
	{"SQLite: disk full for 3 s", fillDisk},
	{"PostgreSQL: tasksd killed", killOverPostgres},
	{"PostgreSQL stopped for 1 s", stopPostgres},
	{"PostgreSQL restarted", restartPostgres},
	{"PostgreSQL killed", killPostgres},
	{"PostgreSQL's connections closed", closeConnections},
	{"PostgreSQL's connections stalled", stallConnections},
	{"PostgreSQL's connections dropped", dropConnections},
	{"three tasksd, linearizable", checkHistories},
	{"three tasksd, seeded bug found", findSeededBug},
	{"Patroni: leader killed", killLeader},
}

// A fault has a name and tries what follows from it.
type fault struct {
	name string
	try  func(*trial)
}

// options are what the command line asks for.
type options struct {
	tasksd    string // The absolute path of the server.
	dir       string // An absolute path, for Patroni, and in logs for logs and databases.
	kills     int    // How often tasksd is killed, for each store.
	outages   int    // How often each outage of a database is caused.
	failovers int    // How often the leader of a cluster of databases is killed.
	histories int    // How many histories of requests to three servers are checked.
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var o options
	flag.StringVar(&o.tasksd, "tasksd", ".bin/tasksd", "the server to start")
	flag.StringVar(&o.dir, "dir", ".tools/faults", "the directory for Patroni, and for logs and databases, which are replaced")
	flag.IntVar(&o.kills, "kills", 20, "how often to kill tasksd, for each store")
	flag.IntVar(&o.outages, "outages", 3, "how often to cause each outage of a database")
	flag.IntVar(&o.failovers, "failovers", 5, "how often to kill the leader of a cluster of databases")
	flag.IntVar(&o.histories, "histories", 100, "how many histories of requests to three servers to check")
	only := flag.String("run", "", "try only the faults whose names match this regular expression")
	flag.Parse()
	if err := run(ctx, o, *only); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, only string) (err error) {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	for _, path := range []*string{&o.tasksd, &o.dir} {
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(filepath.Join(o.dir, "logs")); err != nil {
		return err
	}
	var results []result
	for _, f := range faults {
		if pattern.MatchString(f.name) && ctx.Err() == nil {
			results = append(results, try(ctx, f, o))
		}
	}
	if len(results) == 0 {
		return fmt.Errorf("no fault matches %q", only)
	}
	return report(os.Stdout, results)
}

// A result is what a trial has found.
type result struct {
	fault        string
	rounds       int
	acknowledged int           // Changes.
	lost         int           // Tasks that are not what the acknowledgements say.
	doubled      int           // Tasks that nobody created, or whose creation was repeated with another result.
	outage       time.Duration // The longest time in which no change was acknowledged.
	excess       time.Duration // By how much an outage was longer than its cause, at most.
	skipped      string        // Why nothing was tried; empty if it was.
	failures     []string      // What else went wrong, beside lost and doubled.
}

// report writes results to w as a Markdown table. The error has everything that
// went wrong.
func report(w io.Writer, results []result) error {
	tw := tabwriter.NewWriter(w, 0, 0, 1, ' ', tabwriter.TabIndent)
	fmt.Fprintln(tw, "| fault\t| rounds\t| acknowledged\t| lost\t| doubled\t| longest outage\t| beyond its cause\t|")
	fmt.Fprintln(tw, "|---\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|")
	var errs []error
	for _, r := range results {
		if r.skipped != "" {
			fmt.Fprintf(tw, "| %s\t| SKIPPED: %s\t| \t| \t| \t| \t| \t|\n", r.fault, r.skipped)
			if os.Getenv("CI") == "true" {
				errs = append(errs, fmt.Errorf("%s: skipped: %s", r.fault, r.skipped))
			}
			continue
		}
		outage := "\t| "
		if r.outage > 0 {
			outage = fmt.Sprintf("%.2f s\t| %.2f s", r.outage.Seconds(), r.excess.Seconds())
		}
		fmt.Fprintf(tw, "| %s\t| %d\t| %d\t| %d\t| %d\t| %s\t|\n", r.fault, r.rounds, r.acknowledged, r.lost, r.doubled, outage)
		if r.lost > 0 || r.doubled > 0 {
			errs = append(errs, fmt.Errorf("%s: lost %d, doubled %d", r.fault, r.lost, r.doubled))
		}
		for _, failure := range r.failures {
			errs = append(errs, fmt.Errorf("%s: %s", r.fault, failure))
		}
		if r.acknowledged == 0 {
			errs = append(errs, fmt.Errorf("%s: nothing was acknowledged", r.fault))
		}
	}
	return errors.Join(append(errs, tw.Flush())...)
}
