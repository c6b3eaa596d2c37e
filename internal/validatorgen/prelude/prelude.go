// Package prelude has what generated code needs at run time, a file for each subject.
// The output contains those declarations that it needs; nothing imports them.
package prelude

import "embed"

// Files are the files that the declarations are copied from.
//
//go:embed body.go checks.go decoder.go encode.go equality.go faults.go formats.go multipart.go numbers.go parameters.go patterns.go store.go texts.go unions.go
var Files embed.FS
