package server

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
)

// wrapper wraps as http.ResponseController expects it, opaque does not.
type (
	wrapper struct{ http.ResponseWriter }
	opaque  struct{ http.ResponseWriter }
)

func (w wrapper) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Whatever wraps the writer, a handler finds an exchange, and an error is
// answered.
func TestExchangeIsFoundThroughWrappers(t *testing.T) {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/nowhere", nil)
	x := &exchange{ResponseWriter: httptest.NewRecorder(), request: r}
	for name, w := range map[string]http.ResponseWriter{
		"itself":        x,
		"wrapped once":  wrapper{x},
		"wrapped twice": wrapper{wrapper{x}},
		"Echo's":        echo.NewResponse(wrapper{x}, echo.New()),
	} {
		if exchangeOf(w, r) != x {
			t.Errorf("%s: the exchange is not found", name)
		}
	}
	recorder := httptest.NewRecorder()
	exchangeOf(opaque{&exchange{ResponseWriter: recorder, request: r}}, r).fail(echo.ErrNotFound)
	if recorder.Code != http.StatusNotFound || recorder.Body.Len() == 0 {
		t.Errorf("behind an opaque wrapper: %d %s", recorder.Code, recorder.Body)
	}
}

// A failure does not carry headers of the response that it takes the place of.
func TestFailureForgetsHeaders(t *testing.T) {
	recorder := httptest.NewRecorder()
	h := recorder.Header()
	h.Set("ETag", `"x"`)
	h.Set("Location", "/tasks/x")
	h.Set("X-Request-Id", "x")
	x := &exchange{ResponseWriter: recorder, request: httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/tasks", nil)}
	x.finish("a value that has no JSON")
	if recorder.Code != http.StatusInternalServerError || h.Get("ETag") != "" || h.Get("Location") != "" || h.Get("X-Request-Id") != "x" {
		t.Errorf("%d with %v", recorder.Code, h)
	}
}
