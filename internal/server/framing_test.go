package server_test

import (
	"errors"
	"net/http"
	"testing"

	"example.com/tasks/gen/client"
	"example.com/tasks/internal/server"
)

// Where a proxy may see another end of a request than this server, the connection
// ends with the answer: what follows might be a request that the proxy took for a
// body (RFC 9112, section 6.1).
func TestNothingFollowsARequestOfDoubtfulLength(t *testing.T) {
	const chunks = "d\r\n{\"title\":\"x\"}\r\n0\r\n\r\n"
	for name, head := range map[string]string{
		"both lengths":              "POST /tasks HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n",
		"both, the other way round": "POST /tasks HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n",
		"folded":                    "POST /tasks HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding:\r\n chunked\r\n",
		"after a bare line feed":    "POST /tasks HTTP/1.1\r\nContent-Length: 4\r\nX: a\nTransfer-Encoding: chunked\r\n",
		"chunks in HTTP/1.0":        "POST /tasks HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n",
		"both lengths in HTTP/1.0":  "POST /tasks HTTP/1.0\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			victim := "/tasks/" + s.create("victim")[0].ID
			a := s.rawText(head + "Host: x\r\n" + asJSON + "\r\n\r\n" + chunks + "DELETE " + victim + " HTTP/1.1\r\nHost: x\r\n\r\n")
			equal(t, "whether the client is told", a.Close, true)
			equal(t, "the victim", decode[client.Task](s.get(victim).is(http.StatusOK)).Title, "victim")
		})
	}
}

// A failure does not keep the connection open either.
func TestNothingFollowsAFailureOfDoubtfulLength(t *testing.T) {
	s := serve(t, failing{func() error { return errors.New("x") }}, server.Config{})
	text := "POST /tasks HTTP/1.1\r\nHost: x\r\n" + asJSON + "\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n{\"title\":\"x\"}\r\n0\r\n\r\n"
	s.rawText(text + text).is(http.StatusInternalServerError)
}
