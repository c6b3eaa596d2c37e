package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"example.com/tasks/gen"
)

// build is what the go command has recorded about this program.
type build struct {
	module   string // The module's version; (devel) without version control.
	commit   string // unknown without version control.
	modified bool   // Whether files differ from the commit.
}

func buildInfo() build {
	b := build{module: "(devel)", commit: "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "" {
		b.module = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.commit = s.Value
		case "vcs.modified":
			b.modified = s.Value == "true"
		}
	}
	return b
}

// version returns one line: the module's version and commit, the version of the
// specification, that of Go, and the platform.
func version() string {
	b, modified := buildInfo(), ""
	if b.modified {
		modified = ", modified"
	}
	return fmt.Sprintf("tasksd %s (commit %s%s, specification %s) %s %s/%s\n",
		b.module, b.commit, modified, specificationVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// specificationVersion returns the version of the specification that is served.
func specificationVersion() string {
	var spec struct{ Info struct{ Version string } }
	if err := json.Unmarshal(gen.JSON, &spec); err != nil {
		panic(err) // The specification is part of the program.
	}
	return spec.Info.Version
}
