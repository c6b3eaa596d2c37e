// Package route prints a function that registers operations with a router.
package route

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"example.com/tasks/internal/validatorgen/plan"
	"example.com/tasks/internal/validatorgen/source"
	"example.com/tasks/internal/validatorgen/target"
)

// router is what registers operations, by the name of oapi-codegen's setting for it
// without "-server".
type router struct {
	pkg, kind string                   // The path of its package, and its type.
	declared  string                   // What only oapi-codegen's setting for it declares.
	path      func(path string) string // Returns a path of the specification as the router writes it.
	value     func(name string) string // Returns Go source for a path parameter's value.
}

var routers = map[string]router{
	"chi": {
		pkg: "github.com/go-chi/chi/v5", kind: "chi.Router", declared: "ChiServerOptions",
		path:  func(path string) string { return plan.InPath.ReplaceAllString(path, "{$1}") },
		value: func(name string) string { return fmt.Sprintf("chi.URLParam(r, %q)", name) },
	},
	"echo": {
		pkg: "github.com/labstack/echo/v4", kind: "EchoRouter", declared: "EchoRouter",
		path: func(path string) string {
			return plan.InPath.ReplaceAllString(strings.ReplaceAll(path, ":", `\:`), ":$1")
		},
		value: func(name string) string { return fmt.Sprintf("c.Param(%q)", name) },
	},
	"std-http": {
		pkg: "net/http", kind: "*http.ServeMux", declared: "StdHTTPServerOptions",
		path: func(path string) string {
			path = plan.InPath.ReplaceAllStringFunc(path, func(p string) string {
				return "{" + identifier(plan.InPath.FindStringSubmatch(p)[1]) + "}"
			})
			if strings.HasSuffix(path, "/") {
				path += "{$}" // Else all paths that begin so would match.
			}
			return path
		},
		value: func(name string) string { return fmt.Sprintf("wildcard(r, %q)", identifier(name)) },
	},
}

// identifier returns the name of a wildcard of http.ServeMux, as oapi-codegen makes it.
func identifier(name string) string {
	runes := []rune(name)
	for i, c := range runes {
		if !unicode.IsLetter(c) && c != '_' && (i == 0 || !unicode.IsDigit(c)) {
			runes[i] = '_'
		}
	}
	return string(runes)
}

// Package returns the path of a router's package; "" for no router.
func Package(router string) string { return routers[router].pkg }

// Check returns an error if a package lacks oapi-codegen's stubs for a router.
func Check(name string, pkg *target.Package) error {
	for _, needed := range []string{routers[name].declared, "StrictServerInterface"} {
		if name != "" && !pkg.Declares(needed) {
			return fmt.Errorf("%s: the package has no %s: run oapi-codegen first, with %s-server and strict-server", pkg.Dir, needed, name)
		}
	}
	return nil
}

// printer prints the function.
type printer struct {
	*source.Writer
	router string // The name of the router.
}

// Print prints the function Routes, if a plan has a router.
func Print(to *source.Writer, p *plan.Plan) {
	if p.Routes == "" {
		return
	}
	w := &printer{to, p.Routes}
	w.P("// Routes registers a handler for each operation. It decodes and checks the request,")
	w.P("// calls the service, which must return a response or an error, and writes the response.")
	if w.router == "echo" {
		w.P("// It returns errors of all three to Echo, whose HTTPErrorHandler answers them.")
		w.P("func Routes(router %s, service StrictServerInterface) {", routers[p.Routes].kind)
	} else {
		w.P("// Errors of all three go to fail, which answers them.")
		w.P("func Routes(router %s, service StrictServerInterface, fail func(http.ResponseWriter, *http.Request, error)) {", routers[p.Routes].kind)
		if len(p.Operations) > 0 {
			w.P("handle := func(pattern string, handler func(http.ResponseWriter, *http.Request) error) {")
			w.P("router.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {\nif err := handler(w, r); err != nil {\nfail(w, r, err)\n}\n})\n}")
		}
	}
	named := map[string]*plan.Operation{}
	for _, o := range p.Operations {
		named[o.Name] = o
	}
	for _, o := range p.Operations {
		w.route(o, named[cmp.Or(o.Alias, o.Name)])
	}
	left := slices.DeleteFunc(slices.Clone(p.Skipped), func(o *plan.Skipped) bool { return o.Name == "" })
	if len(left) > 0 {
		w.unchecked(left)
	}
	w.P("}\n")
}

// route prints the registration of an operation, whose requests are those of decoded.
func (w *printer) route(o, decoded *plan.Operation) {
	r := routers[w.router]
	request, response := "r", "w"
	if w.router == "echo" {
		request, response = "c.Request()", "c.Response()"
		w.P("router.%s(%q, func(c echo.Context) error {", o.Method, r.path(o.Path))
	} else {
		w.P("handle(%q, func(w http.ResponseWriter, r *http.Request) error {", o.Method+" "+r.path(o.Path))
	}
	arguments := []string{request}
	for _, p := range decoded.Parameters {
		if p.In == "path" {
			arguments = append(arguments, r.value(p.Name))
		}
	}
	w.P("request, err := Decode%s(%s)\nif err != nil {\nreturn err\n}", decoded.Name, strings.Join(arguments, ", "))
	w.P("response, err := service.%s(%s.Context(), request)\nif err != nil {\nreturn err\n}", decoded.Name, request)
	w.P("return response.Visit%sResponse(%s)\n})", decoded.Name, response)
}

// unchecked prints the registration of operations that are left to oapi-codegen.
func (w *printer) unchecked(left []*plan.Skipped) {
	w.P("\n// These are left to oapi-codegen, which answers what it can't read with 400.")
	if w.router == "echo" {
		w.P("others := ServerInterfaceWrapper{Handler: NewStrictHandler(service, nil)}")
	} else {
		w.P("others := ServerInterfaceWrapper{")
		w.P("Handler: NewStrictHandlerWithOptions(service, nil, StrictHTTPServerOptions{ResponseErrorHandlerFunc: fail}),")
		w.P("ErrorHandlerFunc: func(w http.ResponseWriter, _ *http.Request, err error) {\nhttp.Error(w, err.Error(), http.StatusBadRequest)\n},\n}")
	}
	for _, o := range left {
		path := routers[w.router].path(o.Path)
		if w.router == "echo" {
			w.P("router.%s(%q, others.%s)", o.Method, path, o.Name)
		} else {
			w.P("router.HandleFunc(%q, others.%s)", o.Method+" "+path, o.Name)
		}
	}
}
