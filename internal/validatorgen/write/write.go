// Package write prints Go from a plan. It decides nothing: what a function checks, and
// where it keeps what, is in the plan.
package write

import (
	"bytes"
	"fmt"
	"math"
	"net/textproto"
	"strconv"
	"strings"

	"example.com/tasks/internal/validatorgen/plan"
	"example.com/tasks/internal/validatorgen/target"
)

// writer prints one file.
type writer struct {
	bytes.Buffer
	used   map[string]int // How many variables of a name the current function has.
	faults string         // The *faults that the current code adds to, as Go source.
}

// p prints one or more lines of Go.
func (w *writer) p(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

// name returns an unused name for a variable of the current function.
func (w *writer) name(what string) string {
	w.used[what]++
	if n := w.used[what]; n > 1 {
		return what + strconv.Itoa(n)
	}
	return what
}

// begin begins a function, whose faults go to a *faults.
func (w *writer) begin(faults string) { w.used, w.faults = map[string]int{}, faults }

// declarations prints all that a plan has.
func (w *writer) declarations(p *plan.Plan, pkg *target.Package) {
	w.routes(p)
	for _, o := range p.Operations {
		w.operation(o)
	}
	for _, t := range p.Texts {
		w.begin("&d.faults")
		w.p("// %s reads a value of the schema %s from a JSON text, which\n// it does not keep, and checks it. The error is an *InvalidRequest with all faults.", t.Name, t.Title)
		w.p("func %s(text []byte) (value %s, err error) {\nd := open(text)\ndefer d.close()", t.Name, t.Type)
		w.value(t.Value, "value")
		w.p("d.end()\nreturn value, d.err()\n}\n")
	}
	for _, f := range p.Functions {
		w.begin("&d.faults")
		w.p("// %s reads a value of the schema %s and checks it.", f.Name, f.Title)
		w.p("func %s(d *decoder, v *%s) {", f.Name, f.Type)
		w.dereferenced(f.Value)
		w.p("}\n")
	}
	for _, c := range p.Checkers {
		w.begin("f")
		w.p("// %s checks a value of the schema %s.", c.Name, c.Title)
		w.p("func %s(f *faults, %s %s) {", c.Name, c.Read.Var, c.Read.Type)
		w.checks(c.Checks, c.Read.Var)
		w.p("}\n")
	}
	(&encoders{writer: w, pkg: pkg}).all(p.Encoders)
	for _, v := range p.Patterns {
		w.pattern(v)
	}
	for _, e := range p.Enums {
		w.p("// %s lists the values of an enum.\nvar %s = canonicalAll(", e.Name, e.Name)
		for _, v := range e.Values {
			w.p("%s,", quote(v))
		}
		w.p(")\n")
	}
	for i, s := range p.Skipped {
		if i == 0 {
			w.p("// These operations are left to oapi-codegen:")
		}
		why := "as the command says"
		if len(s.Problems) > 0 {
			why = s.Problems[0].Message
		}
		w.p("//   - %s (%s %s): %s", s.ID, s.Method, s.Path, oneLine(why))
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
	w.p("// %sOperation describes %s.", o.Name, oneLine(o.ID))
	w.p("var %sOperation = Operation{ID: %q, Method: %q, Path: %q%s}\n", o.Name, o.ID, o.Method, o.Path, more)
	if o.Alias != "" {
		return
	}
	w.begin("&f")
	w.p("// Decode%s reads and checks a request of %s (%s %s).", o.Name, oneLine(o.ID), o.Method, oneLine(o.Path))
	args := ""
	for _, p := range o.Parameters {
		if p.In == "path" {
			args += ", " + p.Argument
		}
	}
	if args != "" {
		w.p("// The arguments after r are the path parameters, as Echo's Param returns them.")
		args += " string"
	}
	if o.Body == nil {
		w.p("// The error is an *InvalidRequest with all faults.")
	} else {
		w.p("// The error is an *InvalidRequest with all faults, a *MediaTypeError\n// or a *BodySizeError.")
	}
	w.p("func Decode%s(r *http.Request%s) (v %sRequestObject, err error) {\nvar f faults", o.Name, args, o.Name)
	w.parameters(o)
	if o.Body != nil {
		w.body(o)
	}
	w.p("return v, f.err()\n}\n")
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
			w.p("if %s, ok := f.pathValue(r, %q, %s); ok {", text, p.Name, p.Argument)
			w.parameter(p, "s", p.Argument, "pathUnescape(r)")
			w.p("}")
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
		w.p("f.at(%q, %q)\nf.require(%s)", p.In, name, given)
	}
	w.p("if s, ok := %s; ok {", value)
	unescape := "trimSpace"
	if p.In == "cookie" {
		unescape = "nil"
	}
	if p.In == "cookie" && p.Reading == plan.Document {
		w.p("if s, ok := f.unescaped(s); ok {")
		defer w.p("}")
	}
	w.parameter(p, "s", "s", unescape)
	w.p("}")
}

// query prints the loop over the query string, and the checks after it.
func (w *writer) query(operation string, query []*plan.Parameter) {
	if len(query) == 0 {
		w.p("for q := (query{rest: r.URL.RawQuery}); q.next(&f); {\nq.unknown(&f, %q)\n}", operation)
		return
	}
	parts := map[*plan.Parameter]string{} // The variables with those of an array or object.
	var names []string
	var objects []*plan.Parameter
	for _, p := range query {
		w.fallback(p)
		if p.Collected() {
			parts[p] = w.name("object")
			w.p("var %s queryObject", parts[p])
			objects = append(objects, p)
			continue
		}
		names = append(names, p.Name)
		if p.Reading == plan.Repeated {
			parts[p] = w.texts(p.Value.(*plan.Array))
		}
	}
	if names != nil {
		w.p("var given [%d]int", len(query))
	}
	w.p("for q := (query{rest: r.URL.RawQuery}); q.next(&f); {\nswitch q.name {")
	for i, p := range query {
		if !p.Collected() {
			w.given(p, i, parts[p])
		}
	}
	w.p("default:")
	for _, p := range objects {
		w.p("if %s.%s(&f, &q, %q%s) {\ncontinue\n}", parts[p], p.Reading, p.Name, arguments(p.Names))
	}
	w.p("q.unknown(&f, %q%s)\n}\n}", operation, arguments(names))
	for i, p := range query {
		w.complete(p, i, parts[p])
	}
}

// given prints the case of a query parameter.
func (w *writer) given(p *plan.Parameter, i int, texts string) {
	w.p("case %q:", p.Name)
	if p.Reading != plan.Repeated {
		nonempty := ""
		if p.Empty {
			nonempty = ` && q.value != ""`
		}
		w.p("if q.once(&f, &given[%d])%s {", i, nonempty)
		w.parameter(p, "q.value", "q.raw", "url.QueryUnescape")
		w.p("}")
		return
	}
	w.p("if s, ok := q.again(&f, &given[%d]); ok {", i)
	if len(p.Default) > 0 {
		w.p("if given[%d] == 1 {\n%s = nil\n}", i, "v."+p.Field)
	}
	w.item(p.Value.(*plan.Array), texts, "v."+p.Field)
	w.p("}")
}

// complete prints the checks of a query parameter after all have been read.
func (w *writer) complete(p *plan.Parameter, i int, parts string) {
	at := fmt.Sprintf("f.at(\"query\", %q)", p.Name)
	given := fmt.Sprintf("given[%d] > 0", i)
	if p.Collected() {
		given = "len(" + parts + ".fields) > 0"
	}
	if p.Required {
		w.p("%s\nf.require(%s)", at, given)
	}
	a, ok := p.Value.(*plan.Array)
	switch {
	case p.Collected():
		w.p("if %s && !%s.bad {\n%s\nd := f.collected(%s.fields)", given, parts, at, parts)
		w.decoded(p.Value, "v."+p.Field)
		w.p("}")
	case ok && p.Reading == plan.Repeated && (len(a.Checks) > 0 || a.Unique):
		w.p("if %s {\n%s", given, at)
		w.whole(a, parts, "v."+p.Field)
		w.p("}")
	}
}

// decoded prints the reading of a value of a parameter from a decoder d.
func (w *writer) decoded(v plan.Value, target string) {
	w.faults = "&d.faults"
	w.value(v, target)
	w.p("d.end()\nf.join(d)")
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
		w.p("d := f.document(%s)", text)
		w.decoded(p.Value, target)
		return
	case p.Reading == plan.Members:
		w.p("if d := f.objectIn(%s, %s, %s); d != nil {", list, style(p.Style), unescape)
		w.decoded(p.Value, target)
		w.p("}")
		return
	case !isArray:
		if p.Style.Prefix != "" {
			w.p("if s, ok := f.after(%s, %q); ok {", text, p.Style.Prefix)
			defer w.p("}")
		}
		if scalar, ok := p.Value.(*plan.Scalar); ok {
			w.parsed(scalar, text, target)
			return
		}
		w.p("d := f.quoted(%s)", text)
		w.decoded(p.Value, target)
		return
	case len(p.Default) > 0:
		w.p("%s = nil", target)
	}
	texts := w.texts(a)
	w.p("for s := range f.split(%s, %s, %s) {", list, style(p.Style), unescape)
	w.item(a, texts, target)
	w.p("}")
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
	texts := w.name("texts")
	w.p("var %s []string", texts)
	return texts
}

// item prints the reading of an array's item, whose text is s.
func (w *writer) item(a *plan.Array, texts, target string) {
	if texts != "" {
		w.p("%s = append(%s, s)", texts, texts)
	}
	w.parsed(a.Item.(*plan.Scalar), "s", "(*"+w.grown(a, target)+")")
}

// grown prints a variable for the address of a new item, and returns its name.
func (w *writer) grown(a *plan.Array, target string) string {
	if a.Place.Pointer {
		w.p("if %s == nil {", target)
		target = w.allocated(a.Place, target)
		w.p("}")
	}
	item := w.name("item")
	w.p("%s := grow(%s)", item, address(target))
	return item
}

// whole prints the checks of a whole array.
func (w *writer) whole(a *plan.Array, texts, target string) {
	if a.Place.Pointer {
		target = "*" + target
	}
	w.checks(a.Checks, "len("+target+")")
	if texts != "" {
		w.p("f.distinct(%s, %t)", texts, !a.Text)
	}
}

// parsed prints the parsing and checking of a scalar's text.
func (w *writer) parsed(s *plan.Scalar, text, target string) {
	r := s.Read
	switch {
	case r.Text == "" && text != "s":
		w.p("s := %s", text)
	case r.Text != "":
		w.p("if %s, ok := f.%s(%s%s); ok {", r.Var, r.Text, text, bits(r))
	}
	w.checked(s, target)
	if r.Text != "" {
		for _, enum := range s.Enums {
			w.p("f.equals([]byte(%s), %s)", text, enum)
		}
		w.p("}")
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
	w.p("// %s is %s", v.Name, oneLine(v.Source))
	if v.Regexp != "" {
		w.p("var %s = expression{regexp.MustCompile(%s)}\n", v.Name, quote(v.Regexp))
		return
	}
	w.p("var %s = pattern{", v.Name)
	for _, r := range v.Runs {
		most := strconv.Itoa(r.Max)
		if r.Max == math.MaxInt32 {
			most = "math.MaxInt"
		}
		w.p("{%d, %s, [2]uint64{%#x, %#x}, %t}, // %s", r.Min, most, r.ASCII[0], r.ASCII[1], r.Beyond, oneLine(r.Text))
	}
	w.p("}\n")
}

// oneLine returns s for a comment, quoted if it has control characters.
func oneLine(s string) string {
	if strconv.CanBackquote(s) || !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f || c == 0xfeff }) {
		return s
	}
	return strconv.Quote(s)
}

// arguments returns strings as Go source: arguments that follow another.
func arguments(names []string) string {
	var b strings.Builder
	for _, n := range names {
		b.WriteString(", " + strconv.Quote(n))
	}
	return b.String()
}

// quote returns s as a Go string literal, raw if that is easier to read.
func quote(s string) string {
	if strconv.CanBackquote(s) && strings.ContainsAny(s, `\"`) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

// address returns the address of a variable as Go source; v is a pointer already.
func address(variable string) string {
	if variable == "v" {
		return variable
	}
	if pointer, ok := strings.CutPrefix(bare(variable), "*"); ok {
		return pointer
	}
	return "&" + variable
}

// bare returns a variable without the parentheses that only a selector or index needs.
func bare(variable string) string {
	if inner, ok := strings.CutPrefix(variable, "(*"); ok && strings.HasSuffix(inner, ")") {
		return "*" + strings.TrimSuffix(inner, ")")
	}
	return variable
}
