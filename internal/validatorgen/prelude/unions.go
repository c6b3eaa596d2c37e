package prelude

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// alternative is a schema that a value is judged by.
type alternative struct {
	title string
	kinds string           // The kinds of JSON values that it allows; "" if all.
	names []string         // The values of the discriminator that name it.
	read  func(d *decoder) // Reads a value and checks it.
}

// allows reports whether a text may conform to an alternative, by its type. In a form,
// strings stand for scalars of all types, and for arrays of one.
func (d *decoder) allows(text jsontext.Value, a *alternative) bool {
	return a.kinds == "" || strings.IndexByte(a.kinds, byte(text.Kind())) >= 0 || d.offset() <= d.texts
}

// raw reads a value of any type and returns its text, which is valid until the next
// read.
func (d *decoder) raw() (jsontext.Value, bool) {
	if d.broken {
		return nil, false
	}
	v, err := d.json.ReadValue()
	if err != nil {
		d.stop(err)
		return nil, false
	}
	return v, true
}

// sound returns the text of the value that was read since offset returned from, unless
// that added faults to those that were there before.
func (d *decoder) sound(from, before int) (jsontext.Value, bool) {
	if d.broken || len(d.found) > before {
		return nil, false
	}
	return d.since(from), true
}

// keep returns a copy of a text, unless the value that would hold it is dropped.
func (d *decoder) keep(text jsontext.Value) []byte {
	if d.judging {
		return nil
	}
	return bytes.Clone(text)
}

// oneOf reports whether exactly one alternative agrees with a text, and adds faults if
// not. If it is an object, and there is a discriminator, the alternative that this names
// decides alone.
func (d *decoder) oneOf(text jsontext.Value, discriminator string, all ...alternative) bool {
	return d.some(text, discriminator, 1, all)
}

// anyOf is oneOf for at least one alternative.
func (d *decoder) anyOf(text jsontext.Value, discriminator string, all ...alternative) bool {
	return d.some(text, discriminator, len(all), all)
}

// some is oneOf for 1 to most alternatives.
func (d *decoder) some(text jsontext.Value, discriminator string, most int, all []alternative) bool {
	if discriminator != "" && text.Kind() == '{' {
		return d.byName(text, discriminator, all)
	}
	agree := 0
	var spelled []byte
	// Most texts are valid, so that faults are looked for only when there are some. Where
	// they are, each alternative is read once, or nested ones would be read again and again.
	for i := 0; i < len(all) && !d.explains && (agree == 0 || most == 1); i++ {
		if text, ok := d.agrees(text, &all[i]); ok {
			agree++
			spelled = text
		}
	}
	var best *faults
	of := ""
	if d.explains || agree == 0 && !d.hasty && !d.broken {
		agree, best, of = d.closest(text, all)
	}
	switch {
	case d.broken:
		return false
	case agree > most:
		return d.reject("must be only one of ", titles(all))
	case agree > 0:
		copy(text, spelled)
		return true
	case best != nil:
		d.adopt(best.found, best.missing)
	}
	if best != nil && d.explains {
		d.passed = true
		return false // One fault that says which alternatives there are is enough.
	}
	if of != "" && len(all) > 1 {
		return d.reject("must be ", titles(all), "; it comes closest to ", of)
	}
	return d.reject("must be ", titles(all))
}

// not reports whether an alternative does not agree with a text, and adds a fault if it
// does.
func (d *decoder) not(text jsontext.Value, _ string, a alternative) bool {
	if _, agrees := d.agrees(text, &a); agrees {
		return d.reject("must not be ", a.title)
	}
	return !d.broken
}

// reject adds a fault of a value that was read as a text, and returns false.
func (d *decoder) reject(what ...string) bool {
	d.passed = true // It may be nested to any depth.
	d.add(what...)
	return false
}

// agrees reports whether an alternative agrees with a text, and returns the text as that
// has read it: without the quotes of what a string in a form stands for.
func (d *decoder) agrees(text jsontext.Value, a *alternative) (spelled []byte, ok bool) {
	if d.broken || !d.allows(text, a) {
		return nil, false
	}
	sub := d.fork(text)
	sub.hasty = true
	a.read(sub)
	spelled, ok = sub.input, !sub.broken
	d.merge(sub)
	return spelled, ok && !d.broken
}

// byName is oneOf for the alternative that a discriminator names.
func (d *decoder) byName(text jsontext.Value, discriminator string, all []alternative) bool {
	a, given := d.named(text, discriminator, all)
	if a == nil {
		d.nameless(discriminator, given, all)
		return false
	}
	sub := d.fork(text)
	a.read(sub)
	d.adopt(sub.found, sub.missing)
	agrees := len(sub.found) == 0 && !sub.broken
	if agrees {
		copy(text, sub.input)
	}
	d.passed = d.passed || !agrees
	d.broken = d.broken || d.hasty && !agrees
	d.merge(sub)
	return agrees
}

// closest returns how many alternatives agree with a text, and the faults and the title of
// that which, of those that allow its type, has faults in the fewest members or items.
func (d *decoder) closest(text jsontext.Value, all []alternative) (agree int, best *faults, of string) {
	whole, least := len(d.locate().Pointer), 0
	for i := range all {
		if d.broken || !d.allows(text, &all[i]) {
			continue
		}
		sub := d.fork(text)
		sub.explains = true
		all[i].read(sub)
		if len(sub.found) == 0 && !sub.broken {
			agree++
		}
		if n := sub.distance(whole); best == nil || n < least {
			least, best, of = n, &faults{found: sub.found, missing: sub.missing}, all[i].title
		}
		d.merge(sub)
	}
	return agree, best, of
}

// distance returns in how many members or items there are faults of the value whose
// pointer has a length. One that is missing counts a little more.
func (f *faults) distance(whole int) int {
	last, n := "", 0
	for _, fault := range f.found {
		part, _, _ := strings.Cut(strings.TrimPrefix(fault.Pointer[min(whole, len(fault.Pointer)):], "/"), "/")
		if n == 0 || part != last {
			n += maxFaults
		}
		last = part
	}
	return n + f.missing
}

// titles returns a list of alternatives: "Cat, Dog or Bird".
func titles(all []alternative) string {
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].title
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// fork returns a decoder of the text that was read last, at its place.
func (d *decoder) fork(text jsontext.Value) *decoder {
	texts := min(max(d.texts-d.offset()+len(text), 0), len(text))
	if texts > 0 {
		text = bytes.Clone(text)
	}
	sub := open(text)
	sub.texts = texts
	sub.own, sub.path = sub.path, d.path
	sub.in, sub.faults.name = d.in, d.faults.name
	sub.hasty, sub.explains, sub.judging = d.hasty, d.explains, true
	sub.spent, sub.most = d.spent, d.most
	return sub
}

// merge ends what fork began. Alternatives within alternatives multiply, so that it ends
// the reading if the work is more than a multiple of the body's length.
func (d *decoder) merge(sub *decoder) {
	const fork = 16 // What costs as much as this number of bytes.
	d.spent = sub.spent + sub.offset() + fork
	sub.path, sub.own = sub.own, nil
	sub.close()
	if d.spent > d.most && !d.broken {
		d.add("has too many alternatives within alternatives to be judged")
		d.broken = true
	}
}

// choose reads an object by the alternative that a discriminator names, and returns its
// text, which is valid until the next read.
func (d *decoder) choose(discriminator string, all ...alternative) (jsontext.Value, bool) {
	if d.broken {
		return nil, false
	}
	from, before := d.offset(), len(d.found)
	object := fromValue(d.input[from:])
	if len(object) == 0 || object[0] != '{' {
		return d.value('{', "must be an object")
	}
	a, given := d.named(object, discriminator, all)
	if a == nil {
		if d.skip(); !d.broken {
			d.nameless(discriminator, given, all)
		}
		return nil, false
	}
	judging := d.judging
	d.judging = true
	a.read(d)
	d.judging = judging
	return d.sound(from, before)
}

// named returns the alternative that an object names, or nil, and whether it has the
// discriminator. The object may be followed by anything.
func (d *decoder) named(object []byte, discriminator string, all []alternative) (a *alternative, given bool) {
	value, n := memberOf(object, discriminator)
	d.spent += n
	if len(value) < 2 || value[0] != '"' {
		return nil, value != nil
	}
	name := string(d.unquote(value[:quotedLen(value)]))
	for i := range all {
		if slices.Contains(all[i].names, name) {
			return &all[i], true
		}
	}
	return nil, true
}

// nameless adds the fault that an object names no alternative.
func (d *decoder) nameless(discriminator string, given bool, all []alternative) {
	d.path = append(d.path, step{name: discriminator, index: -1})
	if d.require(given); given {
		var names []string
		for i := range all {
			names = append(names, all[i].names...)
		}
		d.add("must be one of ", strings.Join(names, ", "))
	}
	d.path = d.path[:len(d.path)-1]
}

// memberOf returns the text from the value of an object's first member of a name on, or
// nil if there is none, and how many bytes it has looked at. What is not JSON is found
// when the object is read.
func memberOf(object []byte, name string) (value []byte, n int) {
	depth, isName := 0, false // Whether the next string is the name of a member, at depth 1.
	for i := 0; i < len(object); i++ {
		switch object[i] {
		case '{', '[':
			depth++
			isName = true
		case '}', ']':
			if depth--; depth <= 0 {
				return nil, i
			}
		case ',':
			isName = true
		case ':':
			isName = false
		case '"':
			start := i
			i += quotedLen(object[i:]) - 1
			if depth == 1 && isName && isQuoted(object[start:i+1], name) {
				return fromValue(object[i+1:]), i
			}
		}
	}
	return nil, len(object)
}

// isQuoted reports whether a quoted string has some contents.
func isQuoted(quoted []byte, contents string) bool {
	if bytes.IndexByte(quoted, '\\') >= 0 {
		plain, _ := jsontext.AppendUnquote(nil, quoted)
		return string(plain) == contents
	}
	return len(quoted) == len(contents)+2 && string(quoted[1:len(quoted)-1]) == contents
}

// quotedLen returns the length of the quoted string that text begins with.
func quotedLen(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
