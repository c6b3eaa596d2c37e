package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"strings"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// trusting accepts the server's own certificate.
var trusting = &tls.Config{InsecureSkipVerify: true}

// makeCertificate makes a certificate for the server and returns the paths of the
// certificate and its key.
func (x *assault) makeCertificate() (cert, key string) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		x.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	public, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		x.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		x.Fatal(err)
	}
	encode := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	return x.write("cert.pem", encode("CERTIFICATE", public)), x.write("key.pem", encode("PRIVATE KEY", secret))
}

// A session is a connection of HTTP/2 whose frames are the attacker's to choose. What
// is written must be flushed.
type session struct {
	*tls.Conn
	*bufio.Writer
	*http2.Framer
	header []byte // Of a request for a page.
}

// dialHTTP2 begins a session with settings. The caller must close it.
func (x *assault) dialHTTP2(settings ...http2.Setting) (*session, error) {
	config := trusting.Clone()
	config.NextProtos = []string{http2.NextProtoTLS}
	dialer := &tls.Dialer{NetDialer: &net.Dialer{Timeout: patience}, Config: config}
	conn, err := dialer.DialContext(x.Context(), "tcp", x.addr)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(x.length + writeTimeout + patience)); err != nil {
		return nil, err
	}
	w := bufio.NewWriterSize(conn, 64<<10)
	s := &session{conn.(*tls.Conn), w, http2.NewFramer(w, conn), nil}
	var b bytes.Buffer
	encoder := hpack.NewEncoder(&b)
	for _, field := range [][2]string{{":method", "GET"}, {":scheme", "https"}, {":authority", x.addr}, {":path", "/tasks"}} {
		_ = encoder.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]}) // To memory.
	}
	s.header = b.Bytes()
	if _, err := w.WriteString(http2.ClientPreface); err != nil {
		return nil, err
	}
	return s, s.WriteSettings(settings...)
}

// request requests a page on a stream.
func (s *session) request(stream uint32) error {
	return s.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: s.header, EndStream: true, EndHeaders: true})
}

// sessions has eight attackers begin sessions again and again, of which each lasts
// until the server closes it or the attack is over. It calls step for each number
// of a stream. If reads is true, what the server sends is read.
func (x *assault) sessions(reads bool, step func(s *session, stream uint32) error) {
	crowd(8, func(int) {
		for x.attacking() {
			s, err := x.dialHTTP2()
			if err != nil {
				x.wrong("%v", err)
				return
			}
			if reads {
				go func() { _, _ = io.Copy(io.Discard, s.Conn) }()
			}
			for stream := uint32(1); err == nil && x.attacking(); stream += 2 {
				err = step(s, stream)
				x.note(0)
			}
			_ = s.NetConn().Close() // Without waiting until an alert can be sent.
		}
	})
}

// rapidResets requests pages and cancels the requests at once (CVE-2023-44487).
func rapidResets(x *assault) {
	x.sessions(true, func(s *session, stream uint32) error {
		if err := s.request(stream); err != nil {
			return err
		}
		return s.WriteRSTStream(stream, http2.ErrCodeCancel)
	})
}

// endlessHeaders continues a header without end (CVE-2023-45288).
func endlessHeaders(x *assault) {
	var b bytes.Buffer
	_ = hpack.NewEncoder(&b).WriteField(hpack.HeaderField{Name: "x", Value: strings.Repeat("\x00", 8000), Sensitive: true}) // Not compressed.
	x.sessions(true, func(s *session, stream uint32) error {
		if stream > 1 {
			return s.WriteContinuation(1, false, b.Bytes())
		}
		return s.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: s.header})
	})
}

// unreadPings sends what the server must acknowledge, and does not read that
// (CVE-2019-9512, CVE-2019-9515).
func unreadPings(x *assault) {
	x.sessions(false, func(s *session, stream uint32) error {
		if stream%4 == 1 {
			return s.WriteSettings()
		}
		return s.WritePing(false, [8]byte{})
	})
}

// closedWindows requests large pages on many streams and lets the server send none of
// them (CVE-2019-9517). The server must end the requests in time.
func closedWindows(x *assault) {
	const conns, streams = 8, 100
	for range conns {
		s, err := x.dialHTTP2(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
		if err != nil {
			x.Fatal(err)
		}
		defer s.NetConn().Close()
		for stream := range uint32(streams) {
			if err := s.request(2*stream + 1); err != nil {
				x.wrong("%v", err)
			}
			x.note(0)
		}
		if err := s.Flush(); err != nil {
			x.wrong("%v", err)
		}
	}
	if !within(slack, func() bool { n, err := x.goroutines(); return err == nil && n >= conns*streams }) {
		x.Errorf("the requests do not wait for their windows")
	}
	if !within(writeTimeout+slack, func() bool { n, err := x.goroutines(); return err == nil && n < conns*streams/2 }) {
		x.wrong("requests whose responses cannot be sent are under way after %v", writeTimeout+slack)
	}
}
