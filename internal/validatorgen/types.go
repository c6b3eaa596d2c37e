package validatorgen

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// goTypes has the types that oapi-codegen generated from the specification. The
// generator walks schemas and types in parallel, so that it uses oapi-codegen's
// names whatever the settings, and stops where the two disagree.
type goTypes struct {
	dir        string
	types      map[string]*ast.TypeSpec
	taken      map[string]bool // All names that the package declares.
	marshalers map[string]bool // The types that have a method MarshalJSON or MarshalText.
}

// loadTypes reads the Go files in the folder of output, except for output itself
// and tests.
func loadTypes(output string) (*goTypes, error) {
	t := &goTypes{dir: filepath.Dir(output), types: map[string]*ast.TypeSpec{}, taken: map[string]bool{}, marshalers: map[string]bool{}}
	files, err := os.ReadDir(t.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, file := range files {
		name := file.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || name == filepath.Base(output) {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(t.dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decls {
			t.add(d)
		}
	}
	return t, nil
}

func (t *goTypes) add(d ast.Decl) {
	for _, name := range declared(d) {
		t.taken[name] = true
	}
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv != nil && (d.Name.Name == "MarshalJSON" || d.Name.Name == "MarshalText") {
			t.marshalers[receiver(d)] = true
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			if s, ok := s.(*ast.TypeSpec); ok {
				t.types[s.Name.Name] = s
			}
		}
	}
}

// marshals reports whether a type has a method MarshalJSON or MarshalText.
func (t *goTypes) marshals(e ast.Expr) bool {
	id, ok := t.unalias(e).(*ast.Ident)
	return ok && t.marshalers[id.Name]
}

// declared returns the names that a declaration adds to the package scope.
func declared(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names = append(names, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}

// fields returns the fields of a struct type by the names in their json tags, and
// whether it is one. "" is AdditionalProperties, which encoding/json ignores.
func (t *goTypes) fields(e ast.Expr) (map[string]field, bool) {
	s, ok := t.underlying(e).(*ast.StructType)
	if !ok {
		return nil, false
	}
	fields := map[string]field{}
	for _, f := range s.Fields.List {
		tag := jsonTag(f)
		name, _, _ := strings.Cut(tag, ",")
		for _, n := range f.Names {
			switch {
			case tag == "-":
				fields[""] = field{n.Name, f.Type}
			case name == "":
				fields[n.Name] = field{n.Name, f.Type}
			default:
				fields[name] = field{n.Name, f.Type}
			}
		}
	}
	return fields, true
}

type field struct {
	name string
	typ  ast.Expr
}

// jsonTag returns the json tag of a field, or "".
func jsonTag(f *ast.Field) string {
	if f.Tag == nil {
		return ""
	}
	tag, _ := strconv.Unquote(f.Tag.Value) // It is valid, since the file was parsed.
	return reflect.StructTag(tag).Get("json")
}

// underlying returns the type that a name denotes in the end.
func (t *goTypes) underlying(e ast.Expr) ast.Expr {
	for {
		id, ok := e.(*ast.Ident)
		if !ok || t.types[id.Name] == nil {
			return e
		}
		e = t.types[id.Name].Type
	}
}

// unalias returns the type that an alias denotes in the end.
func (t *goTypes) unalias(e ast.Expr) ast.Expr {
	for {
		id, ok := e.(*ast.Ident)
		if !ok || t.types[id.Name] == nil || !t.types[id.Name].Assign.IsValid() {
			return e
		}
		e = t.types[id.Name].Type
	}
}

// lastName returns the last name in a chain of aliases, and whether there is one.
func (t *goTypes) lastName(e ast.Expr) (*ast.Ident, bool) {
	id, ok := e.(*ast.Ident)
	if !ok || t.types[id.Name] == nil {
		return nil, false
	}
	if t.types[id.Name].Assign.IsValid() {
		if next, ok := t.lastName(t.types[id.Name].Type); ok {
			return next, true
		}
	}
	return id, true
}

// spell returns the Go source of a type.
func spell(e ast.Expr) string { return types.ExprString(e) }

// typeLike finds the type whose name is like + suffix, where like has the letters
// and digits of name in either case, and returns like: oapi-codegen normalizes names
// in various ways.
func (t *goTypes) typeLike(name, suffix string) (like string, ok bool) {
	for _, n := range slices.Sorted(maps.Keys(t.types)) {
		if base, found := strings.CutSuffix(n, suffix); found && strings.EqualFold(letters(base), letters(name)) {
			return base, true
		}
	}
	return "", false
}

// letters returns the letters and digits of s, which normalizers of names keep.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}
