package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"example.com/tasks/gen"
)

// version returns one line: the module's version and commit as recorded by the go
// command, which are (devel) and unknown if tasksd was built without version
// control, the version of the specification, that of Go, and the platform.
func version() string {
	module, commit, modified := "(devel)", "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			module = info.Main.Version
		}
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				commit = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				modified = ", modified"
			}
		}
	}
	return fmt.Sprintf("tasksd %s (commit %s%s, specification %s) %s %s/%s\n",
		module, commit, modified, specificationVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// specificationVersion returns the version of the specification that is served.
func specificationVersion() string {
	var spec struct{ Info struct{ Version string } }
	if err := json.Unmarshal(gen.JSON, &spec); err != nil {
		panic(err) // The specification is part of the program.
	}
	return spec.Info.Version
}
