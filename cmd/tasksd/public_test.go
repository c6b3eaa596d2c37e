package main

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// -cors-origin takes exact origins as browsers send them, and says what is wrong
// with anything else: a value that no browser sends would silently do nothing.
func TestCORSOrigin(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{ // An error, or none.
		"https://example.com":                     "",
		"https://example.com:8443":                "",
		"http://example.com:443":                  "",
		"https://a.example,http://localhost:5173": "",
		"https://a.example, http://[::1]:5173":    "",
		"capacitor://localhost":                   "",
		"https://xn--bcher-kva.example":           "",
		"":                                        "want SCHEME://HOST",
		"*":                                       "pages of everyone",
		"null":                                    "pages of everyone",
		"https://*.example.com":                   "no wildcard",
		"example.com":                             "want SCHEME://HOST",
		"localhost:5173":                          "want SCHEME://HOST",
		"//example.com":                           "want SCHEME://HOST",
		"https://":                                "want SCHEME://HOST",
		"https://:8000":                           "want SCHEME://HOST",
		"https://example.com/":                    "without a path",
		"https://example.com/app":                 "without a path",
		"https://example.com?x":                   "want SCHEME://HOST",
		"https://example.com#x":                   "want SCHEME://HOST",
		"https://ann@example.com":                 "want SCHEME://HOST",
		"https://example.com:":                    "want SCHEME://HOST",
		"https://example.com:port":                "want SCHEME://HOST",
		"https://exa mple.com":                    "want SCHEME://HOST",
		"https://example.com:443":                 "leave out the port 443 of https",
		"http://example.com:80":                   "leave out the port 80 of http",
		"HTTPS://example.com":                     "lower case",
		"https://Example.com":                     "lower case",
		"https://bücher.example":                  "xn--",
		"https://a.example,":                      `"": want SCHEME://HOST`,
		"https://a.example,https://b.example/":    `"https://b.example/": want SCHEME://HOST`,
		"https://a.example https://b.example":     "want SCHEME://HOST",
		"https://a.example\r\nAccess-Control-Allow-Origin: *": "want SCHEME://HOST",
	} {
		o, err := parse([]string{"-cors-origin", value}, nil)
		judge(t, "-cors-origin", value, err, want)
		if want == "" && !slices.Equal(o.origins, strings.Split(strings.ReplaceAll(value, " ", ""), ",")) {
			t.Errorf("-cors-origin %q gives %q", value, o.origins)
		}
	}
}

// judge checks that err contains want, or that both are none.
func judge(t *testing.T, flag, value string, err error, want string) {
	t.Helper()
	if err == nil && want != "" || err != nil && (want == "" || !strings.Contains(err.Error(), want)) {
		t.Errorf("%s %q: error %v, want %q", flag, value, err, want)
	}
}

func TestPublicURL(t *testing.T) {
	t.Parallel()
	const noURL, noPath = "want http://HOST or https://HOST", "want a path of letters"
	for value, want := range map[string][2]string{ // The URL and the error.
		"https://example.com/api":                         {"https://example.com/api"},
		"https://example.com/api/":                        {"https://example.com/api"},
		"https://example.com":                             {"https://example.com"},
		"https://example.com/":                            {"https://example.com"},
		"http://Example.COM:8080/Tasks/v1.0_~x":           {"http://example.com:8080/Tasks/v1.0_~x"},
		"https://[2001:db8::1]/api":                       {"https://[2001:db8::1]/api"},
		"":                                                {"", noURL},
		"/api":                                            {"", noURL},
		"example.com/api":                                 {"", noURL},
		"ftp://example.com":                               {"", noURL},
		"https:///api":                                    {"", noURL},
		"https://:443/api":                                {"", noURL},
		"https://example.com:/api":                        {"", noURL},
		"https://bücher.example":                          {"", noURL},
		"https://exam ple.com":                            {"", noURL},
		"https://example.com/%zz":                         {"", noURL},
		"https://ann:secret@example.com/api":              {"", "without user"},
		"https://example.com/api?x=1":                     {"", "without user"},
		"https://example.com/api?":                        {"", "without user"},
		"https://example.com/api#x":                       {"", "without user"},
		"https://example.com/api#":                        {"", "without user"},
		"https://example.com//":                           {"", noPath},
		"https://example.com/a//b":                        {"", noPath},
		"https://example.com/a/../b":                      {"", noPath},
		"https://example.com/.":                           {"", noPath},
		"https://example.com/a)b":                         {"", noPath},
		"https://example.com/{id}":                        {"", noPath},
		"https://example.com/a%20b":                       {"", noPath},
		"https://example.com/" + strings.Repeat("x", 180): {"https://example.com/" + strings.Repeat("x", 180)},
		"https://example.com/" + strings.Repeat("x", 181): {"", "at most 200 bytes"},
	} {
		o, err := parse([]string{"-public-url", value}, nil)
		judge(t, "-public-url", value, err, want[1])
		if err == nil && o.publicURL != want[0] {
			t.Errorf("-public-url %q gives %q, want %q", value, o.publicURL, want[0])
		}
	}
}

func TestTrustedProxy(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{ // An error, or none.
		"10.0.0.0/8,192.168.0.0/16,fd00::/8": "",
		"127.0.0.1/32, ::1/128":              "",
		"0.0.0.0/0":                          "",
		"":                                   "want a network",
		"localhost":                          "want a network",
		"10.0.0.0/33":                        "want a network",
		"10.0.0.0/8;127.0.0.1":               "want a network",
		"fe80::1%eth0":                       "want a network",
		"::ffff:10.0.0.0/104":                "want a network",
		"10.0.0.1/8":                         "this network begins with 10.0.0.0/8",
	} {
		_, err := parse([]string{"-trusted-proxy", value}, nil)
		judge(t, "-trusted-proxy", value, err, want)
	}
	o, err := parse([]string{"-trusted-proxy", "127.0.0.1,::1,::ffff:10.1.1.1,10.0.0.0/8"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, network := range o.proxies {
		got = append(got, network.String())
	}
	if want := []string{"127.0.0.1/32", "::1/128", "10.1.1.1/32", "10.0.0.0/8"}; !slices.Equal(got, want) {
		t.Errorf("the networks are %q, want %q", got, want)
	}
	if o.proxies[3] != netip.MustParsePrefix("10.0.0.0/8") {
		t.Errorf("the last network is %v", o.proxies[3])
	}
}

// Only on a loopback address without tokens can pages of this machine use the
// server, and only there is another Host refused.
func TestLocalServer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, env string
		args      []string
		local     bool
	}{
		{"loopback", "", []string{"-addr", "127.0.0.1:0"}, true},
		{"loopback, insecure", "", []string{"-addr", "127.0.0.1:0", "-insecure"}, true},
		{"loopback, with a token", "TASKSD_TOKEN=s3cret-long-enough", []string{"-addr", "127.0.0.1:0"}, false},
		{"everywhere, insecure", "", []string{"-addr", "0.0.0.0:0", "-insecure"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, []string{tt.env}, tt.args...)
			foreign := p.raw("GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n")
			if want := map[bool]int{true: http.StatusMisdirectedRequest, false: http.StatusOK}[tt.local]; foreign != want {
				t.Errorf("a request for another host = %d, want %d", foreign, want)
			}
			page := p.raw("DELETE /nowhere HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:5173\r\n\r\n")
			if want := map[bool]int{true: http.StatusNotFound, false: http.StatusForbidden}[tt.local]; page != want {
				t.Errorf("a write by a page of this machine = %d, want %d", page, want)
			}
		})
	}
}

// The settings reach the server.
func TestServerBehindAProxy(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "-addr", "127.0.0.1:0", "-public-url", "https://tasks.example/api",
		"-trusted-proxy", "127.0.0.1", "-cors-origin", "https://app.example")
	for request, want := range map[string]int{
		"POST /tasks HTTP/1.1\r\nHost: tasks.example\r\nOrigin: https://app.example":   http.StatusBadRequest,
		"POST /tasks HTTP/1.1\r\nHost: tasks.example\r\nOrigin: https://tasks.example": http.StatusBadRequest,
		"POST /tasks HTTP/1.1\r\nHost: tasks.example\r\nOrigin: https://other.example": http.StatusForbidden,
		"GET /tasks HTTP/1.1\r\nHost: app.example":                                     http.StatusMisdirectedRequest,
		"GET /tasks HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.7":       http.StatusOK,
	} {
		if got := p.raw(request + "\r\n\r\n"); got != want {
			t.Errorf("%q = %d, want %d", request, got, want)
		}
	}
	p.signal(syscall.SIGTERM)
	p.wait()
	if !strings.Contains(p.log, " remote=203.0.113.7\n") {
		t.Errorf("the log lacks the client's address:\n%s", p.log)
	}
}
