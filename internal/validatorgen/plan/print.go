package plan

import (
	"fmt"
	"reflect"
	"strings"
)

// String returns the plan for people: a line for each part, with those of its fields that
// are not zero, and below it the parts that it consists of.
func (p *Plan) String() string {
	var b strings.Builder
	show(&b, "", "", reflect.ValueOf(p))
	return b.String()
}

// show adds the lines of a part, which begin with its name and its type, if that differs.
func show(b *strings.Builder, indent, name string, v reflect.Value) {
	if problem, ok := reflect.TypeAssert[error](v); ok {
		fmt.Fprintf(b, "%s%v\n", indent, problem)
		return
	}
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if kind := v.Type().Name(); kind != name {
		name = strings.TrimSpace(name + " " + kind)
	}
	b.WriteString(indent + name + ":")
	indent += "    "
	var parts []func()
	for f, field := range v.Fields() {
		switch kind := field.Kind(); {
		case field.IsZero() || !f.IsExported():
		case kind == reflect.Slice && field.Type().Elem().Kind() != reflect.String:
			for i := range field.Len() {
				parts = append(parts, func() { show(b, indent, "", field.Index(i)) })
			}
		case kind == reflect.Pointer, kind == reflect.Interface, kind == reflect.Struct:
			parts = append(parts, func() { show(b, indent, f.Name, field) })
		case kind == reflect.Bool:
			b.WriteString(" " + f.Name)
		case kind == reflect.String:
			fmt.Fprintf(b, " %s %q", f.Name, field)
		default:
			fmt.Fprintf(b, " %s %v", f.Name, field)
		}
	}
	b.WriteByte('\n')
	for _, part := range parts {
		part()
	}
}
