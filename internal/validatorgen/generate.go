package validatorgen

import (
	"bytes"
	_ "embed"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/printer"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

//go:embed helpers/helpers.go
var helpers string

// generator writes the declarations of one file.
type generator struct {
	*spec
	*goTypes
	out      bytes.Buffer
	declared map[string]string // The functions and variables declared so far, with their keys: see declare.
	pending  []func()          // Each writes a declaration that is not written yet.
	used     map[string]int    // How many variables of a name the current function has.
	inside   []string          // The schemas that are being flattened or written in place.
	notes    []*Error
	reserved map[string]bool // The names that generated functions use for themselves.
}

// Options configure Generate. All but Encoders are required.
type Options struct {
	Spec     string // The file of the specification, in YAML or JSON.
	Package  string // The package name of the output.
	Output   string // The file that the source is for. The other Go files in its folder have oapi-codegen's types.
	Encoders bool   // Whether to generate functions that append responses as JSON.
}

// Generate returns the Go source of the request validators for a specification. It
// reads the specification and oapi-codegen's types, which need the settings models
// and strict-server, and writes nothing. The source is formatted, and the same for
// the same input.
//
// The error is an *Error if the specification has a construct that Generate does
// not handle, or that contradicts oapi-codegen's types; otherwise, that of reading a
// file. Notes report what OpenAPI lets validators ignore: unknown formats, and keys
// beside a reference. Generated validators ignore nothing else.
func Generate(o Options) (source []byte, notes []*Error, err error) {
	s, err := load(o.Spec)
	if err != nil {
		return nil, nil, err
	}
	t, err := loadTypes(o.Output)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *Error:
			err = e
		default:
			panic(e)
		}
	}()
	g := &generator{spec: s, goTypes: t, declared: map[string]string{}}
	if g.reserved, err = reserved(); err != nil {
		return nil, nil, err
	}
	for name := range t.types {
		if operation, ok := strings.CutSuffix(name, "RequestObject"); ok {
			g.declared["Decode"+operation] = name
		}
	}
	for _, path := range s.keys("#/paths") {
		for _, method := range s.keys(join("#/paths", path)) {
			if operation := s.Paths.Value(path).GetOperation(strings.ToUpper(method)); operation != nil {
				g.operation(path, strings.ToUpper(method), operation)
				if o.Encoders {
					g.encoders(join("#/paths", path, method), operation)
				}
			}
		}
	}
	for len(g.pending) > 0 {
		next := g.pending[0]
		g.pending = g.pending[1:]
		next()
	}
	source, err = g.source(o.Package, filepath.Base(o.Spec))
	return source, g.notes, err
}

// reserved returns the names of the helpers, of the packages that they import, and
// of the variables in a function that decodes an operation.
func reserved() (map[string]bool, error) {
	f, err := parser.ParseFile(token.NewFileSet(), "", helpers, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, name := range []string{"b", "d", "err", "f", "given", "item", "n", "ok", "q", "r", "s", "texts", "v", "x"} {
		names[name] = true
	}
	for _, d := range f.Decls {
		for _, name := range declared(d) {
			names[name] = true
		}
	}
	for _, i := range f.Imports {
		path := strings.Trim(i.Path.Value, `"`)
		names[path[strings.LastIndex(path, "/")+1:]] = true
	}
	return names, nil
}

// note records that validators ignore what is at a place.
func (g *generator) note(at, message string) {
	n := &Error{g.file, g.line(at), at, message}
	if !slices.ContainsFunc(g.notes, func(m *Error) bool { return *m == *n }) {
		g.notes = append(g.notes, n)
	}
}

// p prints one or more lines of Go.
func (g *generator) p(format string, args ...any) { fmt.Fprintf(&g.out, format+"\n", args...) }

// name returns an unused name for a variable of the current function.
func (g *generator) name(what string) string {
	g.used[what]++
	if n := g.used[what]; n > 1 {
		return what + strconv.Itoa(n)
	}
	return what
}

// source returns what was printed, with the helpers that it needs, as a file.
func (g *generator) source(packageName, specName string) ([]byte, error) {
	fset := token.NewFileSet()
	parse := func(text string) (*ast.File, error) {
		return parser.ParseFile(fset, "", text, parser.ParseComments|parser.SkipObjectResolution)
	}
	own, err := parse("package p\n" + g.out.String())
	if err != nil {
		return nil, fmt.Errorf("generated code does not parse: %w\n%s", err, g.out.String())
	}
	common, err := parse(helpers)
	if err != nil {
		return nil, err
	}
	kept := needed(own, common)
	if err := g.checkNames(own.Decls, kept); err != nil {
		return nil, err
	}
	for _, d := range kept {
		g.p("")
		node := &printer.CommentedNode{Node: d, Comments: common.Comments}
		if err := (&printer.Config{Mode: printer.UseSpaces | printer.TabIndent, Tabwidth: 8}).Fprint(&g.out, fset, node); err != nil {
			return nil, err
		}
		g.p("")
	}
	var file bytes.Buffer
	fmt.Fprintf(&file, "// Code generated by validatorgen from %s. DO NOT EDIT.\n\npackage %s\n\nimport (\n", specName, packageName)
	all, err := parse("package p\n" + g.out.String())
	if err != nil {
		return nil, err
	}
	used := qualifiers(all)
	var paths []string
	for _, i := range common.Imports {
		paths = append(paths, strings.Trim(i.Path.Value, `"`))
	}
	slices.Sort(paths)
	for _, domain := range []bool{false, true} { // The standard library's first.
		for _, path := range paths {
			if strings.Contains(path, ".") == domain && used[path[strings.LastIndex(path, "/")+1:]] {
				fmt.Fprintf(&file, "%q\n", path)
			}
		}
		file.WriteString("\n")
	}
	file.WriteString(")\n\n")
	file.Write(g.out.Bytes())
	return format.Source(file.Bytes())
}

// qualifiers returns the names that precede a dot.
func qualifiers(f *ast.File) map[string]bool {
	found := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			found[spell(s.X)] = true
		}
		return true
	})
	return found
}

// needed returns the declarations in common that own mentions, and that those
// mention in turn, in their order.
func needed(own, common *ast.File) (kept []ast.Decl) {
	mentioned := map[string]bool{} // Methods and fields have a dot before their names.
	var mention func(ast.Node) bool
	mention = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			mentioned["."+n.Sel.Name] = true
			ast.Inspect(n.X, mention)
			return false
		case *ast.Ident:
			mentioned[n.Name] = true
		}
		return true
	}
	ast.Inspect(own, mention)
	keep := map[ast.Decl]bool{}
	for grown := true; grown; {
		grown = false
		for _, d := range common.Decls {
			if !keep[d] && slices.ContainsFunc(named(d), func(n string) bool { return mentioned[n] }) {
				keep[d], grown = true, true
				ast.Inspect(d, mention)
			}
		}
	}
	for _, d := range common.Decls {
		if keep[d] {
			kept = append(kept, d)
		}
	}
	return kept
}

// named returns the names by which a declaration is mentioned. For a method Error
// that is its type's name.
func named(d ast.Decl) []string {
	if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil {
		if f.Name.Name == "Error" {
			return []string{receiver(f)}
		}
		return []string{"." + f.Name.Name}
	}
	return declared(d)
}

func receiver(f *ast.FuncDecl) string { return strings.TrimPrefix(spell(f.Recv.List[0].Type), "*") }

// checkNames returns an error if the package already declares a name in decls.
func (g *generator) checkNames(decls ...[]ast.Decl) error {
	for _, d := range slices.Concat(decls...) {
		for _, name := range declared(d) {
			if g.taken[name] {
				return fmt.Errorf("%s: the package declares %s already, which the validators need: rename the schema or operation of that name", g.dir, name)
			}
		}
	}
	return nil
}
