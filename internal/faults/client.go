package main

import (
	"context"
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

// An answer is a response about one task.
type answer struct {
	status int
	told   state   // gone if the response has no task.
	etag   *string // Nil if there is none.
}

func newAnswer(r *http.Response, t *client.Task) answer {
	a := answer{status: r.StatusCode, told: stateOf(t)}
	if etag := r.Header.Get("ETag"); etag != "" {
		a.etag = &etag
	}
	return a
}

// send sends a change with ifMatch, unless that is nil.
func (c change) send(ctx context.Context, api *client.ClientWithResponses, id client.TaskID, ifMatch *string) (answer, error) {
	if c.patch == nil {
		r, err := api.DeleteTaskWithResponse(ctx, id, &client.DeleteTaskParams{IfMatch: ifMatch})
		if err != nil {
			return answer{}, err
		}
		return newAnswer(r.HTTPResponse, r.JSON200), nil
	}
	r, err := api.UpdateTaskWithResponse(ctx, id, &client.UpdateTaskParams{IfMatch: ifMatch}, *c.patch)
	if err != nil {
		return answer{}, err
	}
	return newAnswer(r.HTTPResponse, r.JSON200), nil
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
	t.cancel()
	return false
}
