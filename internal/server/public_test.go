package server_test

import (
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/tasks/gen/client"
	"example.com/tasks/internal/server"
)

// Behind a proxy, every link that a client follows is below the public URL, and the
// rest of a response is as without it. A problem's type is no link but a name.
func TestPublicURLIsInEveryLink(t *testing.T) {
	const public = "https://tasks.example/api"
	s := serve(t, newStore(t), server.Config{PublicURL: public})
	created := s.post("/tasks", `{"title": "x"}`).is(http.StatusCreated)
	task := "/tasks/" + decode[client.Task](created).ID
	equal(t, "Location", created.Header.Get("Location"), public+task)
	again := s.post("/tasks", `{"title": "x"}`, withKey("k"))
	equal(t, "Location of a repetition", s.post("/tasks", `{"title": "x"}`, withKey("k")).Header.Get("Location"), again.Header.Get("Location"))
	listed := s.get("/tasks?limit=1&order=desc&done=false").is(http.StatusOK)
	next := "</tasks?limit=1&after=" + decode[client.TaskList](listed)[0].ID + `&order=desc&done=false>; rel="next"`
	equal(t, "Link", listed.Header.Get("Link"), strings.Replace(next, "</", "<"+public+"/", 1))
	equal(t, "Link of HEAD", s.do(http.MethodHead, "/tasks?limit=1&order=desc&done=false", "").Header.Get("Link"), listed.Header.Get("Link"))
	equal(t, "where / leads", s.get("/", "Accept: "+browser).is(http.StatusFound).Header.Get("Location"), public+"/docs/")
	equal(t, "where /docs leads", s.get("/docs").is(http.StatusFound).Header.Get("Location"), public+"/docs/")
	equal(t, "type", decode[problem](s.get("/nowhere")).Type, "/problems/not-found")
}

// The served specification names the public URL as its only server, and leads to
// the problem pages there. It is otherwise unchanged.
func TestPublicURLIsInTheSpecification(t *testing.T) {
	const public = "https://tasks.example/api"
	for name, cfg := range map[string]server.Config{"open": {PublicURL: public}, "secured": {PublicURL: public, Tokens: twoTokens.Tokens}} {
		s := serve(t, newStore(t), cfg)
		cfg.PublicURL = ""
		direct := serve(t, newStore(t), cfg)
		for _, target := range []string{"/openapi.yaml", "/openapi.json"} {
			want := parsed(t, direct.get(target).body).(map[string]any)
			want["servers"].([]any)[0].(map[string]any)["url"] = public
			info := want["info"].(map[string]any)
			link := regexp.MustCompile(`\]\(/problems/`)
			described := info["description"].(string)
			equal(t, "the number of links", len(link.FindAllString(described, -1)), 1)
			info["description"] = link.ReplaceAllString(described, "]("+public+"/problems/")
			if diff := cmp.Diff(any(want), parsed(t, s.get(target).is(http.StatusOK).body)); diff != "" {
				t.Errorf("%s %s (-want +served)\n%s", name, target, diff)
			}
			if s.get(target).etag() == direct.get(target).etag() {
				t.Errorf("%s %s has the same ETag with and without a public URL", name, target)
			}
		}
	}
}

// The pages refer to nothing by a path from the root, which a proxy with a prefix
// would not lead here.
func TestPagesHaveRelativeReferences(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/docs/", "/docs/docs.js", "/docs/snippets.js", "/docs/theme.js", "/docs/docs.css", "/problems/not-found"} {
		if found := regexp.MustCompile(`(?:src=|href=|href: |url\(|fetch\(|from )["']?/[^"\s>]*`).FindString(s.get(path, "Accept: "+browser).is(http.StatusOK).body); found != "" {
			t.Errorf("%s has %s", path, found)
		}
	}
}

// A server whose public URL is none does not start.
func TestInvalidPublicURLPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("the server started")
		}
	}()
	server.New(nil, server.Config{PublicURL: "https://%zz"})
}

// The log has the client's address as the last trusted proxy gives it, and nothing
// that a client claims.
func TestTrustedProxiesNameTheClient(t *testing.T) {
	own, private, other := netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.0/24")
	six := netip.MustParsePrefix("2001:db8::/32")
	const peer = "127.0.0.1:" // The peer's address, with whatever port.
	for _, test := range []struct {
		name    string
		trusted []netip.Prefix
		header  []string
		want    string
	}{
		{"nobody is trusted", nil, []string{"X-Forwarded-For: 203.0.113.7"}, peer},
		{"another is trusted", []netip.Prefix{other}, []string{"X-Forwarded-For: 203.0.113.7"}, peer},
		{"no header", []netip.Prefix{own}, nil, peer},
		{"an empty header", []netip.Prefix{own}, []string{"X-Forwarded-For:"}, peer},
		{"one proxy", []netip.Prefix{own}, []string{"X-Forwarded-For: 203.0.113.7"}, "203.0.113.7"},
		{"IPv6", []netip.Prefix{own}, []string{"X-Forwarded-For: 2001:DB8::1"}, "2001:db8::1"},
		{"IPv4 in IPv6", []netip.Prefix{own, private}, []string{"X-Forwarded-For: 203.0.113.7, ::ffff:10.1.1.1"}, "203.0.113.7"},
		{"a claim before it", []netip.Prefix{own}, []string{"X-Forwarded-For: 198.51.100.1, 203.0.113.7"}, "203.0.113.7"},
		{"a trusted claim before it", []netip.Prefix{own, private}, []string{"X-Forwarded-For: 10.9.9.9, 203.0.113.7"}, "203.0.113.7"},
		{"two proxies", []netip.Prefix{own, private}, []string{"X-Forwarded-For: 203.0.113.7, 10.1.1.1"}, "203.0.113.7"},
		{"two proxies with a line each", []netip.Prefix{own, six}, []string{"X-Forwarded-For: 203.0.113.7", "X-Forwarded-For: 2001:db8::2"}, "203.0.113.7"},
		{"all are trusted", []netip.Prefix{own, private}, []string{"X-Forwarded-For: 10.2.2.2, 10.1.1.1"}, "10.2.2.2"},
		{"nonsense", []netip.Prefix{own}, []string{"X-Forwarded-For: nonsense"}, peer},
		{"nonsense before a proxy", []netip.Prefix{own, private}, []string{"X-Forwarded-For: 203.0.113.7 level=ERROR, 10.1.1.1"}, "10.1.1.1"},
		{"a zone", []netip.Prefix{own}, []string{"X-Forwarded-For: fe80::1%forged"}, peer},
		{"a port", []netip.Prefix{own}, []string{"X-Forwarded-For: 203.0.113.7:51234"}, "203.0.113.7"},
		{"IPv6 and a port", []netip.Prefix{own}, []string{"X-Forwarded-For: [2001:db8::1]:4711"}, "2001:db8::1"},
		{"a proxy's port", []netip.Prefix{own, private}, []string{"X-Forwarded-For: 203.0.113.7, 10.1.1.1:8080"}, "203.0.113.7"},
		{"a port that is none", []netip.Prefix{own}, []string{"X-Forwarded-For: 203.0.113.7:x"}, peer},
		{"a zone and a port", []netip.Prefix{own}, []string{"X-Forwarded-For: [fe80::1%forged]:80"}, peer},
		{"a name", []netip.Prefix{own}, []string{"X-Forwarded-For: localhost"}, peer},
		{"unknown", []netip.Prefix{own}, []string{"X-Forwarded-For: unknown"}, peer},
		{"a comma at the end", []netip.Prefix{own}, []string{"X-Forwarded-For: 203.0.113.7,"}, peer},
		{"other headers", []netip.Prefix{own}, []string{"Forwarded: for=203.0.113.7", "X-Real-Ip: 203.0.113.7", "True-Client-Ip: 203.0.113.7"}, peer},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, newStore(t), server.Config{Proxies: test.trusted})
			s.get("/tasks", test.header...)
			remote, _ := s.lines()[0]["remote"].(string)
			if remote != test.want && (test.want != peer || !strings.HasPrefix(remote, peer)) {
				t.Errorf("remote is %q, want %q", remote, test.want)
			}
		})
	}
}
