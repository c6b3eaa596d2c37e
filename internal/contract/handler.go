package contract

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"strings"
)

// Handler passes requests on to next and checks each response before it is sent.
// A response that breaks a promise is logged as an error and replaced by a 500
// that says what it breaks. Responses are buffered in memory. Handler is as safe
// for concurrent use as next.
func Handler(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := &answer{w: w, header: w.Header().Clone()}
		next.ServeHTTP(a, r)
		x := a.verdict(r)
		if broken := x.check(); len(broken) > 0 {
			log.ErrorContext(r.Context(), "a response breaks the specification", "method", r.Method, "path", r.URL.EscapedPath(),
				"status", a.status, "request_id", a.header.Get("X-Request-Id"), "broken", broken)
			a.replace(broken)
		}
		a.send()
	})
}

// answer is a buffered response.
type answer struct {
	w      http.ResponseWriter // Gets the response from send.
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// verdict returns the response as a client receives it, except for what net/http
// adds.
func (a *answer) verdict(r *http.Request) *verdict {
	a.WriteHeader(http.StatusOK)
	x := &verdict{req: r, resp: &http.Response{StatusCode: a.status, Header: a.header}}
	if r.Method != http.MethodHead { // net/http discards the body.
		x.body = a.body.Bytes()
	}
	return x
}

// printable returns c, or a space if a problem's detail may not contain c.
func printable(c rune) rune {
	if c < ' ' || c > '~' {
		return ' '
	}
	return c
}

// replace replaces the response by the specification's example of a failure, with
// the broken promises as its detail.
func (a *answer) replace(broken []string) {
	content := specification().Components.Responses["InternalServerError"].Value.Content["application/problem+json"]
	problem := maps.Clone(content.Example.(map[string]any))
	detail := "the response breaks the specification: " + strings.Join(broken, "; ")
	detail = strings.Map(printable, detail)
	most := *specification().Components.Schemas["Problem"].Value.Properties["detail"].Value.MaxLength
	problem["detail"] = detail[:min(uint64(len(detail)), most)]
	problem["instance"] = "urn:uuid:" + a.header.Get("X-Request-Id")
	text, err := json.Marshal(problem)
	if err != nil {
		panic(err) // It consists of strings and a number.
	}
	for name := range specification().Components.Headers {
		a.header.Del(name)
	}
	a.header.Del("Content-Length")
	a.header.Del("Content-Encoding")
	a.header.Del("Content-Security-Policy")
	a.header.Del("Referrer-Policy")
	a.header.Set("Content-Type", "application/problem+json")
	a.header.Set("Cache-Control", "no-store")
	a.status = http.StatusInternalServerError
	a.body.Reset()
	a.body.Write(text)
}

func (a *answer) send() {
	h := a.w.Header()
	clear(h)
	maps.Copy(h, a.header)
	a.w.WriteHeader(a.status)
	_, _ = a.w.Write(a.body.Bytes()) // On an error, the client has gone.
}
