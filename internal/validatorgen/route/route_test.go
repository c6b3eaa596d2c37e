package route

import (
	"testing"

	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
)

// TestPaths shows that routes have the paths that oapi-codegen gives them, so that
// an operation can be left to it.
func TestPaths(t *testing.T) {
	oapi := map[string]func(string) string{
		"chi": codegen.SwaggerUriToChiUri, "echo": codegen.SwaggerUriToEchoUri, "std-http": codegen.SwaggerUriToStdHttpUri,
	}
	for name, r := range routers {
		for _, path := range []string{
			"/", "/a/", "/a/{id}", "/a/{id}/", "/a/{a-b}/{c.d}", "/a/{1st}", "/a/{ünder_score}", "/a/{id}:batch", "/a:batch", "/a/{id*}", "/a/{.id}", "/a/{;id*}",
		} {
			if got, want := r.path(path), oapi[name](path); got != want {
				t.Errorf("%s: %s becomes %s, want %s", name, path, got, want)
			}
		}
	}
}
