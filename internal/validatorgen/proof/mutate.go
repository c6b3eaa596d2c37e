package proof

import (
	"bytes"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"example.com/tasks/internal/validatorgen/proof/meaning"
)

// Mutate changes one thing in a value, which mostly makes it invalid.
func (m *Maker) Mutate(v *meaning.Value) {
	var all []*meaning.Value
	v.Walk(func(v *meaning.Value, _ int) { all = append(all, v) })
	at := all[m.IntN(len(all))]
	if m.chance(4) {
		m.replace(at)
		return
	}
	switch at.Kind {
	case '"':
		at.Text = m.otherString(at.Text)
	case '0':
		at.Text = m.otherNumber(at.Text)
	case '[':
		m.otherArray(at)
	case '{':
		m.otherObject(at)
	default:
		m.replace(at)
	}
}

// replace replaces a value, mostly by one of another type.
func (m *Maker) replace(v *meaning.Value) {
	old := v.Clone()
	*v = meaning.Value{}
	switch m.IntN(10) {
	case 0:
		v.Kind = 'n'
	case 1:
		v.Kind = "tf"[m.IntN(2)]
	case 2:
		v.Kind, v.Text = '0', odd[m.IntN(len(odd))]
	case 3:
		v.Kind, v.Text = '"', m.string(nil)
	case 4:
		v.Kind = '['
	case 5:
		v.Kind = '{'
	case 6:
		v.Kind, v.Items = '[', []*meaning.Value{old}
	case 7:
		v.Kind, v.Members = '{', []meaning.Member{{Name: m.word(names...), Value: old}}
	case 8: // Its text as a string, or vice versa.
		v.Kind, v.Text = '"', old.String()
		if old.Kind == '"' {
			*v = meaning.Value{Kind: '0', Text: "1"}
		}
	case 9:
		*v = *m.value(nil, enough-2)
		if m.chance(20) {
			m.nest(v)
		}
	}
}

// nest nests a value in arrays and objects, to about the maximum depth.
func (m *Maker) nest(v *meaning.Value) {
	for range meaning.MaxDepth - 3 + m.IntN(6) {
		inner := *v
		if m.chance(2) {
			*v = meaning.Value{Kind: '[', Items: []*meaning.Value{&inner}}
		} else {
			*v = meaning.Value{Kind: '{', Members: []meaning.Member{{Name: m.word("a", "next", "b", "child"), Value: &inner}}}
		}
	}
}

func (m *Maker) otherString(s string) string {
	runes := []rune(s)
	at := m.IntN(len(runes) + 1)
	switch m.IntN(9) {
	case 0:
		return ""
	case 1:
		return string(slices.Insert(runes, at, m.char()))
	case 2:
		if at < len(runes) {
			runes = slices.Delete(runes, at, at+1)
		}
	case 3:
		if at < len(runes) {
			runes[at] = m.char()
		}
	case 4:
		return s + m.word("\n", " ", "\x00", "\u0301", "😀", "a", "0", "=")
	case 5:
		return m.word("\n", " ", "\ufeff", "+", "-", "0") + s
	case 6:
		return m.otherCase(s)
	case 7:
		return s + s
	case 8:
		return m.string(nil)
	}
	return string(runes)
}

func (m *Maker) otherCase(s string) string {
	if m.chance(2) {
		return strings.ToUpper(s)
	}
	runes := []rune(s)
	for i, r := range runes {
		if unicode.IsLower(r) && m.chance(2) {
			runes[i] = unicode.ToUpper(r)
		} else if unicode.IsUpper(r) {
			runes[i] = unicode.ToLower(r)
		}
	}
	return string(runes)
}

func (m *Maker) otherNumber(text string) string {
	d := meaning.Exact(text)
	switch {
	case m.chance(3), !d.Exp.IsInt64() || d.Exp.CmpAbs(big.NewInt(400)) > 0:
		return odd[m.IntN(len(odd))]
	case m.chance(5):
		return d.String() // Another spelling.
	case m.chance(5):
		return strings.TrimPrefix("-"+text, "--")
	}
	n, ok := new(big.Rat).SetString(d.String())
	if !ok {
		panic("not a number: " + text)
	}
	n.Add(n, big.NewRat(int64(m.pick(-1, 1)), int64(m.pick(1, 1, 1, 2, 100, 1000, 1_000_000_000_000))))
	return strings.TrimSuffix(strings.TrimRight(n.FloatString(20), "0"), ".")
}

func (m *Maker) otherArray(v *meaning.Value) {
	n := len(v.Items)
	switch {
	case n == 0 || m.chance(5):
		v.Items = append(v.Items, m.value(nil, enough-1))
	case m.chance(3):
		v.Items = slices.Delete(v.Items, n-1, n)
	case m.chance(2): // An equal item, perhaps spelled differently.
		again := v.Items[m.IntN(n)].Clone()
		again.Walk(func(v *meaning.Value, _ int) {
			if v.Kind == '0' {
				v.Text = m.respell(v.Text)
			}
			slices.Reverse(v.Members)
		})
		v.Items = append(v.Items, again)
	default:
		slices.Reverse(v.Items)
	}
}

func (m *Maker) otherObject(v *meaning.Value) {
	n := len(v.Members)
	if n == 0 || m.chance(4) {
		v.Members = append(v.Members, meaning.Member{Name: m.word(names...), Value: m.value(nil, enough-1)})
		return
	}
	i := m.IntN(n)
	switch m.IntN(6) {
	case 0, 1:
		v.Members = slices.Delete(v.Members, i, i+1)
	case 2:
		v.Members[i].Name = m.otherCase(v.Members[i].Name)
	case 3:
		v.Members[i].Name = m.otherString(v.Members[i].Name)
	case 4: // A duplicate name, with the same value or another.
		again := v.Members[i].Value.Clone()
		if m.chance(2) {
			m.replace(again)
		}
		v.Members = slices.Insert(v.Members, m.IntN(n+1), meaning.Member{Name: v.Members[i].Name, Value: again})
	case 5:
		slices.Reverse(v.Members)
	}
}

// render writes a value as JSON: plainly, or with white space and needless escapes.
func (m *Maker) render(v *meaning.Value) []byte {
	if !m.chance(4) {
		return []byte(v.String())
	}
	var b bytes.Buffer
	space := func() {
		if m.chance(3) {
			b.WriteString(m.word(" ", "\n", "\t", "\r\n", "  "))
		}
	}
	quote := func(s string) {
		b.WriteByte('"')
		for _, r := range s {
			switch {
			case m.chance(3) || r < ' ' || r == '"' || r == '\\':
				for _, unit := range utf16.AppendRune(nil, r) {
					fmt.Fprintf(&b, m.word(`\u%04x`, `\u%04X`), unit)
				}
			default:
				b.WriteRune(r)
			}
		}
		b.WriteByte('"')
	}
	var write func(v *meaning.Value)
	write = func(v *meaning.Value) {
		space()
		defer space()
		switch v.Kind {
		case '"':
			quote(v.Text)
		case '[':
			b.WriteByte('[')
			for i, item := range v.Items {
				if i > 0 {
					b.WriteByte(',')
				}
				write(item)
			}
			space()
			b.WriteByte(']')
		case '{':
			b.WriteByte('{')
			for i, member := range v.Members {
				if i > 0 {
					b.WriteByte(',')
				}
				space()
				quote(member.Name)
				space()
				b.WriteByte(':')
				write(member.Value)
			}
			space()
			b.WriteByte('}')
		default:
			b.WriteString(v.String())
		}
	}
	write(v)
	return b.Bytes()
}

// spoil changes a text so that it mostly is not JSON.
func (m *Maker) spoil(text []byte) []byte {
	at := m.IntN(len(text) + 1)
	insert := func(s string) []byte { return slices.Insert(text, at, []byte(s)...) }
	switch m.IntN(9) {
	case 0:
		return text[:at]
	case 1:
		return append(text, m.word("x", "{}", "null", "\x00", "]", "}", ",", " //", "\n\n")...)
	case 2:
		return insert(m.word("\xff", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\x80"))
	case 3:
		return insert(m.word(`\ud800`, `\udc00`, `\ud83d\ude00`, `\u0000`, `\x`, `\`, `\u12`))
	case 4:
		return insert(m.word("\n", "\t", "\x00", "\x1f", "\u00a0", "\ufeff", " "))
	case 5:
		return insert(m.word(",", ":", "{", "}", "[", "]", "\"", "'", "-", "0", "e", ".", "/**/"))
	case 6:
		return append([]byte(m.word("\ufeff", "\xff\xfe", ")]}',\n", "NaN", "+", "0")), text...)
	case 7:
		if at < len(text) {
			text = slices.Delete(text, at, at+1)
		}
	case 8:
		return []byte(m.word("", " ", "null", "NaN", "Infinity", "undefined", "''", "{", "[", "\"", "tru", strings.Repeat("[", 20000), strings.Repeat(`{"a":`, 5000)))
	}
	return text
}
