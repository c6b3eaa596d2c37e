package validatorgen

import "go/ast"

// members says where the members of an object are stored: in the fields of a
// struct, in the entries of a map, or in both.
type members struct {
	begin  func()                            // Writes what precedes the loop.
	member func(property rules, name string) // Writes the reading of a member that a schema names.
	other  func(rules)                       // Writes the reading of a member that no schema names.
}

// members returns where to store the members of an object that is read into
// target, of type t, and a function that writes what follows the loop.
func (g *generator) members(rs rules, target string, t ast.Expr) (m members, finish func()) {
	finish = func() {}
	switch u := g.underlying(t).(type) {
	case *ast.StructType:
		return g.structMembers(rs, target, t), finish
	case *ast.MapType:
		return g.mapMembers(target, u.Value, func() { g.p("begin(%s)", address(target)) }), finish
	}
	if !isAny(g.underlying(t)) {
		g.fail(rs[0].at, "oapi-codegen's type %s is not a struct or a map", spell(t))
	}
	entries := g.name("entries")
	m = g.mapMembers(entries, ast.NewIdent("any"), func() { g.p("%s := make(map[string]any)", entries) })
	return m, func() { g.p("%s = %s", bare(target), entries) }
}

// mapMembers stores all members in a map.
func (g *generator) mapMembers(target string, element ast.Expr, begin func()) members {
	return members{
		begin:  begin,
		member: func(property rules, name string) { g.entry(property, target, quote(name), element) },
		other: func(rs rules) {
			name := g.otherMember(target)
			g.entry(rs, target, name, element)
			g.p("}")
		},
	}
}

// entry writes the reading of a value into an entry of a map.
func (g *generator) entry(rs rules, target, key string, element ast.Expr) {
	if len(rs) == 0 {
		g.p("put(%s, %s, d.any())", address(target), key)
		return
	}
	entry := g.name("entry")
	g.p("%s := element(%s)", entry, bare(target))
	g.value(rs, entry, element)
	g.p("put(%s, %s, %s)", address(target), key, entry)
}

// otherMember begins an if statement for a member that no schema names and of
// whose name the map has no entry yet. It returns the variable with the name.
func (g *generator) otherMember(target string) (name string) {
	name = g.name("name")
	g.p("%s := string(d.name)", name)
	g.p("if d.other(%s, has(%s, %s)) {", name, bare(target), name)
	return name
}

// namedField returns the field of a member, and whether there is one.
func namedField(fields map[string]field, name string) (field, bool) {
	f, ok := fields[name]
	return f, ok && name != ""
}

// structMembers stores members in the fields of their names, and others in the
// field AdditionalProperties. Without that field, they are read and dropped, as
// oapi-codegen does.
func (g *generator) structMembers(rs rules, target string, t ast.Expr) members {
	fields, _ := g.fields(t)
	others, kept := fields[""]
	entries, ok := others.typ.(*ast.MapType)
	if kept && !ok {
		g.fail(rs[0].at, "oapi-codegen's field %s is not a map", others.name)
	}
	m := members{begin: func() {}}
	m.member = func(property rules, name string) {
		switch f, ok := namedField(fields, name); {
		case ok && len(property) > 0:
			g.value(property, target+"."+f.name, f.typ)
		case ok:
			g.fail(rs[0].at, "oapi-codegen's type has a field for %s, and no schema describes it", name)
		case kept:
			g.entry(property, target+"."+others.name, quote(name), entries.Value)
		case len(property) > 0:
			g.fail(property[0].at, "oapi-codegen's type has no field for %s", name)
		default:
			g.p("d.any()")
		}
	}
	if kept {
		m.other = g.mapMembers(target+"."+others.name, entries.Value, nil).other
		return m
	}
	seen := g.name("others")
	if g.openMembers(rs).allowed {
		m.begin = func() { g.p("var %s map[string]bool", seen) }
	}
	m.other = func(rs rules) {
		if len(rs) > 0 {
			g.fail(rs[0].at, "oapi-codegen's type has no field for additional properties")
		}
		g.p("put(&%s, %s, true)\nd.any()\n}", seen, g.otherMember(seen))
	}
	return m
}
