package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

// certFiles are the files of a certificate for 127.0.0.1 and publicHost that signs
// itself.
type certFiles struct{ cert, key string }

// issue writes new ones, valid until the given time, and returns the certificate.
func (f certFiles) issue(t *testing.T, name string, until time.Time) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: until.Add(-48 * time.Hour), NotAfter: until,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{publicHost}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{f.cert: {Type: "CERTIFICATE", Bytes: der}, f.key: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func newCertFiles(t *testing.T) certFiles {
	dir := t.TempDir()
	return certFiles{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
}

func (f certFiles) args() []string {
	return []string{"-addr", "127.0.0.1:0", "-tls-cert", f.cert, "-tls-key", f.key}
}

var tomorrow = time.Now().Add(24 * time.Hour)

// secureClient returns a client that trusts only the given certificates.
func secureClient(t *testing.T, maxVersion uint16, trusted ...*x509.Certificate) *http.Client {
	pool := x509.NewCertPool()
	for _, c := range trusted {
		pool.AddCert(c)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MaxVersion: maxVersion}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

// reply is the status of a response, and how it came.
type reply struct {
	status, proto int
	version       uint16 // Of TLS.
}

// call sends a request and returns the reply.
func call(t *testing.T, c *http.Client, method, url, body string) (reply, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return reply{resp.StatusCode, resp.ProtoMajor, resp.TLS.Version}, err
}

// With a certificate, the server speaks HTTP/2 over TLS 1.2 and 1.3, and nothing
// older.
func TestTLS(t *testing.T) {
	t.Parallel()
	files := newCertFiles(t)
	cert := files.issue(t, "first", tomorrow)
	p := start(t, nil, files.args()...)
	if !strings.HasPrefix(p.url, "https://") {
		t.Errorf("the log has the URL %s", p.url)
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		c := secureClient(t, version, cert)
		for _, step := range []struct {
			method, path, body string
			want               int
		}{
			{http.MethodPost, "/tasks", `{"title": "x"}`, http.StatusCreated},
			{http.MethodGet, "/tasks", "", http.StatusOK},
			{http.MethodPost, "/tasks", strings.Repeat(" ", 100_000), http.StatusRequestEntityTooLarge},
			{http.MethodGet, "/nowhere", "", http.StatusNotFound},
		} {
			want := reply{step.want, 2, version}
			if got, err := call(t, c, step.method, p.url+step.path, step.body); err != nil || got != want {
				t.Errorf("%s %s = %v, %v; want %v", step.method, step.path, got, err, want)
			}
		}
	}
	if got, err := call(t, secureClient(t, tls.VersionTLS11, cert), http.MethodGet, p.url+"/tasks", ""); err == nil {
		t.Errorf("TLS 1.1 got %v", got)
	}
	if got := readStatusOf(t, strings.TrimPrefix(p.url, "https://")); got != http.StatusBadRequest {
		t.Errorf("a request without TLS = %d, want 400", got)
	}
	p.signal(syscall.SIGTERM)
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d, want 0; log:\n%s", code, p.log)
	}
}

// A connection of HTTP/2 may have no more under way, or unread, than the server
// can bear of -max-connections.
func TestHTTP2Bounds(t *testing.T) {
	t.Parallel()
	files := newCertFiles(t)
	files.issue(t, "bounds", tomorrow)
	p := start(t, nil, files.args()...)
	conn := tls.Client(dial(t, strings.TrimPrefix(p.url, "https://")), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{http2.NextProtoTLS}})
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	framer := http2.NewFramer(conn, conn)
	if err := framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	window := 65_535 // Bytes at first (RFC 9113, section 6.9.2).
	for acknowledged := false; !acknowledged; {
		frame, err := framer.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		switch frame := frame.(type) {
		case *http2.WindowUpdateFrame:
			window += int(frame.Increment)
		case *http2.SettingsFrame:
			if acknowledged = frame.IsAck(); acknowledged {
				continue
			}
			for setting, most := range map[http2.SettingID]uint32{
				http2.SettingMaxConcurrentStreams: 100, http2.SettingMaxFrameSize: 16 << 10, http2.SettingInitialWindowSize: 64 << 10,
			} {
				if got, ok := frame.Value(setting); !ok || got > most {
					t.Errorf("%s is %d, want at most %d", setting, got, most)
				}
			}
		}
	}
	if window > 64<<10 {
		t.Errorf("the window of a connection has %d bytes, want at most %d", window, 64<<10)
	}
}

func readStatusOf(t *testing.T, addr string) int {
	t.Helper()
	p := &process{t: t, url: "http://" + addr}
	return p.raw("GET /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

// SIGHUP puts a new certificate in use for new connections. An invalid one changes
// nothing and is logged.
func TestHangupReloadsCertificate(t *testing.T) {
	t.Parallel()
	files := newCertFiles(t)
	first := files.issue(t, "first", tomorrow)
	p := start(t, nil, files.args()...)
	want := func(cert *x509.Certificate) {
		t.Helper()
		if _, err := call(t, secureClient(t, 0, cert), http.MethodGet, p.url+"/tasks", ""); err != nil {
			t.Error(err)
		}
	}
	want(first)
	second := files.issue(t, "second", tomorrow)
	p.signal(syscall.SIGHUP)
	p.await(`msg="certificate reloaded"`)
	want(second)
	if err := os.WriteFile(files.key, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.signal(syscall.SIGHUP)
	if line := p.await("certificate not reloaded"); !strings.Contains(line, "level=ERROR") {
		t.Errorf("log line %s", line)
	}
	want(second)
}

// A certificate that no client can accept is refused at the start.
func TestUnusableCertificate(t *testing.T) {
	t.Parallel()
	files, other := newCertFiles(t), newCertFiles(t)
	files.issue(t, "expired", time.Now().Add(-time.Hour))
	other.issue(t, "other", tomorrow)
	for _, tt := range []struct {
		args []string
		want string
	}{
		{files.args(), "expired on "},
		{[]string{"-tls-cert", other.cert}, "need each other"},
		{[]string{"-tls-key", other.key}, "need each other"},
		{[]string{"-tls-cert", other.cert, "-tls-key", files.key}, "does not match"},
		{[]string{"-tls-cert", other.key, "-tls-key", other.key}, "-tls-cert, -tls-key: "},
		{[]string{"-tls-cert", "missing", "-tls-key", "missing"}, "no such file"},
	} {
		p := launch(t, nil, append(tt.args, "-addr", "127.0.0.1:0")...)
		if code := p.wait(); code != 2 || !strings.Contains(p.log, tt.want) {
			t.Errorf("%s: exit code %d, want 2; standard error %q, want %q", fmt.Sprint(tt.args), code, p.log, tt.want)
		}
	}
}
