package write

import (
	"fmt"
	"strings"

	"example.com/tasks/internal/validatorgen/plan"
	"example.com/tasks/internal/validatorgen/source"
)

// value prints the reading and checking of a JSON value into target, for a function
// that has a decoder d.
func (w *writer) value(v plan.Value, target string) {
	base := v.Common()
	if n, ok := v.(*plan.Nullable); ok {
		w.nullable(n, target)
		return
	}
	if base.Nullable {
		w.P("if !d.null() {")
		defer w.P("}")
	}
	if s, ok := v.(*plan.Scalar); ok {
		w.scalar(s, target)
		return
	}
	if u, ok := v.(*plan.Union); ok {
		w.union(u, target)
		return
	}
	target = w.allocated(base.Place, target)
	a, isArray := v.(*plan.Array)
	from := w.start(len(base.Enums) > 0 || isArray && a.Unique)
	switch v := v.(type) {
	case *plan.Any:
		w.P("%s = d.any()", source.Bare(target))
	case *plan.Call:
		w.P("%s(d, %s)", v.Func, source.Address(target))
	case *plan.Branches:
		w.branches(v, source.Bare(target), from)
	case *plan.Array:
		w.array(v, target, from)
	case *plan.Object:
		w.object(v, target, from)
	}
}

// allocated prints the allocation of the variable that target points to, if it is a
// pointer, and returns that variable.
func (w *writer) allocated(place plan.Place, target string) string {
	switch {
	case !place.Pointer:
		return target
	case place.Foreign:
		w.P("allocate(&%s)", target)
	default:
		w.P("%s = new(%s)", target, place.Type)
	}
	return "(*" + target + ")"
}

// checks prints the checks of a variable.
func (w *writer) checks(checks []plan.Check, x string) {
	for _, c := range checks {
		args := append([]string{w.faults, x + c.Of}, c.Args...)
		w.P("%s(%s)", c.Func, strings.Join(args, ", "))
	}
}

// start prints a variable for the offset of the next value, if enums or an array's
// items are to be compared, and returns its name.
func (w *writer) start(needed bool) string {
	if !needed {
		return ""
	}
	from := w.Name("from")
	w.P("%s := d.offset()", from)
	return from
}

// enums prints the comparison of a value's text with those of enums.
func (w *writer) enums(names []string, from string) {
	for _, name := range names {
		w.P("d.equalsOne(%s, %s)", from, name)
	}
}

func (w *writer) scalar(s *plan.Scalar, target string) {
	from := w.start(len(s.Enums) > 0)
	w.P("if %s, ok := d.%s(%s); ok {", s.Read.Var, s.Read.JSON, strings.TrimPrefix(bits(s.Read), ", "))
	w.checked(s, target)
	w.enums(s.Enums, from)
	w.P("}")
}

// checked prints the checks of a scalar and its assignment. If a string violates its
// format, that is its only fault, as a wrong type is: its pattern would report the same
// again.
func (w *writer) checked(s *plan.Scalar, target string) {
	x, receiver := s.Read.Var, strings.TrimSuffix(strings.TrimPrefix(w.faults, "&"), ".faults")
	switch f := s.Format; {
	case s.UUID:
		w.P("before := len(%s.found)", receiver)
		w.checks(s.Checks, x)
		w.P("if x, ok := parseUUID(%s); ok {", x)
		w.assign(s, target, "x")
		w.P("} else if len(%s.found) == before {\n%s.add(\"must be a UUID\")\n}", receiver, receiver) // Most patterns say it better.
		return
	case f == nil:
		w.checks(s.Checks, x)
		w.assign(s, target, x)
		return
	case f.Own:
		w.P("if %s.conforms(%s(%s)) {", receiver, f.Func, x)
	case f.Type == "":
		w.P("if %s.%s(%s) {", receiver, f.Func, x)
	case s.Parsed:
		w.P("if x, ok := %s.%s(%s); ok {", receiver, f.Func, x)
	default:
		w.P("if _, ok := %s.%s(%s); ok {", receiver, f.Func, x)
	}
	w.checks(s.Checks, x)
	if s.Parsed {
		x = "x"
	}
	w.assign(s, target, x)
	w.P("}")
}

// assign prints the assignment of a scalar that was checked.
func (w *writer) assign(s *plan.Scalar, target, value string) {
	place := s.Place
	if value == s.Read.Var && s.Read.Type == "number" {
		value += ".float"
	}
	if place.Convert != "" {
		value = place.Convert + "(" + value + ")"
	}
	switch {
	case place.Set != "":
		w.P("%s(%s, %s)", place.Set, source.Address(w.allocated(place, target)), value)
	case place.Pointer && place.Any:
		w.P("%s = %s", source.Bare(w.allocated(place, target)), value)
	case place.Pointer:
		w.P("%s = new(%s)", target, value)
	default:
		w.P("%s = %s", source.Bare(target), value)
	}
}

func (w *writer) branches(v *plan.Branches, target, from string) {
	rest := fmt.Sprintf("%s = d.any()", target)
	if v.Must != "" {
		rest = fmt.Sprintf("%s = nil\nd.value(0, %q)", target, v.Must)
	}
	if len(v.Cases) == 0 {
		w.P("%s", rest)
	} else {
		w.P("switch d.json.PeekKind() {")
		for _, c := range v.Cases {
			w.P("case %s:", strings.ReplaceAll(strings.Trim(fmt.Sprintf("%q", []rune(c.Kinds)), "[]"), "' '", "', '"))
			w.value(c.Value, target)
		}
		w.P("default:\n%s\n}", rest)
	}
	w.enums(v.Enums, from)
}

// array prints the loop over the items of an array.
func (w *writer) array(a *plan.Array, target, from string) {
	w.P("if d.array() {")
	list := target
	if a.Place.Any {
		list = w.Name("items")
		w.P("var %s []any", list)
	}
	item, count := w.Name("item"), w.Name("count")
	w.P("empty(%s)", source.Address(list))
	if len(a.Checks) > 0 {
		w.P("%s := 0", count)
	}
	w.P("for d.more() {")
	if len(a.Checks) > 0 {
		w.P("%s++", count)
	}
	w.P("%s := extend(&d.faults, %s, %s)", item, source.Address(list), a.Most)
	w.value(a.Item, "(*"+item+")")
	w.P("}")
	w.checks(a.Checks, count)
	if a.Unique {
		w.P("d.unique(%s)", from)
	}
	if list != target {
		w.P("%s = %s", source.Bare(target), list)
	}
	w.enums(a.Enums, from)
	w.P("}")
}

// object prints the loop over the members of an object.
func (w *writer) object(o *plan.Object, target, from string) {
	w.P("if d.object() {")
	entries, seen := w.storage(o, target)
	given, count := w.Name("given"), w.Name("count")
	if len(o.Members) > 0 {
		w.P("var %s [%d]bool", given, len(o.Members))
	}
	if len(o.Checks) > 0 {
		w.P("%s := 0", count)
	}
	w.P("for d.next() {")
	if len(o.Checks) > 0 {
		w.P("%s++", count)
	}
	if len(o.Members) > 0 {
		w.P("switch string(d.name) {")
	}
	for i, m := range o.Members {
		w.P("case %q:\nif d.member(%q, &%s[%d]) {", m.Name, m.Name, given, i)
		w.member(m, o, target, entries, source.Quote(m.Name))
		w.P("}")
	}
	if len(o.Members) > 0 {
		w.P("default:")
	}
	w.others(o, entries, seen)
	if len(o.Members) > 0 {
		w.P("}")
	}
	w.P("}")
	for i, m := range o.Members {
		if m.Required {
			w.P("d.required(%s[%d], %q)", given, i, m.Name)
		}
	}
	w.checks(o.Checks, count)
	w.enums(o.Enums, from)
	if o.Place.Any {
		w.P("%s = %s", source.Bare(target), entries)
	}
	w.P("}")
}

// storage prints what precedes the loop over members, and returns the map that keeps
// members, and the one that only knows their names.
func (w *writer) storage(o *plan.Object, target string) (entries, seen string) {
	switch {
	case o.Place.Any:
		entries = w.Name("entries")
		w.P("%s := make(map[string]any)", entries)
		return entries, entries
	case o.Map:
		w.P("begin(%s)", source.Address(target))
		return target, target
	case o.Extra != "":
		entries = target + "." + o.Extra
		return entries, entries
	}
	seen = w.Name("others")
	if o.Others != nil {
		w.P("var %s map[string]bool", seen)
	}
	return "", seen
}

// member prints the reading of a member that a schema names.
func (w *writer) member(m plan.Member, o *plan.Object, target, entries, key string) {
	switch {
	case m.Use == plan.Refuse:
		w.P("d.unknown(%q)", o.Title)
	case m.Use == plan.Locked:
		w.P("d.readOnly()")
	case m.Use == plan.Drop:
		w.P("d.drop()")
	case m.Field != "":
		w.value(m.Value, target+"."+m.Field)
	default:
		w.entry(m.Value, entries, key)
	}
}

// entry prints the reading of a value into an entry of a map.
func (w *writer) entry(v plan.Value, entries, key string) {
	if a, ok := v.(*plan.Any); ok && a.Place.Any && !a.Place.Pointer {
		w.P("put(%s, %s, d.any())", source.Address(entries), key)
		return
	}
	entry := w.Name("entry")
	w.P("%s := element(%s)", entry, source.Bare(entries))
	w.value(v, entry)
	w.P("put(%s, %s, %s)", source.Address(entries), key, entry)
}

// others prints the reading of a member that no schema names.
func (w *writer) others(o *plan.Object, entries, seen string) {
	if o.Others == nil {
		w.P("d.unknown(%q%s)", o.Title, arguments(o.Known))
		return
	}
	name := w.Name("name")
	w.P("%s := string(d.name)\nif d.other(%s, has(%s, %s)) {", name, name, source.Bare(seen), name)
	if o.Others.Use == plan.Drop {
		w.P("put(&%s, %s, true)", seen, name)
	}
	w.member(*o.Others, o, "", entries, name)
	w.P("}")
}
