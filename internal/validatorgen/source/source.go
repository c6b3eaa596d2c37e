// Package source has what the packages that print Go share: a writer, names and literals.
package source

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Writer prints Go. The zero Writer is ready to use.
type Writer struct {
	bytes.Buffer
	used map[string]int // How many variables of a name the current function has.
}

// P prints one or more lines.
func (w *Writer) P(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

// Begin begins a function, in which all names are unused.
func (w *Writer) Begin() { w.used = map[string]int{} }

// Name returns an unused name for a variable of the current function.
func (w *Writer) Name(what string) string {
	w.used[what]++
	if n := w.used[what]; n > 1 {
		return what + strconv.Itoa(n)
	}
	return what
}

// OneLine returns s for a comment, quoted if it has control characters.
func OneLine(s string) string {
	if strconv.CanBackquote(s) || !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f || c == 0xfeff }) {
		return s
	}
	return strconv.Quote(s)
}

// Quote returns s as a Go string literal, raw if that is easier to read.
func Quote(s string) string {
	if strconv.CanBackquote(s) && strings.ContainsAny(s, `\"`) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

// Address returns the Address of a variable as Go source; v is a pointer already.
func Address(variable string) string {
	if variable == "v" {
		return variable
	}
	if pointer, ok := strings.CutPrefix(Bare(variable), "*"); ok {
		return pointer
	}
	return "&" + variable
}

// Bare returns a variable without the parentheses that only a selector or index needs.
func Bare(variable string) string {
	if inner, ok := strings.CutPrefix(variable, "(*"); ok && strings.HasSuffix(inner, ")") {
		return "*" + strings.TrimSuffix(inner, ")")
	}
	return variable
}
