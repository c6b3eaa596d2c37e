package plan

import (
	"go/types"
	"slices"

	"example.com/tasks/internal/validatorgen/spec"
	"example.com/tasks/internal/validatorgen/target"
)

var anyType types.Type = types.NewInterfaceType(nil, nil)

// value plans the reading of a JSON value into a variable of type t.
func (p *planner) value(rs rules, t types.Type) Value {
	if len(rs) == 0 {
		return p.any(t)
	}
	if invalid(t) {
		p.stop(rs[0].Node, "oapi-codegen's type is an alias that leads back to itself, or does not compile")
		return p.any(anyType)
	}
	if inner, ok := target.Nullable(t); ok {
		v := &Nullable{Base{Place: p.place(t)}, p.value(rs, inner)}
		v.Nullable, v.Value.Common().Nullable = v.Value.Common().Nullable, false
		return v
	}
	nullable := p.nullable(rs)
	if some, ok := p.orNull(rs); ok {
		v := p.value(some, t)
		v.Common().Nullable = nullable
		return v
	}
	kind := p.kind(rs, t)
	handled := p.audit(rs, kind, "oneOf", "anyOf", "not")
	var v Value
	element, _ := target.Element(t)
	switch {
	case kind == "" && !handled:
		return p.any(t)
	case kind == "array" || kind == "object" || target.IsUnion(element):
		v = p.container(kind, rs, t)
	case kind == "":
		v = p.judged(rs, p.untyped(rs, t), t)
	default:
		v = p.judged(rs, p.scalar(kind, rs, t), t)
	}
	v.Common().Nullable = nullable
	return v
}

// any plans the reading of a value that nothing is said about.
func (p *planner) any(t types.Type) Value { return &Any{Base{Place: p.place(t)}} }

// invalid reports whether t is not a type that compiles.
func invalid(t types.Type) bool {
	element, _ := target.Element(t)
	return types.Unalias(element) == types.Typ[types.Invalid]
}

// place returns how t holds a value as it is.
func (p *planner) place(t types.Type) Place {
	element, pointer := target.Element(t)
	source, local := p.pkg.Spell(element)
	return Place{Type: source, Pointer: pointer, Foreign: !local, Any: target.IsAny(element)}
}

// untyped plans the reading of a value of any type. The keywords of a type apply if the
// value is of that type.
func (p *planner) untyped(rs rules, t types.Type) Value {
	v := &Branches{Base: Base{Place: p.place(t), Enums: p.enums(rs)}}
	if !v.Place.Any {
		p.stop(rs[0].Node, "oapi-codegen's type %s does not hold all values of a schema without a type: give it one", v.Place.Type)
		return v
	}
	allowed := p.types(rs)
	if allowed != nil {
		v.Must = "must be " + oneOfTypes(allowed)
	}
	for _, kind := range []string{"string", "boolean", "integer", "number", "array", "object"} {
		if allowed != nil && !slices.Contains(allowed, kind) || allowed == nil && !rs.about(kind) {
			continue
		}
		b := Branch{Kinds: kinds([]string{kind})}
		if kind == "array" || kind == "object" {
			b.Value = p.contents(kind, rs, anyType)
		} else {
			b.Value = p.scalar(kind, rs, anyType)
		}
		base := b.Value.Common() // The enums are those of all values.
		base.Enums, base.Checks = nil, slices.DeleteFunc(base.Checks, func(c Check) bool { return c.Func == "oneOf" })
		v.Cases = append(v.Cases, b)
	}
	if len(v.Cases) == 0 && v.Enums == nil && allowed == nil {
		return p.any(t)
	}
	return v
}

// about reports whether keywords apply to values of a type, apart from integers.
func (rs rules) about(kind string) bool {
	return slices.ContainsFunc(rs, func(s *spec.Schema) bool {
		return slices.ContainsFunc(s.Names, func(key string) bool { return keywords[key].kind == kind || key == "format" && kind == "number" })
	})
}

// scalar plans the reading of a string, number, integer or boolean.
func (p *planner) scalar(kind string, rs rules, t types.Type) *Scalar {
	element, _ := target.Element(t)
	v := &Scalar{Base: Base{Place: p.place(t)}, Read: reads[kind]}
	goType := v.Read.Type
	switch kind {
	case "string":
		v.Format = p.stringFormat(rs)
		u := element.Underlying().String()
		v.UUID = v.Format == nil && target.IsUUID(element) // Due to x-go-type.
		v.Parsed = v.Format != nil && v.Format.Type != "" && u != "string" && !v.Place.Any
		if v.Parsed {
			goType = v.Format.Type
		} else if v.UUID {
			goType = "[16]byte"
		}
	case "integer":
		v.Read.Bits = p.bits(rs, element, "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
	case "number":
		v.Read.Bits = p.bits(rs, element, "float", "double")
	}
	v.Checks = p.shared(kind, rs, v.Read)
	if kind != "string" {
		v.Enums = p.enums(rs)
	}
	if most, ok := unsigned[element.Underlying().String()]; ok && kind == "integer" {
		v.Checks = append(v.Checks, Check{"atLeast", "", []string{"0"}})
		if most != "" {
			v.Checks = append(v.Checks, Check{"atMost", "", []string{most}})
		} else {
			p.note(rs[0].Node, "integers above 9223372036854775807 are refused")
		}
	}
	if !p.fit(&v.Place, element, goType) {
		p.stop(rs[0].Node, "oapi-codegen's type %s does not hold what was checked", v.Place.Type)
	}
	return v
}

// bits returns the width of a number in bits: that of its format or, if smaller, of its
// Go type.
func (p *planner) bits(rs rules, element types.Type, formats ...string) int {
	bits, format, goType := 64, p.format(rs, formats...), element.Underlying().String()
	for _, name := range []string{format, goType} {
		if n := widths[name]; n != 0 {
			bits = min(bits, n)
		}
	}
	if goType == "float32" && format != "float" && !slices.ContainsFunc(rs, func(s *spec.Schema) bool { return s.At != rs[0].At }) {
		p.note(rs[0].Node, "oapi-codegen's type is float32, which holds 7 digits and numbers up to 3.4e38: a value is checked as it is sent, and then rounded; with format: double it is float64")
	}
	return bits
}

// fit completes a place for values of a Go type, and reports whether it holds them.
func (p *planner) fit(place *Place, element types.Type, goType string) bool {
	u, is := element.Underlying(), types.Unalias(element).String()
	name := u.String()
	switch {
	case place.Any && goType == "int64":
		place.Convert = "float64"
	case place.Any, is == goType, is == "float64" && goType == "number":
	case goType == "[16]byte" && target.IsUUID(element):
		place.Set = "setUUID"
	case goType == "time.Time" && target.IsDate(element):
		place.Set = "setDate"
	case goType == "string" && target.IsDuration(element):
		place.Set = "setDuration"
	case goType == "string" && name == "string" && place.Foreign:
		place.Set = "setString"
	case place.Foreign:
		return false
	case goType == "number" && (name == "float32" || name == "float64"), goType == "int64" && isInteger(u), goType == "time.Time" && target.IsTime(element), goType == name:
		place.Convert = place.Type
	default:
		return false
	}
	return true
}

func isInteger(t types.Type) bool {
	b, ok := t.(*types.Basic)
	return ok && b.Info()&types.IsInteger != 0
}

// judged adds the alternatives to the plan of a value, if there are any.
func (p *planner) judged(rs rules, v Value, t types.Type) Value {
	if len(rs.choices()) == 0 {
		return v
	}
	return p.union(rs, v, t)
}

// container plans the reading of an array, an object or a union: in place, or for a named
// type in a function that all its uses share.
func (p *planner) container(kind string, rs rules, t types.Type) Value {
	element, _ := target.Element(t)
	name, ok := p.pkg.Named(element)
	if !ok {
		return p.contents(kind, rs, t)
	}
	f := p.declare("decode"+name, rs.key(), func(function string) (*unit, func()) {
		f := &Function{Name: function, Title: rs.title(), Type: name}
		p.plan.Functions = append(p.plan.Functions, f)
		return &f.unit, func() { f.Value = p.contents(kind, rs, element) }
	})
	return &Call{Base{Place: p.place(t)}, f}
}

// contents plans the reading of an array, an object or a union.
func (p *planner) contents(kind string, rs rules, t types.Type) Value {
	key := rs.key()
	if slices.Contains(p.within, key) {
		p.stop(rs[0].Node, "oapi-codegen's type is an alias that leads back to itself")
		return p.any(t)
	}
	p.within = append(p.within, key)
	defer func() { p.within = p.within[:len(p.within)-1] }()
	element, _ := target.Element(t)
	switch {
	case kind == "array":
		return p.judged(rs, p.array(rs, t), t)
	case target.IsUnion(element) && (kind == "" || p.objects(rs) && !rs.says("type", "oneOf", "anyOf", "not")):
		return p.union(rs, nil, t)
	}
	return p.judged(rs, p.object(rs, t), t)
}

func (p *planner) array(rs rules, t types.Type) Value {
	element, _ := target.Element(t)
	v := &Array{Base: Base{Place: p.place(t), Enums: p.enums(rs)}, Most: mostItems(rs), Unique: rs.unique()}
	item := anyType
	if s, ok := element.Underlying().(*types.Slice); ok {
		item = s.Elem()
	} else if !v.Place.Any {
		p.stop(rs[0].Node, "oapi-codegen's type %s is not a slice", v.Place.Type)
	}
	v.Item = p.value(p.items(rs), item)
	v.Checks = p.checks("array", rs, Read{Type: "int"})
	return v
}

func (rs rules) unique() bool {
	return slices.ContainsFunc(rs, func(s *spec.Schema) bool { return s.True("uniqueItems") })
}

// mostItems returns the number of items that all schemas allow at most.
func mostItems(rs rules) string {
	var least *spec.Node
	for _, s := range rs {
		if n, ok := s.Get("maxItems").Rat(); ok {
			if m, ok := least.Rat(); !ok || n.Cmp(m) < 0 {
				least = s.Get("maxItems")
			}
		}
	}
	return limit(least, "math.MaxInt")
}

// object plans the reading of an object.
func (p *planner) object(rs rules, t types.Type) Value {
	element, _ := target.Element(t)
	v := &Object{Base: Base{Place: p.place(t), Enums: p.enums(rs)}, Title: rs.title()}
	o := &objectPlanner{p, rs, v, map[string]target.Field{}, anyType}
	if fields, ok := target.Fields(element); ok {
		o.fields(fields)
	} else if m, ok := element.Underlying().(*types.Map); ok {
		v.Map, o.entry = true, m.Elem()
	} else if v.Map = true; !v.Place.Any {
		p.stop(rs[0].Node, "oapi-codegen's type %s is not a struct or a map", v.Place.Type)
	}
	for _, name := range rs.names() {
		v.Members = append(v.Members, o.member(name))
	}
	if others, allowed := p.others(rs); allowed {
		v.Others = o.kept(others)
	} else {
		v.Known = rs.names()
	}
	v.Checks = p.checks("object", rs, Read{Type: "int"})
	return v
}

// objectPlanner plans where the members of an object are kept.
type objectPlanner struct {
	*planner
	rules  rules
	object *Object
	named  map[string]target.Field // The fields of a struct by the names of the members.
	entry  types.Type              // The type of the entries of the map.
}

// fields finds where a struct keeps members: in the fields of their names, and others in
// the field AdditionalProperties. Without that, these are read and dropped, as
// oapi-codegen does.
func (o *objectPlanner) fields(fields []target.Field) {
	for _, f := range fields {
		if f.JSON != "-" {
			o.named[f.JSON] = f
			continue
		}
		m, ok := f.Type.Underlying().(*types.Map)
		if !ok {
			o.stop(o.rules[0].Node, "oapi-codegen's field %s is not a map", f.Name)
			continue
		}
		o.object.Extra, o.entry = f.Name, m.Elem()
	}
}

// member plans a member that a schema names.
func (o *objectPlanner) member(name string) Member {
	m := Member{Name: name, Required: o.rules.requires(name)}
	property, allowed := o.property(o.rules, name)
	field, ok := o.named[name]
	at := o.rules[0].Node
	if len(property) > 0 {
		at = property[0].Node
	}
	switch {
	case !allowed && m.Required:
		o.stop(o.rules[0].Node, "%s is required and not allowed: no object is valid", name)
	case !allowed:
		m.Use = Refuse
	case property.readOnly():
		m.Use, m.Required = Locked, false
	case ok && len(property) == 0 && !target.IsAny(field.Type):
		o.stop(at, "oapi-codegen's type has a field for %s, and no schema describes it", name)
	case ok:
		m.Field, m.Value = field.Name, o.value(property, field.Type)
		o.noteDefault(property)
	case !o.object.Map && o.object.Extra == "" && len(property) > 0:
		o.stop(at, "oapi-codegen's type has no field for %s", name)
	default:
		kept := o.kept(property)
		kept.Name, kept.Required = m.Name, m.Required
		return *kept
	}
	return m
}

// noteDefault notes that a default is not applied.
func (p *planner) noteDefault(property rules) {
	for _, s := range property {
		if s.Has("default") {
			p.note(s.Get("default"), "the default is not applied: what is not given is the zero value, as with oapi-codegen")
		}
	}
}

// kept plans a member that becomes an entry of a map, or is dropped.
func (o *objectPlanner) kept(rs rules) *Member {
	if o.object.Map || o.object.Extra != "" {
		return &Member{Value: o.value(rs, o.entry)}
	}
	if len(rs) > 0 {
		o.stop(rs[0].Node, "oapi-codegen's type has no field for additional properties")
	}
	return &Member{Use: Drop}
}
