package main

import (
	"net/http"
	"time"

	"example.com/tasks/gen/client"
)

// patience is how long a client waits for an answer: twice what is promised, so
// that what is late is seen to be late.
const patience = 10 * time.Second

// newClient returns a client with connections of its own.
func newClient(t *trial, url string) *client.ClientWithResponses {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	api, err := client.NewClientWithResponses(url, client.WithHTTPClient(&http.Client{Transport: transport, Timeout: patience}))
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// known reports whether a response, or the error in its place, tells what has
// become of a request. The trial fails if it has an unexpected status.
func (t *trial) known(status int, err error) bool {
	if err != nil {
		return false
	}
	switch status {
	case http.StatusServiceUnavailable:
		return false
	case http.StatusOK, http.StatusCreated, http.StatusNotFound, http.StatusPreconditionFailed:
		return true
	}
	t.Errorf("unexpected status %d", status)
	t.Cancel()
	return false
}
