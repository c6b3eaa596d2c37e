package prelude

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// length adds a fault if s has fewer than least or more than most code points.
func length(f *faults, s string, least, most int) {
	if len(s) >= least*utf8.UTFMax && len(s) <= most {
		return
	}
	switch n := utf8.RuneCountInString(s); {
	case n < least && least == 1:
		f.add("must not be empty")
	case n < least:
		f.add("must be at least " + strconv.Itoa(least) + " characters")
	case n > most:
		f.add("must be at most " + strconv.Itoa(most) + " characters")
	}
}

// oneOf adds a fault if a string is not one of the values of an enum.
func oneOf(f *faults, given string, values ...string) {
	if !slices.Contains(values, given) {
		f.add("must be one of " + strings.Join(values, ", "))
	}
}

// atLeast adds a fault if n is less than bound.
func atLeast[T int64 | float64](f *faults, n, bound T) {
	if n < bound {
		f.add(fmt.Sprint("must be at least ", bound))
	}
}

// moreThan adds a fault if n is not more than bound.
func moreThan[T int64 | float64](f *faults, n, bound T) {
	if n <= bound {
		f.add(fmt.Sprint("must be more than ", bound))
	}
}

// atMost adds a fault if n is more than bound.
func atMost[T int64 | float64](f *faults, n, bound T) {
	if n > bound {
		f.add(fmt.Sprint("must be at most ", bound))
	}
}

// lessThan adds a fault if n is not less than bound.
func lessThan[T int64 | float64](f *faults, n, bound T) {
	if n >= bound {
		f.add(fmt.Sprint("must be less than ", bound))
	}
}

// parts adds a fault if an array or object has too few or too many parts.
func parts(f *faults, n, least, most int, of string) {
	switch {
	case n < least:
		f.add("must have at least " + strconv.Itoa(least) + " " + of)
	case n > most:
		f.add("must have at most " + strconv.Itoa(most) + " " + of)
	}
}
