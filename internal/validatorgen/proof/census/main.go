// Command census tries the generator on a folder of OpenAPI specifications, as a
// stranger would: for each YAML or JSON file in it with which the output of oapi-codegen
// compiles, it generates validators with cmd/validatorgen, compiles them, and holds them
// against package meaning and kin-openapi on random requests.
//
//	go run ./internal/validatorgen/proof/census [flags] DIR
//
// The table on standard output has a row for each specification. The exit code is 1 if
// validators do not compile, if an operation or a rule is passed over in silence, or if
// a disagreement has no documented reason.
//
// Every tool runs as a process of its own with a limit of time, so that no specification
// ends the census. Nothing is written but temporary files and Go's build cache, which
// makes a second run faster than the first.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
	"time"
)

// options are the flags.
type options struct {
	requests int
	seed     uint64
	limit    time.Duration
	jobs     int
	only     *regexp.Regexp
	not      *regexp.Regexp
	verbose  bool
}

func main() {
	var o options
	flag.IntVar(&o.requests, "n", 200, "the number of requests to make for each operation")
	flag.Uint64Var(&o.seed, "seed", 1, "the seed of the requests")
	flag.DurationVar(&o.limit, "limit", time.Minute, "the time that a tool has for a specification")
	flag.IntVar(&o.jobs, "jobs", runtime.GOMAXPROCS(0), "how many specifications to work on at once")
	only := flag.String("only", "", "try only the files whose path matches this regular expression")
	not := flag.String("not", "^$", "do not try the files whose path matches this regular expression")
	flag.BoolVar(&o.verbose, "v", false, "print all disagreements, not just three for each specification")
	child := flag.String("judge", "", "used by the census itself: judge the specification in a folder")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if o.only, err = regexp.Compile(*only); err == nil {
		o.not, err = regexp.Compile(*not)
	}
	switch {
	case *child != "":
		err = judgeAlone(ctx, *child, o)
	case err != nil || flag.NArg() != 1:
		fmt.Fprintln(os.Stderr, "usage: census [flags] DIR")
		flag.PrintDefaults()
		os.Exit(2)
	default:
		err = run(ctx, flag.Arg(0), o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "census:", err)
		os.Exit(1)
	}
}

// errFound says that the census has found something wrong.
var errFound = errors.New("validators do not compile, or rules are passed over, or disagreements have no reason: see above")

func run(ctx context.Context, dir string, o options) error {
	files, err := find(dir, o)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("%s has no OpenAPI 3 specification", dir)
	}
	temporary, err := os.MkdirTemp("", "census")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	w, err := newWorkshop(ctx, temporary, o)
	if err != nil {
		return err
	}
	rows := make([]*row, len(files))
	for i, file := range files {
		name, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		rows[i] = &row{Name: name, file: file, pack: fmt.Sprintf("p%03d", i)}
	}
	for _, stage := range w.stages() {
		start := time.Now()
		if err := stage.do(ctx, rows); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		left := 0
		for _, r := range rows {
			if r.Stop == "" {
				left++
			}
		}
		fmt.Fprintf(os.Stderr, "%s: %d of %d specifications are left after %.0f s\n", stage.name, left, len(rows), time.Since(start).Seconds())
	}
	if report(os.Stdout, rows, o.verbose) {
		return errFound
	}
	return nil
}

// stage is a part of the work on all rows.
type stage struct {
	name string
	do   func(context.Context, []*row) error
}

// stages returns the stages in their order.
func (w *workshop) stages() []stage {
	return []stage{
		{"reading", w.each((*workshop).read)},
		{"generating types with oapi-codegen", w.each((*workshop).types)},
		{"compiling them", w.compileTypes},
		{"generating validators", w.each((*workshop).validators)},
		{"compiling them", w.compileValidators},
		{"judging requests", w.each((*workshop).judge)},
	}
}

// specification matches what every OpenAPI 3 document has.
var specification = regexp.MustCompile(`(?m)(^|[{,\s])["']?openapi["']?\s*:\s*["']?3\.`)

// find returns the OpenAPI 3 specifications in a folder, in the order of their names.
func find(dir string, o options) (files []string, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		switch filepath.Ext(path) {
		case ".yaml", ".yml", ".json":
		default:
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil && specification.Match(text) && o.only.MatchString(path) && !o.not.MatchString(path) {
			files = append(files, path)
		}
		return err
	})
	return files, err
}

// each returns a stage that works on the rows that no earlier one has stopped, several at
// once.
func (w *workshop) each(do func(*workshop, context.Context, *row)) func(context.Context, []*row) error {
	return func(ctx context.Context, rows []*row) error {
		var group sync.WaitGroup
		next := make(chan *row)
		for range w.jobs {
			group.Go(func() {
				for r := range next {
					if ctx.Err() == nil {
						do(w, ctx, r)
					}
				}
			})
		}
		for _, r := range rows {
			if r.Stop == "" {
				next <- r
			}
		}
		close(next)
		group.Wait()
		return nil
	}
}
