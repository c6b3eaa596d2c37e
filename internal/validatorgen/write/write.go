// Package write prints Go from a plan. It decides nothing: what a function checks, and
// where it keeps what, is in the plan.
package write

import (
	"fmt"
	"math"
	"net/textproto"
	"strconv"
	"strings"

	"example.com/tasks/internal/validatorgen/encode"
	"example.com/tasks/internal/validatorgen/plan"
	"example.com/tasks/internal/validatorgen/route"
	"example.com/tasks/internal/validatorgen/source"
	"example.com/tasks/internal/validatorgen/target"
)

// writer prints one file.
type writer struct {
	source.Writer
	faults string // The *faults that the current code adds to, as Go source.
}

// begin begins a function, whose faults go to a *faults.
func (w *writer) begin(faults string) {
	w.Begin()
	w.faults = faults
}

// declarations prints all that a plan has.
func (w *writer) declarations(p *plan.Plan, pkg *target.Package) {
	route.Print(&w.Writer, p)
	for _, o := range p.Operations {
		w.operation(o)
	}
	for _, t := range p.Texts {
		w.begin("&d.faults")
		w.P("// %s reads a value of the schema %s from a JSON text, which\n// it does not keep, and checks it. The error is an *InvalidRequest with all faults.", t.Name, t.Title)
		w.P("func %s(text []byte) (value %s, err error) {\nd := open(text)\ndefer d.close()", t.Name, t.Type)
		w.value(t.Value, "value")
		w.P("d.end()\nreturn value, d.err()\n}\n")
	}
	for _, f := range p.Functions {
		w.begin("&d.faults")
		w.P("// %s reads a value of the schema %s and checks it.", f.Name, f.Title)
		w.P("func %s(d *decoder, v *%s) {", f.Name, f.Type)
		w.dereferenced(f.Value)
		w.P("}\n")
	}
	for _, c := range p.Checkers {
		w.begin("f")
		w.P("// %s checks a value of the schema %s.", c.Name, c.Title)
		w.P("func %s(f *faults, %s %s) {", c.Name, c.Read.Var, c.Read.Type)
		w.checks(c.Checks, c.Read.Var)
		w.P("}\n")
	}
	encode.Print(&w.Writer, pkg, p.Encoders)
	for _, v := range p.Patterns {
		w.pattern(v)
	}
	for _, e := range p.Enums {
		w.P("// %s lists the values of an enum.\nvar %s = canonicalAll(", e.Name, e.Name)
		for _, v := range e.Values {
			w.P("%s,", source.Quote(v))
		}
		w.P(")\n")
	}
	for i, s := range p.Skipped {
		if i == 0 {
			w.P("// These operations are left to oapi-codegen:")
		}
		why := "as the command says"
		if len(s.Problems) > 0 {
			why = s.Problems[0].Message
		}
		w.P("//   - %s (%s %s): %s", s.ID, s.Method, s.Path, source.OneLine(why))
	}
}

// operation prints the description of an operation, and the function that decodes and
// checks its requests.
func (w *writer) operation(o *plan.Operation) {
	more := ""
	if o.Secured {
		more += ", Secured: true"
	}
	if o.Body != nil {
		var accept []string
		for _, c := range o.Body.Contents {
			accept = append(accept, c.MediaType)
		}
		more += fmt.Sprintf(", Accept: %#v", accept)
	}
	w.P("// %sOperation describes %s.", o.Name, source.OneLine(o.ID))
	w.P("var %sOperation = Operation{ID: %q, Method: %q, Path: %q%s}\n", o.Name, o.ID, o.Method, o.Path, more)
	if o.Alias != "" {
		return
	}
	w.begin("&f")
	w.P("// Decode%s reads and checks a request of %s (%s %s).", o.Name, source.OneLine(o.ID), o.Method, source.OneLine(o.Path))
	args := ""
	for _, p := range o.Parameters {
		if p.In == "path" {
			args += ", " + p.Argument
		}
	}
	if args != "" {
		w.P("// The arguments after r are the path parameters, as Echo's Param returns them.")
		args += " string"
	}
	if o.Body == nil {
		w.P("// The error is an *InvalidRequest with all faults.")
	} else {
		w.P("// The error is an *InvalidRequest with all faults, a *MediaTypeError\n// or a *BodySizeError.")
	}
	w.P("func Decode%s(r *http.Request%s) (v %sRequestObject, err error) {\nvar f faults", o.Name, args, o.Name)
	w.parameters(o)
	if o.Body != nil {
		w.body(o)
	}
	w.P("return v, f.err()\n}\n")
}

// parameters prints the reading of all parameters: path, query, header, cookie.
func (w *writer) parameters(o *plan.Operation) {
	var query []*plan.Parameter
	for _, p := range o.Parameters {
		switch p.In {
		case "path":
			text := "s"
			if p.Reading != plan.Once && p.Reading != plan.Document {
				text = "_" // The parts must be cut before they are unescaped.
			}
			w.P("if %s, ok := f.pathValue(r, %q, %s); ok {", text, p.Name, p.Argument)
			w.parameter(p, "s", p.Argument, "pathUnescape(r)")
			w.P("}")
		case "query":
			query = append(query, p)
		}
	}
	w.query(o.ID, query)
	for _, p := range o.Parameters {
		switch p.In {
		case "header":
			name := textproto.CanonicalMIMEHeaderKey(p.Name)
			w.field(p, name, fmt.Sprintf("len(r.Header[%q]) > 0", name), fmt.Sprintf("f.headerValue(r.Header, %q)", name))
		case "cookie":
			w.field(p, p.Name, fmt.Sprintf("len(r.CookiesNamed(%q)) > 0", p.Name), fmt.Sprintf("f.cookieValue(r, %q)", p.Name))
		}
	}
}

// field prints the reading of a header or cookie.
func (w *writer) field(p *plan.Parameter, name, given, value string) {
	w.fallback(p)
	if p.Required {
		w.P("f.at(%q, %q)\nf.require(%s)", p.In, name, given)
	}
	w.P("if s, ok := %s; ok {", value)
	unescape := "trimSpace"
	if p.In == "cookie" {
		unescape = "nil"
	}
	if p.In == "cookie" && p.Reading == plan.Document {
		w.P("if s, ok := f.unescaped(s); ok {")
		defer w.P("}")
	}
	w.parameter(p, "s", "s", unescape)
	w.P("}")
}

// query prints the loop over the query string, and the checks after it.
func (w *writer) query(operation string, query []*plan.Parameter) {
	if len(query) == 0 {
		w.P("for q := (query{rest: r.URL.RawQuery}); q.next(&f); {\nq.unknown(&f, %q)\n}", operation)
		return
	}
	parts := map[*plan.Parameter]string{} // The variables with those of an array or object.
	var names []string
	var objects []*plan.Parameter
	for _, p := range query {
		w.fallback(p)
		if p.Collected() {
			parts[p] = w.Name("object")
			w.P("var %s queryObject", parts[p])
			objects = append(objects, p)
			continue
		}
		names = append(names, p.Name)
		if p.Reading == plan.Repeated {
			parts[p] = w.texts(p.Value.(*plan.Array))
		}
	}
	if names != nil {
		w.P("var given [%d]int", len(query))
	}
	w.P("for q := (query{rest: r.URL.RawQuery}); q.next(&f); {\nswitch q.name {")
	for i, p := range query {
		if !p.Collected() {
			w.given(p, i, parts[p])
		}
	}
	w.P("default:")
	for _, p := range objects {
		w.P("if %s.%s(&f, &q, %q%s) {\ncontinue\n}", parts[p], p.Reading, p.Name, arguments(p.Names))
	}
	w.P("q.unknown(&f, %q%s)\n}\n}", operation, arguments(names))
	for i, p := range query {
		w.complete(p, i, parts[p])
	}
}

// given prints the case of a query parameter.
func (w *writer) given(p *plan.Parameter, i int, texts string) {
	w.P("case %q:", p.Name)
	if p.Reading != plan.Repeated {
		nonempty := ""
		if p.Empty {
			nonempty = ` && q.value != ""`
		}
		w.P("if q.once(&f, &given[%d])%s {", i, nonempty)
		w.parameter(p, "q.value", "q.raw", "url.QueryUnescape")
		w.P("}")
		return
	}
	w.P("if s, ok := q.again(&f, &given[%d]); ok {", i)
	if len(p.Default) > 0 {
		w.P("if given[%d] == 1 {\n%s = nil\n}", i, "v."+p.Field)
	}
	w.item(p.Value.(*plan.Array), texts, "v."+p.Field)
	w.P("}")
}

// complete prints the checks of a query parameter after all have been read.
func (w *writer) complete(p *plan.Parameter, i int, parts string) {
	at := fmt.Sprintf("f.at(\"query\", %q)", p.Name)
	given := fmt.Sprintf("given[%d] > 0", i)
	if p.Collected() {
		given = "len(" + parts + ".fields) > 0"
	}
	if p.Required {
		w.P("%s\nf.require(%s)", at, given)
	}
	a, ok := p.Value.(*plan.Array)
	switch {
	case p.Collected():
		w.P("if %s && !%s.bad {\n%s\nd := f.collected(%s.fields)", given, parts, at, parts)
		w.decoded(p.Value, "v."+p.Field)
		w.P("}")
	case ok && p.Reading == plan.Repeated && (len(a.Checks) > 0 || a.Unique):
		w.P("if %s {\n%s", given, at)
		w.whole(a, parts, "v."+p.Field)
		w.P("}")
	}
}

// decoded prints the reading of a value of a parameter from a decoder d.
func (w *writer) decoded(v plan.Value, target string) {
	w.faults = "&d.faults"
	w.value(v, target)
	w.P("d.end()\nf.join(d)")
	w.faults = "&f"
}

// fallback prints the assignment of a parameter's default, which applies if the
// parameter is not given.
func (w *writer) fallback(p *plan.Parameter) {
	target := "v." + p.Field
	a, isArray := p.Value.(*plan.Array)
	for _, value := range p.Default {
		if isArray {
			item := w.grown(a, target)
			w.assign(a.Item.(*plan.Scalar), "(*"+item+")", value)
		} else {
			w.assign(p.Value.(*plan.Scalar), target, value)
		}
	}
}

// parameter prints the reading of a parameter that is given once, as a text or as a list
// of parts, each of which a function unescapes.
func (w *writer) parameter(p *plan.Parameter, text, list, unescape string) {
	target := "v." + p.Field
	a, isArray := p.Value.(*plan.Array)
	switch {
	case p.Reading == plan.Document:
		w.P("d := f.document(%s)", text)
		w.decoded(p.Value, target)
		return
	case p.Reading == plan.Members:
		w.P("if d := f.objectIn(%s, %s, %s); d != nil {", list, style(p.Style), unescape)
		w.decoded(p.Value, target)
		w.P("}")
		return
	case !isArray:
		if p.Style.Prefix != "" {
			w.P("if s, ok := f.after(%s, %q); ok {", text, p.Style.Prefix)
			defer w.P("}")
		}
		if scalar, ok := p.Value.(*plan.Scalar); ok {
			w.parsed(scalar, text, target)
			return
		}
		w.P("d := f.quoted(%s)", text)
		w.decoded(p.Value, target)
		return
	case len(p.Default) > 0:
		w.P("%s = nil", target)
	}
	texts := w.texts(a)
	w.P("for s := range f.split(%s, %s, %s) {", list, style(p.Style), unescape)
	w.item(a, texts, target)
	w.P("}")
	w.whole(a, texts, target)
}

// style returns a style as Go source.
func style(s plan.Style) string {
	return fmt.Sprintf("textStyle{%q, %q, %t}", s.Prefix, s.Separator, s.Pairs)
}

// texts prints a variable for the texts of an array's items if they must be unique, and
// returns its name.
func (w *writer) texts(a *plan.Array) string {
	if !a.Unique {
		return ""
	}
	texts := w.Name("texts")
	w.P("var %s []string", texts)
	return texts
}

// item prints the reading of an array's item, whose text is s.
func (w *writer) item(a *plan.Array, texts, target string) {
	if texts != "" {
		w.P("%s = append(%s, s)", texts, texts)
	}
	w.parsed(a.Item.(*plan.Scalar), "s", "(*"+w.grown(a, target)+")")
}

// grown prints a variable for the address of a new item, and returns its name.
func (w *writer) grown(a *plan.Array, target string) string {
	if a.Place.Pointer {
		w.P("if %s == nil {", target)
		target = w.allocated(a.Place, target)
		w.P("}")
	}
	item := w.Name("item")
	w.P("%s := grow(%s)", item, source.Address(target))
	return item
}

// whole prints the checks of a whole array.
func (w *writer) whole(a *plan.Array, texts, target string) {
	if a.Place.Pointer {
		target = "*" + target
	}
	w.checks(a.Checks, "len("+target+")")
	if texts != "" {
		w.P("f.distinct(%s, %t)", texts, !a.Text)
	}
}

// parsed prints the parsing and checking of a scalar's text.
func (w *writer) parsed(s *plan.Scalar, text, target string) {
	r := s.Read
	switch {
	case r.Text == "" && text != "s":
		w.P("s := %s", text)
	case r.Text != "":
		w.P("if %s, ok := f.%s(%s%s); ok {", r.Var, r.Text, text, bits(r))
	}
	w.checked(s, target)
	if r.Text != "" {
		for _, enum := range s.Enums {
			w.P("f.equals([]byte(%s), %s)", text, enum)
		}
		w.P("}")
	}
}

func bits(r plan.Read) string {
	if r.Bits == 0 {
		return ""
	}
	return ", " + strconv.Itoa(r.Bits)
}

// pattern prints the variable of a translated pattern.
func (w *writer) pattern(v *plan.Pattern) {
	w.P("// %s is %s", v.Name, source.OneLine(v.Source))
	if v.Regexp != "" {
		w.P("var %s = expression{regexp.MustCompile(%s)}\n", v.Name, source.Quote(v.Regexp))
		return
	}
	w.P("var %s = pattern{", v.Name)
	for _, r := range v.Runs {
		most := strconv.Itoa(r.Max)
		if r.Max == math.MaxInt32 {
			most = "math.MaxInt"
		}
		w.P("{%d, %s, [2]uint64{%#x, %#x}, %t}, // %s", r.Min, most, r.ASCII[0], r.ASCII[1], r.Beyond, source.OneLine(r.Text))
	}
	w.P("}\n")
}

// arguments returns strings as Go source: arguments that follow another.
func arguments(names []string) string {
	var b strings.Builder
	for _, n := range names {
		b.WriteString(", " + strconv.Quote(n))
	}
	return b.String()
}
