package write

import (
	"fmt"
	"strings"

	"example.com/tasks/internal/validatorgen/plan"
)

// body prints the switch over media types and the decoding of the body.
func (w *writer) body(o *plan.Operation) {
	if o.Body.Typed {
		w.P("v.ContentType = r.Header.Get(\"Content-Type\")")
	}
	if o.Body.Ranges {
		w.P("switch bestMatch(r.Header, %sOperation.Accept) {", o.Name)
	} else {
		w.P("switch mediaType(r.Header) {")
	}
	for _, c := range o.Body.Contents {
		w.P("case %q:", c.MediaType)
		w.content(c, fmt.Sprintf("r, %d, %sOperation.Accept", o.Body.Limit, o.Name))
	}
	w.P("default:\nif err := unsupported(r, %sOperation.Accept); err != nil {\nreturn v, err\n}", o.Name)
	if o.Body.Required {
		w.P("f.at(\"\", \"\")\nf.require(false)")
	}
	w.P("}")
}

// content prints the decoding of a body of a media type, which functions of the prelude
// open by these arguments.
func (w *writer) content(c *plan.Content, open string) {
	const failed = "if err != nil {\nreturn v, err\n}"
	target := "v." + c.Field
	switch {
	case c.Kind == plan.JSON || c.Kind == plan.Form:
		w.P("d, err := openBody(%s)\n%s", open, failed)
		if c.Kind == plan.Form {
			w.P("d.readForm(%s)", encodings(c.Encodings))
		}
		w.faults = "&d.faults"
		w.value(c.Value, target)
		w.P("d.end()\nf.join(d)")
	case c.Kind == plan.Text, c.Kind == plan.Chars:
		w.P("s, err := readText(%s)\n%s\nf.at(\"\", \"\")\nif f.isText(s) {", open, failed)
		w.faults = "&f"
		if c.Kind == plan.Chars {
			w.P("%s = strings.NewReader(s)\nvar value any", target)
			target = "value"
			defer w.P("_ = value\n}")
		} else {
			defer w.P("}")
		}
		w.parsed(c.Value.(*plan.Scalar), "s", target)
	case c.Kind == plan.Mixed && c.Value != nil:
		w.P("if isJSON(mediaType(r.Header)) {\nd, err := openBody(%s)\n%s\n%s = strings.NewReader(d.body.String())\nvar value any", open, failed, target)
		w.faults = "&d.faults"
		w.value(c.Value, "value")
		w.P("_ = value\nd.end()\nf.join(d)\n} else if %s, err = openStream(%s); err != nil {\nreturn v, err\n}", target, open)
	case c.Value != nil:
		w.P("if %s, err = f.openForm(%s, %s, func(d *decoder) {\nvar value any", target, open, encodings(c.Encodings))
		w.faults = "&d.faults"
		w.value(c.Value, "value")
		w.P("_ = value\n}); err != nil {\nreturn v, err\n}")
	default:
		function := map[plan.Kind]string{plan.Parts: "f.openParts", plan.Bytes: "openStream"}[c.Kind]
		w.P("if %s, err = %s(%s); err != nil {\nreturn v, err\n}", target, function, open)
	}
}

// encodings returns those of a form as Go source.
func encodings(all []plan.Encoding) string {
	if len(all) == 0 {
		return "nil"
	}
	var b strings.Builder
	b.WriteString("map[string]formEncoding{\n")
	for _, e := range all {
		fmt.Fprintf(&b, "%q: {", e.Name)
		if e.Style.Separator != "" {
			fmt.Fprintf(&b, "style: %s, ", style(e.Style))
		}
		for _, trait := range e.Traits {
			b.WriteString(trait + ": true, ")
		}
		if e.Accept != nil {
			fmt.Fprintf(&b, "accept: %#v", e.Accept)
		}
		b.WriteString("},\n")
	}
	return b.String() + "}"
}
