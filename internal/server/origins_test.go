package server_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"example.com/tasks/internal/server"
	"example.com/tasks/internal/service"
	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/memory"
)

const page = "https://app.example" // The origin of a page.

// Pages of the named origins, and on a local server of every port of this machine,
// can read and write. Pages of others can do neither: their browsers get no
// permission to show them responses, and what they would change is refused.
func TestOnlyPagesOfAllowedOriginsCanUseTheServer(t *testing.T) {
	named := server.Config{Origins: []string{"https://other.example", page, "http://app.example:8080"}}
	local := server.Config{Local: true}
	for _, test := range []struct {
		origin string
		cfg    server.Config
		want   bool
	}{
		{page, named, true},
		{"http://app.example:8080", named, true},
		{"http://app.example", named, false},
		{"https://app.example:8080", named, false},
		{"https://app.example:443", named, false},
		{"https://app.example.evil.example", named, false},
		{"https://evilapp.example", named, false},
		{"https://sub.app.example", named, false},
		{"https://app.example/", named, false},
		{"null", named, false},
		{"http://localhost:5173", named, false},
		{page + ", https://evil.example", named, false},

		{"http://localhost:5173", local, true},
		{"http://localhost", local, true},
		{"https://localhost:1", local, true},
		{"http://127.0.0.1:5173", local, true},
		{"http://[::1]:5173", local, true},
		{"http://127.5.5.5", local, true},
		{page, local, false},
		{"null", local, false},
		{"http://localhost.evil.example", local, false},
		{"http://localhost@evil.example", local, false},
		{"http://evil.example/http://localhost", local, false},
		{"http://127.0.0.1.evil.example", local, false},
		{"http://0.0.0.0:5173", local, false},
		{"http://192.168.0.1", local, false},
		{"ftp://localhost", local, false},
		{"file://", local, false},
		{"localhost", local, false},
		{"", local, false},

		{page, server.Config{}, false},
		{"http://localhost:5173", server.Config{}, false},
		{"http://localhost:5173", server.Config{Local: true, Origins: []string{page}}, true},
		{page, server.Config{Local: true, Origins: []string{page}}, true},
	} {
		t.Run(test.origin, func(t *testing.T) {
			s := serve(t, newStore(t), test.cfg)
			read := s.get("/tasks", "Origin: "+test.origin).is(http.StatusOK)
			equal(t, "whether it can read", read.Header.Get("Access-Control-Allow-Origin") == test.origin && test.origin != "", test.want)
			equal(t, "whether responses vary", slices.Contains(read.Header.Values("Vary"), "Origin"), test.cfg.Local || test.cfg.Origins != nil)
			wrote := s.post("/tasks", `{"title": "x"}`, "Origin: "+test.origin, "Sec-Fetch-Site: cross-site")
			equal(t, "whether it can write", wrote.StatusCode == http.StatusCreated, test.want)
			equal(t, "whether it can read what it wrote", wrote.Header.Get("Access-Control-Allow-Origin") != "", test.want)
			asked := s.do(http.MethodOptions, "/tasks", "", "Origin: "+test.origin, "Access-Control-Request-Method: PATCH")
			equal(t, "whether it may ask", asked.Header.Get("Access-Control-Allow-Methods") != "", test.want)
		})
	}
}

// A preflight of an allowed page is answered alike for every path, method and
// header, token or not: what the request leads to, its own answer says.
func TestPreflightsAllowEveryRequest(t *testing.T) {
	s := serve(t, newStore(t), server.Config{Origins: []string{page}, Tokens: twoTokens.Tokens})
	for _, path := range []string{"/tasks", "/tasks/" + noID, "/tasks?limit=0", "/nowhere", "/openapi.json", "/healthz", "/"} {
		for _, method := range []string{"GET", "HEAD", "POST", "PATCH", "DELETE", "PUT"} {
			a := s.do(http.MethodOptions, path, "", "Origin: "+page, "Access-Control-Request-Method: "+method,
				"Access-Control-Request-Headers: authorization,content-type,if-match,if-none-match,idempotency-key,traceparent,x-request-id").is(http.StatusNoContent)
			for name, want := range map[string]string{
				"Access-Control-Allow-Origin":  page,
				"Access-Control-Allow-Methods": "*",
				"Access-Control-Allow-Headers": "*, Authorization", // The wildcard does not cover it (Fetch Standard, section 3.3.3).
				"Access-Control-Max-Age":       "7200",
			} {
				equal(t, method+" "+path+": "+name, a.Header.Get(name), want)
			}
		}
	}
	equal(t, "the number of lines in the log", len(s.lines()), 42)
}

// OPTIONS that is no preflight, or one of a page that is not allowed, is an
// ordinary request.
func TestOtherOptionsAreNoPreflights(t *testing.T) {
	s := serve(t, newStore(t), server.Config{Origins: []string{page}})
	for _, header := range [][]string{
		{"Origin: " + page},
		{"Access-Control-Request-Method: PATCH"},
		{"Origin: https://evil.example", "Access-Control-Request-Method: PATCH"},
	} {
		a := s.do(http.MethodOptions, "/tasks", "", header...).is(http.StatusNoContent)
		equal(t, "Allow", a.Header.Get("Allow"), "OPTIONS, GET, HEAD, POST")
		equal(t, "Access-Control-Allow-Methods", a.Header.Get("Access-Control-Allow-Methods"), "")
	}
	s.do(http.MethodOptions, "/nowhere", "", "Origin: "+page).is(http.StatusNotFound)
}

// Whatever the answer, an allowed page can read it with all its headers, and a
// cache learns that it is for that page.
func TestErrorsAreShared(t *testing.T) {
	cfg := server.Config{Origins: []string{page}}
	secured := server.Config{Origins: []string{page}, Tokens: []server.Token{{Name: "eve", Secret: "reader", ReadOnly: true}}}
	s, guarded := serve(t, newStore(t), cfg), serve(t, newStore(t), secured)
	misdirected := serve(t, newStore(t), server.Config{Origins: []string{page}, Local: true})
	broken := serve(t, failing{func() error { return errors.New("broken") }}, cfg)
	panicking := serve(t, failing{func() error { panic("broken") }}, cfg)
	unavailable := serve(t, failing{func() error { return store.ErrUnavailable }}, cfg)
	full := serve(t, memory.NewBounded(0), cfg)
	task := "/tasks/" + s.create("x")[0].ID
	const from = "Origin: " + page
	s.post("/tasks", `{"title": "x"}`, withKey("k"))
	for _, row := range []struct {
		status int
		answer answer
	}{
		{200, s.get("/openapi.json", from)},
		{200, s.get("/problems/not-found", from)},
		{302, s.get("/docs", from)},
		{304, s.get(task, from, "If-None-Match: *")},
		{400, s.get("/tasks?limit=0", from)},
		{401, guarded.get("/tasks", from)},
		{403, guarded.delete(task, from, "Authorization: Bearer reader")},
		{404, s.get("/nowhere", from)},
		{405, s.do(http.MethodPut, "/tasks", "", from)},
		{412, s.delete(task, from, `If-Match: "x"`)},
		{413, s.post("/tasks", strings.Repeat(" ", 70_000), from)},
		{415, s.do(http.MethodPost, "/tasks", "x", "Content-Type: text/plain", from)},
		{421, misdirected.raw("GET /tasks HTTP/1.1", "", from)},
		{422, s.post("/tasks", `{"title": "y"}`, withKey("k"), from)},
		{500, broken.get("/tasks", from)},
		{500, panicking.get("/tasks", from)},
		{503, unavailable.get("/tasks", from)},
		{507, full.post("/tasks", `{"title": "x"}`, from)},
	} {
		h := row.answer.is(row.status).Header
		got := []string{h.Get("Access-Control-Allow-Origin"), h.Get("Access-Control-Expose-Headers")}
		if !slices.Equal(got, []string{page, "*"}) || !slices.Contains(h.Values("Vary"), "Origin") {
			t.Errorf("%d has %q and varies by %q", row.status, got, h.Values("Vary"))
		}
	}
}

// What a page of another site would change is refused, whether the browser tells
// by Sec-Fetch-Site or by Origin, before anything else about the request, and has
// no effect. Programs, and pages of the server itself, are not concerned.
func TestCrossSiteWritesAreRefused(t *testing.T) {
	const evil, same = "Origin: https://evil.example", "Sec-Fetch-Site: same-origin"
	s := serve(t, newStore(t), server.Config{Origins: []string{page}, PublicURL: "https://tasks.example/api"})
	created := s.post("/tasks", `{"title": "x"}`).is(http.StatusCreated)
	task := strings.TrimPrefix(created.Header.Get("Location"), "https://tasks.example/api")
	for _, header := range [][]string{
		{"Sec-Fetch-Site: cross-site"},
		{"Sec-Fetch-Site: same-site"},
		{"Sec-Fetch-Site: nonsense"},
		{evil},
		{"Origin: null"},
		{"Origin: http://tasks.example"},
		{"Sec-Fetch-Site: cross-site", "Origin: null"},
		{"Origin: " + page, evil},
	} {
		for _, a := range []answer{
			s.post("/tasks", `{"title": "y"}`, header...),
			s.do(http.MethodPost, "/tasks", `{"title": "y"}`, append(header, "Content-Type: text/plain")...),
			s.do(http.MethodPost, "/tasks", "", append(header, "Content-Type: application/x-www-form-urlencoded")...),
			s.patch(task, `{"done": true}`, header...),
			s.delete(task, header...),
			s.do(http.MethodPut, "/tasks", "", header...),
			s.post("/nowhere", "{}", header...),
		} {
			p := decode[problem](a.is(http.StatusForbidden))
			equal(t, "type", p.Type, "/problems/cross-site-request")
			equal(t, "WWW-Authenticate", a.Header.Get("WWW-Authenticate"), "")
			equal(t, "Access-Control-Allow-Origin", a.Header.Get("Access-Control-Allow-Origin"), "")
		}
		s.get("/tasks", header...).is(http.StatusOK)
		s.do(http.MethodHead, "/tasks", "", header...).is(http.StatusOK)
	}
	equal(t, "the tasks", s.get("/tasks").body, "["+strings.TrimSpace(created.body)+"]\n")
	for _, header := range [][]string{
		nil,
		{same},
		{"Sec-Fetch-Site: none"},
		{"Origin: " + s.URL},
		{same, "Origin: " + s.URL},
		{"Sec-Fetch-Site: cross-site", "Origin: " + page},
		{"Origin: " + page},
		{"Origin: https://tasks.example"},
	} {
		s.post("/tasks", `{"title": "y"}`, header...).is(http.StatusCreated)
	}
}

// A local server answers only for its machine, and for the host of its public URL,
// however the host is given: a page whose name leads here by DNS rebinding gets
// nothing, be it the documentation or a probe.
func TestLocalServerRefusesOtherHosts(t *testing.T) {
	for _, test := range []struct {
		host, public string
		want         int
	}{
		{"localhost", "", 200},
		{"localhost:8000", "", 200},
		{"LocalHost:1", "", 200},
		{"127.0.0.1", "", 200},
		{"127.0.0.1:8000", "", 200},
		{"127.0.0.2:8000", "", 200},
		{"[::1]", "", 200},
		{"[::1]:8000", "", 200},
		{"tasks.example", "https://tasks.example/api", 200},
		{"Tasks.Example:8443", "https://tasks.example/api", 200},
		{"localhost:8000", "https://tasks.example/api", 200},
		{"localhost.", "", 200},
		{"LocalHost.:8000", "", 200},
		{"localhost..", "", 421},
		{"evil.example", "https://tasks.example/api", 421},
		{"evil.example", "", 421},
		{"localhost.evil.example", "", 421},
		{"127.0.0.1.evil.example", "", 421},
		{"127.0.0.1:8000.evil.example", "", 421},
		{"localhost:80:80", "", 421},
		{"0.0.0.0:8000", "", 421},
		{"192.168.0.1", "", 421},
		{"", "", 421},
		{":8000", "", 421},
		{"", "https://tasks.example/api", 421},
	} {
		s := serve(t, newStore(t), server.Config{Local: true, PublicURL: test.public})
		for _, target := range []string{"/tasks", "/docs/", "/openapi.json", "/healthz", "/readyz"} {
			a := s.rawText("GET " + target + " HTTP/1.1\r\nHost: " + test.host + "\r\nConnection: close\r\n\r\n")
			equal(t, "GET "+target+" for "+test.host, a.StatusCode, test.want)
			if test.want == 421 {
				equal(t, "type", decode[problem](a).Type, "/problems/misdirected-request")
			}
		}
	}
	s := serve(t, newStore(t), server.Config{Local: true})
	for _, refused := range []string{
		"GET http://evil.example/tasks HTTP/1.1\r\nHost: localhost",
		"GET /tasks HTTP/1.0",
		"POST /tasks HTTP/1.1\r\nHost: evil.example",
		"OPTIONS * HTTP/1.1\r\nHost: evil.example",
		"GET /nowhere HTTP/1.1\r\nHost: evil.example",
		"OPTIONS /tasks HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://localhost:1\r\nAccess-Control-Request-Method: PATCH",
	} {
		s.rawText(refused + "\r\nConnection: close\r\n\r\n").is(http.StatusMisdirectedRequest)
	}
	s.rawText("GET http://localhost/tasks HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n").is(http.StatusOK)
}

// In HTTP/2, the host is in :authority.
func TestLocalServerRefusesOtherAuthorities(t *testing.T) {
	s := httptest.NewUnstartedServer(server.New(service.New(newStore(t)), server.Config{Local: true}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	for host, want := range map[string]int{"": 200, "localhost": 200, "evil.example": 421} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/tasks", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		resp, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		equal(t, "the protocol", resp.ProtoMajor, 2)
		equal(t, "the status for "+host, resp.StatusCode, want)
	}
}

// A server that is not local answers for every host.
func TestOtherServersAnswerForEveryHost(t *testing.T) {
	s := start(t)
	s.rawText("GET /tasks HTTP/1.1\r\nHost: anything.example\r\nConnection: close\r\n\r\n").is(http.StatusOK)
	s.rawText("GET /tasks HTTP/1.0\r\n\r\n").is(http.StatusOK)
}
