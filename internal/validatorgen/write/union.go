package write

import (
	"fmt"

	"example.com/tasks/internal/validatorgen/plan"
)

// union prints the reading of a value that has to agree with alternatives. If there is
// nothing else to check, and an object's member names the alternative, it is read once;
// else the text of the value is judged after it was read.
func (w *writer) union(u *plan.Union, target string) {
	text, ok, choices := w.name("text"), w.name("ok"), u.Choices
	switch {
	case u.Rest != nil:
		from, before := w.name("from"), w.name("before")
		w.p("%s, %s := d.offset(), len(d.found)", from, before)
		w.value(u.Rest, target)
		w.p("%s, %s := d.sound(%s, %s)", text, ok, from, before)
	case namedBy(choices[0]):
		w.p("%s, %s := d.choose(%q,", text, ok, choices[0].Discriminator)
		w.alternatives(choices[0])
		choices = choices[1:]
	default:
		w.p("%s, %s := d.raw()", text, ok)
	}
	for _, c := range choices {
		w.p("%s = %s && d.%s(%s, %q,", ok, ok, c.Rule, text, c.Discriminator)
		w.alternatives(c)
	}
	if u.Keep {
		w.p("if %s {", ok)
		if u.Rest == nil {
			target = w.allocated(u.Place, target)
		}
		w.p("%s.union = d.keep(%s)\n}", target, text)
	}
}

// namedBy reports whether a member of every value names the alternative.
func namedBy(c plan.Choice) bool {
	for _, a := range c.Alternatives {
		if a.Kinds != "{" {
			return false
		}
	}
	return c.Discriminator != ""
}

// alternatives prints the last arguments of a call, one alternative each.
func (w *writer) alternatives(c plan.Choice) {
	for _, a := range c.Alternatives {
		names := "nil"
		if a.Names != nil {
			names = fmt.Sprintf("%#v", a.Names)
		}
		w.p("alternative{%q, %q, %s, func(d *decoder) {\nv := new(%s)", a.Title, a.Kinds, names, a.Value.Common().Place.Type)
		w.dereferenced(a.Value)
		w.p("}},")
	}
	w.p(")")
}

// dereferenced prints the reading of a value into the variable that v points to.
func (w *writer) dereferenced(v plan.Value) {
	whole := v
	if u, ok := v.(*plan.Union); ok && u.Rest != nil {
		whole = u.Rest
	}
	o, isObject := whole.(*plan.Object)
	if _, isUnion := whole.(*plan.Union); isUnion || isObject && !o.Map {
		w.value(v, "v") // A selector needs no more.
	} else {
		w.value(v, "(*v)")
	}
}

// nullable prints the reading of a value into a type that tells null from no value.
func (w *writer) nullable(n *plan.Nullable, target string) {
	if n.Nullable {
		w.p("if d.null() {\nsetNull(%s)\n} else {", address(target))
		defer w.p("}")
	}
	value := w.name("value")
	w.p("%s := unset(%s)", value, bare(target))
	w.value(n.Value, value)
	w.p("setValue(%s, %s)", address(target), value)
}
