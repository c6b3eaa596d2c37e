// Package heap sets Go's collector for a server whose requests leave little
// garbage each, and whose store may be empty or large.
package heap

import (
	"os"
	"runtime/debug"
)

const (
	// The collector runs once the heap has grown by half since its last run, and
	// not, as it comes, once it has doubled: a million tasks then take 40 MiB
	// less of the machine.
	percent = 50

	// A block that is never touched, and so takes no memory of the machine, but
	// counts as heap: with it, 16 MiB of garbage fit between two runs however few
	// tasks there are. Without it the collector runs all the time, which is 15 %
	// of a busy server's work.
	// It counts against GOMEMLIMIT, where that is set.
	ballast = 32 << 20
)

// Settle sets the collector, but for what the environment's GOGC says. The
// block that it returns must stay reachable.
func Settle() []byte {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
	return make([]byte, ballast)
}
