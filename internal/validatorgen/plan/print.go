package plan

import (
	"fmt"
	"strings"
)

// String returns the plan for people: a line for each part, and below it what it
// consists of.
func (p *Plan) String() string {
	var b printer
	for _, o := range p.Operations {
		b.line(0, "operation %s: %s %s", o.ID, o.Method, o.Path)
		if o.Alias != "" {
			b.line(1, "as %s", o.Alias)
		}
		for _, one := range o.Parameters {
			b.value(1, fmt.Sprintf("%s %s (%s%s%s)", one.In, one.Name, one.Reading, word(one.Required, ", required"), listed(", default ", one.Default)), one.Field, one.Value)
		}
		if o.Body == nil {
			continue
		}
		for _, c := range o.Body.Contents {
			what := fmt.Sprintf("body %s as %s (at most %d bytes%s)", c.MediaType, c.Kind, o.Body.Limit, word(o.Body.Required, ", required"))
			if c.Value == nil {
				b.line(1, "%s: -> %s", what, c.Field)
			} else {
				b.value(1, what, c.Field, c.Value)
			}
			for _, e := range c.Encodings {
				b.line(2, "encoding %+v", e)
			}
		}
	}
	for _, s := range p.Skipped {
		b.line(0, "skipped %s: %s %s", s.ID, s.Method, s.Path)
		for _, problem := range s.Problems {
			b.line(1, "%v", problem)
		}
	}
	for _, t := range p.Texts {
		b.value(0, "text "+t.Name, "", t.Value)
	}
	for _, f := range p.Functions {
		b.value(0, "function "+f.Name, "", f.Value)
	}
	for _, c := range p.Checkers {
		b.line(0, "checker %s: %s%s", c.Name, c.Read.Type, checksOf(c.Checks))
	}
	for _, name := range p.Encoders {
		b.line(0, "encoder Append%s", name)
	}
	for _, v := range p.Patterns {
		b.line(0, "pattern %s: %s", v.Name, v.Source)
	}
	for _, e := range p.Enums {
		b.line(0, "enum %s: %s", e.Name, strings.Join(e.Values, ", "))
	}
	return b.String()
}

type printer struct{ strings.Builder }

func (b *printer) line(depth int, format string, args ...any) {
	fmt.Fprintf(b, strings.Repeat("    ", depth)+format+"\n", args...)
}

// value prints a line for a value that becomes a field, and lines for its parts.
func (b *printer) value(depth int, what, field string, v Value) {
	base, kind, rest := v.Common(), "any", ""
	switch v := v.(type) {
	case *Call:
		kind = v.Func
	case *Scalar:
		kind = v.Read.Type
		if v.Format != nil {
			kind += " " + v.Format.Name
		}
	case *Array:
		kind, rest = "array", word(v.Unique, ", unique")
	case *Object:
		kind = "object"
	case *Union:
		kind = "union"
	case *Nullable:
		kind = "nullable"
	}
	kind += word(base.Nullable, " or null")
	place := strings.TrimSpace(field + " " + word(base.Place.Pointer, "*") + base.Place.Type)
	b.line(depth, "%s: %s -> %s%s%s%s", what, kind, place, rest, checksOf(base.Checks), listed(", ", base.Enums))
	switch v := v.(type) {
	case *Branches:
		for _, c := range v.Cases {
			b.value(depth+1, fmt.Sprintf("that begins like %s", c.Kinds), "", c.Value)
		}
	case *Nullable:
		b.value(depth+1, "unless null", "", v.Value)
	case *Union:
		if v.Rest != nil {
			b.value(depth+1, "besides", "", v.Rest)
		}
		for _, c := range v.Choices {
			b.line(depth+1, "%s%s", c.Rule, word(c.Discriminator != "", ", named by "+c.Discriminator))
			for _, a := range c.Alternatives {
				b.value(depth+2, a.Title+listed(", named ", a.Names), "", a.Value)
			}
		}
	case *Array:
		b.value(depth+1, "item", "", v.Item)
	case *Object:
		for _, m := range v.Members {
			b.member(depth+1, m.Name+word(m.Required, " (required)"), m, v)
		}
		if v.Others != nil {
			b.member(depth+1, "others", *v.Others, v)
		}
	}
}

func (b *printer) member(depth int, what string, m Member, o *Object) {
	switch {
	case m.Use != Keep:
		b.line(depth, "%s: %s", what, m.Use)
	case m.Field != "":
		b.value(depth, what, m.Field, m.Value)
	default:
		b.value(depth, what, o.Extra+"[...]", m.Value)
	}
}

func word(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}

func listed(before string, all []string) string {
	return word(len(all) > 0, before+strings.Join(all, ", "))
}

func checksOf(checks []Check) (text string) {
	for _, c := range checks {
		text += fmt.Sprintf(", %s(%s)", c.Func, strings.Join(c.Args, ", "))
	}
	return text
}
