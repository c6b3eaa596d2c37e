package write

import (
	"fmt"
	"strings"

	"example.com/tasks/internal/validatorgen/plan"
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
		w.p("if !d.null() {")
		defer w.p("}")
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
		w.p("%s = d.any()", bare(target))
	case *plan.Call:
		w.p("%s(d, %s)", v.Func, address(target))
	case *plan.Branches:
		w.branches(v, bare(target), from)
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
		w.p("allocate(&%s)", target)
	default:
		w.p("%s = new(%s)", target, place.Type)
	}
	return "(*" + target + ")"
}

// checks prints the checks of a variable.
func (w *writer) checks(checks []plan.Check, x string) {
	for _, c := range checks {
		args := append([]string{w.faults, x + c.Of}, c.Args...)
		w.p("%s(%s)", c.Func, strings.Join(args, ", "))
	}
}

// start prints a variable for the offset of the next value, if enums or an array's
// items are to be compared, and returns its name.
func (w *writer) start(needed bool) string {
	if !needed {
		return ""
	}
	from := w.name("from")
	w.p("%s := d.offset()", from)
	return from
}

// enums prints the comparison of a value's text with those of enums.
func (w *writer) enums(names []string, from string) {
	for _, name := range names {
		w.p("d.equalsOne(%s, %s)", from, name)
	}
}

func (w *writer) scalar(s *plan.Scalar, target string) {
	from := w.start(len(s.Enums) > 0)
	w.p("if %s, ok := d.%s(%s); ok {", s.Read.Var, s.Read.JSON, strings.TrimPrefix(bits(s.Read), ", "))
	w.checked(s, target)
	w.enums(s.Enums, from)
	w.p("}")
}

// checked prints the checks of a scalar and its assignment. If a string violates its
// format, that is its only fault, as a wrong type is: its pattern would report the same
// again.
func (w *writer) checked(s *plan.Scalar, target string) {
	x, receiver := s.Read.Var, strings.TrimSuffix(strings.TrimPrefix(w.faults, "&"), ".faults")
	switch f := s.Format; {
	case s.UUID:
		w.p("before := len(%s.found)", receiver)
		w.checks(s.Checks, x)
		w.p("if x, ok := parseUUID(%s); ok {", x)
		w.assign(s, target, "x")
		w.p("} else if len(%s.found) == before {\n%s.add(\"must be a UUID\")\n}", receiver, receiver) // Most patterns say it better.
		return
	case f == nil:
		w.checks(s.Checks, x)
		w.assign(s, target, x)
		return
	case f.Own:
		w.p("if %s.conforms(%s(%s)) {", receiver, f.Func, x)
	case f.Type == "":
		w.p("if %s.%s(%s) {", receiver, f.Func, x)
	case s.Parsed:
		w.p("if x, ok := %s.%s(%s); ok {", receiver, f.Func, x)
	default:
		w.p("if _, ok := %s.%s(%s); ok {", receiver, f.Func, x)
	}
	w.checks(s.Checks, x)
	if s.Parsed {
		x = "x"
	}
	w.assign(s, target, x)
	w.p("}")
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
		w.p("%s(%s, %s)", place.Set, address(w.allocated(place, target)), value)
	case place.Pointer && place.Any:
		w.p("%s = %s", bare(w.allocated(place, target)), value)
	case place.Pointer:
		w.p("%s = new(%s)", target, value)
	default:
		w.p("%s = %s", bare(target), value)
	}
}

func (w *writer) branches(v *plan.Branches, target, from string) {
	rest := fmt.Sprintf("%s = d.any()", target)
	if v.Must != "" {
		rest = fmt.Sprintf("%s = nil\nd.value(0, %q)", target, v.Must)
	}
	if len(v.Cases) == 0 {
		w.p("%s", rest)
	} else {
		w.p("switch d.json.PeekKind() {")
		for _, c := range v.Cases {
			w.p("case %s:", strings.ReplaceAll(strings.Trim(fmt.Sprintf("%q", []rune(c.Kinds)), "[]"), "' '", "', '"))
			w.value(c.Value, target)
		}
		w.p("default:\n%s\n}", rest)
	}
	w.enums(v.Enums, from)
}

// array prints the loop over the items of an array.
func (w *writer) array(a *plan.Array, target, from string) {
	w.p("if d.array() {")
	list := target
	if a.Place.Any {
		list = w.name("items")
		w.p("var %s []any", list)
	}
	item, count := w.name("item"), w.name("count")
	w.p("empty(%s)", address(list))
	if len(a.Checks) > 0 {
		w.p("%s := 0", count)
	}
	w.p("for d.more() {")
	if len(a.Checks) > 0 {
		w.p("%s++", count)
	}
	w.p("%s := extend(&d.faults, %s, %s)", item, address(list), a.Most)
	w.value(a.Item, "(*"+item+")")
	w.p("}")
	w.checks(a.Checks, count)
	if a.Unique {
		w.p("d.unique(%s)", from)
	}
	if list != target {
		w.p("%s = %s", bare(target), list)
	}
	w.enums(a.Enums, from)
	w.p("}")
}

// object prints the loop over the members of an object.
func (w *writer) object(o *plan.Object, target, from string) {
	w.p("if d.object() {")
	entries, seen := w.storage(o, target)
	given, count := w.name("given"), w.name("count")
	if len(o.Members) > 0 {
		w.p("var %s [%d]bool", given, len(o.Members))
	}
	if len(o.Checks) > 0 {
		w.p("%s := 0", count)
	}
	w.p("for d.next() {")
	if len(o.Checks) > 0 {
		w.p("%s++", count)
	}
	if len(o.Members) > 0 {
		w.p("switch string(d.name) {")
	}
	for i, m := range o.Members {
		w.p("case %q:\nif d.member(%q, &%s[%d]) {", m.Name, m.Name, given, i)
		w.member(m, o, target, entries, quote(m.Name))
		w.p("}")
	}
	if len(o.Members) > 0 {
		w.p("default:")
	}
	w.others(o, entries, seen)
	if len(o.Members) > 0 {
		w.p("}")
	}
	w.p("}")
	for i, m := range o.Members {
		if m.Required {
			w.p("d.required(%s[%d], %q)", given, i, m.Name)
		}
	}
	w.checks(o.Checks, count)
	w.enums(o.Enums, from)
	if o.Place.Any {
		w.p("%s = %s", bare(target), entries)
	}
	w.p("}")
}

// storage prints what precedes the loop over members, and returns the map that keeps
// members, and the one that only knows their names.
func (w *writer) storage(o *plan.Object, target string) (entries, seen string) {
	switch {
	case o.Place.Any:
		entries = w.name("entries")
		w.p("%s := make(map[string]any)", entries)
		return entries, entries
	case o.Map:
		w.p("begin(%s)", address(target))
		return target, target
	case o.Extra != "":
		entries = target + "." + o.Extra
		return entries, entries
	}
	seen = w.name("others")
	if o.Others != nil {
		w.p("var %s map[string]bool", seen)
	}
	return "", seen
}

// member prints the reading of a member that a schema names.
func (w *writer) member(m plan.Member, o *plan.Object, target, entries, key string) {
	switch {
	case m.Use == plan.Refuse:
		w.p("d.unknown(%q)", o.Title)
	case m.Use == plan.Locked:
		w.p("d.readOnly()")
	case m.Use == plan.Drop:
		w.p("d.drop()")
	case m.Field != "":
		w.value(m.Value, target+"."+m.Field)
	default:
		w.entry(m.Value, entries, key)
	}
}

// entry prints the reading of a value into an entry of a map.
func (w *writer) entry(v plan.Value, entries, key string) {
	if a, ok := v.(*plan.Any); ok && a.Place.Any && !a.Place.Pointer {
		w.p("put(%s, %s, d.any())", address(entries), key)
		return
	}
	entry := w.name("entry")
	w.p("%s := element(%s)", entry, bare(entries))
	w.value(v, entry)
	w.p("put(%s, %s, %s)", address(entries), key, entry)
}

// others prints the reading of a member that no schema names.
func (w *writer) others(o *plan.Object, entries, seen string) {
	if o.Others == nil {
		w.p("d.unknown(%q%s)", o.Title, arguments(o.Known))
		return
	}
	name := w.name("name")
	w.p("%s := string(d.name)\nif d.other(%s, has(%s, %s)) {", name, name, bare(seen), name)
	if o.Others.Use == plan.Drop {
		w.p("put(&%s, %s, true)", seen, name)
	}
	w.member(*o.Others, o, "", entries, name)
	w.p("}")
}
