package connlimit_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/tasks/internal/connlimit"
)

// patience bounds every wait.
const patience = 20 * time.Second

// serve serves h on a listener with room for maxOpen connections until the test
// ends.
func serve(t *testing.T, maxOpen int, h http.HandlerFunc) *connlimit.Listener {
	t.Helper()
	l, server := listen(t, maxOpen, h)
	go func() { _ = server.Serve(l) }()
	return l
}

func listen(t *testing.T, maxOpen int, h http.HandlerFunc) (*connlimit.Listener, *http.Server) {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := connlimit.New(ln, maxOpen)
	server := &http.Server{Handler: h, ConnState: l.ConnState, ReadTimeout: patience, WriteTimeout: patience, IdleTimeout: patience}
	t.Cleanup(func() { server.Close() })
	return l, server
}

func ok(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }

// client is a connection on which requests are sent by hand: it repeats none.
type client struct {
	net.Conn
	r *bufio.Reader
}

func dial(t *testing.T, l net.Listener) *client {
	t.Helper()
	c, err := (&net.Dialer{Timeout: patience}).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &client{c, bufio.NewReader(c)}
}

func (c *client) get() error {
	if _, err := fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: test\r\n\r\n"); err != nil {
		return err
	}
	r, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	_, err = io.Copy(io.Discard, r.Body)
	return err
}

// Connections that do nothing keep nobody out: the one that has been idle for
// longest makes room.
func TestIdleConnectionMakesRoom(t *testing.T) {
	t.Parallel()
	l := serve(t, 2, ok)
	first, second := dial(t, l), dial(t, l)
	for _, c := range []*client{first, second, first} {
		if err := c.get(); err != nil {
			t.Fatal(err)
		}
	}
	if err := dial(t, l).get(); err != nil {
		t.Errorf("a third connection: %v", err)
	}
	if _, err := second.r.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("the connection that was idle for longest has %v, want its end", err)
	}
	if err := first.get(); err != nil {
		t.Errorf("the other one: %v", err)
	}
}

// So do connections that have never sent anything.
func TestSilentConnectionsMakeRoom(t *testing.T) {
	t.Parallel()
	l := serve(t, 2, ok)
	for range 6 {
		dial(t, l)
	}
	begin := time.Now()
	if err := dial(t, l).get(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took > patience/2 {
		t.Errorf("took %v", took)
	}
}

// Slow requests make room: those whose body does not come, and those whose response
// is not read.
func TestSlowRequestsMakeRoom(t *testing.T) {
	t.Parallel()
	for _, request := range []string{
		"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\n",
		"GET /large HTTP/1.1\r\nHost: test\r\n\r\n",
	} {
		l := serve(t, 2, func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				return
			}
			if r.URL.Path == "/large" {
				_, _ = io.Copy(w, io.LimitReader(zeros{}, 1<<30))
			}
			ok(w, r)
		})
		for range 2 {
			fmt.Fprint(dial(t, l), request)
		}
		if err := dial(t, l).get(); err != nil {
			t.Errorf("beside %q: %v", request, err)
		}
	}
}

// zeros is an io.Reader without end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// A new connection has time to send its first request.
func TestFreshConnectionMakesNoRoom(t *testing.T) {
	t.Parallel()
	l := serve(t, 1, ok)
	first, second := dial(t, l), dial(t, l)
	time.Sleep(100 * time.Millisecond)
	for _, c := range []*client{first, second} {
		if err := c.get(); err != nil {
			t.Error(err)
		}
	}
}

// A connection that makes requests all the time stays, however many others come.
func TestActiveConnectionMakesNoRoom(t *testing.T) {
	t.Parallel()
	l := serve(t, 2, ok)
	active := dial(t, l)
	if err := active.get(); err != nil {
		t.Fatal(err)
	}
	for range 50 {
		dial(t, l)
	}
	for begin := time.Now(); time.Since(begin) < 2*time.Second; time.Sleep(20 * time.Millisecond) {
		if err := active.get(); err != nil {
			t.Fatal(err)
		}
	}
}

// If no connection is idle, the next one that becomes idle makes room.
func TestBusyConnectionMakesRoomOnceAnswered(t *testing.T) {
	t.Parallel()
	begun, proceed := make(chan struct{}, 2), make(chan struct{})
	l := serve(t, 1, func(w http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		<-proceed
		ok(w, r)
	})
	results := make(chan error, 2)
	go func(c *client) { results <- c.get() }(dial(t, l))
	<-begun
	go func(c *client) { results <- c.get() }(dial(t, l))
	select {
	case <-begun:
		t.Error("a second connection was served while the only place was taken")
	case <-time.After(50 * time.Millisecond):
	}
	close(proceed)
	for range 2 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

// A connection that is closed gives its place to another one, in whatever state it
// was.
func TestClosedConnectionMakesRoom(t *testing.T) {
	t.Parallel()
	l := serve(t, 1, ok)
	for i := range 10 {
		c := dial(t, l)
		switch i % 3 {
		case 0:
			fmt.Fprint(c, "GET / HT") // Breaks off.
		case 1:
			if err := c.get(); err != nil {
				t.Fatal(err)
			}
		}
		c.Close()
	}
	if err := dial(t, l).get(); err != nil {
		t.Error(err)
	}
}

// However many clients take turns, no request is executed without being answered:
// one that arrives while its connection is closed is not read.
func TestNoRequestIsExecutedUnanswered(t *testing.T) {
	t.Parallel()
	for _, secured := range []bool{false, true} {
		t.Run(fmt.Sprintf("tls=%t", secured), func(t *testing.T) {
			t.Parallel()
			const places, clients, requests = 3, 8, 60
			var executed, answered, most atomic.Int64
			var l *connlimit.Listener
			l, server := listen(t, places, func(w http.ResponseWriter, r *http.Request) {
				executed.Add(1)
				if n := int64(l.Open()); n > most.Load() {
					most.Store(n)
				}
				ok(w, r)
			})
			wrap := func(c *client) *client { return c }
			if secured {
				server.TLSConfig = httptestTLS(t)
				go func() { _ = server.ServeTLS(l, "", "") }()
				wrap = func(c *client) *client {
					s := tls.Client(c.Conn, &tls.Config{InsecureSkipVerify: true})
					return &client{s, bufio.NewReader(s)}
				}
			} else {
				go func() { _ = server.Serve(l) }()
			}
			var wg sync.WaitGroup
			for range clients {
				wg.Go(func() {
					c := wrap(dial(t, l))
					for range requests {
						for c.get() != nil {
							c.Close()
							c = wrap(dial(t, l))
						}
						answered.Add(1)
					}
					c.Close()
				})
			}
			wg.Wait()
			if executed.Load() != answered.Load() {
				t.Errorf("%d requests were executed and %d answered", executed.Load(), answered.Load())
			}
			if most.Load() > places {
				t.Errorf("%d connections were open, want at most %d", most.Load(), places)
			}
		})
	}
}

// A connection that has sent the header of its next request already is not closed
// when it becomes idle: the request is read to its end and answered.
func TestPipelinedRequestIsAnswered(t *testing.T) {
	t.Parallel()
	begun, proceed := make(chan struct{}, 3), make(chan struct{})
	l := serve(t, 1, func(w http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		<-proceed
		if _, err := io.Copy(w, r.Body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
	})
	first := dial(t, l)
	fmt.Fprint(first, "GET / HTTP/1.1\r\nHost: test\r\n\r\nPOST / HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\n")
	<-begun
	second := make(chan error)
	go func(c *client) { second <- c.get() }(dial(t, l))
	time.Sleep(20 * time.Millisecond) // The second connection waits for a place.
	close(proceed)
	<-begun
	fmt.Fprint(first, "body")
	for range 2 {
		r, err := http.ReadResponse(first.r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil || r.StatusCode != http.StatusOK {
			t.Errorf("the status is %d, error %v", r.StatusCode, err)
		}
		r.Body.Close()
	}
	if err := <-second; err != nil {
		t.Errorf("the connection that waited: %v", err)
	}
}

// httptestTLS returns the configuration of a server with a certificate.
func httptestTLS(t *testing.T) *tls.Config {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	t.Cleanup(s.Close)
	return &tls.Config{Certificates: s.TLS.Certificates}
}

// A response reaches a client that is still sending when the server closes the
// connection, as it does without a Listener.
func TestResponseReachesClientThatIsSending(t *testing.T) {
	t.Parallel()
	l := serve(t, 20, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	})
	for range 20 {
		c := dial(t, l)
		fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000000\r\n\r\n")
		go func() { _, _ = io.Copy(c.Conn, strings.NewReader(strings.Repeat("x", 1<<21))) }()
		r, err := http.ReadResponse(c.r, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if _, err := c.r.ReadByte(); !errors.Is(err, io.EOF) {
			t.Errorf("after the response: %v, want its end", err)
		}
		c.Close()
	}
}

// Close ends an Accept that waits for a place.
func TestCloseEndsWait(t *testing.T) {
	t.Parallel()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := connlimit.New(ln, 1)
	dial(t, l)
	if _, err := l.Accept(); err != nil {
		t.Fatal(err)
	}
	waiting := dial(t, l)
	ended := make(chan error)
	go func() {
		_, err := l.Accept()
		ended <- err
	}()
	time.Sleep(20 * time.Millisecond)
	l.Close()
	select {
	case err := <-ended:
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("error %v, want net.ErrClosed", err)
		}
	case <-time.After(patience):
		t.Fatal("Accept did not return")
	}
	if _, err := waiting.r.ReadByte(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection that waited was not closed: %v", err)
	}
}

func TestDescriptors(t *testing.T) {
	t.Parallel()
	if n := connlimit.Descriptors(); n < 16 {
		t.Errorf("%d descriptors", n)
	}
}
