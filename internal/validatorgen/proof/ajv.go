package proof

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"

	"go.yaml.in/yaml/v3"

	"example.com/tasks/internal/validatorgen/proof/specs"
)

//go:embed ajv/judge.mjs
var judgeScript string

// Ajv is a process that judges documents with Ajv. It is not safe for concurrent
// use.
type Ajv struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
}

// StartAjv starts node with the modules in a folder, as installed from
// ajv/package.json. The process ends with the context, or by Close.
func StartAjv(ctx context.Context, dir string) (*Ajv, error) {
	a := &Ajv{command: exec.CommandContext(ctx, "node", "--input-type=module", "--stack-size=4000", "-e", judgeScript, "--", dir)}
	a.command.Stderr = os.Stderr
	var err error
	if a.in, err = a.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := a.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	a.out = bufio.NewScanner(out)
	if err := a.command.Start(); err != nil {
		return nil, err
	}
	w := json.NewEncoder(a.in)
	for _, spec := range slices.Concat(specs.All, pending()) {
		var document any
		if err := yaml.Unmarshal(spec.Text, &document); err != nil {
			return nil, err
		}
		if err := w.Encode(map[string]any{"spec": spec.Name, "document": document}); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// Valid reports, for each document, whether it is valid.
func (a *Ajv) Valid(documents []*Document) ([]bool, error) {
	written := make(chan error, 1)
	go func() {
		b := bufio.NewWriter(a.in)
		w := json.NewEncoder(b)
		for _, d := range documents {
			// encoding/json writes a []byte in base64. b keeps an error until Flush.
			_ = w.Encode(map[string]any{"spec": d.Subject.Spec, "schema": d.Subject.Name, "text": d.Text})
		}
		_ = b.WriteByte('\n')
		written <- b.Flush()
	}()
	verdicts := make([]bool, len(documents))
	for i := range documents {
		if !a.out.Scan() {
			return nil, fmt.Errorf("node ended early: %w", a.command.Wait())
		}
		verdicts[i] = a.out.Text() == "1"
	}
	return verdicts, <-written
}

// Close ends the process.
func (a *Ajv) Close() error {
	if err := a.in.Close(); err != nil {
		return err
	}
	return a.command.Wait()
}
