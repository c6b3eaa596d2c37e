package validatorgen

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
)

// value writes the reading and checking of a JSON value into target, a variable of
// type t, for a function that has a decoder d.
func (g *generator) value(rs rules, target string, t ast.Expr) {
	valueType := g.valueType(rs)
	if rs.nullable() && valueType != "" && g.enumHasNull(rs) {
		g.p("if !d.null() {")
		defer g.p("}")
	}
	switch valueType {
	case "":
		g.untyped(rs, target, t)
	case "array", "object":
		g.container(valueType, rs, target, t)
	default:
		g.primitive(valueType, rs, target, t)
	}
}

// untyped writes the reading of a value of any type. The keywords of a type apply
// if the value is of that type.
func (g *generator) untyped(rs rules, target string, t ast.Expr) {
	target, t = g.allocated(target, t)
	if !isAny(g.underlying(t)) {
		g.fail(rs[0].at, "oapi-codegen's type %s does not hold all values of a schema without a type: give it one", spell(t))
	}
	from := g.enumStart(rs)
	branches := []struct{ valueType, first string }{{"string", `'"'`}, {"number", `'0'`}, {"array", `'['`}, {"object", `'{'`}}
	branches = slices.DeleteFunc(branches, func(b struct{ valueType, first string }) bool { return !g.has(rs, keywords[b.valueType]...) })
	if len(branches) == 0 {
		g.p("%s = d.any()", bare(target))
	} else {
		g.p("switch d.json.PeekKind() {")
		for _, b := range branches {
			g.p("case %s:", b.first)
			if b.valueType == "string" || b.valueType == "number" {
				g.primitive(b.valueType, rs, target, t)
			} else {
				g.contents(b.valueType, rs, target, t)
			}
		}
		g.p("default:\n%s = d.any()\n}", bare(target))
	}
	g.jsonEnum(rs, from)
}

// primitive writes the reading of a string, number, integer or boolean.
func (g *generator) primitive(valueType string, rs rules, target string, t ast.Expr) {
	from := ""
	if valueType != "string" && g.valueType(rs) != "" {
		from = g.enumStart(rs)
	}
	var x variable
	switch valueType {
	case "string":
		x = variable{"s", "string"}
		g.p("if s, ok := d.string(); ok {")
	case "boolean":
		x = variable{"b", "bool"}
		g.p("if b, ok := d.boolean(); ok {")
	case "integer":
		x = variable{"n", "int64"}
		g.p("if n, ok := d.integer(%d); ok {", g.bits(valueType, rs, t))
	case "number":
		x = variable{"n", "number"}
		g.p("if n, ok := d.number(%d); ok {", g.bits(valueType, rs, t))
	}
	g.checked(valueType, rs, toBody, x, target, t)
	g.jsonEnum(rs, from)
	g.p("}")
}

// container writes the reading of an array or object: in place, or for a named type
// in a function that all its uses share.
func (g *generator) container(valueType string, rs rules, target string, t ast.Expr) {
	target, t = g.allocated(target, t)
	id, ok := g.unalias(t).(*ast.Ident)
	if !ok || g.types[id.Name] == nil {
		g.contents(valueType, rs, target, t)
		return
	}
	name := g.declare("decode"+id.Name, g.key(rs), func(name string) {
		g.p("// %s reads a value of the schema %s and checks it.", name, rs.title())
		g.p("func %s(d *decoder, v *%s) {", name, id.Name)
		if _, ok := g.underlying(id).(*ast.StructType); ok {
			g.contents(valueType, rs, "v", id)
		} else {
			g.contents(valueType, rs, "(*v)", id)
		}
		g.p("}\n")
	})
	g.p("%s(d, %s)", name, address(target))
}

// allocated writes the allocation of the variable that target points to, if it is a
// pointer, and returns that variable and its type.
func (g *generator) allocated(target string, t ast.Expr) (string, ast.Expr) {
	p, ok := t.(*ast.StarExpr)
	if !ok {
		return target, t
	}
	if name := spell(p.X); strings.Contains(name, ".") || strings.Contains(name, "struct") {
		g.p("allocate(&%s)", target) // The type is of another package, or has tags.
	} else {
		g.p("%s = new(%s)", target, spell(p.X))
	}
	return "(*" + target + ")", p.X
}

// declare returns the name of the declaration of a key: want, with a number appended
// if another key has that name. For a new key, write is called later, with the name.
func (g *generator) declare(want, key string, write func(name string)) string {
	name := want
	for i := 2; g.declared[name] != "" && g.declared[name] != key; i++ {
		name = want + strconv.Itoa(i)
	}
	if g.declared[name] == "" {
		g.declared[name] = key
		g.pending = append(g.pending, func() {
			g.used, g.inside = map[string]int{}, nil
			write(name)
		})
	}
	return name
}

// key returns a string that equal rules share.
func (g *generator) key(rs rules) string {
	if c, ok := g.component(rs); ok {
		return c.at
	}
	var key strings.Builder
	for _, s := range rs {
		key.WriteString(s.at + " ")
	}
	return key.String()
}

// contents writes the reading of an array or object.
func (g *generator) contents(valueType string, rs rules, target string, t ast.Expr) {
	key := g.key(rs)
	if slices.Contains(g.inside, key) {
		g.fail(rs[0].at, "oapi-codegen's type is an alias that leads back to itself")
	}
	g.inside = append(g.inside, key)
	defer func() { g.inside = g.inside[:len(g.inside)-1] }()
	if valueType == "array" {
		g.array(rs, target, t)
	} else {
		g.object(rs, target, t)
	}
}

// array writes the loop over the items of an array.
func (g *generator) array(rs rules, target string, t ast.Expr) {
	unique := slices.ContainsFunc(rs, func(s schema) bool { return s.UniqueItems })
	from := ""
	if unique || g.valueType(rs) != "" && g.has(rs, "enum") {
		from = g.rawStart()
	}
	g.p("if d.array() {")
	list, element := target, ast.Expr(ast.NewIdent("any"))
	if isAny(g.underlying(t)) {
		list = g.name("items")
		g.p("var %s []any", list)
	} else if a, ok := g.underlying(t).(*ast.ArrayType); ok && a.Len == nil {
		element = a.Elt
	} else {
		g.fail(rs[0].at, "oapi-codegen's type %s is not a slice", spell(t))
	}
	item, count := g.name("item"), g.name("count")
	counted := g.has(rs, "minItems", "maxItems")
	g.p("empty(%s)", address(list))
	if counted {
		g.p("%s := 0", count)
	}
	g.p("for d.more() {")
	if counted {
		g.p("%s++", count)
	}
	g.p("%s := extend(&d.faults, %s, %s)", item, address(list), mostItems(rs))
	g.element(g.items(rs), "(*"+item+")", element)
	g.p("}")
	g.checks("array", rs, toBody, variable{count, "int"})
	if unique {
		g.p("d.unique(%s)", from)
	}
	if list != target {
		g.p("%s = %s", bare(target), list)
	}
	if g.valueType(rs) != "" {
		g.jsonEnum(rs, from)
	}
	g.p("}")
}

// mostItems returns the number of items that all schemas allow at most.
func mostItems(rs rules) string {
	var least *uint64
	for _, s := range rs {
		if s.MaxItems != nil && (least == nil || *s.MaxItems < *least) {
			least = s.MaxItems
		}
	}
	return most(least)
}

// element writes the reading of a value, which may have no schema.
func (g *generator) element(rs rules, target string, t ast.Expr) {
	if len(rs) > 0 {
		g.value(rs, target, t)
		return
	}
	g.p("%s = d.any()", bare(target))
}

// object writes the loop over the members of an object.
func (g *generator) object(rs rules, target string, t ast.Expr) {
	store, finish := g.members(rs, target, t)
	names := g.propertyNames(rs)
	from := ""
	if g.valueType(rs) != "" {
		from = g.enumStart(rs)
	}
	g.p("if d.object() {")
	store.begin()
	given, count := g.name("given"), g.name("count")
	if len(names) > 0 {
		g.p("var %s [%d]bool", given, len(names))
	}
	counted := g.has(rs, "minProperties", "maxProperties")
	if counted {
		g.p("%s := 0", count)
	}
	g.p("for d.next() {")
	if counted {
		g.p("%s++", count)
	}
	open := g.openMembers(rs)
	if !open.allowed {
		open.known = names
	}
	if len(names) > 0 {
		g.p("switch string(d.name) {")
	}
	for i, name := range names {
		g.p("case %q:\nif d.member(%q, &%s[%d]) {", name, name, given, i)
		g.property(rs, name, store)
		g.p("}")
	}
	if len(names) > 0 {
		g.p("default:")
	}
	g.openMember(rs, open, store)
	if len(names) > 0 {
		g.p("}")
	}
	g.p("}")
	g.requireMembers(rs, names, given)
	g.checks("object", rs, toBody, variable{count, "int"})
	g.jsonEnum(rs, from)
	finish()
	g.p("}")
}

// propertyNames returns the names of properties, and of required members that are
// not properties, in the order of the schemas.
func (g *generator) propertyNames(rs rules) (names []string) {
	for _, s := range rs {
		for _, name := range slices.Concat(g.keys(join(s.at, "properties")), s.Required) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// requireMembers writes the checks for missing members. A read-only member is not
// required in requests.
func (g *generator) requireMembers(rs rules, names []string, given string) {
	for i, name := range names {
		property, _ := g.propertyRules(rs, name)
		required := slices.ContainsFunc(rs, func(s schema) bool { return slices.Contains(s.Required, name) })
		if required && !property.readOnly() {
			g.p("d.required(%s[%d], %q)", given, i, name)
		}
	}
}

// propertyRules returns the schemas that apply to the member of a name, and whether
// the member is allowed.
func (g *generator) propertyRules(rs rules, name string) (found rules, allowed bool) {
	allowed = true
	for _, s := range rs {
		switch p := s.Properties[name]; {
		case p != nil:
			found = append(found, g.rules(p, join(s.at, "properties", name))...)
		case s.AdditionalProperties.Schema != nil:
			found = append(found, g.rules(s.AdditionalProperties.Schema, join(s.at, "additionalProperties"))...)
		case s.AdditionalProperties.Has != nil && !*s.AdditionalProperties.Has:
			allowed = false
		}
	}
	return found, allowed
}

// property writes the reading of a member that a schema names.
func (g *generator) property(rs rules, name string, to members) {
	property, allowed := g.propertyRules(rs, name)
	switch {
	case !allowed && slices.ContainsFunc(rs, func(s schema) bool { return slices.Contains(s.Required, name) }):
		g.fail(rs[0].at, "%s is required and not allowed: no object is valid", name)
	case !allowed:
		g.p("d.unknown(%q)", rs.title())
	case property.readOnly():
		g.p("d.readOnly()")
	default:
		to.member(property, name)
	}
}

// openMembers describes the members that no schema names.
type openMembers struct {
	allowed bool
	rules   rules
	known   []string // The names that a misspelling may mean, if they are not allowed.
}

func (g *generator) openMembers(rs rules) (open openMembers) {
	open.rules, open.allowed = g.propertyRules(rs, "\x00") // No schema has this name.
	return open
}

// openMember writes the reading of a member that no schema names.
func (g *generator) openMember(rs rules, open openMembers, to members) {
	if open.allowed {
		to.other(open.rules)
	} else {
		g.p("d.unknown(%q%s)", rs.title(), quoted(open.known))
	}
}

// quoted returns names as Go source: arguments that follow another.
func quoted(names []string) string {
	var b strings.Builder
	for _, n := range names {
		b.WriteString(", " + strconv.Quote(n))
	}
	return b.String()
}

// address returns the address of a variable as Go source; v is a pointer already.
func address(target string) string {
	if target == "v" {
		return target
	}
	if pointer, ok := strings.CutPrefix(bare(target), "*"); ok {
		return pointer
	}
	return "&" + target
}

// bare returns a variable without the parentheses that only a selector or index
// needs.
func bare(target string) string {
	if inner, ok := strings.CutPrefix(target, "(*"); ok && strings.HasSuffix(inner, ")") {
		return "*" + strings.TrimSuffix(inner, ")")
	}
	return target
}

func isAny(t ast.Expr) bool {
	i, ok := t.(*ast.InterfaceType)
	id, named := t.(*ast.Ident)
	return ok && i.Methods.NumFields() == 0 || named && id.Name == "any"
}
