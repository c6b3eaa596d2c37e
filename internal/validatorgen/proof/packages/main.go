// Command packages makes the package of each specification in the folders that
// are its arguments, under the folders' names. It is a program of its own so that
// it is not built as the tests are: the race detector makes it take four times as
// long.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"example.com/tasks/internal/validatorgen/proof/generate"
)

func main() {
	for _, dir := range os.Args[1:] {
		name, settings := filepath.Base(dir), generate.AsTheServer
		if name == "tasks" || name == "trees" {
			settings = generate.AsItComes
		}
		spec, err := os.ReadFile(filepath.Join(dir, "openapi.yaml"))
		if err == nil {
			err = generate.Package(dir, name, spec, settings)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "packages: %s: %v\n", name, err)
			os.Exit(1)
		}
	}
}
