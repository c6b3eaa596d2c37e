package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"example.com/tasks/gen/client"
	"example.com/tasks/internal/server"
)

var twoTokens = server.Config{Tokens: []server.Token{
	{Name: "ann", Secret: "Secret-of-Ann-1"},
	{Name: "bob", Secret: "Secret-of-Bob-22"},
}}

// A request needs a valid token in Authorization (RFC 6750, section 2.1). The
// challenge has an error only if the request had a token (section 3.1).
func TestTokens(t *testing.T) {
	const none, invalid = "a challenge", "a challenge with an error"
	for _, test := range []struct {
		name   string
		query  string
		header []string
		want   string // Empty if the request is accepted.
	}{
		{"the first token", "", []string{"Authorization: Bearer Secret-of-Ann-1"}, ""},
		{"the second token", "", []string{"Authorization: Bearer Secret-of-Bob-22"}, ""},
		{"scheme in lower case", "", []string{"Authorization: bearer Secret-of-Ann-1"}, ""},
		{"scheme in capitals", "", []string{"Authorization: BEARER Secret-of-Ann-1"}, ""},
		{"nothing", "", nil, none},
		{"empty header", "", []string{"Authorization:"}, none},
		{"wrong scheme", "", []string{"Authorization: Basic YW5uOlNlY3JldC1vZi1Bbm4tMQ=="}, none},
		{"wrong scheme with a valid token", "", []string{"Authorization: Token Secret-of-Ann-1"}, none},
		{"no scheme", "", []string{"Authorization: Secret-of-Ann-1"}, none},
		{"longer scheme", "", []string{"Authorization: Bearerx Secret-of-Ann-1"}, none},
		{"token in the query", "?access_token=Secret-of-Ann-1", nil, none},
		{"token in a cookie", "", []string{"Cookie: access_token=Secret-of-Ann-1"}, none},
		{"token in another header", "", []string{"X-Api-Key: Secret-of-Ann-1"}, none},
		{"wrong token", "", []string{"Authorization: Bearer nonsense"}, invalid},
		{"prefix of a token", "", []string{"Authorization: Bearer Secret-of-Ann-"}, invalid},
		{"longer than a token", "", []string{"Authorization: Bearer Secret-of-Ann-11"}, invalid},
		{"token in lower case", "", []string{"Authorization: Bearer secret-of-ann-1"}, invalid},
		{"token with a suffix", "", []string{"Authorization: Bearer Secret-of-Ann-1, x"}, invalid},
		{"both tokens in one", "", []string{"Authorization: Bearer Secret-of-Ann-1 Secret-of-Bob-22"}, invalid},
		{"name of a token", "", []string{"Authorization: Bearer ann"}, invalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, newStore(t), twoTokens)
			a := s.get("/tasks"+test.query, test.header...)
			if test.want == "" {
				a.is(http.StatusOK)
				return
			}
			challenge := a.is(http.StatusUnauthorized).Header.Get("WWW-Authenticate")
			equal(t, "whether the challenge has an error", strings.Contains(challenge, "error="), test.want == invalid)
			equal(t, "whether the error is invalid_token", strings.Contains(challenge, `error="invalid_token"`), test.want == invalid)
			p := decode[problem](a)
			equal(t, "error", p.Error, "unauthorized")
			equal(t, "type", p.Type, "/problems/unauthorized")
		})
	}
}

// A request with two Authorization headers is refused, even if one is valid.
func TestTwoAuthorizationsAreRefused(t *testing.T) {
	s := serve(t, newStore(t), twoTokens)
	const right, wrong = "Authorization: Bearer Secret-of-Ann-1", "Authorization: Bearer nonsense"
	for _, header := range [][]string{{right, wrong}, {wrong, right}, {right, right}, {right, "Authorization: Basic x"}} {
		s.get("/tasks", header...).is(http.StatusUnauthorized)
	}
}

// Without a token, every operation is refused with 401, whatever else is wrong
// with the request, and has no effect.
func TestEveryOperationRequiresToken(t *testing.T) {
	s := serve(t, newStore(t), twoTokens)
	const ann = "Authorization: Bearer Secret-of-Ann-1"
	created := s.post("/tasks", `{"title": "x"}`, ann).is(http.StatusCreated)
	target := created.Header.Get("Location")
	for name, a := range map[string]answer{
		"list":                 s.get("/tasks"),
		"list by HEAD":         s.do(http.MethodHead, "/tasks", ""),
		"bad query":            s.get("/tasks?limit=0"),
		"create":               s.post("/tasks", `{"title": "y"}`),
		"bad body":             s.post("/tasks", `{`),
		"bad media type":       s.do(http.MethodPost, "/tasks", "x", "Content-Type: text/plain"),
		"large body":           s.post("/tasks", strings.Repeat(" ", 70_000)),
		"get":                  s.get(target),
		"get by HEAD":          s.do(http.MethodHead, target, ""),
		"get missing":          s.get("/tasks/" + noID),
		"get unless unchanged": s.get(target, "If-None-Match: *"),
		"update":               s.patch(target, `{"done": true}`),
		"update if unchanged":  s.patch(target, `{"done": true}`, `If-Match: "x"`),
		"delete":               s.delete(target),
	} {
		equal(t, name, a.StatusCode, http.StatusUnauthorized)
	}
	list := decode[client.TaskList](s.get("/tasks", ann).is(http.StatusOK))
	if len(list) != 1 || list[0] != decode[client.Task](created) {
		t.Errorf("the list is now %v", list)
	}
	for _, a := range []answer{
		s.get(target, ann), s.patch(target, `{"done": true}`, ann), s.delete(target, ann),
	} {
		a.is(http.StatusOK)
	}
}

// A token that may only read gets the answers of any other to GET and HEAD. All
// else that operations do is refused with 403 and the challenge of RFC 6750,
// section 3.1, whatever else is wrong with the request, and has no effect.
func TestReadOnlyToken(t *testing.T) {
	const ann, eve = "Authorization: Bearer Secret-of-Ann-1", "Authorization: Bearer Secret-of-Eve-333"
	s := serve(t, newStore(t), server.Config{Tokens: append([]server.Token{{Name: "eve", Secret: "Secret-of-Eve-333", ReadOnly: true}}, twoTokens.Tokens...)})
	created := s.post("/tasks", `{"title": "x"}`, ann).is(http.StatusCreated)
	target := created.Header.Get("Location")
	for name, a := range map[string]answer{
		"create":                             s.post("/tasks", `{"title": "y"}`, eve),
		"create once":                        s.post("/tasks", `{"title": "y"}`, eve, withKey("k")),
		"bad body":                           s.post("/tasks", `{`, eve),
		"bad media type":                     s.do(http.MethodPost, "/tasks", "x", "Content-Type: text/plain", eve),
		"large body":                         s.post("/tasks", strings.Repeat(" ", 70_000), eve),
		"update":                             s.patch(target, `{"done": true}`, eve),
		"update with no task":                s.patch("/tasks/"+noID, `{"done": true}`, eve),
		"update if unchanged":                s.patch(target, `{"done": true}`, `If-Match: "x"`, eve),
		"update that only looks like a read": s.patch(target, `{"done": true}`, "X-HTTP-Method-Override: GET", eve),
		"delete":                             s.delete(target, eve),
	} {
		equal(t, name, a.StatusCode, http.StatusForbidden)
		equal(t, name+": the challenge", a.Header.Get("WWW-Authenticate"), `Bearer realm="tasks", error="insufficient_scope"`)
		equal(t, name+": type", decode[problem](a).Type, "/problems/insufficient-scope")
	}
	for _, path := range []string{"/tasks", "/tasks?limit=1", target} {
		equal(t, path, s.get(path, eve).is(http.StatusOK).body, s.get(path, ann).body)
		s.do(http.MethodHead, path, "", eve).is(http.StatusOK)
		s.do(http.MethodOptions, path, "", eve).is(http.StatusNoContent)
	}
	s.do(http.MethodPut, "/tasks", "", eve).is(http.StatusMethodNotAllowed)
	equal(t, "the task", decode[client.Task](s.get(target, eve)), decode[client.Task](created))
	for _, line := range s.lines() {
		if line["status"] == 403.0 && (line["token"] != "eve" || line["problem"] != "insufficient-scope") {
			t.Errorf("the log does not say whose token was refused and why: %v", line)
		}
	}
}

// The documentation and the specification require no token.
func TestDocumentationNeedsNoToken(t *testing.T) {
	s := serve(t, newStore(t), twoTokens)
	for _, target := range []string{"/docs/", "/openapi.yaml", "/openapi.json"} {
		s.get(target).is(http.StatusOK)
		s.get(target, "Authorization: Bearer nonsense").is(http.StatusOK)
	}
	s.get("/nowhere").is(http.StatusNotFound)
}

// A server without tokens ignores Authorization.
func TestOpenServerIgnoresAuthorization(t *testing.T) {
	s := start(t)
	for _, header := range []string{"Authorization: Bearer x", "Authorization: Basic x", "Authorization:"} {
		s.get("/tasks", header).is(http.StatusOK)
	}
}

// The log has the name of the token that a request used, and never a token.
func TestLogHasTokenNameOnly(t *testing.T) {
	s := serve(t, newStore(t), twoTokens)
	s.get("/tasks", "Authorization: Bearer Secret-of-Bob-22").is(http.StatusOK)
	s.post("/tasks", `{`, "Authorization: bearer Secret-of-Bob-22").is(http.StatusBadRequest)
	s.get("/tasks", "Authorization: Bearer Wrong-Secret").is(http.StatusUnauthorized)
	s.get("/tasks?access_token=Wrong-Secret").is(http.StatusUnauthorized)
	s.get("/tasks").is(http.StatusUnauthorized)
	text := s.logged()
	for _, secret := range []string{"Secret-of-Ann-1", "Secret-of-Bob-22", "Wrong-Secret"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log has %s:\n%s", secret, text)
		}
	}
	lines := s.lines()
	if len(lines) != 5 {
		t.Fatalf("the log has %d lines, want 5:\n%s", len(lines), text)
	}
	for i, line := range lines {
		words, err := json.Marshal(line)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "whether bob is named in "+string(words), strings.Contains(string(words), `"bob"`), i < 2)
		equal(t, "whether ann is named in "+string(words), strings.Contains(string(words), `"ann"`), false)
	}
}
