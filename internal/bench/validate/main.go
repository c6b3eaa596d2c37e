// Command validate measures what the generated validators cost, beside what else
// could read the same requests, in one run. It prints a Markdown table: the
// least time of several rounds, in which the candidates take turns, and its
// ratio to plain encoding/json.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json/jsontext"

	"example.com/tasks/gen"
	"example.com/tasks/gen/api"
)

var (
	good = []byte(`{"title": "Learn WSGI", "done": true}`)
	bad  = []byte(`{"titel": "Learn WSGI", "done": "yes"}`) // Three faults: title is missing, too.
)

// candidate is one way to read a request. Its result is used, so that no
// compiler leaves it out.
type candidate struct {
	request, way string
	read         func() error
	refuses      bool // Whether the request must be refused.

	ns     float64
	allocs int64
}

func main() {
	rounds := flag.Int("rounds", 7, "how many times each candidate is measured")
	testing.Init()
	flag.Parse()
	if err := flag.Set("test.benchtime", "200ms"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if err := run(*rounds); err != nil {
		fmt.Fprintln(os.Stderr, "validate:", err)
		os.Exit(1)
	}
}

func run(rounds int) error {
	all, err := candidates()
	if err != nil {
		return err
	}
	for _, c := range all {
		if err := c.read(); (err != nil) != c.refuses {
			return fmt.Errorf("%s by %s: the error is %w", c.request, c.way, err)
		}
	}
	for round := range rounds {
		fmt.Fprintf(os.Stderr, "\rround %d of %d", round+1, rounds)
		for i := range all {
			all[i].measure()
		}
	}
	fmt.Fprintln(os.Stderr)
	fmt.Println("| request | read by | ns | allocations | ratio |   |")
	fmt.Println("|---|---|---:|---:|---:|---|")
	for _, c := range all {
		ratio := c.ns / all[0].ns
		fmt.Printf("| %s | %s | %.0f | %d | %.2f | %s |\n", c.request, c.way, c.ns, c.allocs, ratio, strings.Repeat("▪", min(40, int(ratio*4+0.5))))
	}
	return nil
}

func (c *candidate) measure() {
	r := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = c.read()
		}
	})
	if ns := float64(r.T.Nanoseconds()) / float64(r.N); c.ns == 0 || ns < c.ns {
		c.ns, c.allocs = ns, r.AllocsPerOp()
	}
}

// candidates returns what is measured; the first is what the others are
// compared with.
func candidates() ([]candidate, error) {
	schema, err := newTaskSchema()
	if err != nil {
		return nil, err
	}
	list, err := http.NewRequest(http.MethodGet, "/tasks", nil) //nolint:noctx // Nobody sends it.
	if err != nil {
		return nil, err
	}
	paged := list.Clone(list.Context())
	paged.URL.RawQuery = "limit=10&after=01890a5d-ac96-774b-bcce-b302099a8057&order=desc&done=true"
	const create, refuse = "createTask, both members", "createTask, three faults"
	return []candidate{
		{request: create, way: "encoding/json, unchecked", read: func() error { var v api.NewTask; return json.Unmarshal(good, &v) }},
		{request: create, way: "**generated**", read: func() error { _, err := api.DecodeNewTask(good); return err }},
		{request: create, way: "written by hand, decode then check", read: func() error { return byHand(good) }},
		{request: create, way: "encoding/json and kin-openapi", read: func() error { return byKin(schema, good) }},
		{request: refuse, way: "**generated**", read: func() error { _, err := api.DecodeNewTask(bad); return err }, refuses: true},
		{request: refuse, way: "encoding/json and kin-openapi", read: func() error { return byKin(schema, bad) }, refuses: true},
		{request: "listTasks, no parameter", way: "**generated**", read: func() error { _, err := api.DecodeListTasks(list); return err }},
		{request: "listTasks, four parameters", way: "**generated**", read: func() error { _, err := api.DecodeListTasks(paged); return err }},
		{request: "getTask", way: "**generated**", read: func() error {
			_, err := api.DecodeGetTask(list, "01890a5d-ac96-774b-bcce-b302099a8057")
			return err
		}},
	}, nil
}

func newTaskSchema() (*openapi3.Schema, error) {
	doc, err := openapi3.NewLoader().LoadFromData(gen.YAML)
	if err != nil {
		return nil, err
	}
	return doc.Components.Schemas["NewTask"].Value, nil
}

// byKin is the usual way: decode into maps, check these, decode again.
func byKin(schema *openapi3.Schema, body []byte) error {
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return err
	}
	if err := schema.VisitJSON(value, openapi3.VisitAsRequest(), openapi3.MultiErrors()); err != nil {
		return err
	}
	var v api.NewTask
	return json.Unmarshal(body, &v)
}

// byHand reads a valid NewTask as ogen's code does, token by token, and checks
// the result afterwards. It does not say where a fault is.
func byHand(body []byte) error {
	d := jsontext.NewDecoder(bytes.NewBuffer(body))
	var v api.NewTask
	titled := false
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return errors.Join(err, errors.New("not an object"))
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		switch name.String() {
		case "title":
			t, err := d.ReadToken()
			if err != nil || t.Kind() != '"' {
				return errors.Join(err, errors.New("title is not a string"))
			}
			v.Title, titled = t.String(), true
		case "done":
			t, err := d.ReadToken()
			if err != nil || t.Kind() != 't' && t.Kind() != 'f' {
				return errors.Join(err, errors.New("done is not a boolean"))
			}
			v.Done = new(t.Bool())
		default:
			return errors.New("unknown member")
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	blank := strings.TrimSpace(v.Title) == ""
	control := strings.ContainsFunc(v.Title, func(r rune) bool { return r < ' ' || r == 0x7F })
	if n := utf8.RuneCountInString(v.Title); !titled || n < 1 || n > 200 || blank || control {
		return errors.New("title is not valid")
	}
	return nil
}
