package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"example.com/tasks/gen/api"
)

// net/http would send 200 for a handler that writes nothing.
func TestHandlerWithoutResponseFails(t *testing.T) {
	s := New(nil, Config{})
	s.get("/silent", func(echo.Context) error { return nil })
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/silent", nil))
	if w.Code != http.StatusInternalServerError || w.Body.Len() == 0 {
		t.Errorf("the response is %d %s, want 500 and a problem", w.Code, w.Body)
	}
}

// A body without a status has the headers of 200.
func TestWriteWithoutStatus(t *testing.T) {
	w := httptest.NewRecorder()
	x := &exchange{ResponseWriter: w, request: httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)}
	if _, err := x.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if cache := w.Header().Get("Cache-Control"); x.status != http.StatusOK || cache != noCache[0] {
		t.Errorf("status %d, Cache-Control %q, want 200 and %q", x.status, cache, noCache[0])
	}
}

// Only a request that was cancelled, and failed for that, has nobody left to
// respond to.
func TestOnlyGoneClientsGetNoResponse(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name string
		ctx  context.Context
		err  error
		want int
	}{
		{"cancelled by the client", gone, context.Canceled, statusClientGone},
		{"cancelled by the server", t.Context(), context.Canceled, http.StatusInternalServerError},
		{"failed for another reason", gone, errors.New("disk full"), http.StatusInternalServerError},
	} {
		x := &exchange{ResponseWriter: httptest.NewRecorder(), request: httptest.NewRequestWithContext(test.ctx, http.MethodGet, "/", nil)}
		x.fail(test.err)
		if x.status != test.want || x.cut != (test.want == statusClientGone) {
			t.Errorf("%s: status %d, cut %t, want status %d", test.name, x.status, x.cut, test.want)
		}
	}
}

// An operation that the specification does not secure takes every request.
func TestUnsecuredOperationNeedsNoToken(t *testing.T) {
	s := New(nil, Config{Tokens: []Token{{Name: "ann", Secret: "Secret-of-Ann-1"}}})
	for _, secured := range []bool{false, true} {
		handled := false
		handle := s.operation(api.Operation{Secured: secured}, func(echo.Context) error { handled = true; return nil })
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		err := handle(s.echo.NewContext(r, httptest.NewRecorder()))
		if handled == secured || (err != nil) != secured {
			t.Errorf("secured = %t: handled = %t, error %v", secured, handled, err)
		}
	}
}
