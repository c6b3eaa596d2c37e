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
	status int
	uri    string // Its type.
	title  string
	error  string // In a few words; "" is the first fault's.
}

var (
	invalidRequest       = &kind{400, "/problems/invalid-request", "Invalid request", ""}
	unauthorized         = &kind{401, "/problems/unauthorized", "Unauthorized", "unauthorized"}
	notFound             = &kind{404, "/problems/not-found", "Not found", "not found"}
	methodNotAllowed     = &kind{405, "/problems/method-not-allowed", "Method not allowed", "method not allowed"}
	preconditionFailed   = &kind{412, "/problems/precondition-failed", "Precondition failed", "precondition failed"}
	contentTooLarge      = &kind{413, "/problems/content-too-large", "Content too large", "content too large"}
	unsupportedMediaType = &kind{415, "/problems/unsupported-media-type", "Unsupported media type", "unsupported media type"}
	internalServerError  = &kind{500, "/problems/internal-server-error", "Internal server error", "internal server error"}
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
