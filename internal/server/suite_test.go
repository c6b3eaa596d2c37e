// Package server_test asks the whole server, through a socket, whether it keeps
// the promises of the API. Every answer passes the contract's checks too, so a
// test says only what is particular to it.
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
	"example.com/tasks/internal/store/memory"
)

// TestMain fails a run of all tests in which none produced some response that
// the specification declares: what is promised and never seen is untested.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if unseen := contract.Unseen(); code == 0 && wholeSuite() && len(unseen) > 0 {
		fmt.Printf("no test was answered:\n\t%s\n", strings.Join(unseen, "\n\t"))
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

// A site is a server on a socket of its own, for one test.
type site struct {
	*httptest.Server
	t      *testing.T
	client *http.Client // Checks each answer, follows no redirect.
	log    *journal
}

// start serves an empty memory store to everyone.
func start(t *testing.T) *site {
	return serve(t, memory.New(), server.Config{})
}

// serve serves st. Where cfg has no log, the site's journal gets it, as JSON.
func serve(t *testing.T, st store.Store, cfg server.Config) *site {
	t.Helper()
	s := &site{t: t, log: &journal{}}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewJSONHandler(s.log, nil))
	}
	s.Server = httptest.NewUnstartedServer(server.New(service.New(st), cfg))
	s.Config.DisableGeneralOptionsHandler = true // Else OPTIONS * never reaches the handler.
	s.Config.ErrorLog = log.New(complaints{t}, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	s.client = &http.Client{
		Transport:     &contract.Transport{TB: t, Base: s.Client().Transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s
}

// generated returns the generated client of the site.
func (s *site) generated() *client.ClientWithResponses {
	s.t.Helper()
	c, err := client.NewClientWithResponses(s.URL, client.WithHTTPClient(s.client))
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// complaints fails a test where net/http has something to say: of a panic that
// came through to it, or of a status that was written twice.
type complaints struct{ t *testing.T }

func (c complaints) Write(line []byte) (int, error) {
	c.t.Errorf("net/http: %s", line)
	return len(line), nil
}

// A journal is a log to be read when the server is done.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

// logged closes the site, which waits for all requests, and returns the log.
func (s *site) logged() string {
	s.Close()
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.text.String()
}

// lines returns the members of each line of the log, which logged has read.
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

// send is do with a body of unknown length, unless it is a *strings.Reader.
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

// raw sends a request that no client would send, and asks for no second one.
func (s *site) raw(requestLine, body string, header ...string) answer {
	s.t.Helper()
	head := append([]string{requestLine, "Host: tasks.example", "Connection: close"}, header...)
	if body != "" {
		head = append(head, fmt.Sprintf("Content-Length: %d", len(body)))
	}
	return s.rawText(strings.Join(head, "\r\n") + "\r\n\r\n" + body)
}

// rawText sends text as it stands and returns the answer, which must be all
// that comes before the server closes the connection.
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
	req := &http.Request{Method: method}
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
		s.t.Errorf("after the answer came %q, %v", more, err)
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

// An answer is a response that was read and checked.
type answer struct {
	*http.Response
	t    *testing.T
	body string
}

// is ends the test unless the answer has the status.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.StatusCode != status {
		a.t.Fatalf("%s %.100s: got %s, want %d\n%.1000s", a.Request.Method, a.Request.URL, a.Status, status, a.body)
	}
	return a
}

func (a answer) etag() string { return a.Header.Get("ETag") }

// list returns the elements of a header that is a comma-separated list, sorted.
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

// A problem is what an error is answered with.
type problem struct {
	Type, Title, Detail, Error, Instance string
	Status                               int
	Errors                               []fault
}

type fault struct{ Pointer, Parameter, Header, Detail string }

// where says what a fault is located by and where that is.
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

// faults returns where each fault of a refused request is, and what it is.
func (a answer) faults() (faults []string) {
	a.t.Helper()
	for _, f := range decode[problem](a.is(http.StatusBadRequest)).Errors {
		faults = append(faults, f.where()+": "+f.Detail)
	}
	return faults
}

// equal reports an error unless got is want.
func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}
