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

// goTypes are the types that oapi-codegen has made of the specification. The
// generator walks schemas and types side by side, so that its names are
// oapi-codegen's whatever the settings, and stops where the two disagree.
type goTypes struct {
	dir        string
	types      map[string]*ast.TypeSpec
	taken      map[string]bool // All names that the package declares.
	marshalers map[string]bool // The types that say themselves what they are as JSON.
}

// loadTypes reads the Go files of the folder into which output goes, but for
// output itself and tests.
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

// marshals reports whether a type says itself what its values are as JSON.
func (t *goTypes) marshals(e ast.Expr) bool {
	id, ok := t.unalias(e).(*ast.Ident)
	return ok && t.marshalers[id.Name]
}

// declared returns the names that a declaration adds to its package.
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

// fields returns the fields of a type that is a struct, by the names that
// their json tags give them. "" is the one that encoding/json passes over:
// AdditionalProperties.
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

// jsonTag returns what the tag of a field says to encoding/json.
func jsonTag(f *ast.Field) string {
	if f.Tag == nil {
		return ""
	}
	tag, _ := strconv.Unquote(f.Tag.Value) // The file has been parsed.
	return reflect.StructTag(tag).Get("json")
}

// underlying follows names to the type that they stand for.
func (t *goTypes) underlying(e ast.Expr) ast.Expr {
	for {
		id, ok := e.(*ast.Ident)
		if !ok || t.types[id.Name] == nil {
			return e
		}
		e = t.types[id.Name].Type
	}
}

// unalias follows aliases to the name that they stand for last.
func (t *goTypes) unalias(e ast.Expr) ast.Expr {
	for {
		id, ok := e.(*ast.Ident)
		if !ok || t.types[id.Name] == nil || !t.types[id.Name].Assign.IsValid() {
			return e
		}
		e = t.types[id.Name].Type
	}
}

// lastName follows aliases to the last name that they have.
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

// spell returns a type as Go writes it.
func spell(e ast.Expr) string { return types.ExprString(e) }

// typeLike finds the type whose name before a suffix has the letters of a name,
// whatever oapi-codegen's normalizer has made of it, and returns that part of it.
func (t *goTypes) typeLike(name, suffix string) (like string, ok bool) {
	for _, n := range slices.Sorted(maps.Keys(t.types)) {
		if base, found := strings.CutSuffix(n, suffix); found && strings.EqualFold(letters(base), letters(name)) {
			return base, true
		}
	}
	return "", false
}

// letters returns the letters and digits of s: what a normalizer of names keeps.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}
