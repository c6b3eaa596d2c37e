package plan

import (
	"cmp"
	"go/token"
	"go/types"
	"net/textproto"
	"regexp"
	"slices"
	"strings"

	"example.com/tasks/internal/validatorgen/spec"
	"example.com/tasks/internal/validatorgen/target"
)

// parameter is a parameter in the document.
type parameter struct {
	*spec.Node
	in, name string
}

// parameters plans an operation's parameters: those of the path item, unless the
// operation overrides them, and its own.
func (p *planner) parameters(o *Operation, item *spec.Node, fields []target.Field) {
	var all []parameter
	for _, list := range []*spec.Node{item.Get("parameters"), o.node.Get("parameters")} {
		if list == nil {
			continue
		}
		for _, ref := range list.Items {
			n := p.resolve(ref)
			if n == nil {
				continue
			}
			one := parameter{n, n.String("in"), n.String("name")}
			same := func(q parameter) bool { return q.in == one.in && q.name == one.name }
			if i := slices.IndexFunc(all, same); i >= 0 {
				all[i] = one
			} else {
				all = append(all, one)
			}
		}
	}
	inner := field(fields, "Params")
	params := []target.Field(nil)
	if inner != nil {
		params, _ = target.Fields(inner.Type)
	}
	for _, in := range []string{"path", "query", "header"} {
		some := slices.DeleteFunc(slices.Clone(all), func(q parameter) bool { return q.in != in })
		if in == "path" {
			some = p.byPath(o, some)
		}
		for _, one := range some {
			holder, prefix := params, "Params."
			if in == "path" {
				holder, prefix = fields, ""
			}
			if planned := p.parameter(o, one, field(holder, one.name), prefix); planned != nil {
				o.Parameters = append(o.Parameters, planned)
			}
		}
	}
	for _, one := range all {
		if !slices.Contains([]string{"path", "query", "header"}, one.in) {
			p.stop(one.Node, "parameters in %s are not handled: use a header or a query parameter", one.in)
		}
	}
}

// template matches a parameter in a path, with what oapi-codegen allows around its name.
var template = regexp.MustCompile(`\{[.;?]?([^{}*]+)\*?\}`)

// byPath returns the parameters of a path in the order in which they stand there.
func (p *planner) byPath(o *Operation, all []parameter) (sorted []parameter) {
	for _, found := range template.FindAllStringSubmatch(o.Path, -1) {
		i := slices.IndexFunc(all, func(q parameter) bool { return q.name == found[1] })
		if i < 0 {
			p.stop(o.node, "the path has {%s}, and no parameter describes it", found[1])
			continue
		}
		sorted = append(sorted, all[i])
		all = slices.Delete(all, i, i+1)
	}
	for _, q := range all {
		p.stop(q.Node, "the path has no {%s}", q.name)
	}
	return sorted
}

// field returns the field that holds the member of a name, or nil.
func field(fields []target.Field, name string) *target.Field {
	if i := slices.IndexFunc(fields, func(f target.Field) bool { return f.JSON == name }); i >= 0 {
		return &fields[i]
	}
	return nil
}

// parameter plans a parameter, or returns nil if it stops.
func (p *planner) parameter(o *Operation, one parameter, f *target.Field, prefix string) *Parameter {
	p.keys(one.Node, "name", "in", "required", "schema", "style", "explode")
	ignored := slices.Contains([]string{"Accept", "Content-Type", "Authorization"}, textproto.CanonicalMIMEHeaderKey(one.name))
	switch {
	case one.in == "header" && ignored:
		p.note(one.Node, "OpenAPI ignores header parameters of this name, so it is not read: responses, requestBody or security describe it")
		return nil
	case one.Get("schema") == nil:
		if one.Get("content") == nil {
			p.stop(one.Node, "a parameter needs a schema")
		}
		return nil
	case f == nil:
		p.stop(one.Node, "oapi-codegen's type has no field for %s", one.name)
		return nil
	}
	rs := p.rules(one.Get("schema"))
	kind := p.kind(rs, f.Type)
	reading, ok := p.reading(one, rs, kind)
	if !ok {
		return nil
	}
	result := &Parameter{In: one.in, Name: one.name, Required: one.True("required"), Reading: reading, Field: prefix + f.Name}
	if one.in == "path" {
		result.Argument = p.argument(o, one.name)
	}
	p.audit(rs, kind)
	if p.nullable(rs) {
		p.stop(rs[0].Node, "null can't be sent as a parameter: make it optional instead")
	}
	if kind != "array" {
		s := p.scalar(kind, rs, f.Type)
		result.Value, result.Default = s, p.defaults(rs, s)
		return result
	}
	a := p.parameterArray(rs, f.Type)
	if item, ok := a.Item.(*Scalar); ok {
		result.Value, result.Default = a, p.defaults(rs, item)
		return result
	}
	return nil
}

// parameterArray plans an array whose items are texts.
func (p *planner) parameterArray(rs rules, t types.Type) *Array {
	element, _ := target.Element(t)
	items := p.items(rs)
	a := &Array{Base: Base{Place: p.place(t), Checks: p.checks("array", rs, Read{Type: "int"}), Enums: p.enums(rs)}, Unique: rs.unique()}
	if a.Enums != nil {
		p.stop(rs[0].Node, "enum of an array that is a parameter is not handled: give its items an enum")
	}
	slice, ok := element.Underlying().(*types.Slice)
	if !ok {
		p.stop(rs[0].Node, "oapi-codegen's type %s is not a slice", a.Place.Type)
		return a
	}
	kind := ""
	if len(items) > 0 {
		kind = p.kind(items, slice.Elem())
	}
	if reads[kind].Var == "" {
		at := rs[0].Node
		if len(items) > 0 {
			at = items[0].Node
		}
		p.stop(at, "a parameter's items must be strings, numbers, integers or booleans")
		return a
	}
	p.audit(items, kind)
	a.Text = kind == "string"
	a.Item = p.scalar(kind, items, slice.Elem())
	return a
}

// argument makes a Go identifier of a path parameter's name that is not used for
// anything else.
func (p *planner) argument(o *Operation, name string) string {
	id := letters(name)
	if id != "" {
		id = strings.ToLower(id[:1]) + id[1:]
	}
	taken := func(id string) bool {
		return p.reserved[id] || p.pkg.Declares(id) || types.Universe.Lookup(id) != nil || slices.ContainsFunc(o.Parameters, func(q *Parameter) bool { return q.Argument == id })
	}
	for !token.IsIdentifier(id) || taken(id) {
		id = "path" + id
	}
	return id
}

// Reading says how the texts of a parameter are found.
type Reading string

// The readings.
const (
	Once     Reading = "once"     // The parameter has one text.
	Split    Reading = "split"    // The items of an array stand between commas.
	Repeated Reading = "repeated" // The parameter is given once for each item.
)

// styles has the readings of arrays that are parameters, by place and style. The first of
// a place is the default.
var styles = []struct {
	in, style       string
	array, exploded Reading
}{
	{"path", "simple", Split, Split},
	{"query", "form", Split, Repeated},
	{"header", "simple", Split, Split},
}

// reading returns how the texts of a parameter are found, and stops if it is not known.
func (p *planner) reading(one parameter, rs rules, kind string) (Reading, bool) {
	if kind == "" || kind == "object" {
		p.stop(rs[0].Node, "a parameter must be a string, a number, an integer, a boolean or an array of these: move an object into the body")
		return "", false
	}
	style, standard := one.String("style"), ""
	for _, s := range styles {
		switch {
		case s.in != one.in:
			continue
		case style != "" && style != s.style:
			standard = cmp.Or(standard, s.style)
		case kind != "array":
			return Once, true
		case one.True("explode"), s.style == "form" && one.Get("explode") == nil:
			return s.exploded, true
		default:
			return s.array, true
		}
	}
	p.stop(one.Get("style"), "the style %s is not handled: use %s", style, standard)
	return "", false
}
