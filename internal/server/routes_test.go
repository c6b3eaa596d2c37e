package server

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"example.com/tasks/gen"
	"example.com/tasks/gen/api"
	"example.com/tasks/internal/service"
	"example.com/tasks/internal/store/memory"
)

// besides returns the routes outside the specification, without HEAD and OPTIONS
// of operations: the documentation, and the 404s where a parameter would match
// slashes.
func besides() []string {
	routes := []string{echo.RouteNotFound + " /", echo.RouteNotFound + " /tasks/:id/*"}
	paths := []string{
		"/docs", "/docs/", "/docs/docs.css", "/docs/docs.js", "/docs/icon.svg", "/docs/snippets.js", "/docs/swagger-ui.css",
		"/docs/swagger-ui-bundle.js", "/docs/theme.js",
		"/openapi.json", "/openapi.yaml", "/healthz", "/readyz",
	}
	for _, p := range problemTypes {
		paths = append(paths, p.uri)
	}
	for _, path := range paths {
		routes = append(routes, "GET "+path, "HEAD "+path)
	}
	return routes
}

// Echo's routes are the operations of the specification and those of besides.
func TestRoutesMatchSpecification(t *testing.T) {
	want := besides()
	for path, item := range specified(t).Paths.Map() {
		path = echoPath(path)
		want = append(want, "OPTIONS "+path)
		for method := range item.Operations() {
			want = append(want, method+" "+path)
			if method == http.MethodGet {
				want = append(want, "HEAD "+path)
			}
		}
	}
	var got []string
	for _, r := range New(service.New(memory.New()), Config{}).echo.Routes() {
		got = append(got, r.Method+" "+r.Path)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("routes (-specification +Echo):\n%s", diff)
	}
}

// The generated description of each operation matches the specification.
func TestOperationsMatchSpecification(t *testing.T) {
	paths := specified(t).Paths
	seen := 0
	api.RegisterHandlers(nil, func(got api.Operation, _ echo.HandlerFunc) {
		seen++
		o := paths.Value(got.Path).Operations()[got.Method]
		want := api.Operation{ID: o.OperationID, Method: got.Method, Path: got.Path, Secured: true}
		if o.RequestBody != nil {
			for mediaType := range o.RequestBody.Value.Content {
				want.Accept = append(want.Accept, mediaType)
			}
			slices.Sort(want.Accept)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-specification +generated):\n%s", got.ID, diff)
		}
	})
	all := 0
	for _, item := range paths.Map() {
		all += len(item.Operations())
	}
	if seen != all {
		t.Errorf("%d operations are registered, the specification has %d", seen, all)
	}
}

func specified(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(gen.YAML)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// A path below one that ends in a parameter is 404, and 405 with another method
// than its own where an operation has it.
func TestPathsBelowAParameter(t *testing.T) {
	s := &Server{echo: echo.New()}
	operations := []api.Operation{{Method: http.MethodGet, Path: "/tasks/{id}"}, {Method: http.MethodPost, Path: "/tasks/{id}/archive"}}
	for _, op := range operations {
		s.route(op, func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	}
	s.routeRest(operations)
	for request, want := range map[string]int{
		"GET /tasks/a": 200, "PUT /tasks/a": 405, "GET /tasks/a/b": 404, "PUT /tasks/a/b": 404,
		"POST /tasks/a/archive": 200, "GET /tasks/a/archive": 405, "OPTIONS /tasks/a/archive": 204, "POST /tasks/a/archive/b": 404,
	} {
		method, target, _ := strings.Cut(request, " ")
		w := httptest.NewRecorder()
		s.echo.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, target, nil))
		if w.Code != want {
			t.Errorf("%s = %d, want %d", request, w.Code, want)
		}
	}
}
