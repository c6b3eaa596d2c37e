package main

import (
	"io/fs"
	"testing"
)

// Who may read a token file, by its mode and whether root owns it.
func TestPrivate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		mode        fs.FileMode
		own, rooted bool // What is wanted of a file of anyone, and of one of root.
	}{
		{0o600, true, true},
		{0o400, true, true},
		{0o440, false, true}, // As systemd and Kubernetes hand over secrets.
		{0o640, false, true},
		{0o660, false, false},
		{0o610, false, false},
		{0o604, false, false},
		{0o444, false, false},
		{0o644, false, false},
	} {
		if got := private(tt.mode, false); got != tt.own {
			t.Errorf("private(%#o) = %t, want %t", tt.mode, got, tt.own)
		}
		if got := private(tt.mode, true); got != tt.rooted {
			t.Errorf("private(%#o) of root = %t, want %t", tt.mode, got, tt.rooted)
		}
	}
}
