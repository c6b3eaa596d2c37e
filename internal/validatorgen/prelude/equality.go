package prelude

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// distinct adds a fault if two items of a parameter are equal, as strings or as
// JSON. It compares no JSON in a request that has faults, since that may be invalid.
func (f *faults) distinct(items []string, asJSON bool) {
	if asJSON && len(f.found) > 0 {
		return
	}
	seen := make(map[string]bool, len(items))
	for _, item := range items {
		if asJSON {
			item = string(canonical(nil, jsontext.NewDecoder(strings.NewReader(item))))
		}
		seen[item] = true
	}
	if len(seen) < len(items) {
		f.add("must not have the same item twice")
	}
}

// unique adds a fault if two items of the array that was read since offset
// returned from are equal as JSON.
func (d *decoder) unique(from int) {
	if d.broken || d.passed {
		return
	}
	in := jsontext.NewDecoder(bytes.NewBuffer(d.since(from)), jsontext.AllowDuplicateNames(true))
	array, _ := in.ReadToken() // The text has been read before, without an error.
	seen := map[string]bool{}
	for k := in.PeekKind(); k != ']' && k != '}' && k != jsontext.KindInvalid; k = in.PeekKind() {
		if array.Kind() == '{' { // In a form, with indexes as names.
			_, _ = in.ReadToken()
		}
		item := string(canonical(nil, in))
		if seen[item] {
			d.add("must not have the same item twice")
			return
		}
		seen[item] = true
	}
}

// equalsOne adds a fault if the value that was read since offset returned from
// equals none of the values of an enum.
func (d *decoder) equalsOne(from int, values []string) {
	if !d.broken && !d.passed {
		d.equals(d.since(from), values)
	}
}

// equals adds a fault if a JSON text equals none of the values of an enum.
func (f *faults) equals(text []byte, values []string) {
	in := jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true))
	if !slices.Contains(values, string(canonical(nil, in))) {
		f.add("must be one of " + strings.Join(values, ", "))
	}
}

// canonicalAll returns the canonical forms of JSON texts.
func canonicalAll(texts ...string) []string {
	for i, text := range texts {
		texts[i] = string(canonical(nil, jsontext.NewDecoder(strings.NewReader(text))))
	}
	return texts
}

// canonical appends the next value in a form that equal values share: numbers as
// parseDecimal returns them, strings with as few escapes as possible, members
// sorted by name.
func canonical(b []byte, in *jsontext.Decoder) []byte {
	switch in.PeekKind() {
	case '0':
		v, _ := in.ReadValue()
		d := parseDecimal(v)
		b = append(append(b, d.sign...), d.digits...)
		if d.digits == "" {
			b = append(b, '0')
		}
		if d.exponent != 0 {
			b = strconv.AppendInt(append(b, 'e'), int64(d.exponent), 10)
		}
	case '"':
		t, _ := in.ReadToken()
		b, _ = jsontext.AppendQuote(b, t.String())
	case '[':
		_, _ = in.ReadToken()
		b = append(b, '[')
		for i := 0; in.PeekKind() != ']'; i++ {
			if i > 0 {
				b = append(b, ',')
			}
			b = canonical(b, in)
		}
		_, _ = in.ReadToken()
		b = append(b, ']')
	case '{':
		_, _ = in.ReadToken()
		var members []string
		for in.PeekKind() != '}' {
			members = append(members, string(canonical(append(canonical(nil, in), ':'), in)))
		}
		_, _ = in.ReadToken()
		slices.Sort(members)
		b = append(append(append(b, '{'), strings.Join(members, ",")...), '}')
	default:
		v, _ := in.ReadValue()
		b = append(b, v...)
	}
	return b
}
