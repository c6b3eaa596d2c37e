// Package target knows the Go package that generated code becomes part of: the types
// in it that oapi-codegen generated, and whether it compiles with the new file.
package target

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Package is the package in the folder of an output, without that file and tests.
type Package struct {
	Dir     string
	Version string // The Go version of its module: "go1.26.0"; "" if it is in none.

	output  string
	fset    *token.FileSet
	files   []*ast.File
	types   *types.Package
	exports *exports
}

// Load reads the package that output belongs to. Types that it does not declare, such
// as those in the output, are no errors here. The error is that of reading a file, of
// parsing it, or of the go command, which is asked for imported packages.
func Load(output string) (*Package, error) {
	p := &Package{Dir: filepath.Dir(output), output: output, fset: token.NewFileSet()}
	entries, err := os.ReadDir(p.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, entry := range entries {
		name := entry.Name()
		if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || name == filepath.Base(output) {
			continue
		}
		if match, err := build.Default.MatchFile(p.Dir, name); err == nil && !match {
			continue // By a build constraint.
		}
		f, err := parser.ParseFile(p.fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		p.files = append(p.files, f)
	}
	module, text := module(p.Dir)
	if found := goVersion.FindStringSubmatch(text); found != nil {
		p.Version = "go" + found[1]
	}
	p.exports = exportsOf(module)
	p.types, _, err = p.check(p.files)
	return p, err
}

// Check reports whether the package compiles with a source as the output. The error
// has the first fault of the compiler.
func (p *Package) Check(source []byte) error {
	f, err := parser.ParseFile(p.fset, p.output, source, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	_, faults, err := p.check(append(slices.Clone(p.files), f))
	if err != nil || len(faults) == 0 {
		return err
	}
	return faults[0]
}

// check returns the types of files and the faults of the compiler.
func (p *Package) check(files []*ast.File) (pkg *types.Package, faults []error, err error) {
	if err := p.exports.add(files); err != nil {
		return nil, nil, err
	}
	config := types.Config{
		GoVersion: p.Version,
		Importer:  importer.ForCompiler(p.fset, "gc", p.exports.open),
		Error:     func(err error) { faults = append(faults, err) },
	}
	pkg, _ = config.Check("", p.fset, files, nil) // The error is the first of faults.
	return pkg, faults, nil
}

var goVersion = regexp.MustCompile(`(?m)^go (\d+\.\d+\S*)`)

// module returns the folder of the module that dir is in, and its go.mod; both are ""
// if it is in none.
func module(dir string) (root, text string) {
	dir, err := filepath.Abs(dir)
	for err == nil {
		if text, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil {
			return dir, string(text)
		}
		if dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	return "", ""
}

// exports finds the compiled packages that those of a module import.
type exports struct {
	module string // The folder in which to run the go command.
	mu     sync.Mutex
	files  map[string]string // By the path of the package; "" if it has none.
}

var known sync.Map // Of *exports, by the module.

func exportsOf(module string) *exports {
	e, _ := known.LoadOrStore(module, &exports{module: module, files: map[string]string{}})
	return e.(*exports)
}

// add looks up what files import, with the go command, which compiles it if need be.
func (e *exports) add(files []*ast.File) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var missing []string
	for _, f := range files {
		for _, i := range f.Imports {
			path := strings.Trim(i.Path.Value, `"`)
			if _, ok := e.files[path]; !ok && path != "unsafe" && !slices.Contains(missing, path) {
				missing = append(missing, path)
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	list := exec.Command("go", append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}}={{.Export}}", "--"}, missing...)...) //nolint:noctx // It ends by itself.
	list.Dir = e.module
	var faults strings.Builder
	list.Stderr = &faults
	out, err := list.Output()
	if err != nil {
		return fmt.Errorf("the imports of the package cannot be compiled: %w\n%s", err, strings.TrimSpace(faults.String()))
	}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		e.files[path] = file
	}
	return nil
}

func (e *exports) open(path string) (io.ReadCloser, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.files[path] == "" {
		return nil, fmt.Errorf("no compiled package %s", path)
	}
	return os.Open(e.files[path])
}

// Names returns the names that the package declares, sorted.
func (p *Package) Names() []string { return p.types.Scope().Names() }

// Declares reports whether the package declares a name.
func (p *Package) Declares(name string) bool { return p.types.Scope().Lookup(name) != nil }

// Lookup returns the type of a name, or nil if the package has no such type.
func (p *Package) Lookup(name string) types.Type {
	if t, ok := p.types.Scope().Lookup(name).(*types.TypeName); ok {
		return t.Type()
	}
	return nil
}

// Spell returns the Go source of a type within the package. For types of other
// packages, local is false: the output does not import these.
func (p *Package) Spell(t types.Type) (source string, local bool) {
	local = true
	source = types.TypeString(t, func(other *types.Package) string {
		if other == p.types {
			return ""
		}
		local = false
		return other.Name()
	})
	return source, local && !strings.Contains(source, "struct{")
}

// Named returns the name of a type that the package declares, and whether t is one,
// apart from aliases.
func (p *Package) Named(t types.Type) (name string, ok bool) {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Pkg() != p.types {
		return "", false
	}
	return n.Obj().Name(), true
}

// LastName returns the last name in a chain of aliases that the package declares.
func (p *Package) LastName(t types.Type) (name string, ok bool) {
	if name, ok = p.Named(t); ok {
		return name, true
	}
	for {
		a, isAlias := t.(*types.Alias)
		if !isAlias || a.Obj().Pkg() != p.types {
			return name, ok
		}
		name, ok, t = a.Obj().Name(), true, a.Rhs()
	}
}

// Field is a field of a struct with its json tag.
type Field struct {
	Name    string
	JSON    string // The name in the tag, or that of the field.
	Options string // What follows the name in the tag.
	Tagged  bool   // Whether the tag has a name.
	Type    types.Type
}

// Fields returns the exported fields of a struct type, and whether t is one.
func Fields(t types.Type) (fields []Field, ok bool) {
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return nil, false
	}
	for i := range s.NumFields() {
		if !s.Field(i).Exported() {
			continue
		}
		name, options, _ := strings.Cut(reflect.StructTag(s.Tag(i)).Get("json"), ",")
		f := Field{s.Field(i).Name(), name, options, name != "", s.Field(i).Type()}
		if !f.Tagged {
			f.JSON = f.Name
		}
		fields = append(fields, f)
	}
	return fields, true
}

// Element returns what t points to, and whether it is a pointer.
func Element(t types.Type) (element types.Type, pointer bool) {
	if p, ok := t.(*types.Pointer); ok {
		return p.Elem(), true
	}
	return t, false
}

// IsAny reports whether t holds values of any type.
func IsAny(t types.Type) bool {
	i, ok := t.Underlying().(*types.Interface)
	return ok && i.Empty()
}

// IsUnion reports whether t keeps values as texts: a struct with a json.RawMessage that
// is named union, as oapi-codegen's types of oneOf and anyOf are.
func IsUnion(t types.Type) bool {
	s, ok := t.Underlying().(*types.Struct)
	for i := 0; ok && i < s.NumFields(); i++ {
		if f := s.Field(i); f.Name() == "union" && f.Type().String() == "encoding/json.RawMessage" {
			return true
		}
	}
	return false
}

// Nullable returns the type of the values that t holds beside null, and whether t is
// oapi-codegen's type for these, a map of one entry whose key tells a value from null.
func Nullable(t types.Type) (value types.Type, ok bool) {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Name() != "Nullable" {
		return nil, false
	}
	m, ok := n.Underlying().(*types.Map)
	if !ok || m.Key() != types.Typ[types.Bool] {
		return nil, false
	}
	return m.Elem(), true
}

// IsTime reports whether t is time.Time or a type of the same structure.
func IsTime(t types.Type) bool {
	return strings.HasPrefix(t.Underlying().String(), "struct{wall uint64; ext int64; loc *time.Location")
}

// IsDate reports whether t is a struct of a time.Time alone, as oapi-codegen's dates are.
func IsDate(t types.Type) bool {
	s, ok := t.Underlying().(*types.Struct)
	return ok && s.NumFields() == 1 && s.Field(0).Embedded() && s.Field(0).Type().String() == "time.Time"
}

// IsDuration reports whether t is oapi-codegen's type of durations.
func IsDuration(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == "Duration" && types.NewMethodSet(types.NewPointer(t)).Lookup(nil, "UnmarshalText") != nil
}

// IsUUID reports whether t is a type of UUIDs, such as those of github.com/google/uuid.
func IsUUID(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == "UUID" && n.Underlying().String() == "[16]byte"
}

// Marshals reports whether t, or a pointer to it, has a method MarshalJSON or MarshalText.
func Marshals(t types.Type) bool {
	set := types.NewMethodSet(types.NewPointer(t))
	return set.Lookup(nil, "MarshalJSON") != nil || set.Lookup(nil, "MarshalText") != nil
}
