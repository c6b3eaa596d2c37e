// Command packages generates the packages of the specifications in the folders that are
// its arguments. It is not part of the tests, since the race detector makes it four
// times slower.
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
