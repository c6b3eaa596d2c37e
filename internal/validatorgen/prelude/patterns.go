package prelude

import (
	"regexp"
	"unicode/utf8"
)

// pattern is a regular expression that needs no backtracking: a sequence of runs,
// each of which matches as many characters as it can.
type pattern []run

// run matches min to max characters of one class.
type run struct {
	min, max int
	ascii    [2]uint64 // The ASCII characters of the class, a bit each,
	beyond   bool      // and whether it has all others.
}

// check adds a fault with a message if s does not match.
func (p pattern) check(f *faults, s, message string) {
	if !p.matches(s) {
		f.add(message)
	}
}

// expression is a regular expression that pattern cannot express.
type expression struct{ *regexp.Regexp }

// test adds a fault with a message if s does not match.
func (e expression) test(f *faults, s, message string) {
	if !e.MatchString(s) {
		f.add(message)
	}
}

// matches reports whether p matches the whole of s.
func (p pattern) matches(s string) bool {
	i := 0
	for j := range p {
		r := &p[j]
		n := 0
		for n < r.max && i < len(s) {
			c := s[i]
			if c >= utf8.RuneSelf {
				if !r.beyond {
					break
				}
				_, size := utf8.DecodeRuneInString(s[i:])
				i += size
			} else if r.ascii[c>>6]>>(c&63)&1 != 0 {
				i++
			} else {
				break
			}
			n++
		}
		if n < r.min {
			return false
		}
	}
	return i == len(s)
}
