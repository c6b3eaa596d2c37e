package proof

import (
	"maps"
	"math/big"
	"math/rand/v2"
	"regexp/syntax"
	"slices"
	"strings"

	"example.com/tasks/internal/validatorgen/proof/meaning"
)

// Maker makes documents from schemas: valid, nearly valid, and hostile ones. It is
// deterministic.
type Maker struct{ *rand.Rand }

// NewMaker returns a Maker with a seed.
func NewMaker(seed uint64) *Maker { return &Maker{rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))} }

// Text makes a text for a schema.
func (m *Maker) Text(s *meaning.Schema) []byte {
	v := m.Value(s)
	for range m.pick(0, 0, 0, 0, 1, 1, 1, 1, 2, 5) {
		m.Mutate(v)
	}
	text := m.render(v)
	if m.chance(15) {
		text = m.spoil(text)
	}
	return text
}

// Value makes a value that is mostly valid.
func (m *Maker) Value(s *meaning.Schema) *meaning.Value { return m.value(s.Flat(), 0) }

// chance returns true once in n times.
func (m *Maker) chance(n int) bool { return m.IntN(n) == 0 }

func (m *Maker) pick(n ...int) int { return n[m.IntN(len(n))] }

func (m *Maker) word(words ...string) string { return words[m.IntN(len(words))] }

// enough is the depth below which values are as small as possible.
const enough = 5

func (m *Maker) value(schemas []*meaning.Schema, depth int) *meaning.Value {
	schemas, named := m.chosen(schemas, depth)
	v := m.plain(schemas, depth)
	for _, property := range slices.Sorted(maps.Keys(named)) {
		name := named[property]
		if v.Kind != '{' || m.chance(15) {
			continue
		}
		v.Members = slices.DeleteFunc(v.Members, func(m meaning.Member) bool { return m.Name == property })
		v.Members = slices.Insert(v.Members, m.IntN(len(v.Members)+1), meaning.Member{Name: property, Value: &meaning.Value{Kind: '"', Text: name}})
	}
	return v
}

// chosen adds to schemas one alternative of each oneOf and anyOf, and returns the values
// of the discriminators that name them.
func (m *Maker) chosen(schemas []*meaning.Schema, depth int) (all []*meaning.Schema, named map[string]string) {
	named = map[string]string{}
	all = slices.Clone(schemas)
	for i := 0; i < len(all) && len(all) < 50; i++ {
		s := all[i]
		for _, list := range [][]*meaning.Schema{s.OneOf, s.AnyOf} {
			if len(list) == 0 {
				continue
			}
			choice := list[m.IntN(len(list))]
			if depth >= enough { // Earlier alternatives tend to be the simpler ones.
				choice = list[0]
			}
			if d := s.Discriminator; d != nil {
				for _, name := range slices.Sorted(maps.Keys(d.OneOf)) {
					if d.OneOf[name] == choice {
						named[d.Property] = name
					}
				}
				for _, name := range slices.Sorted(maps.Keys(d.AnyOf)) {
					if d.AnyOf[name] == choice {
						named[d.Property] = name
					}
				}
			}
			all = append(all, choice.Flat()...)
		}
	}
	return all, named
}

// tooDeep is the depth below which there are no values but null, valid or not.
const tooDeep = 12

// plain makes a value by schemas whose alternatives have been chosen.
func (m *Maker) plain(schemas []*meaning.Schema, depth int) *meaning.Value {
	types := []string{"string", "number", "integer", "boolean", "array", "object", "null"}
	for _, s := range schemas {
		if len(s.Enum) > 0 && !m.chance(20) {
			return s.Enum[m.IntN(len(s.Enum))].Clone()
		}
		if s.Types != nil {
			types = slices.DeleteFunc(types, func(t string) bool {
				return !slices.Contains(s.Types, t) && (t != "integer" || !slices.Contains(s.Types, "number"))
			})
		}
	}
	if meaning.Shape(schemas) == "object" && len(types) > 1 && !m.chance(4) {
		types = []string{"object"} // Whether or not a schema says so.
	}
	typed := slices.ContainsFunc(schemas, func(s *meaning.Schema) bool { return s.Types != nil })
	if typed && slices.Contains(types, "number") && !m.chance(4) {
		types = slices.DeleteFunc(types, func(t string) bool { return t == "integer" })
	}
	nullable := slices.Contains(types, "null")
	if nullable && len(schemas) > 0 && (m.chance(12) || depth >= enough) || len(types) == 0 || depth >= tooDeep {
		return &meaning.Value{Kind: 'n'}
	}
	if typed {
		types = slices.DeleteFunc(types, func(t string) bool { return t == "null" && len(types) > 1 })
	} else if depth >= enough && len(types) > 4 {
		types = types[:4]
	}
	switch valueType := m.word(types...); valueType {
	case "string":
		return &meaning.Value{Kind: '"', Text: m.string(schemas)}
	case "number", "integer":
		return &meaning.Value{Kind: '0', Text: m.number(schemas, valueType == "integer")}
	case "boolean":
		return &meaning.Value{Kind: "tf"[m.IntN(2)]}
	case "array":
		return m.array(schemas, depth)
	case "object":
		return m.object(schemas, depth)
	}
	return &meaning.Value{Kind: 'n'}
}

// samples has strings that match the formats, and strings that nearly do.
var samples = map[string][]string{
	"byte":          {"", "YQ==", "YWI=", "YWJj", "+/+/", "YWJjZGVmZ2hpag==", "YQ", "-_-_", "YR==", "Y", "YWJj====", "YW Jj", "YWJj\n"},
	"date":          {"2024-02-29", "2000-02-29", "1999-12-31", "0000-01-01", "9999-12-31", "2023-02-29", "1900-02-29", "2024-04-31", "2024-1-01", "2024-01-01T00:00:00Z", "24-01-01", ""},
	"date-time":     {"2024-02-29T23:59:59Z", "2024-01-01T00:00:00+00:00", "1999-12-31T12:34:56.789-12:30", "2024-01-01t00:00:00z", "2016-12-31T23:59:60Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00", "2023-02-29T00:00:00Z", "2024-01-01 00:00:00Z", "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00,5Z", "2024-01-01"},
	"uuid":          {"01890a5d-ac96-774b-bcce-b302099a8057", "00000000-0000-0000-0000-000000000000", "FFFFFFFF-ffff-ffff-ffff-ffffffffffff", "01890a5dac96774bbcceb302099a8057", "{01890a5d-ac96-774b-bcce-b302099a8057}", "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057", "01890a5d-ac96-774b-bcce-b302099a805"},
	"email":         {"a@b.c", "joe.bloggs+x@example.com", "a@b", "@b.c", "a@", "a..b@c.d", "a b@c.d", "é@c.d", "a@b..c"},
	"ipv4":          {"127.0.0.1", "255.255.255.255", "0.0.0.0", "256.0.0.1", "1.2.3", "1.2.3.04", "::1", "1.2.3.4.5"},
	"ipv6":          {"::1", "::", "2001:db8::1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1::2::3", "fe80::1%eth0", "12345::", "1.2.3.4"},
	"json-pointer":  {"", "/", "/a/0", "/~0~1", "a", "/~", "/~2", "#/a"},
	"uri-reference": {"", "a", "/a?b#c", "//a/b", "../a:b", "1:a", "%", "a b", "#a#b", "//[::1"},
	"uri":           {"https://example.com/a?b=c#d", "mailto:a@b.c", "urn:a:b", "x:/", "http://[::1]:80/", "/a", "http://a b", "http://a/%zz", "a", "http://é"},
	"time":          {"08:30:06Z", "23:59:59.999-12:30", "00:00:00z", "24:00:00Z", "23:59:60Z", "00:59:60+01:00", "23:59:60+01:00", "08:30:06", "8:30:06Z", "T08:30:06Z", ""},
	"duration":      {"P1Y2M3DT4H5M6S", "P4W", "PT0S", "P1YT1M", "P999999999D", "P1000000000D", "P", "PT", "P1DT", "P1W1D", "P1.5D", "PT1D", "p1d", "-P1D", ""},
	"hostname":      {"example.com", "localhost", "a-b.c1", "-a.b", "a_b", "a..b", "a.", ""},
}

func (m *Maker) string(schemas []*meaning.Schema) string {
	least, most := 0, -1
	for _, s := range schemas {
		if some := samples[s.Format]; some != nil && !m.chance(10) {
			return some[m.IntN(len(some))]
		}
		least = max(least, s.MinLength)
		if s.MaxLength != nil && (most < 0 || *s.MaxLength < most) {
			most = *s.MaxLength
		}
	}
	for _, s := range schemas {
		if s.Regexp() != nil && !m.chance(10) {
			parsed, err := syntax.Parse(s.Regexp().String(), syntax.Perl)
			if err != nil {
				panic(err)
			}
			var b strings.Builder
			for try := 0; try < 10 && (b.Len() < least || try == 0); try++ {
				b.Reset()
				m.match(&b, parsed)
			}
			return b.String()
		}
	}
	if most < 0 || most > least+6 {
		most = least + 6
	}
	n := m.pick(least, most, least+m.IntN(max(1, most-least+1)), least-1, most+1)
	var b strings.Builder
	for range n {
		b.WriteRune(m.char())
	}
	return b.String()
}

func (m *Maker) char() rune {
	const odd = "é\u0301ßя日😀\U0010ffff\u00a0\u2028\u0000\n\t\"\\/~%<&' -_.@+"
	if m.chance(4) {
		runes := []rune(odd)
		return runes[m.IntN(len(runes))]
	}
	return rune("abcxyzABC019"[m.IntN(12)])
}

// match writes a string that matches a regular expression, apart from its assertions.
func (m *Maker) match(b *strings.Builder, re *syntax.Regexp) {
	repeat := func(least, most int) {
		if most < 0 || most > least+4 {
			most = least + 4
		}
		for range least + m.IntN(most-least+1) {
			m.match(b, re.Sub[0])
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		i := 2 * m.IntN(len(re.Rune)/2)
		low, high := re.Rune[i], re.Rune[i+1]
		if m.chance(2) {
			high = min(high, low+64) // Otherwise most characters would be alike.
		}
		b.WriteRune(low + rune(m.IntN(int(high-low)+1)))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteRune(m.char())
	case syntax.OpStar:
		repeat(0, -1)
	case syntax.OpPlus:
		repeat(1, -1)
	case syntax.OpQuest:
		repeat(0, 1)
	case syntax.OpRepeat:
		repeat(re.Min, re.Max)
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range re.Sub {
			m.match(b, sub)
		}
	case syntax.OpAlternate:
		m.match(b, re.Sub[m.IntN(len(re.Sub))])
	default: // Assertions have no length.
	}
}

// odd lists numbers near the limits of number formats.
var odd = []string{
	"0", "-0", "-0.0", "1", "-1", "1.0", "1e2", "1E+2", "100e-2", "0.1", "0.3", "0.30000000000000004", "1e-7", "1e-400", "-1e400", "1e400", "0e400", "1e308", "3.5e38", "1e39",
	"2147483647", "2147483648", "-2147483648", "-2147483649", "4294967296", "9007199254740992", "9007199254740993", "-9007199254740993",
	"9223372036854775806", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551616",
	"123456789012345678901234567890", "12345678901234.5", "1e99999999999999999999", "1e-99999999999999999999",
}

func (m *Maker) number(schemas []*meaning.Schema, integer bool) string {
	if m.chance(25) {
		return odd[m.IntN(len(odd))]
	}
	rat := func(d *meaning.Decimal) *big.Rat {
		r, ok := new(big.Rat).SetString(d.String())
		if !ok {
			panic("not a number: " + d.String())
		}
		return r
	}
	var least, most *big.Rat
	unit := big.NewRat(1, int64(m.pick(1, 2, 10, 1000)))
	if integer {
		unit.SetInt64(1)
	}
	for _, s := range schemas {
		for _, bound := range []*meaning.Decimal{s.Minimum, s.ExclusiveMinimum} {
			if bound != nil && (least == nil || rat(bound).Cmp(least) > 0) {
				least = rat(bound)
			}
		}
		for _, bound := range []*meaning.Decimal{s.Maximum, s.ExclusiveMaximum} {
			if bound != nil && (most == nil || rat(bound).Cmp(most) < 0) {
				most = rat(bound)
			}
		}
		if s.MultipleOf != nil {
			unit = rat(s.MultipleOf)
		}
	}
	span := big.NewRat(200, 1)
	switch {
	case least == nil && most == nil:
		least = big.NewRat(-100, 1)
	case least == nil:
		least = new(big.Rat).Sub(most, span)
	}
	if most == nil {
		most = new(big.Rat).Add(least, span)
	}
	// A multiple of the unit, between one below the least and one above the most.
	low := floor(new(big.Rat).Quo(least, unit))
	steps := new(big.Int).Sub(floor(new(big.Rat).Quo(most, unit)), low)
	steps.Add(steps, big.NewInt(2))
	at := big.NewInt(0)
	switch m.IntN(4) {
	case 0:
		at.SetInt64(int64(m.IntN(3)))
	case 1:
		at.Sub(steps, big.NewInt(int64(m.IntN(3))))
	default:
		if steps.Sign() > 0 {
			at.Mod(new(big.Int).SetUint64(m.Uint64()), steps)
		}
	}
	n := new(big.Rat).SetInt(low.Add(low, at))
	n.Mul(n, unit)
	if m.chance(12) {
		n.Add(n, big.NewRat(1, int64(m.pick(2, 100, 1000))))
	}
	text := n.FloatString(25)
	text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	return m.respell(text)
}

func floor(r *big.Rat) *big.Int { return new(big.Int).Div(r.Num(), r.Denom()) }

// respell sometimes spells a number differently.
func (m *Maker) respell(text string) string {
	switch m.IntN(20) {
	case 0:
		if !strings.ContainsAny(text, ".eE") {
			return text + ".0"
		}
	case 1:
		return text + m.word("e0", "E+0", "e-0")
	case 2:
		d := meaning.Exact(text)
		return d.String()
	}
	return text
}

func (m *Maker) array(schemas []*meaning.Schema, depth int) *meaning.Value {
	least, most, unique := 0, -1, false
	for _, s := range schemas {
		least = max(least, s.MinItems)
		if s.MaxItems != nil && (most < 0 || *s.MaxItems < most) {
			most = *s.MaxItems
		}
		unique = unique || s.UniqueItems
	}
	if most < 0 || most > least+100 {
		most = least + 3
	}
	n := least
	if depth < enough {
		n += m.IntN(max(1, most-least+1))
	}
	v := &meaning.Value{Kind: '['}
	for i := range n {
		items := meaning.ItemSchemas(schemas, i)
		item := m.value(items, depth+1)
		for try := 0; unique && try < 5 && slices.ContainsFunc(v.Items, item.Equal); try++ {
			item = m.value(items, depth+1)
		}
		v.Items = append(v.Items, item)
	}
	return v
}

// names lists names of members that no schema has.
var names = []string{"x", "extra", "a", "b", "id", "a b", "é", "😀", "", "__proto__", "constructor", "0", "~", "/", "~1", "%", "%41", "$ref", "\"", "\\", "\x00", strings.Repeat("n", 65)}

func (m *Maker) object(schemas []*meaning.Schema, depth int) *meaning.Value {
	least, most, open := 0, -1, 0
	var required, optional []string
	for _, s := range schemas {
		least = max(least, s.MinProperties)
		if s.MaxProperties != nil && (most < 0 || *s.MaxProperties < most) {
			most = *s.MaxProperties
		}
		required = append(required, s.Required...)
		optional = append(optional, s.Names...)
		if s.Additional != nil {
			open = 2
		}
	}
	v := &meaning.Value{Kind: '{'}
	add := func(name string) {
		member, _, allowed := meaning.PropertySchemas(schemas, name)
		readOnly := slices.ContainsFunc(member, func(s *meaning.Schema) bool { return s.ReadOnly })
		if v.Get(name) == nil && (allowed || m.chance(30)) && (!readOnly || m.chance(20)) {
			v.Members = append(v.Members, meaning.Member{Name: name, Value: m.value(member, depth+1)})
		}
	}
	for _, name := range required {
		add(name)
	}
	m.Shuffle(len(optional), func(i, j int) { optional[i], optional[j] = optional[j], optional[i] })
	for _, name := range optional {
		if (depth < enough && m.chance(2) || len(v.Members) < least) && (most < 0 || len(v.Members) < most) {
			add(name)
		}
	}
	for try := 0; try < 10 && (most < 0 || len(v.Members) < most) && (len(v.Members) < least || depth < enough && m.IntN(6) < open); try++ {
		add(m.word(names...))
	}
	if m.chance(3) {
		m.Shuffle(len(v.Members), func(i, j int) { v.Members[i], v.Members[j] = v.Members[j], v.Members[i] })
	}
	return v
}
