// Package requests sends requests to the servers of the examples, in their tests.
package requests

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Server is a server that listens on this machine while a test runs.
type Server struct {
	t *testing.T
	*httptest.Server
}

// Start starts a server with the handler h.
func Start(t *testing.T, h http.Handler) *Server {
	s := &Server{t, httptest.NewServer(h)}
	t.Cleanup(s.Close)
	return s
}

// Send sends a request with a body of a media type, both of which may be empty. The
// test fails unless the answer has the status, and, apart from space around it, the text.
func (s *Server) Send(method, path, mediaType, body string, status int, text string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	response, err := s.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	all, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if got := strings.TrimSpace(string(all)); response.StatusCode != status || got != text {
		s.t.Errorf("%s %s %s\ngot  %d %s\nwant %d %s", method, path, body, response.StatusCode, got, status, text)
	}
}
