package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// oddTargets requests targets in unusual forms.
func oddTargets(x *assault) {
	var probes []probe
	get := func(target string, statuses ...int) {
		probes = append(probes, probe{"GET " + target + " HTTP/1.1\r\n" + plain, one(statuses...)})
	}
	for _, target := range []string{"/tasks", "/tasks?", "/tasks?limit=1", "http://localhost/tasks", "HTTP://localhost/tasks?limit=2", victim, victim + "?"} {
		get(target, ok)
	}
	for _, target := range []string{ // The same resource to some.
		"/t%61sks", "/tasks#fragment", "http:///tasks", "http://localhost:1/tasks", "https://localhost/tasks", "ftp://localhost/tasks", "http://u:p@localhost/tasks",
		"http://other/tasks", "//localhost/tasks", "///tasks", "//tasks", "/./tasks", "/x/../tasks", "/tasks/.", "/tasks/..", "/%2e/tasks", "/x/%2e%2e/tasks",
		"/tasks/", "/tasks//", "/tasks;x", "/tasks%3flimit=1", "/tasks%00", "/tasks%2f", "\\tasks", "/\\tasks", "/TASKS", victim + "/", victim + "%00", victim + "%20", victim + ";x",
		"/tasks%2f..%2ftasks", "/docs/../tasks", "/docs/..%2ftasks", "/docs/%2e%2e/%2e%2e/etc/passwd", "/docs/../../../../etc/passwd", "/docs//etc/passwd", "/problems/..%2f..%2fgo.mod",
	} {
		get(target, ok, bad, notFound, 421)
	}
	for _, target := range []string{
		"/tasks/%00", "/tasks/%0d%0aX:%20x", "/tasks/%c0%ae", "/tasks/%ff", "/tasks/%f0%9f%90%a2", "/tasks/\xff\xfe", "/tasks/é", "/tasks/a/b", "/tasks/%2f", "/tasks/{id}", "/tasks/:id", "/tasks/*",
		"/*", "/" + strings.Repeat("a/", 4000), "/tasks/" + strings.Repeat("x", 15_000), "/tasks/" + strings.Repeat("%41", 5_000),
	} {
		get(target, notFound, bad)
	}
	for _, target := range []string{"/tasks/%", "/tasks/%4", "/tasks/%zz", "tasks", "*", "localhost:80", "", "http://", "http://[::1/tasks", "/tasks\x00", "/tasks\x7f", "/tasks /x", ":", "?", "#"} {
		get(target, bad, notFound, 421)
	}
	for _, query := range []string{
		"limit=1&limit=2", "limit=%", "limit=%zz", "limit=1;order=asc", "&", "&&limit=1&", "=", "limit", "limit=1%00", "limit=+1", "limit=１", "limit=9e9", "limit=99999999999999999999", "after=" + strings.Repeat("a", 10_000),
		strings.Repeat("a&", 7_000), strings.Repeat("a=b&", 4_000), "\xff=\xff", "limit[]=1", "__proto__=1", "limit=1#", "done=TRUE", "order=ASC",
	} {
		get("/tasks?"+query, bad, ok)
	}
	for _, size := range []int{30_000, 100_000, 1 << 20} {
		get("/tasks/"+strings.Repeat("x", size), 431, 414, 0) // It may be cut before the client reads the answer.
	}
	for text, statuses := range map[string][]int{
		"OPTIONS *":            {notFound, 204},
		"GET *":                {bad, notFound},
		"CONNECT localhost:80": {bad, notFound, 405},
		"CONNECT /tasks":       {bad, notFound, 405},
		"PUT http://other/":    {notFound, 405, 421},
	} {
		probes = append(probes, probe{text + " HTTP/1.1\r\n" + plain, one(statuses...)})
	}
	x.probe(probes)
}

// oddMethods sends unusual methods, and bodies in unusual encodings.
func oddMethods(x *assault) {
	var probes []probe
	for _, method := range []string{"TRACE", "TRACK", "PUT", "PROPFIND", "PURGE", "DEBUG", "PRI", "get", "Get", "X", "DELETE2", "!#$%&'*+-.^_`|~", strings.Repeat("M", 10_000)} {
		probes = append(probes, probe{method + " " + victim + " HTTP/1.1\r\n" + plain, one(405)})
	}
	for _, method := range []string{"", "G(T", "G\x00T", "GÉT", "G\"T", "[GET]", "DELETE\x0b"} {
		probes = append(probes, probe{method + " " + victim + " HTTP/1.1\r\n" + plain, one(bad)})
	}
	for _, header := range []string{"X-HTTP-Method-Override: DELETE", "X-HTTP-Method: DELETE", "X-Method-Override: DELETE"} {
		probes = append(probes, probe{"GET " + victim + " HTTP/1.1\r\n" + header + "\r\n" + plain, one(ok)})
	}
	length := func(body string) string { return fmt.Sprintf("Content-Length: %d\r\n", len(body)) }
	for _, header := range []string{"Content-Encoding: gzip", "Content-Encoding: br, gzip", "Content-Encoding: x"} {
		probes = append(probes, probe{post(header+"\r\n"+length(newTask), newTask), one(415)})
	}
	for _, mediaType := range []string{"", "x", "text/plain", "application/json, text/plain", "application/jsonx", "application/json;charset=utf-16", "application/json; charset", "*/*", "application/*", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", strings.Repeat("a", 10_000)} {
		text := "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + mediaType + "\r\n" + length(newTask) + "\r\n" + newTask
		probes = append(probes, probe{text, one(415, bad, created)})
	}
	title := func(s string) string { return `{"title":"` + s + `"}` }
	for _, body := range []string{
		"\xef\xbb\xbf" + newTask, "\xff\xfe{\x00}\x00", "\x00\x00\x00{", title("\xff"), title("\xc0\xaf"), title("\xed\xa0\x80"), title("\xf4\x90\x80\x80"), title(`\ud800`), title(`\udc00\ud800`), title(`\u0000`), title("a\x00b"), title(`\x41`),
		strings.Repeat("[", 60_000), strings.Repeat(`{"title":`, 7_000), `{"title":` + strings.Repeat("[", 60_000), `{"title":1e999999999}`, `{"done":` + strings.Repeat("9", 60_000) + `}`, title(strings.Repeat("x", 60_000)), "{" + strings.Repeat(`"a":1,`, 9_000) + `"a":1}`,
		`{"title":"meant","title":"meant"}`, `{"title":"meant"}{}`, `{"title":"meant"} x`, `{"title":"meant",}`, `{'title':'meant'}`, `{"title":"meant"/**/}`, `{"TITLE":"meant"}`, `{"title":"meant","__proto__":{}}`, "null", "[]", "1", `"x"`, "NaN", "", " ", "{", "\x1f\x8b\x08\x00",
	} {
		probes = append(probes, probe{post(length(body), body), one(bad)})
	}
	x.probe(probes)
}

// notHTTP sends what is not HTTP.
func notHTTP(x *assault) {
	var probes []probe
	for _, text := range []string{
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x00", 500), // TLS.
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",       // HTTP/2.
		"SSH-2.0-OpenSSH_9.9\r\n", "HELO localhost\r\nMAIL FROM:<a@localhost>\r\n\r\n", "\x00", "\r\n\r\n\r\n\r\n", "{}\n", strings.Repeat("\x00", 10_000), strings.Repeat("\n", 100_000), strings.Repeat("a", 100_000),
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\nGET /tasks HTTP/1.1\r\n" + plain,
	} {
		probes = append(probes, probe{text, one(bad, 421, 431, 505, 0)})
	}
	crowd(4, func(i int) {
		r := rand.New(rand.NewPCG(uint64(i), 1))
		for x.attacking() {
			text := make([]byte, r.IntN(2000))
			for j := range text {
				text[j] = byte(r.Uint32())
			}
			if statuses, _ := x.exchange(string(text) + "\r\n\r\n"); len(statuses) > 1 || len(statuses) == 1 && statuses[0] != bad {
				x.wrong("%q is answered with %v", text, statuses)
			}
		}
	})
	x.probeOnce(probes)
}
