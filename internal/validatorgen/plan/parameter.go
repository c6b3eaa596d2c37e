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

// places are where parameters may be, in the order in which they are read.
var places = []string{"path", "query", "header", "cookie"}

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
	inner := target.FieldOf(fields, "Params")
	params := []target.Field(nil)
	if inner != nil {
		params, _ = target.Fields(inner.Type)
	}
	for _, in := range places {
		some := slices.DeleteFunc(slices.Clone(all), func(q parameter) bool { return q.in != in })
		if in == "path" {
			some = p.byPath(o, some)
		}
		for _, one := range some {
			holder, prefix := params, "Params."
			if in == "path" {
				holder, prefix = fields, ""
			}
			if planned := p.parameter(o, one, target.FieldOf(holder, one.name), prefix); planned != nil {
				o.Parameters = append(o.Parameters, planned)
			}
		}
	}
	last := func(q *Parameter) bool { return q.Reading == Spread && q.Names == nil } // It takes all names that are left.
	slices.SortStableFunc(o.Parameters, func(a, b *Parameter) int {
		if a.In != "query" || b.In != "query" || last(a) == last(b) {
			return 0
		} else if last(a) {
			return 1
		}
		return -1
	})
	for _, one := range all {
		if !slices.Contains(places, one.in) {
			p.stop(one.Node, "a parameter must be in %s", strings.Join(places, ", "))
		}
	}
}

// InPath matches a parameter in a path, with what oapi-codegen allows around its name.
var InPath = regexp.MustCompile(`\{[.;?]?([^{}*]+)\*?\}`)

// byPath returns the parameters of a path in the order in which they stand there.
func (p *planner) byPath(o *Operation, all []parameter) (sorted []parameter) {
	for _, found := range InPath.FindAllStringSubmatch(o.Path, -1) {
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

// parameter plans a parameter, or returns nil if it stops.
func (p *planner) parameter(o *Operation, one parameter, f *target.Field, prefix string) *Parameter {
	p.keys(one.Node, "name", "in", "required", "schema", "content", "style", "explode", "allowReserved", "allowEmptyValue")
	ignored := slices.Contains([]string{"Accept", "Content-Type", "Authorization"}, textproto.CanonicalMIMEHeaderKey(one.name))
	schema, isJSON := one.Get("schema"), false
	if content := one.Get("content"); content != nil && len(content.Names) == 1 {
		p.keys(content.Get(content.Names[0]), "schema")
		schema, isJSON = content.Get(content.Names[0]).Get("schema"), isJSONType(content.Names[0])
	}
	switch {
	case one.in == "header" && ignored:
		p.note(one.Node, "OpenAPI ignores header parameters of this name, so it is not read: responses, requestBody or security describe it")
		return nil
	case schema == nil:
		p.stop(one.Node, "a parameter needs a schema, or content of one media type with a schema")
		return nil
	case f == nil:
		p.stop(one.Node, "oapi-codegen's type has no field for %s", one.name)
		return nil
	}
	result := &Parameter{In: one.in, Name: one.name, Required: one.True("required"), Empty: one.in == "query" && one.True("allowEmptyValue"), Field: prefix + f.Name}
	if one.in == "path" {
		result.Argument = p.argument(o, one.name)
	}
	rs := p.rules(schema)
	if isJSON {
		p.noteDefault(rs)
		result.Reading, result.Value = Document, p.value(rs, f.Type)
		return result
	}
	return p.styled(result, one, rs, f.Type)
}

// styled plans a parameter that is written in a style.
func (p *planner) styled(result *Parameter, one parameter, rs rules, t types.Type) *Parameter {
	if some, ok := p.orNull(rs); ok {
		rs = some
	}
	kind := p.kind(rs, t)
	switch {
	case kind == "" && p.objects(rs):
		kind = "object"
	case p.formKind(rs) == "several":
		p.severalKinds(rs)
	case kind == "" && p.types(rs) != nil:
		p.stop(rs[0].Node, "a parameter of several types must have them as alternatives: use oneOf")
	}
	kind = cmp.Or(kind, "string") // A text is a string unless something else is said.
	if !p.style(result, one, kind) {
		return nil
	}
	if p.nullable(rs) {
		p.note(rs[0].Node, "null can't be sent as a parameter, but the parameter may be left out")
	}
	if kind == "object" || len(rs.choices()) > 0 && result.Reading == Once {
		p.noteDefault(rs)
		result.Value = p.value(rs, t)
		others, allowed := p.others(rs)
		open := allowed && (len(others) > 0 || rs.has("additionalProperties")) || len(rs.choices()) > 0
		if result.Reading == Spread && !open {
			result.Names = rs.names()
		}
		return result
	}
	switch kind {
	case "array":
		p.audit(rs, kind)
		a := p.parameterArray(rs, t)
		if item, ok := a.Item.(*Scalar); ok {
			result.Value, result.Default = a, p.defaults(rs, item)
			return result
		}
		return nil
	}
	p.audit(rs, kind)
	s := p.scalar(kind, rs, t)
	result.Value, result.Default = s, p.defaults(rs, s)
	return result
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
		kind = cmp.Or(p.kind(items, slice.Elem()), "string")
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
	id := target.Letters(name)
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
	Split    Reading = "split"    // The items of an array stand in one text.
	Repeated Reading = "repeated" // The parameter is given once for each item.
	Members  Reading = "members"  // The members of an object stand in one text.
	Deep     Reading = "deep"     // Each member of an object is a parameter of a name with brackets.
	Spread   Reading = "spread"   // Each member of an object is a parameter of its name.
	Document Reading = "document" // The text is JSON.
)

// styles has the readings of arrays and objects that are parameters, by place and style,
// and of exploded ones. The first of a place is the default.
var styles = []struct {
	in, style         string
	array, object     Reading
	arrays, objects   Reading // Exploded.
	separator, spread string  // Between items or members, and between exploded ones.
}{
	{"path", "simple", Split, Members, Split, Members, ",", ","},
	{"path", "label", Split, Members, Split, Members, ",", "."},
	{"path", "matrix", Split, Members, Split, Members, ",", ";"},
	{"query", "form", Split, Members, Repeated, Spread, ",", ""},
	{"query", "spaceDelimited", Split, Members, Repeated, "", " ", ""},
	{"query", "pipeDelimited", Split, Members, Repeated, "", "|", ""},
	{"query", "deepObject", "", Deep, "", Deep, "", ""},
	{"header", "simple", Split, Members, Split, Members, ",", ","},
	{"cookie", "form", Split, Members, Split, Members, ",", ","}, // As oapi-codegen reads exploded ones.
}

// style sets how a parameter of a kind is written, and stops if that is not known.
func (p *planner) style(result *Parameter, one parameter, kind string) bool {
	style := one.String("style")
	for _, s := range styles {
		if s.in != one.in || style != "" && style != s.style {
			continue
		}
		exploded := one.True("explode") || s.style == "form" && one.Get("explode") == nil
		readings := map[string][2]Reading{"array": {s.array, s.arrays}, "object": {s.object, s.objects}}
		reading, ok := readings[kind]
		result.Reading, result.Style = Once, Style{}
		switch {
		case ok && exploded:
			result.Reading, result.Style = reading[1], Style{Separator: s.spread, Pairs: true}
		case ok:
			result.Reading, result.Style = reading[0], Style{Separator: s.separator}
		}
		switch named := ";" + one.name + "="; {
		case s.style == "label":
			result.Style.Prefix = "."
		case s.style == "matrix" && exploded && kind == "object":
			result.Style.Prefix = ";"
		case s.style == "matrix" && exploded && kind == "array":
			result.Style.Prefix, result.Style.Separator = named, named
		case s.style == "matrix":
			result.Style.Prefix = named
		}
		if result.Reading != "" {
			return true
		}
	}
	p.stop(one.Node, "the style %s is not one for %s in %s", style, plural[kind], one.in)
	return false
}
