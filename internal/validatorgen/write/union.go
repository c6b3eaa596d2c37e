package write

import (
	"fmt"

	"example.com/tasks/internal/validatorgen/plan"
	"example.com/tasks/internal/validatorgen/source"
)

// union prints the reading of a value that has to agree with alternatives. If there is
// nothing else to check, and an object's member names the alternative, it is read once;
// else the text of the value is judged after it was read.
func (w *writer) union(u *plan.Union, target string) {
	text, ok, choices := w.Name("text"), w.Name("ok"), u.Choices
	switch {
	case u.Rest != nil:
		from, before := w.Name("from"), w.Name("before")
		w.P("%s, %s := d.offset(), len(d.found)", from, before)
		w.value(u.Rest, target)
		w.P("%s, %s := d.sound(%s, %s)", text, ok, from, before)
	case namedBy(choices[0]):
		w.P("%s, %s := d.choose(%q,", text, ok, choices[0].Discriminator)
		w.alternatives(choices[0])
		choices = choices[1:]
	default:
		w.P("%s, %s := d.raw()", text, ok)
	}
	for _, c := range choices {
		w.P("%s = %s && d.%s(%s, %q,", ok, ok, c.Rule, text, c.Discriminator)
		w.alternatives(c)
	}
	if u.Keep {
		w.P("if %s {", ok)
		if u.Rest == nil {
			target = w.allocated(u.Place, target)
		}
		w.P("%s.union = d.keep(%s)\n}", target, text)
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
		w.P("alternative{%q, %q, %s, func(d *decoder) {\nv := new(%s)", a.Title, a.Kinds, names, a.Value.Common().Place.Type)
		w.dereferenced(a.Value)
		w.P("}},")
	}
	w.P(")")
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
		w.P("if d.null() {\nsetNull(%s)\n} else {", source.Address(target))
		defer w.P("}")
	}
	value := w.Name("value")
	w.P("%s := unset(%s)", value, source.Bare(target))
	w.value(n.Value, value)
	w.P("setValue(%s, %s)", source.Address(target), value)
}
