package main

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"example.com/tasks/internal/contract/live"
)

// A watched is a server behind a proxy, which sees what a client sends.
type watched struct {
	url    string // The proxy's.
	server *live.Server
	proxy  http.Server

	mu        sync.Mutex
	requests  int
	mediaType string // Of the last request.
	losing    bool   // Whether the answer to the next POST is lost.
}

// serve starts a server for a client, and names its log after both.
func (r *runner) serve(ctx context.Context, c client, name string, args ...string) (*watched, error) {
	log := strings.ReplaceAll(c.dir, "/", "-") + "-" + name + ".log"
	server, err := live.Start(ctx, r.tasksd, filepath.Join(r.dir, log), append(args, "-check")...)
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(server.URL)
	if err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	w := &watched{url: fmt.Sprintf("http://%s", listener.Addr()), server: server}
	w.proxy.ReadHeaderTimeout = time.Minute
	w.proxy.Handler = w.watch(&httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(target) }})
	go w.proxy.Serve(listener) //nolint:errcheck // Close ends it.
	return w, nil
}

// watch records each request and passes it on to next. Instead of an answer that
// is to be lost, the client sees its connection end.
func (w *watched) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		w.mu.Lock()
		w.requests++
		w.mediaType = mediaType
		lost := w.losing && r.Method == http.MethodPost
		w.losing = w.losing && !lost
		w.mu.Unlock()
		if lost {
			next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(rw, r)
	})
}

// loseCreation has the answer to the next POST lost.
func (w *watched) loseCreation() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.losing = true
}

// reset forgets all requests.
func (w *watched) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests, w.mediaType = 0, ""
}

// seen returns the number of requests since reset, and the media type of the last.
func (w *watched) seen() (requests int, mediaType string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.requests, w.mediaType
}

func (w *watched) stop() error {
	return errors.Join(w.proxy.Close(), w.server.Stop())
}
