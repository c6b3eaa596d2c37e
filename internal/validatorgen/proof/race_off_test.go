//go:build !race

package proof

// raced reports whether the race detector is on.
const raced = false
