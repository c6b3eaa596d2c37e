//go:build unix

package connlimit

import (
	"math"
	"syscall"
)

// Descriptors returns how many descriptors the process may have open. The Go
// runtime has raised the limit as far as it may (ulimit -Hn).
func Descriptors() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return math.MaxInt
	}
	return int(min(limit.Cur, math.MaxInt))
}
