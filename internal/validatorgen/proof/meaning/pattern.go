package meaning

import (
	"regexp"
	"strings"
)

// white is what \s matches: the white space and line terminators of ECMA-262, sections
// 12.2 and 12.3, with Unicode's category Zs.
const white = `\t\n\v\f\r\x{2028}\x{2029}\x{FEFF}\p{Zs}`

var ecmaToken = regexp.MustCompile(`\\u([0-9a-fA-F]{4})|\\c([A-Za-z])|\\.|[\[\].]`)

// ECMA compiles an ECMA-262 pattern with the flag u and without the flags i, m and s, as
// far as Go's regexp has an equivalent.
func ECMA(pattern string) (*regexp.Regexp, error) {
	class := false
	return regexp.Compile(ecmaToken.ReplaceAllStringFunc(pattern, func(token string) string {
		switch {
		case token == "[" && class:
			return `\[`
		case token == "[" || token == "]":
			class = token == "["
		case token == "." && !class:
			return `[^\n\r\x{2028}\x{2029}]`
		case token == `\s` && class:
			return white
		case token == `\s`:
			return "[" + white + "]"
		case token == `\S` && !class:
			return "[^" + white + "]"
		case token == `\b` && class:
			return `\x08`
		case token == `\0`:
			return `\x00`
		case strings.HasPrefix(token, `\u`):
			return `\x{` + token[2:] + `}`
		case strings.HasPrefix(token, `\c`):
			return `\x{` + string("0123456789ABCDEF"[token[2]&31>>4]) + string("0123456789ABCDEF"[token[2]&15]) + `}`
		}
		return token
	}))
}
