// Package server_test tests the promises of the API on the whole server, through
// a socket. Package contract checks every response, so that a test checks only
// what is particular to it.
package server_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/tasks/gen/client"
	"example.com/tasks/internal/contract"
	"example.com/tasks/internal/server"
	"example.com/tasks/internal/service"
	"example.com/tasks/internal/store"
)

// TestMain fails a run of all tests in which no test got some response that the
// specification declares: such a response is untested.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if unseen := contract.Unseen(); code == 0 && wholeSuite() && len(unseen) > 0 {
		fmt.Printf("no test got these responses:\n\t%s\n", strings.Join(unseen, "\n\t"))
		code = 1
	}
	os.Exit(code)
}

func wholeSuite() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.fuzz"} {
		if flag.Lookup(name).Value.String() != "" {
			return false
		}
	}
	return flag.Lookup("test.count").Value.String() != "0"
}

// site is a server for one test, on a socket of its own.
type site struct {
	*httptest.Server
	t      *testing.T
	client *http.Client // Checks each response and follows no redirect.
	log    *journal
}

// start serves an empty memory store without tokens.
func start(t *testing.T) *site {
	return serve(t, newStore(t), server.Config{})
}

// serve serves st. If cfg has no log, it logs to the site's journal as JSON.
func serve(t *testing.T, st store.Store, cfg server.Config) *site {
	t.Helper()
	s := &site{t: t, log: &journal{}}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewJSONHandler(s.log, nil))
	}
	s.Server = httptest.NewUnstartedServer(server.New(service.New(st), cfg))
	s.Config.DisableGeneralOptionsHandler = true // Otherwise OPTIONS * does not reach the handler.
	s.Config.ErrorLog = log.New(complaints{t}, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	s.client = &http.Client{
		Transport:     &contract.Transport{TB: t, Base: s.Client().Transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s
}

// generated returns a generated client for the site.
func (s *site) generated() *client.ClientWithResponses {
	s.t.Helper()
	c, err := client.NewClientWithResponses(s.URL, client.WithHTTPClient(s.client))
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// complaints fails a test if net/http logs anything, such as a panic that reached
// it or a second status.
type complaints struct{ t *testing.T }

func (c complaints) Write(line []byte) (int, error) {
	c.t.Errorf("net/http: %s", line)
	return len(line), nil
}

// journal is a log in memory, for a test to read.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

// logged closes the site, which waits for all requests, and returns its log.
func (s *site) logged() string {
	s.Close()
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.text.String()
}

// lines returns the members of each line that logged returns.
func (s *site) lines() (lines []map[string]any) {
	s.t.Helper()
	for line := range strings.Lines(s.logged()) {
		var members map[string]any
		if err := json.Unmarshal([]byte(line), &members); err != nil {
			s.t.Fatalf("the log has a line %q: %v", line, err)
		}
		lines = append(lines, members)
	}
	return lines
}

const (
	asJSON  = "Content-Type: application/json"
	asMerge = "Content-Type: application/merge-patch+json"
	noID    = "01890a5d-ac96-774b-bcce-b302099a8057" // No task has it.
)

func (s *site) get(target string, header ...string) answer {
	s.t.Helper()
	return s.do(http.MethodGet, target, "", header...)
}

func (s *site) post(target, body string, header ...string) answer {
	s.t.Helper()
	return s.do(http.MethodPost, target, body, append(header, asJSON)...)
}

func (s *site) patch(target, body string, header ...string) answer {
	s.t.Helper()
	return s.do(http.MethodPatch, target, body, append(header, asJSON)...)
}

func (s *site) delete(target string, header ...string) answer {
	s.t.Helper()
	return s.do(http.MethodDelete, target, "", header...)
}

// do sends a request with exactly these headers, each "Name: value".
func (s *site) do(method, target, body string, header ...string) answer {
	s.t.Helper()
	return s.send(method, target, strings.NewReader(body), header...)
}

// send is do with a body that has no Content-Length unless it is a *strings.Reader.
func (s *site) send(method, target string, body io.Reader, header ...string) answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+target, body)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ":")
		req.Header.Add(name, strings.TrimSpace(value))
	}
	resp, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.read(resp)
}

// raw sends a request that http.Client might not send, and closes the connection.
func (s *site) raw(requestLine, body string, header ...string) answer {
	s.t.Helper()
	head := append([]string{requestLine, "Host: tasks.example", "Connection: close"}, header...)
	if body != "" {
		head = append(head, fmt.Sprintf("Content-Length: %d", len(body)))
	}
	return s.rawText(strings.Join(head, "\r\n") + "\r\n\r\n" + body)
}

// rawText sends text unchanged and returns the response. The server must close the
// connection after it.
func (s *site) rawText(text string) answer {
	s.t.Helper()
	conn, err := new(net.Dialer).DialContext(s.t.Context(), "tcp", s.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		s.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		s.t.Fatal(err)
	}
	method, rest, _ := strings.Cut(text, " ")
	target, _, _ := strings.Cut(rest, " ")
	req := &http.Request{Method: method, Header: http.Header{}}
	head, _, _ := strings.Cut(text, "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			req.Header.Add(name, strings.TrimSpace(value))
		}
	}
	if req.URL, err = url.ParseRequestURI(target); err != nil {
		req.URL = &url.URL{Opaque: target}
	}
	input := bufio.NewReader(conn)
	resp, err := http.ReadResponse(input, req)
	if err != nil {
		s.t.Fatal(err)
	}
	contract.Check(s.t, req, resp)
	if more, err := io.ReadAll(input); err != nil || len(more) > 0 {
		s.t.Errorf("after the response: %q, %v", more, err)
	}
	return s.read(resp)
}

func (s *site) read(resp *http.Response) answer {
	s.t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{Response: resp, t: s.t, body: string(body)}
}

// create makes a task with each title, in their order.
func (s *site) create(titles ...string) (tasks []client.Task) {
	s.t.Helper()
	for _, title := range titles {
		body, err := json.Marshal(client.NewTask{Title: title})
		if err != nil {
			s.t.Fatal(err)
		}
		tasks = append(tasks, decode[client.Task](s.post("/tasks", string(body)).is(http.StatusCreated)))
	}
	return tasks
}

// answer is a response that was read and checked.
type answer struct {
	*http.Response
	t    *testing.T
	body string
}

// is fails the test immediately unless the response has the status.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.StatusCode != status {
		a.t.Fatalf("%s %.100s: got %s, want %d\n%.1000s", a.Request.Method, a.Request.URL, a.Status, status, a.body)
	}
	return a
}

func (a answer) etag() string { return a.Header.Get("ETag") }

// list returns the sorted elements of a header that is a comma-separated list.
func (a answer) list(name string) []string {
	elements := regexp.MustCompile(`\s*,\s*`).Split(a.Header.Get(name), -1)
	slices.Sort(elements)
	return elements
}

func decode[T any](a answer) (v T) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		a.t.Fatalf("%v: %.1000s", err, a.body)
	}
	return v
}

// problem is a problem document.
type problem struct {
	Type, Title, Detail, Error, Instance string
	Status                               int
	Errors                               []fault
}

type fault struct{ Pointer, Parameter, Header, Detail string }

// where returns the location of a fault, such as "pointer #/title".
func (f fault) where() string {
	var at []string
	for _, by := range []struct{ name, value string }{
		{"pointer", f.Pointer}, {"parameter", f.Parameter}, {"header", f.Header},
	} {
		if by.value != "" {
			at = append(at, by.name+" "+by.value)
		}
	}
	return strings.Join(at, ", ")
}

// faults returns the location and detail of each fault of a refused request.
func (a answer) faults() (faults []string) {
	a.t.Helper()
	for _, f := range decode[problem](a.is(http.StatusBadRequest)).Errors {
		faults = append(faults, f.where()+": "+f.Detail)
	}
	return faults
}

// equal fails the test unless got equals want.
func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}
