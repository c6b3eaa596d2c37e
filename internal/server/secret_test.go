package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"example.com/tasks/internal/server"
)

// No error response repeats input, in its body or in a header: neither values nor
// unsafe names. The test sends a marker everywhere and looks for it in the
// responses.
func TestErrorsDoNotEchoInput(t *testing.T) {
	const mark = "Zq7x"
	s := start(t)
	secured := serve(t, newStore(t), server.Config{Tokens: []server.Token{{Name: "ann", Secret: "right"}}})
	local := serve(t, newStore(t), server.Config{Local: true})
	task := "/tasks/" + s.create("x")[0].ID
	long := strings.Repeat(mark, 15*1024) // 60 KB
	for name, a := range map[string]answer{
		"title":                         s.post("/tasks", `{"title": "`+mark+`\n"}`),
		"long title":                    s.post("/tasks", `{"title": "`+long+`"}`),
		"done":                          s.post("/tasks", `{"title": "x", "done": "`+mark+`"}`),
		"body":                          s.post("/tasks", mark),
		"string body":                   s.post("/tasks", `"`+mark+`"`),
		"value of an unknown member":    s.post("/tasks", `{"title": "x", "a": "`+mark+`"}`),
		"name with a space":             s.post("/tasks", `{"title": "x", " `+mark+`": 1}`),
		"name with a non-ASCII letter":  s.post("/tasks", `{"title": "x", "é`+mark+`": 1}`),
		"name with markup":              s.post("/tasks", `{"title": "x", "<`+mark+`>": 1}`),
		"name that is a pointer":        s.post("/tasks", `{"title": "x", "/`+mark+`": 1}`),
		"duplicate name":                s.post("/tasks", `{"title": "x", "!`+mark+`": 1, "!`+mark+`": 1}`),
		"name of 60 KB":                 s.post("/tasks", `{"title": "x", "`+long+`": 1}`),
		"name of 65 letters":            s.post("/tasks", `{"title": "x", "`+long[:65]+`": 1}`),
		"name inside the title":         s.post("/tasks", `{"title": {"`+mark+`": "`+mark+`"}}`),
		"name in a patch":               s.patch(task, `{"/`+mark+`": 1}`),
		"truncated name":                s.post("/tasks", `{"title": "x", "`+mark),
		"limit":                         s.get("/tasks?limit=" + mark),
		"after":                         s.get("/tasks?after=" + mark),
		"order":                         s.get("/tasks?order=" + mark),
		"done parameter":                s.get("/tasks?done=" + mark),
		"value of an unknown parameter": s.get("/tasks?colour=" + mark),
		"parameter with a space":        s.get("/tasks?%20" + mark + "=1"),
		"parameter with markup":         s.get("/tasks?<" + mark + ">=1"),
		"parameter with a NUL":          s.get("/tasks?%00" + mark + "=1"),
		"parameter of 3 KB":             s.get("/tasks?" + long[:3*1024] + "=1"),
		"malformed parameter":           s.get("/tasks?limit=" + mark + "%zz"),
		"malformed parameter's name":    s.get("/tasks?" + mark + "%zz=1"),
		"parameter of a task":           s.get(task + "?a=" + mark),
		"If-None-Match":                 s.get("/tasks", "If-None-Match: "+mark),
		"If-Match":                      s.delete(task, "If-Match: "+mark),
		"If-Match that does not hold":   s.delete(task, `If-Match: "`+mark+`"`),
		"Content-Type":                  s.do(http.MethodPost, "/tasks", `{}`, "Content-Type: text/"+mark),
		"Content-Type of a patch":       s.do(http.MethodPatch, task, `{}`, "Content-Type: "+mark),
		"id":                            s.get("/tasks/" + mark),
		"path":                          s.get("/" + mark),
		"path below a task":             s.get(task + "/" + mark),
		"path below the documents":      s.get("/docs/" + mark),
		"query of an unknown path":      s.get("/nowhere?" + mark + "=" + mark),
		"method":                        s.do(strings.ToUpper(mark), "/tasks", ""),
		"token":                         secured.get("/tasks", "Authorization: Bearer "+mark),
		"token of 60 KB":                secured.get("/tasks", "Authorization: Bearer "+long),
		"scheme":                        secured.get("/tasks", "Authorization: "+mark+" right"),
		"token in the query":            secured.get("/tasks?access_token=" + mark),
		"host":                          local.rawText("GET /tasks HTTP/1.1\r\nHost: " + mark + "\r\nConnection: close\r\n\r\n"),
		"origin":                        local.delete(task, "Origin: http://"+mark),
		"preflight":                     local.do(http.MethodOptions, "/nowhere", "", "Origin: http://"+mark, "Access-Control-Request-Method: "+mark, "Access-Control-Request-Headers: "+mark),
		"other headers": s.get("/nowhere", "X-Request-Id: "+mark, "X-Correlation-Id: "+mark, "Traceparent: "+mark, "Origin: http://"+mark, "Referer: "+mark,
			"User-Agent: "+mark, "Accept: text/"+mark, "Accept-Language: "+mark, "X-Forwarded-For: "+mark, "X-Forwarded-Host: "+mark, "Cookie: a="+mark),
	} {
		if a.StatusCode < 400 || a.StatusCode >= 500 {
			t.Errorf("%s: got %s, want a 4xx status", name, a.Status)
		}
		if head := fmt.Sprint(a.Header); strings.Contains(strings.ToLower(head+a.body), strings.ToLower(mark)) {
			t.Errorf("%s is repeated: %s\n%.1000s", name, head, a.body)
		}
	}
}
