package main

import (
	"context"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"example.com/tasks/gen/client"
	"example.com/tasks/internal/contract"
	"example.com/tasks/internal/contract/model"
)

// patience is how long a witness waits for an answer: more than is bearable, so
// that it is seen how long it takes.
const patience = 10 * time.Second

// A witness is a client with tasks of its own, which knows the true answer to each
// of its requests, and has one connection.
type witness struct {
	*assault
	ctx   context.Context
	api   *client.ClientWithResponses
	noted func(took time.Duration) // Is called after each request.
	dials int
	close func() // Closes the connection, as does the end of the trial.
}

// newWitness returns a witness who makes requests until ctx ends. Answers are
// judged by the specification, too.
func (x *assault) newWitness(ctx context.Context, noted func(took time.Duration)) *witness {
	w := &witness{assault: x, ctx: ctx, noted: noted}
	dialer := &net.Dialer{}
	transport := &http.Transport{
		MaxConnsPerHost:   1,
		TLSClientConfig:   trusting,
		ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if w.ctx.Err() == nil { // Otherwise it is to make no request.
				w.dials++ // One at a time.
			}
			return dialer.DialContext(ctx, network, addr)
		},
	}
	w.close = transport.CloseIdleConnections
	x.Cleanup(w.close)
	hc := &http.Client{Transport: &contract.Transport{TB: judge{x}, Base: transport}, Timeout: patience}
	api, err := client.NewClientWithResponses(x.server.URL, client.WithHTTPClient(hc), client.WithRequestEditorFn(x.authorize))
	if err != nil {
		x.Fatal(err)
	}
	w.api = api
	return w
}

// authorization returns the header line with the token that the server requires, if
// it does.
func (x *assault) authorization() string {
	if x.token == "" {
		return ""
	}
	return "Authorization: Bearer " + x.token + "\r\n"
}

// authorize adds the token that the server requires, if it does.
func (x *assault) authorize(_ context.Context, r *http.Request) error {
	if x.token != "" {
		r.Header.Set("Authorization", "Bearer "+x.token)
	}
	return nil
}

// A kind of request.
type kind string

const (
	creating kind = "create a task"
	changing kind = "change a task"
	refusing kind = "change a task that has changed"
	reading  kind = "read"
)

// judges notes a request that began at a time, its status and error. It reports
// whether there was an answer with one of the statuses, and counts any other as
// wrong, but for those that the attack allows to changes.
func (w *witness) judges(begun time.Time, what kind, status int, err error, right ...int) bool {
	if w.ctx.Err() != nil {
		return false
	}
	w.noted(time.Since(begun))
	if err != nil {
		w.wrong("%s: %v", what, err)
		return false
	}
	w.mu.Lock()
	w.count(status)
	w.mu.Unlock()
	if slices.Contains(right, status) {
		return true
	}
	if what == reading || !slices.Contains(w.attack.allowed, status) {
		w.wrong("%s: the status is %d", what, status)
	}
	return false
}

// create creates a task, with a key if that is not nil. It returns nil if the
// server did not tell that it did.
func (w *witness) create(title string, key *string) *model.Task {
	begun := time.Now()
	r, err := w.api.CreateTaskWithResponse(w.ctx, &client.CreateTaskParams{IdempotencyKey: key}, client.NewTask{Title: title})
	if !w.judges(begun, creating, statusOf(r, err), err, http.StatusCreated) || r.JSON201 == nil {
		return nil
	}
	want := model.State{Title: title}
	if told := model.StateOf(r.JSON201); told != want {
		w.wrong("the creation of %+v returned %+v", want, told)
	}
	return &model.Task{ID: r.JSON201.ID, Possible: []model.State{want}}
}

// change makes a change, or tries to, if the task's entity tag is ifMatch, or that is
// nil. It must not be another task's.
func (w *witness) change(t *model.Task, c model.Change, ifMatch *string) {
	begun := time.Now()
	a, err := c.Send(w.ctx, w.api, t.ID, ifMatch)
	if !w.judges(begun, changing, a.Status, err, http.StatusOK, http.StatusNotFound) {
		t.Tried(c)
	} else if was := t.Possible; !t.Answered(c, a.Told) {
		w.wrong("a change of task %s returned %+v, but it was one of %+v", t.ID, a.Told, was)
	}
}

// get reads a task and returns the answer, or the zero one if there is none.
func (w *witness) get(t *model.Task) model.Answer {
	begun := time.Now()
	r, err := w.api.GetTaskWithResponse(w.ctx, t.ID, nil)
	if !w.judges(begun, reading, statusOf(r, err), err, http.StatusOK, http.StatusNotFound) {
		return model.Answer{}
	}
	a := model.NewAnswer(r.HTTPResponse, r.JSON200)
	if was := t.Possible; !t.Seen(a.Told) {
		w.wrong("task %s is %+v, but must be one of %+v", t.ID, a.Told, was)
	}
	return a
}

// refused makes a change for which ifMatch is out of date, and wants it to be refused.
func (w *witness) refused(t *model.Task, c model.Change, ifMatch *string) {
	begun := time.Now()
	a, err := c.Send(w.ctx, w.api, t.ID, ifMatch)
	w.judges(begun, refusing, a.Status, err, http.StatusPreconditionFailed)
}

// list reads a page that must begin with a task, which must exist.
func (w *witness) list(t *model.Task) {
	before := uuid.MustParse(t.ID)
	for i := len(before) - 1; ; i-- { // Subtract 1.
		if before[i]--; before[i] != 0xff {
			break
		}
	}
	after, limit := before.String(), int32(10)
	begun := time.Now()
	r, err := w.api.ListTasksWithResponse(w.ctx, &client.ListTasksParams{After: &after, Limit: &limit})
	if !w.judges(begun, reading, statusOf(r, err), err, http.StatusOK) || r.JSON200 == nil {
		return
	}
	page := *r.JSON200
	if len(page) == 0 || page[0].ID != t.ID || !t.Seen(model.StateOf(&page[0])) {
		w.wrong("the page after %s is %+v, which must begin with task %s in one of the states %+v", after, page, t.ID, t.Possible)
	}
}

// ended reports whether a task certainly does not exist.
func ended(t *model.Task) bool { return len(t.Possible) == 1 && t.Possible[0] == model.Gone }

// statusOf returns the status of a response, or 0 if there is an error in its place.
func statusOf(r interface{ StatusCode() int }, err error) int {
	if err != nil {
		return 0
	}
	return r.StatusCode()
}
