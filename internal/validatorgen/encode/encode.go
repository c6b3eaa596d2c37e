// Package encode prints functions that append values as JSON. They depend on Go types
// alone, since nothing checks responses; what needs more than a few lines is left to
// encoding/json.
package encode

import (
	"go/types"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"example.com/tasks/internal/validatorgen/source"
	"example.com/tasks/internal/validatorgen/target"
)

// printer prints the functions.
type printer struct {
	*source.Writer
	pkg   *target.Package
	names []string // The types whose functions are printed, or will be.
}

// Print prints the functions for types: for T one named AppendT or, if T is an array, one
// of that name that appends a number of its items.
func Print(to *source.Writer, pkg *target.Package, names []string) {
	w := &printer{Writer: to, pkg: pkg}
	for _, name := range names {
		if item, ok := listItem(w.pkg.Lookup(name)); ok {
			w.pieces(name, item)
		} else {
			w.function(name)
		}
	}
	for i := 0; i < len(w.names); i++ {
		w.named(w.names[i])
	}
}

// function returns the name of the function that appends values of a type, which is
// printed later.
func (w *printer) function(name string) string {
	if !slices.Contains(w.names, name) {
		w.names = append(w.names, name)
	}
	if _, ok := listItem(w.pkg.Lookup(name)); ok {
		return "append" + name // The other name is that of the pieces.
	}
	return "Append" + name
}

// named prints the function that appends values of a named type.
func (w *printer) named(name string) {
	w.Begin()
	t, function := w.pkg.Lookup(name), w.function(name)
	w.P("// %s appends v as JSON.\nfunc %s(b []byte, v *%s) []byte {", function, function, name)
	switch fields := jsonFields(t); {
	case fields != nil:
		w.members("v", fields)
	case target.Marshals(t):
		w.P("b = appendJSON(b, v)")
	default:
		w.parts("(*v)", t)
	}
	w.P("return b\n}\n")
}

// pieces prints the function that appends items of a named array, as many as a piece of
// a response takes.
func (w *printer) pieces(name string, item types.Type) {
	w.Begin()
	w.P("// Append%s appends items as JSON, with a comma after each, until b has at\n// least size bytes. It returns the items that are left.", name)
	w.P("func Append%s(b []byte, items %s, size int) ([]byte, %s) {", name, name, name)
	i := w.Name("i")
	w.P("for %s := range items {\nif len(b) >= size {\nreturn b, items[%s:]\n}", i, i)
	w.append("items["+i+"]", item)
	w.P("b = append(b, ',')\n}\nreturn b, nil\n}\n")
}

// append prints code that appends x, a variable of type t.
func (w *printer) append(x string, t types.Type) {
	name, named := w.pkg.Named(t)
	_, isList := listItem(t)
	_, isMap := t.Underlying().(*types.Map)
	switch call := scalar(t); {
	case call != "":
		w.P("b = "+call, source.Bare(x))
	case target.Marshals(t):
		w.P("b = appendJSON(b, %s)", source.Address(x))
	case named && (isList || isMap || jsonFields(t) != nil): // It may be recursive.
		w.P("b = %s(b, %s)", w.function(name), source.Address(x))
	default:
		w.parts(x, t)
	}
}

// parts prints code that appends x by its parts, if it has such.
func (w *printer) parts(x string, t types.Type) {
	fields, call := jsonFields(t), scalar(t)
	item, isList := listItem(t)
	pointer, isPointer := t.Underlying().(*types.Pointer)
	entries, isMap := t.Underlying().(*types.Map)
	switch {
	case fields != nil:
		w.members(x, fields)
	case isPointer:
		w.P("if %s == nil {\nb = append(b, \"null\"...)\n} else {", x)
		w.append("(*"+x+")", pointer.Elem())
		w.P("}")
	case isList:
		i := w.Name("i")
		w.P("b = append(b, '[')\nfor %s := range %s {\nif %s > 0 {\nb = append(b, ',')\n}", i, source.Bare(x), i)
		w.append(x+"["+i+"]", item)
		w.P("}\nb = append(b, ']')")
	case isMap && entries.Key().String() == "string":
		i, name, value := w.Name("i"), w.Name("name"), w.Name("value")
		w.P("b = append(b, '{')\nfor %s, %s := range sortedNames(%s) {\nif %s > 0 {\nb = append(b, ',')\n}", i, name, source.Bare(x), i)
		w.P("b = append(appendString(b, %s), ':')\n%s := %s[%s]", name, value, x, name)
		w.append(value, entries.Elem())
		w.P("}\nb = append(b, '}')")
	case call != "":
		w.P("b = "+call, source.Bare(x))
	default:
		w.P("b = appendJSON(b, %s)", source.Address(x))
	}
}

// members prints code that appends x, a struct, as an object. Each member follows a
// comma; a brace then replaces the first comma.
func (w *printer) members(x string, fields []target.Field) {
	start := w.Name("start")
	w.P("%s := len(b)", start)
	always := false // Whether some member is never omitted.
	for _, f := range fields {
		field, t, condition := x+"."+f.Name, f.Type, ""
		if f.Options != "" {
			condition, _ = notEmpty(t)
		}
		if condition == "" {
			always = true
		} else {
			w.P("if "+condition+" {", field)
			if element, pointer := target.Element(t); pointer {
				field, t = "(*"+field+")", element
			}
		}
		name, _ := jsontext.AppendQuote(nil, f.JSON) // It is valid UTF-8, like all of the specification.
		w.P("b = append(b, %s...)", source.Quote(","+string(name)+":"))
		w.append(field, t)
		if condition != "" {
			w.P("}")
		}
	}
	if !always {
		w.P("if len(b) == %s {\nb = append(b, ',')\n}", start)
	}
	w.P("b[%s] = '{'\nb = append(b, '}')", start)
}

// scalar returns the call that appends values of a type, or "" if there is none.
func scalar(t types.Type) string {
	named, _ := types.Unalias(t).(*types.Named)
	b, basic := t.Underlying().(*types.Basic)
	switch {
	case named != nil && named.String() == "time.Time":
		return "appendTime(b, %s)"
	case named != nil && named.Obj().Name() == "Date" && target.IsDate(t):
		return "appendDate(b, %s)"
	case target.IsUUID(t):
		return "appendUUID(b, %s)"
	case target.Marshals(t):
		return ""
	case t.Underlying().String() == "[]byte":
		return "appendBase64(b, %s)"
	case !basic || b.Info()&(types.IsComplex|types.IsUntyped) != 0:
		return ""
	case b.Info()&types.IsBoolean != 0:
		return "strconv.AppendBool(b, bool(%s))"
	case b.Info()&types.IsString != 0:
		return "appendString(b, string(%s))"
	case b.Info()&types.IsFloat != 0:
		return "appendFloat(b, float64(%s), " + strings.TrimPrefix(b.Name(), "float") + ")"
	case b.Info()&types.IsUnsigned != 0:
		return "strconv.AppendUint(b, uint64(%s), 10)"
	}
	return "strconv.AppendInt(b, int64(%s), 10)"
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

// notEmpty returns the condition on which encoding/json does not omit a field as empty,
// or "" if it never omits it. The condition is not known for every type.
func notEmpty(t types.Type) (condition string, known bool) {
	switch u := t.Underlying().(type) {
	case *types.Pointer, *types.Interface:
		return "%s != nil", true
	case *types.Map, *types.Slice:
		return "len(%s) > 0", true
	case *types.Struct, *types.Array:
		return "", true
	case *types.Basic:
		switch {
		case u.Info()&types.IsString != 0:
			return "len(%s) > 0", true
		case u.Info()&types.IsBoolean != 0:
			return "%s", true
		}
		return "%s != 0", true
	}
	return "", false
}
