package write

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"example.com/tasks/internal/validatorgen/plan"
)

// router is what registers operations, by the name of oapi-codegen's setting for it
// without "-server".
type router struct {
	pkg       string                       // The path of its package.
	wildcards func(path string) string     // Returns a path of the specification as the router writes it.
	value     func(wildcard string) string // Returns Go source for a path parameter's value.
}

var routers = map[string]router{
	"chi": {
		pkg:       "github.com/go-chi/chi/v5",
		wildcards: func(path string) string { return parameter.ReplaceAllString(path, "{$1}") },
		value:     func(name string) string { return fmt.Sprintf("chi.URLParam(r, %q)", name) },
	},
	"echo": {
		pkg: "github.com/labstack/echo/v4",
		wildcards: func(path string) string {
			return parameter.ReplaceAllString(strings.ReplaceAll(path, ":", `\:`), ":$1")
		},
		value: func(name string) string { return fmt.Sprintf("c.Param(%q)", name) },
	},
	"std-http": {
		pkg: "net/http",
		wildcards: func(path string) string {
			path = parameter.ReplaceAllStringFunc(path, func(p string) string {
				return "{" + identifier(parameter.FindStringSubmatch(p)[1]) + "}"
			})
			if strings.HasSuffix(path, "/") {
				path += "{$}" // Else all paths that begin so would match.
			}
			return path
		},
		value: func(name string) string { return fmt.Sprintf("wildcard(r, %q)", identifier(name)) },
	},
}

// parameter matches a parameter in a path, as oapi-codegen reads it.
var parameter = regexp.MustCompile(`\{[.;?]?([^{}*]+)\*?\}`)

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

// routes prints the function Routes.
func (w *writer) routes(p *plan.Plan) {
	if p.Routes == "" {
		return
	}
	w.p("// Routes registers a handler for each operation. It decodes and checks the request,")
	w.p("// calls the service, which must return a response or an error, and writes the response.")
	if p.Routes == "echo" {
		w.p("// It returns errors of all three to Echo, whose HTTPErrorHandler answers them.")
		w.p("func Routes(router EchoRouter, service StrictServerInterface) {")
	} else {
		w.p("// Errors of all three go to fail, which answers them.")
		kind := map[string]string{"chi": "chi.Router", "std-http": "*http.ServeMux"}[p.Routes]
		w.p("func Routes(router %s, service StrictServerInterface, fail func(http.ResponseWriter, *http.Request, error)) {", kind)
		if len(p.Operations) > 0 {
			w.p("handle := func(method, path string, handler func(http.ResponseWriter, *http.Request) error) {")
			w.p("registered := func(w http.ResponseWriter, r *http.Request) {\nif err := handler(w, r); err != nil {\nfail(w, r, err)\n}\n}")
			if p.Routes == "chi" {
				w.p("router.MethodFunc(method, path, registered)\n}")
			} else {
				w.p("router.HandleFunc(method+\" \"+path, registered)\n}")
			}
		}
	}
	paths := map[string]*plan.Operation{}
	for _, o := range p.Operations {
		paths[o.Name] = o
	}
	for _, o := range p.Operations {
		decoded := o
		if o.Alias != "" {
			decoded = paths[o.Alias]
		}
		w.route(p.Routes, o, decoded)
	}
	w.unchecked(p)
	w.p("}\n")
}

// route prints the registration of an operation, whose requests are those of decoded.
func (w *writer) route(router string, o, decoded *plan.Operation) {
	request, response := "r", "w"
	path := routers[router].wildcards(o.Path)
	if router == "echo" {
		request, response = "c.Request()", "c.Response()"
		w.p("router.%s(%q, func(c echo.Context) error {", o.Method, path)
	} else {
		w.p("handle(%q, %q, func(w http.ResponseWriter, r *http.Request) error {", o.Method, path)
	}
	values := ""
	for _, p := range decoded.Parameters {
		if p.In == "path" {
			values += ", " + routers[router].value(p.Name)
		}
	}
	w.p("request, err := Decode%s(%s%s)\nif err != nil {\nreturn err\n}", decoded.Name, request, values)
	w.p("response, err := service.%s(%s.Context(), request)\nif err != nil {\nreturn err\n}", decoded.Name, request)
	w.p("return response.Visit%sResponse(%s)\n})", decoded.Name, response)
}

// unchecked prints the registration of the operations that are left to oapi-codegen.
func (w *writer) unchecked(p *plan.Plan) {
	for i, o := range p.Skipped {
		if i == 0 {
			w.p("\n// These are left to oapi-codegen, which answers what it can't read with 400.")
			if p.Routes == "echo" {
				w.p("others := ServerInterfaceWrapper{Handler: NewStrictHandler(service, nil)}")
			} else {
				w.p("others := ServerInterfaceWrapper{")
				w.p("Handler: NewStrictHandlerWithOptions(service, nil, StrictHTTPServerOptions{ResponseErrorHandlerFunc: fail}),")
				w.p("ErrorHandlerFunc: func(w http.ResponseWriter, _ *http.Request, err error) {\nhttp.Error(w, err.Error(), http.StatusBadRequest)\n},\n}")
			}
		}
		path := routers[p.Routes].wildcards(o.Path)
		switch p.Routes {
		case "chi":
			w.p("router.MethodFunc(%q, %q, others.%s)", o.Method, path, o.Name)
		case "echo":
			w.p("router.%s(%q, others.%s)", o.Method, path, o.Name)
		case "std-http":
			w.p("router.HandleFunc(%q, others.%s)", o.Method+" "+path, o.Name)
		}
	}
}
