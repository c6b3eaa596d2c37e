//go:build unix

package main

import (
	"io/fs"
	"syscall"
)

// ownedByRoot reports whether the file of info belongs to root.
func ownedByRoot(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid == 0
}
