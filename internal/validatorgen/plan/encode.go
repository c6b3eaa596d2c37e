package plan

import (
	"go/types"
	"slices"
	"strings"

	"example.com/tasks/internal/validatorgen/spec"
	"example.com/tasks/internal/validatorgen/target"
)

// encoders plans the functions that append the bodies of an operation's JSON responses.
// They depend on oapi-codegen's types alone, since nothing checks responses. A body
// whose type has no name gets no function.
func (p *planner) encoders(id string, responses *spec.Node) {
	if responses == nil {
		return
	}
	for _, status := range responses.Names {
		response, problem := p.Resolve(responses.Get(status))
		content := response.Get("content")
		if problem != nil || content == nil {
			continue
		}
		for _, mediaType := range content.Names {
			if !isJSON(mediaType) {
				continue
			}
			name, ok := p.bodyType(id+status, mediaType, content.Get(mediaType).Get("schema"))
			if !ok {
				continue
			}
			if item, ok := listItem(p.pkg.Lookup(name)); ok {
				p.pieceEncoder(name, item)
			} else {
				p.encoder(name)
			}
		}
	}
}

// bodyType returns the name of a response body's type, and whether it has one: that of
// the component, or the one that gen/templates and oapi-codegen give to inline schemas.
func (p *planner) bodyType(response, mediaType string, schema *spec.Node) (name string, ok bool) {
	if ref := schema.String("$ref"); ref != "" {
		return p.typeLike(strings.NewReplacer("~1", "/", "~0", "~").Replace(ref[strings.LastIndex(ref, "/")+1:]), "")
	}
	if mediaType == "application/json" {
		mediaType = "JSON"
	}
	name, ok = p.typeLike(response+strings.ReplaceAll(mediaType, "+", "plus"), "ResponseBody")
	return name + "ResponseBody", ok
}

// encoder declares the function that appends values of a named type.
func (p *planner) encoder(name string) string {
	t := p.pkg.Lookup(name)
	want := "Append" + name
	if _, ok := listItem(t); ok {
		want = "append" + name // The other name is that of the pieces.
	}
	return p.declare(want, want, func(function string) (*unit, func()) {
		e := &Encoder{Name: function, Type: name}
		p.plan.Encoders = append(p.plan.Encoders, e)
		return &e.unit, func() {
			if target.Marshals(t) {
				e.Value = &Encoding{Call: "appendJSON(b, %s)", ByAddr: true}
			} else {
				e.Value = p.structure(t)
			}
		}
	})
}

// pieceEncoder declares the function that appends items of a named array, as many as a
// piece of a response takes.
func (p *planner) pieceEncoder(name string, item types.Type) {
	p.declare("Append"+name, "Append"+name, func(function string) (*unit, func()) {
		e := &Encoder{Name: function, Type: name, Items: true}
		p.plan.Encoders = append(p.plan.Encoders, e)
		return &e.unit, func() { e.Value = p.encoding(item) }
	})
}

// encoding plans how a value of a type is appended. What needs more than a few lines is
// left to encoding/json.
func (p *planner) encoding(t types.Type) *Encoding {
	name, named := p.pkg.Named(t)
	composite := false
	switch t.Underlying().(type) {
	case *types.Struct:
		composite = len(jsonFields(t)) > 0
	case *types.Slice, *types.Map:
		composite = scalars[t.Underlying().String()] == ""
	}
	switch call := scalar(t); {
	case call != "":
		return &Encoding{Call: call}
	case target.Marshals(t):
		return &Encoding{Call: "appendJSON(b, %s)", ByAddr: true}
	case named && composite: // It may be recursive.
		return &Encoding{Call: p.encoder(name) + "(b, %s)", ByAddr: true}
	}
	return p.structure(t)
}

// structure plans how the parts of a value are appended.
func (p *planner) structure(t types.Type) *Encoding {
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return &Encoding{Kind: ByPointer, Item: p.encoding(u.Elem())}
	case *types.Map:
		if u.Key().String() == "string" {
			return &Encoding{Kind: ByEntries, Item: p.encoding(u.Elem())}
		}
	case *types.Struct:
		if fields := jsonFields(t); fields != nil {
			return p.fields(fields)
		}
	}
	if item, ok := listItem(t); ok {
		return &Encoding{Kind: ByItems, Item: p.encoding(item)}
	}
	if call := scalar(t); call != "" {
		return &Encoding{Call: call}
	}
	return &Encoding{Call: "appendJSON(b, %s)", ByAddr: true}
}

// scalar returns the call that appends values of a type, or "" if there is none.
func scalar(t types.Type) string {
	switch named, ok := types.Unalias(t).(*types.Named); {
	case t.String() == "time.Time" || ok && named.String() == "time.Time":
		return "appendTime(b, %s)"
	case ok && named.Obj().Name() == "Date" && target.IsDate(t):
		return "appendDate(b, %s)"
	case target.IsUUID(t):
		return "appendUUID(b, %s)"
	case target.Marshals(t):
		return ""
	}
	return scalars[t.Underlying().String()]
}

// scalars has the calls that append values of Go's own types.
var scalars = map[string]string{
	"[]byte":  "appendBase64(b, %s)",
	"bool":    "strconv.AppendBool(b, bool(%s))",
	"float32": "appendFloat(b, float64(%s), 32)",
	"float64": "appendFloat(b, float64(%s), 64)",
	"int":     "strconv.AppendInt(b, int64(%s), 10)",
	"int16":   "strconv.AppendInt(b, int64(%s), 10)",
	"int32":   "strconv.AppendInt(b, int64(%s), 10)",
	"int64":   "strconv.AppendInt(b, int64(%s), 10)",
	"int8":    "strconv.AppendInt(b, int64(%s), 10)",
	"string":  "appendString(b, string(%s))",
	"uint":    "strconv.AppendUint(b, uint64(%s), 10)",
	"uint16":  "strconv.AppendUint(b, uint64(%s), 10)",
	"uint32":  "strconv.AppendUint(b, uint64(%s), 10)",
	"uint64":  "strconv.AppendUint(b, uint64(%s), 10)",
	"uint8":   "strconv.AppendUint(b, uint64(%s), 10)",
}

// listItem returns the type of the items of t, and whether t is an array in JSON.
func listItem(t types.Type) (types.Type, bool) {
	s, ok := t.Underlying().(*types.Slice)
	if !ok || s.String() == "[]byte" {
		return nil, false
	}
	return s.Elem(), true
}

// jsonFields returns the fields of a struct type if encoding/json encodes each as a
// member, by the field's type alone; else nil.
func jsonFields(t types.Type) []target.Field {
	fields, ok := target.Fields(t)
	if !ok || target.Marshals(t) || slices.ContainsFunc(fields, func(f target.Field) bool {
		_, known := notEmpty(f.Type)
		return !f.Tagged || f.JSON == "-" || f.Options != "" && (f.Options != "omitempty" || !known)
	}) {
		return nil
	}
	return fields
}

// fields plans how a struct is appended as an object.
func (p *planner) fields(fields []target.Field) *Encoding {
	e := &Encoding{Kind: ByFields}
	for _, f := range fields {
		one := EncodedField{Name: f.JSON, Field: f.Name}
		t := f.Type
		if f.Options != "" {
			one.Omit, _ = notEmpty(t)
		}
		if one.Omit != "" {
			t, one.Pointer = target.Element(t)
		}
		one.Value = p.encoding(t)
		e.Fields = append(e.Fields, one)
	}
	return e
}

// notEmpty returns the condition on which encoding/json does not omit a field as empty,
// or "" if it never omits it. The condition is not known for every type.
func notEmpty(t types.Type) (condition string, known bool) {
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return "%s != nil", true
	case *types.Interface:
		return "%s != nil", u.Empty()
	case *types.Map, *types.Slice:
		return "len(%s) > 0", true
	case *types.Struct:
		return "", true
	case *types.Array:
		return "", u.Len() > 0
	case *types.Basic:
		switch {
		case u.Info()&types.IsString != 0:
			return "len(%s) > 0", true
		case u.Info()&types.IsBoolean != 0:
			return "%s", true
		}
		return "%s != 0", scalars[u.String()] != ""
	}
	return "", false
}
