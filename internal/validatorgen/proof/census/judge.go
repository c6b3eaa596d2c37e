package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"example.com/tasks/internal/validatorgen/proof"
	"example.com/tasks/internal/validatorgen/proof/meaning"
)

// verdicts are the results of judging the requests of a specification.
type verdicts struct {
	Requests, Valid, Disagreements int
	Excused                        map[string]int // By the name of the difference.
	Wrong                          []string       // Some disagreements.
	Unread                         []string       // What generated decoders handle and package meaning does not define.
	Kin                            string         // Why kin-openapi does not judge.
	Stopped                        string         // Why fewer requests were made than wanted.
}

// decoders is the program that decodes requests.
type decoders struct {
	in  io.WriteCloser
	out *json.Decoder
}

// answer is what the program says about a request.
type answer struct {
	Valid  bool
	Places []string
	Panic  string
}

var errInvalid = errors.New("invalid")

// decode asks the program to decode a request with the decoder of a number.
func (d *decoders) decode(number int, r *http.Request, values []string) (places []string, err error) {
	var body []byte
	if r.Body != http.NoBody {
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	if err := json.NewEncoder(d.in).Encode(map[string]any{
		"Operation": number, "Values": values, "Method": r.Method, "Path": r.URL.Path, "RawPath": r.URL.RawPath, "Query": r.URL.RawQuery, "Header": r.Header, "Body": body,
	}); err != nil {
		panic(fmt.Sprintf("the program with the validators has ended: %v", err))
	}
	var a answer
	if err := d.out.Decode(&a); err != nil {
		panic(fmt.Sprintf("the program with the validators has ended: %v", err))
	}
	if a.Panic != "" {
		return []string{"it panics: " + a.Panic}, errInvalid
	}
	if !a.Valid {
		return a.Places, errInvalid
	}
	return nil, nil
}

// judgeAlone judges the specification that a file of JSON describes, and prints the
// verdicts as JSON.
func judgeAlone(ctx context.Context, file string, o options) error {
	var row struct {
		File, Program string
		Operations    []*operation
	}
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &row)
	}
	if err != nil {
		return err
	}
	if text, err = os.ReadFile(row.File); err != nil {
		return err
	}
	spec, err := meaning.Load(text)
	if err != nil {
		return err
	}
	v := &verdicts{Excused: map[string]int{}}
	doc, err := loadKin(row.File)
	if err != nil {
		v.Kin = err.Error()
	}
	command := exec.CommandContext(ctx, row.Program)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		return err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	d := &decoders{in, json.NewDecoder(bufio.NewReader(out))}
	var endpoints []*proof.Endpoint
	for i, done := range row.Operations {
		for _, o := range spec.Operations {
			if o.Method != done.Method || o.Path != done.Path {
				continue
			}
			for _, text := range o.Unread {
				v.Unread = append(v.Unread, fmt.Sprintf("%s %s: %s", o.Method, o.Path, text))
			}
			if len(o.Unread) > 0 {
				continue
			}
			e := proof.NewEndpoint(o, doc)
			e.AsItComes = true
			e.Decode = func(r *http.Request, path []string) ([]string, error) { return d.decode(i, r, path) }
			endpoints = append(endpoints, e)
		}
	}
	v.judge(endpoints, o)
	if err := in.Close(); err != nil {
		return err
	}
	if err := command.Wait(); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(v)
}

// loadKin reads a specification as kin-openapi does, without validating it.
func loadKin(file string) (doc *openapi3.T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it panics: %v", p)
		}
	}()
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = true
	return loader.LoadFromFile(file)
}

// judge judges requests to all endpoints in turn, until there are enough or the time is
// over.
func (v *verdicts) judge(endpoints []*proof.Endpoint, o options) {
	m := proof.NewMaker(o.seed)
	start := time.Now()
	for round := range o.requests {
		for _, e := range endpoints {
			if time.Since(start) > o.limit {
				v.Stopped = fmt.Sprintf("%d of %d requests for each operation after %v", round, o.requests, o.limit)
				return
			}
			v.add(m.Request(e))
		}
	}
}

// add judges a request.
func (v *verdicts) add(r *proof.Request) {
	v.Requests++
	if r.Valid() {
		v.Valid++
	}
	wrong, excused := proof.JudgeRequest(r)
	for _, name := range excused {
		v.Excused[name]++
	}
	if len(wrong) > 0 {
		v.Disagreements++
		if len(v.Wrong) < 50 {
			v.Wrong = append(v.Wrong, wrong[0].String())
		}
	}
}
