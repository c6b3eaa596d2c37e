package prelude

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// appendString appends s as JSON. Most strings need no escape.
func appendString(b []byte, s string) []byte {
	if !plain(s) {
		b, _ = jsontext.AppendQuote(b, s) // Invalid UTF-8 becomes U+FFFD, as in encoding/json.
		return b
	}
	b = append(append(b, '"'), s...)
	return append(b, '"')
}

// plain reports whether s is ASCII that JSON does not escape. It checks eight bytes
// at a time, which takes a third of the time that single bytes take.
func plain(s string) bool {
	const each, top = 0x0101010101010101, 0x8080808080808080 // A byte times each is that byte eight times.
	for ; len(s) >= 8; s = s[8:] {
		x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		quote, backslash := x^each*'"', x^each*'\\'
		// A byte is below n if subtracting n sets its top bit, which was clear.
		if (x|(x-each*' ')&^x|(quote-each)&^quote|(backslash-each)&^backslash)&top != 0 {
			return false
		}
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendUUID appends a UUID as JSON.
func appendUUID(b []byte, id [16]byte) []byte {
	b = append(b, `"00000000-0000-0000-0000-000000000000"`...)
	text := (*[38]byte)(b[len(b)-38:])
	second, third := hexDigits(id[4:8]), hexDigits(id[8:12])
	binary.BigEndian.PutUint64(text[1:], hexDigits(id[:4]))
	binary.BigEndian.PutUint32(text[10:], uint32(second>>32))
	binary.BigEndian.PutUint32(text[15:], uint32(second))
	binary.BigEndian.PutUint32(text[20:], uint32(third>>32))
	binary.BigEndian.PutUint32(text[25:], uint32(third))
	binary.BigEndian.PutUint64(text[29:], hexDigits(id[12:]))
	return b
}

// hexDigits returns the digits of four bytes, the first digit in the top byte. It
// computes all eight at once: a UUID takes a third of the time of single digits.
func hexDigits(b []byte) uint64 {
	const each = 0x0101010101010101 // A byte times each is that byte eight times.
	x := uint64(binary.BigEndian.Uint32(b))
	x = (x | x<<16) & 0x0000ffff0000ffff
	x = (x | x<<8) & 0x00ff00ff00ff00ff
	x = (x | x<<4) & (each * 0x0f)
	letters := (x + each*6) >> 4 & each // 1 for each digit above 9.
	return x + each*'0' + letters*('a'-'0'-10)
}

// appendFloat appends a float of so many bits as JSON, spelled as encoding/json
// does. It panics if v is infinite or not a number.
func appendFloat(b []byte, v float64, bits int) []byte {
	size := math.Abs(v)
	switch {
	case size == 0, 1e-6 <= size && size < 1e21:
		return strconv.AppendFloat(b, v, 'f', -1, bits)
	case bits == 32:
		return appendJSON(b, float32(v))
	}
	return appendJSON(b, v)
}

// appendTime appends a date and time as JSON (RFC 3339, section 5.6: date-time).
// It panics if the year has more than four digits.
func appendTime(b []byte, t time.Time) []byte {
	b, err := t.AppendText(append(b, '"'))
	if err != nil {
		panic(err)
	}
	return append(b, '"')
}

// appendDate appends a date as JSON (RFC 3339, section 5.6: full-date).
func appendDate[T ~struct{ time.Time }](b []byte, v T) []byte {
	return append(struct{ time.Time }(v).AppendFormat(append(b, '"'), time.DateOnly), '"')
}

// appendBase64 appends bytes as a JSON string in base64 (RFC 4648, section 4).
func appendBase64(b, v []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(b, '"'), v), '"')
}

// appendJSON appends v as encoding/json encodes it, and panics if that fails: v may
// contain a number that is infinite, or text that is not JSON.
func appendJSON(b []byte, v any) []byte {
	buffer := bytes.NewBuffer(b)
	e := json.NewEncoder(buffer)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return buffer.Bytes()[:buffer.Len()-1] // Without the newline.
}

// sortedNames returns the keys of a map, sorted.
func sortedNames[M ~map[string]T, T any](m M) []string { return slices.Sorted(maps.Keys(m)) }
