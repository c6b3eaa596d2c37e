package server

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"example.com/tasks/gen/api"
	"example.com/tasks/internal/service"
	"example.com/tasks/internal/store"
)

// statusClientGone is logged, and never sent, where the client went away before
// the answer: nginx's code for it.
const statusClientGone = 499

var (
	errNoToken    = errors.New("this operation needs a bearer token")
	errWrongToken = errors.New("the bearer token is not known")
)

// kind is a kind of problem.
type kind struct {
	status  int
	uri     string // Its type, and the path of its page.
	title   string
	error   string // In a few words; "" is the first fault's.
	meaning string // For the page: what has happened.
	advice  string // For the page: what to do.
}

// kinds are all kinds.
var kinds []*kind

// newKind adds a kind to kinds, so that none is without its page.
func newKind(k kind) *kind {
	kinds = append(kinds, &k)
	return &k
}

var (
	invalidRequest = newKind(kind{
		400, "/problems/invalid-request", "Invalid request", "",
		"Something in the request is not as the API wants it: a query parameter, a header or the body. Nothing was changed.",
		"Mend what `errors` lists and send the request again. Each entry says what is wrong, and where: `pointer` leads into the body, " +
			"`parameter` names a query parameter, `header` a header. Unless it is mended, the request will be refused each time.",
	})
	unauthorized = newKind(kind{
		401, "/problems/unauthorized", "Unauthorized", "unauthorized",
		"This server answers only those who have a token. The request carries none, or one that the server does not know.",
		"Send the header `Authorization: Bearer TOKEN` with a token from whoever runs the server. " +
			"In the documentation, give the token to the button Authorize.",
	})
	notFound = newKind(kind{
		404, "/problems/not-found", "Not found", "not found",
		"No task has this id, or the API has no such path. A task that was deleted is not found either.",
		"Check the path, and take ids from the API's own answers, such as that of `GET /tasks`.",
	})
	methodNotAllowed = newKind(kind{
		405, "/problems/method-not-allowed", "Method not allowed", "method not allowed",
		"The path is right, but it does not take this method.",
		"Use one of the methods that the answer's header `Allow` lists.",
	})
	preconditionFailed = newKind(kind{
		412, "/problems/precondition-failed", "Precondition failed", "precondition failed",
		"The request was to act only on the version of the task that `If-Match` names, and the task is not, or no longer, that version. " +
			"Nothing was changed.",
		"Read the task again, see whether the change is still right, and send it with the new `ETag` in `If-Match`.",
	})
	contentTooLarge = newKind(kind{
		413, "/problems/content-too-large", "Content too large", "content too large",
		"The body is longer than the operation takes. Nothing was changed.",
		"Send a shorter body: `detail` says how long it may be.",
	})
	unsupportedMediaType = newKind(kind{
		415, "/problems/unsupported-media-type", "Unsupported media type", "unsupported media type",
		"The body is in a format that the operation does not take, or is compressed. Nothing was changed.",
		"Send plain JSON with the header `Content-Type: application/json`. The answer's header `Accept` lists what else the operation takes.",
	})
	internalServerError = newKind(kind{
		500, "/problems/internal-server-error", "Internal server error", "internal server error",
		"The server failed. That is not the request's fault.",
		"Try again later. If it happens again, tell whoever runs the server, with the problem's `instance`: the log has the cause under this id.",
	})
)

// answerError is Echo's sink for the errors of handlers and of the router.
func answerError(err error, c echo.Context) {
	c.Response().Writer.(*exchange).answer(err)
}

// answer writes the problem document (RFC 9457) of an error: this is the only
// place where an error becomes a status.
func (x *exchange) answer(err error) {
	x.err = err
	if x.status != 0 {
		return
	}
	if errors.Is(err, context.Canceled) && x.request.Context().Err() != nil {
		x.status = statusClientGone
		return
	}
	if invalid, ok := errors.AsType[*api.InvalidRequest](err); ok {
		x.invalid(invalid.Faults)
		return
	}
	h := x.Header()
	if mediaType, ok := errors.AsType[*api.MediaTypeError](err); ok {
		h.Set("Accept", strings.Join(mediaType.Accept, ", "))
		if x.request.Method == http.MethodPatch {
			h.Set("Accept-Patch", h.Get("Accept"))
		}
		if mediaType.Coding {
			h.Set("Accept-Encoding", "identity")
		}
		x.problem(unsupportedMediaType, err.Error(), nil)
		return
	}
	if _, ok := errors.AsType[*api.BodySizeError](err); ok {
		x.problem(contentTooLarge, err.Error(), nil)
		return
	}
	switch {
	case errors.Is(err, errNoToken):
		h.Set("WWW-Authenticate", `Bearer realm="tasks"`)
		x.problem(unauthorized, errNoToken.Error(), nil)
	case errors.Is(err, errWrongToken):
		h.Set("WWW-Authenticate", `Bearer realm="tasks", error="invalid_token"`)
		x.problem(unauthorized, errWrongToken.Error(), nil)
	case errors.Is(err, store.ErrNotFound):
		x.problem(notFound, "no task has this id", nil)
	case errors.Is(err, echo.ErrNotFound):
		x.problem(notFound, "nothing is here", nil)
	case errors.Is(err, echo.ErrMethodNotAllowed):
		x.problem(methodNotAllowed, "Allow lists the methods that this path takes", nil)
	case errors.Is(err, service.ErrPreconditionFailed):
		x.problem(preconditionFailed, "the task has changed since; read it again and retry", nil)
	default:
		x.problem(internalServerError, "the server failed; its log has the details under this problem's instance", nil)
	}
}

// invalid answers a request that the specification does not allow. A path that
// it does not allow names nothing.
func (x *exchange) invalid(found []api.RequestFault) {
	if slices.ContainsFunc(found, func(f api.RequestFault) bool { return f.In == "path" }) {
		x.problem(notFound, "no task has this id", nil)
		return
	}
	faults := make([]api.Fault, len(found))
	for i := range found {
		f := &found[i]
		faults[i].Detail = f.Detail
		switch {
		case f.In == "body":
			faults[i].Pointer = &f.Pointer
		case f.In == "query" && f.Name != "":
			faults[i].Parameter = &f.Name
		case f.In == "header":
			faults[i].Header = &f.Name
		}
	}
	detail := faults[0].Detail
	if more := len(faults) - 1; more > 0 {
		detail += " (" + strconv.Itoa(more) + " more: see errors)"
	}
	x.problem(invalidRequest, detail, faults)
}

// problem writes a problem document. A failure to write it means that nobody
// reads it any more.
func (x *exchange) problem(k *kind, detail string, faults []api.Fault) {
	p := api.Problem{
		Type:     k.uri,
		Title:    k.title,
		Status:   int32(k.status),
		Detail:   detail,
		Error:    k.error,
		Errors:   faults,
		Instance: x.urn,
	}
	if p.Error == "" {
		p.Error = faults[0].Detail
	}
	_ = api.WriteJSON(x, k.status, "application/problem+json", api.AppendProblem, &p)
}
