package plan

import (
	"fmt"
	"go/token"
	"go/types"
	"net/textproto"
	"regexp"
	"slices"
	"strings"

	"example.com/tasks/internal/validatorgen/spec"
	"example.com/tasks/internal/validatorgen/target"
)

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// operations plans all operations that the options do not skip. The error says which of
// those to skip does not exist.
func (p *planner) operations() error {
	paths := p.Root.Get("paths")
	if paths == nil || len(paths.Names) == 0 {
		p.note(p.Root, "the document has no paths: there is nothing to validate")
		paths = &spec.Node{}
	}
	left := slices.Clone(p.options.Skip)
	claimed := map[string]*spec.Node{}
	for _, path := range paths.Names {
		if !strings.HasPrefix(path, "/") {
			continue // An extension.
		}
		item, problem := p.Resolve(paths.Get(path))
		if problem != nil {
			p.lost(problem)
			continue
		}
		if item != paths.Get(path) {
			p.beside(paths.Get(path))
		}
		alias := strings.HasPrefix(paths.Get(path).String("$ref"), "#/paths/")
		for _, method := range item.Names {
			if !slices.Contains(methods, method) || item.Get(method).Kind != spec.Map {
				continue
			}
			o := &Operation{ID: item.Get(method).String("operationId"), Method: strings.ToUpper(method), Path: path, node: item.Get(method)}
			is := func(name string) bool { return name == o.ID || strings.EqualFold(name, o.Method+" "+path) }
			if slices.ContainsFunc(p.options.Skip, is) {
				left = slices.DeleteFunc(left, is)
				p.skip(o, nil)
				continue
			}
			p.plan.Operations = append(p.plan.Operations, o)
			p.in(&o.unit, func() { p.operation(o, item, alias, claimed) })
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("%s: there is no operation %s to skip", p.File, left[0])
	}
	return nil
}

// lost handles a problem due to which a path has no operations that could be skipped.
func (p *planner) lost(problem *spec.Problem) {
	if p.options.SkipUnsupported {
		p.unit.notes = append(p.unit.notes, problem)
	} else {
		p.unit.problems = append(p.unit.problems, problem)
	}
}

// beside notes what stands beside the reference of a path, which oapi-codegen ignores.
func (p *planner) beside(n *spec.Node) {
	for _, key := range n.Names {
		if key != "$ref" && !spec.IsAnnotation(key) {
			p.note(n.Get(key), "what stands beside $ref is ignored, as oapi-codegen does: move it to where the reference leads")
		}
	}
}

// operation plans an operation of a path item. Alias says whether the path refers to
// another path. Claimed has the nodes of the operations before it by their names.
func (p *planner) operation(o *Operation, item *spec.Node, alias bool, claimed map[string]*spec.Node) {
	id := o.ID
	if id == "" { // As oapi-codegen makes it.
		id = strings.ToLower(o.Method) + strings.ReplaceAll(o.Path, "/", "-")
		o.ID = o.Method + " " + o.Path
	}
	p.inside, p.within = nil, nil
	p.keys(item, append([]string{"parameters", "servers", "$ref"}, methods...)...)
	p.keys(o.node, "operationId", "parameters", "requestBody", "responses", "security", "servers", "callbacks")
	name, ok := p.typeLike(id, "RequestObject")
	request := p.pkg.Lookup(name + "RequestObject")
	if !ok || request == nil {
		p.stop(o.node, "%s has no type for the requests of %s: run oapi-codegen first, with models and strict-server", p.pkg.Dir, o.ID)
		return
	}
	o.Name = name
	o.Secured = p.secured(o.node)
	if alias { // oapi-codegen has the one handler for both paths.
		o.Alias, o.Name = name, p.aliasName(name, claimed)
		return
	}
	if other := claimed[name]; other != nil {
		p.stop(o.node, "oapi-codegen has one name, %s, for this operation and that in line %d: give one of them another operationId", name, other.Line)
	}
	claimed[name] = o.node
	fields, ok := target.Fields(request)
	if !ok {
		p.stop(o.node, "%sRequestObject is not a struct", name)
	}
	p.parameters(o, item, fields)
	if body := o.node.Get("requestBody"); body != nil {
		p.body(o, body, fields)
	}
	if p.options.Encoders {
		o.Responses = p.responses(id, o.node.Get("responses"))
	}
}

// aliasName returns the name that oapi-codegen gives to the next alias of an operation.
func (p *planner) aliasName(name string, claimed map[string]*spec.Node) string {
	for i := 0; ; i++ {
		if alias := fmt.Sprintf("%sAlias%d", name, i); claimed[alias] == nil {
			claimed[alias] = p.Root
			return alias
		}
	}
}

// secured reports whether an operation demands credentials, in at least one alternative.
func (p *planner) secured(operation *spec.Node) bool {
	security := operation.Get("security")
	if security == nil {
		security = p.Root.Get("security")
	}
	return security != nil && slices.ContainsFunc(security.Items, func(n *spec.Node) bool { return len(n.Names) > 0 })
}

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
			n, problem := p.Resolve(ref)
			if problem != nil {
				p.unit.problems = append(p.unit.problems, problem)
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

// styles has the readings of parameters by place, style, and whether the value is an
// array, and whether that is exploded. The first of a place is the default.
var styles = []struct {
	in, style      string
	array, explode bool
	reading        Reading
}{
	{"path", "simple", false, false, Once},
	{"path", "simple", false, true, Once},
	{"path", "simple", true, false, Split},
	{"path", "simple", true, true, Split},
	{"query", "form", false, true, Once},
	{"query", "form", false, false, Once},
	{"query", "form", true, true, Repeated},
	{"query", "form", true, false, Split},
	{"header", "simple", false, false, Once},
	{"header", "simple", false, true, Once},
	{"header", "simple", true, false, Split},
	{"header", "simple", true, true, Split},
}

// reading returns how the texts of a parameter are found, and stops if it is not known.
func (p *planner) reading(one parameter, rs rules, kind string) (Reading, bool) {
	if kind == "" || kind == "object" {
		p.stop(rs[0].Node, "a parameter must be a string, a number, an integer, a boolean or an array of these: move an object into the body")
		return "", false
	}
	style, standard := one.String("style"), ""
	for _, s := range styles {
		if s.in != one.in {
			continue
		}
		if standard == "" {
			standard = s.style
		}
		explode := s.style == "form"
		if e := one.Get("explode"); e != nil {
			explode = one.True("explode")
		}
		if (style == "" || style == s.style) && s.array == (kind == "array") && s.explode == explode {
			return s.reading, true
		}
	}
	p.stop(one.Get("style"), "the style %s is not handled: use %s", style, standard)
	return "", false
}
