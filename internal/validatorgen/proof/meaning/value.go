package meaning

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Value is a JSON value as it is written: numbers keep their digits, and objects the
// order of their members and duplicate names.
type Value struct {
	Kind    byte     // 'n' null, 't' true, 'f' false, '0' a number, '"' a string, '[' an array, '{' an object, 'x' a text whose type a schema decides, 'b' bytes.
	Text    string   // The text of a number, or the content of a string.
	Items   []*Value // Of an array.
	Members []Member // Of an object.
}

// Member is a member of an object.
type Member struct {
	Name  string
	Value *Value
}

// The faults of a text that is not exactly one JSON value (RFC 8259, sections 2 and 8).
var (
	ErrSyntax    = errors.New("not JSON")
	ErrTrailing  = errors.New("text after the value")
	ErrUTF8      = errors.New("invalid UTF-8")
	ErrSurrogate = errors.New("a surrogate without its other half")
)

// Parse parses a text like encoding/json, and accepts duplicate names. The error is one
// or more of the above; only with ErrSyntax there is no value.
func Parse(text []byte) (*Value, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := parse(d)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	var faults []error
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		faults = append(faults, ErrTrailing)
	}
	if !utf8.Valid(text) {
		faults = append(faults, ErrUTF8)
	}
	if loneSurrogate(text) {
		faults = append(faults, ErrSurrogate)
	}
	return v, errors.Join(faults...)
}

// parse parses the next value.
func parse(d *json.Decoder) (*Value, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case nil:
		return &Value{Kind: 'n'}, nil
	case bool:
		return &Value{Kind: strconv.FormatBool(t)[0]}, nil
	case json.Number:
		return &Value{Kind: '0', Text: t.String()}, nil
	case string:
		return &Value{Kind: '"', Text: t}, nil
	case json.Delim:
		v := &Value{Kind: byte(t)}
		for d.More() {
			var name string
			if t == '{' {
				n, err := d.Token()
				if err != nil {
					return nil, err
				}
				name = n.(string) // The decoder accepts nothing else there.
			}
			item, err := parse(d)
			if err != nil {
				return nil, err
			}
			if t == '{' {
				v.Members = append(v.Members, Member{name, item})
			} else {
				v.Items = append(v.Items, item)
			}
		}
		_, err := d.Token()
		return v, err
	}
	panic("encoding/json has no other tokens")
}

// loneSurrogate reports whether a text has an escape of a surrogate that is not part of
// a pair.
func loneSurrogate(text []byte) bool {
	unit := func(i int) rune { // The code unit of the escape at i.
		if i+6 > len(text) || text[i] != '\\' || text[i+1] != 'u' {
			return 0
		}
		n, _ := strconv.ParseUint(string(text[i+2:i+6]), 16, 16)
		return rune(n)
	}
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		switch c := unit(i); {
		case !utf16.IsSurrogate(c):
			i++ // The escaped character may be a backslash.
		case utf16.DecodeRune(c, unit(i+6)) == utf8.RuneError:
			return true
		default:
			i += 11
		}
	}
	return false
}

// String writes the value as JSON.
func (v *Value) String() string {
	var b strings.Builder
	v.write(&b)
	return b.String()
}

func (v *Value) write(b *strings.Builder) {
	switch v.Kind {
	case 'n':
		b.WriteString("null")
	case 't':
		b.WriteString("true")
	case 'f':
		b.WriteString("false")
	case '0':
		b.WriteString(v.Text)
	case '"', 'x':
		quote(b, v.Text)
	case '[':
		b.WriteByte('[')
		for i, item := range v.Items {
			if i > 0 {
				b.WriteByte(',')
			}
			item.write(b)
		}
		b.WriteByte(']')
	case '{':
		b.WriteByte('{')
		for i, m := range v.Members {
			if i > 0 {
				b.WriteByte(',')
			}
			quote(b, m.Name)
			b.WriteByte(':')
			m.Value.write(b)
		}
		b.WriteByte('}')
	}
}

func quote(b *strings.Builder, s string) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // It can't fail.
	b.Write(bytes.TrimSuffix(buf.Bytes(), []byte("\n")))
}

// Clone returns a deep copy.
func (v *Value) Clone() *Value {
	c := *v
	c.Items, c.Members = nil, nil
	for _, item := range v.Items {
		c.Items = append(c.Items, item.Clone())
	}
	for _, m := range v.Members {
		c.Members = append(c.Members, Member{m.Name, m.Value.Clone()})
	}
	return &c
}

// Get returns the first member of a name, or nil.
func (v *Value) Get(name string) *Value {
	for _, m := range v.Members {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// Walk calls visit for v and, depth first, for every value in it, with its depth: 0 for
// v.
func (v *Value) Walk(visit func(v *Value, depth int)) { v.walk(visit, 0) }

func (v *Value) walk(visit func(*Value, int), depth int) {
	visit(v, depth)
	for _, item := range v.Items {
		item.walk(visit, depth+1)
	}
	for _, m := range v.Members {
		m.Value.walk(visit, depth+1)
	}
}

// Any reports whether v or a value in it satisfies a condition.
func (v *Value) Any(condition func(v *Value, depth int) bool) bool {
	found := false
	v.Walk(func(v *Value, depth int) { found = found || condition(v, depth) })
	return found
}

// canonical returns the same text for equal values, and only for them.
func (v *Value) canonical() string {
	switch v.Kind {
	case '0':
		return Exact(v.Text).String()
	case '[':
		items := make([]string, len(v.Items))
		for i, item := range v.Items {
			items[i] = item.canonical()
		}
		return "[" + strings.Join(items, ",") + "]"
	case '{':
		members := make([]string, len(v.Members))
		for i, m := range v.Members {
			var name strings.Builder
			quote(&name, m.Name)
			members[i] = name.String() + ":" + m.Value.canonical()
		}
		slices.Sort(members)
		return "{" + strings.Join(members, ",") + "}"
	default:
		return v.String()
	}
}

// Equal reports whether two values are equal: numbers however they are written, objects
// in any order of members.
func (v *Value) Equal(w *Value) bool { return v.canonical() == w.canonical() }
