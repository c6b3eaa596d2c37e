// Package pattern translates the patterns of JSON Schema, which are ECMA-262's, into those
// of Go, and finds the simple ones, which need no regular expression.
package pattern

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ecmaSpace is what \s matches (ECMA-262, section 22.2.2.9).
const ecmaSpace = `\t\n\v\f\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`

// Translate translates an ECMA-262 pattern with the flag u, as JSON Schema
// validators read it, into one for Go's regexp. The error names a construct that Go
// has no equivalent of.
func Translate(pattern string) (string, error) {
	var b strings.Builder
	class := false // Whether we are within [ ].
	for i := 0; i < len(pattern); i++ {
		rest := pattern[i:]
		switch c := pattern[i]; {
		case c == '\\':
			n, err := translateEscape(&b, rest, class)
			if err != nil {
				return "", err
			}
			i += n - 1
		case class && c == ']':
			class = false
			b.WriteByte(c)
		case class && c == '[':
			b.WriteString(`\[`)
		case class:
			b.WriteByte(c)
		case strings.HasPrefix(rest, "[]"), strings.HasPrefix(rest, "[^]"):
			return "", fmt.Errorf("an empty class")
		case strings.HasPrefix(rest, "[^"):
			class = true
			b.WriteString("[^")
			i++
		case c == '[':
			class = true
			b.WriteByte(c)
		case c == '.':
			b.WriteString(`[^\n\r\x{2028}\x{2029}]`)
		case strings.HasPrefix(rest, "(?") && !strings.HasPrefix(rest, "(?:"):
			return "", fmt.Errorf("%.3s…: a lookahead, lookbehind, flag or named group", rest)
		default:
			b.WriteByte(c)
		}
	}
	_, err := regexp.Compile(b.String())
	if syntactic, ok := errors.AsType[*syntax.Error](err); ok && syntactic.Code == syntax.ErrInvalidRepeatSize {
		err = fmt.Errorf("%s: a count above 1000: use minLength and maxLength", syntactic.Expr)
	}
	return b.String(), err
}

// translateEscape translates the escape that s begins with, and returns its length.
func translateEscape(b *strings.Builder, s string, class bool) (int, error) {
	if len(s) < 2 {
		return 0, fmt.Errorf("a backslash at the end")
	}
	switch c := s[1]; {
	case c == 's' && class:
		b.WriteString(ecmaSpace)
	case c == 's':
		b.WriteString("[" + ecmaSpace + "]")
	case c == 'S' && !class:
		b.WriteString("[^" + ecmaSpace + "]")
	case c == '0' && (len(s) < 3 || s[2] < '0' || s[2] > '9'):
		b.WriteString(`\x00`)
	case strings.IndexByte("dDwWnrtfv", c) >= 0, strings.IndexByte("bB", c) >= 0 && !class, strings.IndexByte(`^$\.*+?()[]{}|/-`, c) >= 0:
		b.WriteString(s[:2])
	case c == 'b':
		b.WriteString(`\x08`)
	case c == 'c' && len(s) > 2 && unicode.IsLetter(rune(s[2])) && s[2] < utf8.RuneSelf:
		fmt.Fprintf(b, `\x%02x`, s[2]%32)
		return 3, nil
	case category.MatchString(s):
		n := strings.IndexByte(s, '}') + 1
		b.WriteString(s[:n])
		return n, nil
	case c == 'x' && isHex(s[2:], 2):
		b.WriteString(s[:4])
		return 4, nil
	case c == 'u' && isHex(s[2:], 4) && !strings.ContainsAny(s[2:3], "dD"):
		b.WriteString(`\x{` + s[2:6] + `}`)
		return 6, nil
	default:
		return 0, fmt.Errorf(`the escape %.2s`, s)
	}
	return 2, nil
}

// category matches the short name of a general category of Unicode, which ECMA-262
// and Go spell alike.
var category = regexp.MustCompile(`^\\[pP]\{[CLMNPSZ][a-z]?\}`)

func isHex(s string, n int) bool {
	return len(s) >= n && strings.Trim(s[:n], "0123456789abcdefABCDEF") == ""
}

// Run matches min to max characters of one class, like its namesake in generated
// code.
type Run struct {
	Min, Max int
	ASCII    [2]uint64
	Beyond   bool
	Text     string // The part of the pattern.
}

// Runs splits a translated pattern into runs, and reports whether that is possible
// and needs no backtracking.
func Runs(pattern string) ([]Run, bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil || re.Op != syntax.OpConcat || len(re.Sub) < 2 {
		return nil, false
	}
	last := len(re.Sub) - 1
	if re.Sub[0].Op != syntax.OpBeginText || re.Sub[last].Op != syntax.OpEndText {
		return nil, false
	}
	var all []Run
	for _, sub := range re.Sub[1:last] {
		more, ok := runsOf(sub)
		if !ok {
			return nil, false
		}
		all = append(all, more...)
	}
	for i, r := range all {
		for j := i + 1; r.Min != r.Max && j < len(all); j++ {
			if r.overlaps(all[j]) {
				return nil, false
			}
			if all[j].Min > 0 {
				break
			}
		}
	}
	return all, true
}

// runsOf returns the runs of one part of a pattern.
func runsOf(re *syntax.Regexp) ([]Run, bool) {
	least, most := 1, 1
	switch re.Op {
	case syntax.OpLiteral:
		var all []Run
		for _, c := range re.Rune {
			r, ok := class([]rune{c, c})
			if !ok || re.Flags&syntax.FoldCase != 0 {
				return nil, false
			}
			r.Text = regexp.QuoteMeta(string(c))
			all = append(all, r)
		}
		return all, true
	case syntax.OpStar:
		least, most = 0, math.MaxInt32
	case syntax.OpPlus:
		most = math.MaxInt32
	case syntax.OpQuest:
		least = 0
	case syntax.OpRepeat:
		least, most = re.Min, re.Max
		if most < 0 {
			most = math.MaxInt32
		}
	case syntax.OpCharClass:
		r, ok := class(re.Rune)
		r.Text = re.String()
		return []Run{r}, ok
	default:
		return nil, false
	}
	all, ok := runsOf(re.Sub[0])
	if !ok || len(all) != 1 || all[0].Min != 1 || all[0].Max != 1 {
		return nil, false
	}
	all[0].Min, all[0].Max, all[0].Text = least, most, re.String()
	return all, true
}

// class returns a run of one character of a class, given as pairs of first and last
// characters, and reports whether it has all characters beyond ASCII or none.
func class(pairs []rune) (r Run, ok bool) {
	r = Run{Min: 1, Max: 1}
	for i := 0; i < len(pairs); i += 2 {
		first, last := pairs[i], pairs[i+1] //nolint:gosec // They are pairs.
		for c := first; c <= last && c < 128; c++ {
			r.ASCII[c/64] |= 1 << (c % 64)
		}
		if last >= 128 {
			if first > 128 || last != 0x10FFFF {
				return r, false
			}
			r.Beyond = true
		}
	}
	return r, true
}

func (r Run) overlaps(o Run) bool {
	return r.ASCII[0]&o.ASCII[0] != 0 || r.ASCII[1]&o.ASCII[1] != 0 || r.Beyond && o.Beyond
}
