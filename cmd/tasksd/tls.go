package main

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"
)

// certificate is the server's certificate, which can be replaced while it serves.
// Its methods are safe for concurrent use.
type certificate struct {
	certFile, keyFile string
	current           atomic.Pointer[tls.Certificate]
}

// certificate returns the certificate that -tls-cert and -tls-key name, or nil if
// they name none. Every error is a usageError.
func (o *options) certificate() (*certificate, error) {
	if o.tlsCert == "" && o.tlsKey == "" {
		return nil, nil
	}
	if o.tlsCert == "" || o.tlsKey == "" {
		return nil, usagef("-tls-cert and -tls-key need each other")
	}
	c := &certificate{certFile: o.tlsCert, keyFile: o.tlsKey}
	if err := c.load(); err != nil {
		return nil, usagef("-tls-cert, -tls-key: %w", err)
	}
	return c, nil
}

// load loads the files. If they are invalid, the previous certificate stays.
func (c *certificate) load() error {
	loaded, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	if time.Now().After(loaded.Leaf.NotAfter) {
		return errors.New("the certificate in " + c.certFile + " expired on " + loaded.Leaf.NotAfter.Format(time.DateOnly))
	}
	c.current.Store(&loaded)
	return nil
}

// config returns the configuration of a server: TLS 1.2 and 1.3 (RFC 8996 retires
// older ones) with Go's choice of ciphers, and HTTP/2.
func (c *certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current.Load(), nil },
	}
}

// notAfter returns when the certificate expires.
func (c *certificate) notAfter() time.Time { return c.current.Load().Leaf.NotAfter }

// reload loads the files again and logs what came of it.
func (c *certificate) reload(log *slog.Logger) {
	if err := c.load(); err != nil {
		log.Error("certificate not reloaded; the previous one stays in use", "error", err, "expires", c.notAfter())
		return
	}
	log.Info("certificate reloaded", "expires", c.notAfter())
}
