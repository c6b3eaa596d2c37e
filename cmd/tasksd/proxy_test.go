package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"example.com/tasks/internal/contract"
)

// What the README's configurations of proxies make of the server.
const (
	publicHost = "example.com"
	public     = "https://" + publicHost + "/api"
	secret     = "s3cret-long-enough"
	clientAddr = "127.0.0.2" // Differs from the proxy's.
)

// snippet returns the only block in a language of the README's section about
// proxies.
func snippet(t *testing.T, language string) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Behind a proxy\n")
	section, _, _ = strings.Cut(section, "\n## ")
	found := regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(section, -1)
	if len(found) != 1 {
		t.Fatalf("the section has %d blocks of %s, want 1", len(found), language)
	}
	return found[0][1]
}

// replace returns text with each old text, which must occur, replaced by the new
// one.
func replace(t *testing.T, text string, oldnew ...string) string {
	t.Helper()
	for pair := range slices.Chunk(oldnew, 2) {
		if !strings.Contains(text, pair[0]) {
			t.Fatalf("%q is not in\n%s", pair[0], text)
		}
		text = strings.ReplaceAll(text, pair[0], pair[1])
	}
	return text
}

// proxied is a tasksd behind a proxy.
type proxied struct {
	*process
	addr  string // The proxy's.
	roots *x509.CertPool
}

// A configuration writes a proxy's files to a folder, for it to listen on addr in
// front of server. It returns the proxy's arguments and the file with the
// certificate to trust.
type configuration func(t *testing.T, folder, addr, server string) (args []string, root string)

// startBehind starts tasksd as the README's line does. It starts the proxy named
// command once configure has written its files to a folder, and returns once the
// proxy accepts connections.
func startBehind(t *testing.T, command string, configure configuration) *proxied {
	t.Helper()
	if _, err := exec.LookPath(command); err != nil && os.Getenv("CI") == "" {
		t.Skipf("SKIPPED: %s is not installed", command)
	}
	needAddress(t, clientAddr+":0")
	folder := t.TempDir()
	tokens := filepath.Join(folder, "tokens")
	if err := os.WriteFile(tokens, []byte("laptop "+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	line := strings.Fields(replace(t, snippet(t, "sh"), "-token-file tokens", "-token-file "+tokens))
	p := &proxied{process: start(t, nil, append(line[1:], "-addr", "127.0.0.1:0", "-demo")...)}
	free := listenLocal(t)
	p.addr = free.Addr().String()
	free.Close()
	args, root := configure(t, folder, p.addr, p.host())

	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	cmd := exec.CommandContext(ctx, command, args...)
	cmd.Env = append(os.Environ(), "HOME="+folder, "XDG_DATA_HOME="+folder, "XDG_CONFIG_HOME="+folder)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // For nginx to end its workers.
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // It was told to end.
		if t.Failed() {
			t.Logf("%s:\n%s", command, &log)
		}
	})
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		err := p.handshake(root)
		if err == nil {
			return p
		}
		if time.Since(begin) > patience {
			t.Fatalf("%s does not serve: %v", command, err)
		}
	}
}

// handshake connects to the proxy, whose root certificate is in a file.
func (p *proxied) handshake(root string) error {
	certificate, err := os.ReadFile(root)
	if err != nil {
		return err
	}
	p.roots = x509.NewCertPool()
	p.roots.AppendCertsFromPEM(certificate)
	d := tls.Dialer{Config: &tls.Config{RootCAs: p.roots, ServerName: publicHost}}
	conn, err := d.DialContext(p.t.Context(), "tcp", p.addr)
	if err != nil {
		return err
	}
	return conn.Close()
}

// caddy configures Caddy: with an authority of its own instead of Let's Encrypt.
func caddy(t *testing.T, folder, addr, server string) (args []string, root string) {
	_, port, _ := net.SplitHostPort(addr)
	config := filepath.Join(folder, "Caddyfile")
	text := "{\n\tadmin off\n\tlocal_certs\n\tskip_install_trust\n\tauto_https disable_redirects\n" +
		"\tdefault_bind 127.0.0.1\n\thttps_port " + port + "\n}\n" + replace(t, snippet(t, "caddyfile"), "127.0.0.1:8000", server)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"run", "--adapter", "caddyfile", "--config", config}, filepath.Join(folder, "caddy/pki/authorities/local/root.crt")
}

// nginx configures nginx: with a certificate that is its own root. Where root runs
// the test, nginx must stay root to use the folder.
func nginx(t *testing.T, folder, addr, server string) (args []string, root string) {
	own := newCertFiles(t)
	own.issue(t, publicHost, time.Now().Add(time.Hour))
	config := filepath.Join(folder, "nginx.conf")
	text := "user root;\ndaemon off;\npid " + folder + "/pid;\nevents {}\nhttp {\naccess_log off;\nlimit_req_log_level info;\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		text += kind + "_temp_path " + folder + "/" + kind + ";\n"
	}
	text += replace(t, snippet(t, "nginx"), "listen 443", "listen "+addr, "127.0.0.1:8000", server,
		"/etc/ssl/certs/example.com.pem", own.cert, "/etc/ssl/private/example.com.key", own.key) + "}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"-p", folder, "-c", config, "-e", "stderr"}, own.cert
}

// client returns a client with an address of its own, for which publicHost is the
// proxy. It follows no redirect.
func (p *proxied) client(from string) *http.Client {
	return &http.Client{
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			ForceAttemptHTTP2: true,
			TLSClientConfig:   &tls.Config{RootCAs: p.roots},
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				if addr != publicHost+":443" {
					return nil, fmt.Errorf("a link leads to %s", addr)
				}
				d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
				return d.DialContext(ctx, network, p.addr)
			},
		},
	}
}

// received is a response that was read.
type received struct {
	*http.Response
	body string
}

// do sends a request with the token to a URL, and checks the answer against the
// specification as the server sent it, below the prefix.
func (p *proxied) do(c *http.Client, method, target, body string, header ...string) received {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	req.Header.Set("Content-Type", "application/json")
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	resp, err := c.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { resp.Body.Close() }()
	if resp.Header.Get("X-Request-Id") != "" { // It is the server's.
		inner := req.Clone(p.t.Context())
		inner.URL.Path = strings.TrimPrefix(req.URL.Path, "/api")
		contract.Check(p.t, inner, resp)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return received{resp, string(text)}
}

// Behind the README's proxies, TLS in front and a path before everything, clients
// find all that the server has.
func TestProxies(t *testing.T) {
	t.Parallel()
	for name, configure := range map[string]configuration{"caddy": caddy, "nginx": nginx} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startBehind(t, name, configure)
			c := p.client(clientAddr)
			p.playsTutorial(c)
			p.walks(c)
			p.showsDocumentation(c)
			p.refuses(c)
			if name == "nginx" { // Caddy has no such limit.
				p.limits(p.client("127.0.0.3"))
			}
			p.logsClient()
		})
	}
}

// playsTutorial plays the session of the tutorial.
func (p *proxied) playsTutorial(c *http.Client) {
	p.t.Helper()
	id := ""
	for _, step := range []struct {
		request, body string
		status        int
		want          string // In the body.
	}{
		{"GET /tasks", "", 200, `"title":"Learn WSGI"`},
		{"POST /tasks", `{"title": "Buy milk"}`, 201, `"title":"Buy milk","done":false`},
		{"GET /tasks", "", 200, `"title":"Buy milk"`},
		{"GET /tasks/{id}", "", 200, `"title":"Buy milk","done":false`},
		{"PATCH /tasks/{id}", `{"done": true}`, 200, `"title":"Buy milk","done":true`},
		{"DELETE /tasks/{id}", "", 200, `"title":"Buy milk","done":true`},
		{"DELETE /tasks/{id}", "", 404, `"error":"not found"`},
		{"POST /tasks", `{"description": "oops"}`, 400, `"error":"title is required"`},
		{"GET /tasks/nonexistent", "", 404, `"error":"not found"`},
		{"GET /nowhere", "", 404, `"error":"not found"`},
		{"GET /", "", 404, `"error":"not found"`},
		{"PUT /tasks", `{}`, 405, `"error":"method not allowed"`},
		{"OPTIONS /tasks", "", 204, ""},
	} {
		method, path, _ := strings.Cut(strings.ReplaceAll(step.request, "{id}", id), " ")
		resp := p.do(c, method, public+path, step.body)
		if resp.StatusCode != step.status || !strings.Contains(resp.body, step.want) {
			p.t.Errorf("%s = %s %s, want %d with %s", step.request, resp.Status, resp.body, step.status, step.want)
		}
		if resp.StatusCode == http.StatusCreated {
			location := resp.Header.Get("Location")
			id = strings.TrimPrefix(location, public+"/tasks/")
			if resp := p.do(c, http.MethodGet, location, ""); resp.StatusCode != http.StatusOK {
				p.t.Errorf("Location leads to %s: %s", location, resp.Status)
			}
		}
	}
	resp := p.do(c, http.MethodGet, public+"/tasks", "", "Authorization: Bearer wrong")
	if resp.StatusCode != http.StatusUnauthorized || resp.ProtoMajor != 2 {
		p.t.Errorf("a wrong token gets %s by %s, want 401 by HTTP/2", resp.Status, resp.Proto)
	}
}

// walks walks from page to page by Link, as it is.
func (p *proxied) walks(c *http.Client) {
	p.t.Helper()
	seen := map[string]bool{}
	pages := 0
	for target := public + "/tasks?limit=1"; target != ""; pages++ {
		resp := p.do(c, http.MethodGet, target, "")
		var page []struct{ ID string }
		if err := json.Unmarshal([]byte(resp.body), &page); err != nil || len(page) != 1 {
			p.t.Fatalf("GET %s = %s %s", target, resp.Status, resp.body)
		}
		seen[page[0].ID] = true
		target, _, _ = strings.Cut(strings.TrimPrefix(resp.Header.Get("Link"), "<"), ">")
	}
	if len(seen) != len(demoTasks) || pages != len(demoTasks) {
		p.t.Errorf("%d pages have the tasks %v, want %d", pages, slices.Collect(maps.Keys(seen)), len(demoTasks))
	}
}

// showsDocumentation follows all that leads to and from the pages for people.
func (p *proxied) showsDocumentation(c *http.Client) {
	p.t.Helper()
	const html = "Accept: text/html"
	for _, from := range []string{"/", "/docs"} {
		if resp := p.do(c, http.MethodGet, public+from, "", html); resp.StatusCode != http.StatusFound || resp.Header.Get("Location") != public+"/docs/" {
			p.t.Errorf("%s leads to %q: %s", from, resp.Header.Get("Location"), resp.Status)
		}
	}
	if resp := p.do(c, http.MethodGet, public, "", html); resp.StatusCode != http.StatusPermanentRedirect || !strings.HasSuffix(resp.Header.Get("Location"), "/api/") {
		p.t.Errorf("the public URL leads to %q: %s", resp.Header.Get("Location"), resp.Status)
	}
	refusal := p.do(c, http.MethodGet, public+"/nowhere", "")
	var problem struct{ Type string }
	if err := json.Unmarshal([]byte(refusal.body), &problem); err != nil {
		p.t.Fatal(err)
	}
	for _, page := range []string{public + "/docs/", public + problem.Type} {
		resp := p.do(c, http.MethodGet, page, "", html)
		references := regexp.MustCompile(`(?:src|href|url)(?:=|: )"([^"]+)`).FindAllStringSubmatch(resp.body, -1)
		if resp.StatusCode != http.StatusOK || len(references) < 3 {
			p.t.Fatalf("GET %s = %s with %d references", page, resp.Status, len(references))
		}
		for _, reference := range append(references, []string{"", "../openapi.json"}) {
			at, err := resp.Request.URL.Parse(reference[1])
			if err != nil {
				p.t.Fatal(err)
			}
			if resp := p.do(c, http.MethodGet, at.String(), ""); resp.StatusCode != http.StatusOK {
				p.t.Errorf("%s refers to %s: %s", page, at, resp.Status)
			}
		}
	}
	for _, form := range []string{"/openapi.json", "/openapi.yaml"} {
		resp := p.do(c, http.MethodGet, public+form, "")
		server := regexp.MustCompile(`"?url"?: "?([^"\n]+)`).FindStringSubmatch(resp.body)
		if resp.StatusCode != http.StatusOK || server == nil || server[1] != public || !strings.Contains(resp.body, "]("+public+"/problems/not-found)") {
			p.t.Errorf("%s has the server %q", form, server)
		}
	}
}

// refuses sends what the proxy and the server refuse.
func (p *proxied) refuses(c *http.Client) {
	p.t.Helper()
	for _, test := range []struct {
		name, body, header string
		want               int
	}{
		{"a body over the limit of the server alone", strings.Repeat(" ", 100<<10), "A: b", http.StatusRequestEntityTooLarge},
		{"a body over all limits", strings.Repeat(" ", 8<<20), "A: b", http.StatusRequestEntityTooLarge},
		{"a page of another site", `{"title": "x"}`, "Sec-Fetch-Site: cross-site", http.StatusForbidden},
		{"an old browser's page of another site", `{"title": "x"}`, "Origin: https://evil.example", http.StatusForbidden},
		{"an old browser's own page", `{}`, "Origin: https://" + publicHost, http.StatusBadRequest},
	} {
		resp := p.do(c, http.MethodPost, public+"/tasks", test.body, test.header)
		if resp.StatusCode != test.want {
			p.t.Errorf("%s gets %s %s, want %d", test.name, resp.Status, resp.body, test.want)
		}
	}
}

// limits sends requests without pause until the proxy refuses some of them, and
// none of another client.
func (p *proxied) limits(flood *http.Client) {
	p.t.Helper()
	var refused atomic.Bool
	for begin := time.Now(); !refused.Load() && time.Since(begin) < patience; {
		done := make(chan struct{})
		const senders = 16
		for range senders {
			go func() {
				defer func() { done <- struct{}{} }()
				for range 20 {
					req := &http.Request{Method: http.MethodGet, URL: &url.URL{Scheme: "https", Host: publicHost, Path: "/api/healthz"}}
					resp, err := flood.Do(req.WithContext(p.t.Context()))
					if err != nil {
						p.t.Error(err)
						return
					}
					resp.Body.Close()
					if resp.StatusCode == http.StatusTooManyRequests {
						refused.Store(true)
					}
				}
			}()
		}
		for range senders {
			<-done
		}
	}
	if !refused.Load() {
		p.t.Error("the proxy refuses nothing of a flood")
	}
	if resp := p.do(p.client("127.0.0.4"), http.MethodGet, public+"/tasks", ""); resp.StatusCode != http.StatusOK {
		p.t.Errorf("another client gets %s", resp.Status)
	}
}

// logsClient sends a request that claims another address, stops the server and
// looks for the client's address in its log.
func (p *proxied) logsClient() {
	p.t.Helper()
	p.do(p.client("127.0.0.5"), http.MethodGet, public+"/tasks?limit=7", "", "X-Forwarded-For: 203.0.113.7")
	p.signal(syscall.SIGTERM)
	p.wait()
	for _, address := range []string{clientAddr, "127.0.0.5"} {
		if !strings.Contains(p.log, " remote="+address+" ") {
			p.t.Errorf("the log lacks the client %s:\n%s", address, p.log)
		}
	}
	if strings.Contains(p.log, "203.0.113.7") || strings.Contains(p.log, " remote=127.0.0.1") {
		p.t.Errorf("the log has the address of the proxy, or one that a client claimed:\n%s", p.log)
	}
}
