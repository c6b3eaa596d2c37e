package target

import (
	"slices"
	"strings"
	"unicode"
)

// TypeLike finds the type whose name is like + suffix, where like has the letters and
// digits of name: oapi-codegen normalizes names in various ways. A type that differs
// from name in case is found only if no other does not.
func (p *Package) TypeLike(name, suffix string) (like string, ok bool) {
	wanted := Letters(name)
	best := 0
	for _, n := range p.Names() {
		base, found := strings.CutSuffix(n, suffix)
		if !found || p.Lookup(n) == nil {
			continue
		}
		score := 0
		switch is := Letters(base); {
		case is == UpperFirst(wanted):
			score = 3
		case strings.EqualFold(is, wanted):
			score = 2
		case wanted != "" && !unicode.IsLetter([]rune(name)[0]) && len(is) > len(wanted) && strings.EqualFold(is[len(is)-len(wanted):], wanted):
			score = 1 // With a prefix for what no Go name begins with, such as N for a digit.
		}
		if score > best {
			like, best = base, score
		}
	}
	return like, best > 0
}

// Letters returns the letters and digits of s, which normalizers of names keep.
func Letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// UpperFirst returns s with its first letter in upper case.
func UpperFirst(s string) string {
	for i, r := range s {
		return string(unicode.ToUpper(r)) + s[i+len(string(r)):]
	}
	return s
}

// FieldOf returns the field that holds the member of a name, or nil.
func FieldOf(fields []Field, name string) *Field {
	if i := slices.IndexFunc(fields, func(f Field) bool { return f.JSON == name }); i >= 0 {
		return &fields[i]
	}
	return nil
}

// BodyField returns the field that oapi-codegen generates for a body, which may be the
// only one, or nil.
func BodyField(fields []Field, tag string, only bool) *Field {
	if only {
		return FieldOf(fields, "Body")
	}
	i := slices.IndexFunc(fields, func(f Field) bool { return strings.EqualFold(f.Name, Letters(tag)+"body") })
	if i < 0 {
		return nil
	}
	return &fields[i]
}
