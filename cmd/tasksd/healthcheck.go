package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"
)

// healthPatience is how long -healthcheck waits: less than the 5 seconds that the
// Containerfile gives it.
const healthPatience = 3 * time.Second

// checkHealth asks the server that runs with the same options whether it is
// alive. The error says that it is not.
//
// It asks /healthz rather than /readyz, since whoever watches the health of a
// container replaces it, which does not bring a database back. A server listens
// only after its store has answered, so that a healthy one also was ready.
func (o *options) checkHealth(ctx context.Context) error {
	home, err := o.localURL()
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, home+"/healthz", http.NoBody)
	if err != nil {
		return err
	}
	client := http.Client{Timeout: healthPatience, Transport: &http.Transport{
		// It is this machine: no proxy of the environment leads there, and the
		// certificate has another name.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // It sends nothing that is secret, and believes nothing but that all is well.
	}}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("-healthcheck: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("-healthcheck: %s answered %s", req.URL, resp.Status)
	}
	return nil
}

// localURL returns the URL at which this machine reaches a server with these
// options. It looks up no name: an empty image does not even know localhost.
func (o *options) localURL() (string, error) {
	addr, err := o.resolve("addr", o.addr)
	if err != nil {
		return "", err
	}
	if addr.Port == 0 {
		return "", usagef("%s %q: name a port, at which -healthcheck finds the server", o.source("addr"), o.addr)
	}
	if addr.IP == nil || addr.IP.IsUnspecified() {
		addr.IP = net.IPv4(127, 0, 0, 1)
	}
	scheme := "http"
	if o.tlsCert != "" {
		scheme = "https"
	}
	return homeURL(scheme, addr), nil
}
