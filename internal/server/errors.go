package server

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"example.com/tasks/gen/api"
	"example.com/tasks/internal/service"
	"example.com/tasks/internal/store"
)

var (
	errNoToken       = errors.New("this operation needs a bearer token")
	errWrongToken    = errors.New("the bearer token is not known")
	errReadOnlyToken = errors.New("this token may only read")
	errCrossSite     = errors.New("a page of another site must not change anything here")
	errWrongHost     = errors.New("this server does not answer for the host in the request")
)

// answer responds with the problem document (RFC 9457) of an error. It is the
// only place that turns errors into statuses.
func (x *exchange) answer(err error) {
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
		x.write(unsupportedMediaType, err.Error(), nil)
		return
	}
	if _, ok := errors.AsType[*api.BodySizeError](err); ok {
		x.write(contentTooLarge, err.Error(), nil)
		return
	}
	switch {
	case errors.Is(err, errNoToken):
		h.Set("WWW-Authenticate", `Bearer realm="tasks"`)
		x.write(unauthorized, errNoToken.Error(), nil)
	case errors.Is(err, errWrongToken):
		h.Set("WWW-Authenticate", `Bearer realm="tasks", error="invalid_token"`)
		x.write(unauthorized, errWrongToken.Error(), nil)
	case errors.Is(err, errReadOnlyToken):
		h.Set("WWW-Authenticate", `Bearer realm="tasks", error="insufficient_scope"`)
		x.write(insufficientScope, errReadOnlyToken.Error(), nil)
	case errors.Is(err, errCrossSite):
		x.write(crossSiteRequest, errCrossSite.Error(), nil)
	case errors.Is(err, errWrongHost):
		x.write(misdirectedRequest, errWrongHost.Error(), nil)
	case errors.Is(err, store.ErrNotFound):
		x.write(notFound, "no task has this id", nil)
	case errors.Is(err, echo.ErrNotFound):
		x.write(notFound, "no resource has this path", nil)
	case errors.Is(err, echo.ErrMethodNotAllowed):
		x.write(methodNotAllowed, "the path supports only the methods in Allow", nil)
	case errors.Is(err, store.ErrKeyReused):
		x.write(idempotencyKeyReused, "this key was used to create a different task; use a new key", nil)
	case errors.Is(err, store.ErrUnavailable):
		h.Set("Retry-After", "1")
		x.write(serviceUnavailable, "the server cannot reach its store; try again", nil)
	case errors.Is(err, store.ErrFull):
		x.write(insufficientStorage, "the server has as many tasks as it may keep; delete some first", nil)
	case errors.Is(err, service.ErrPreconditionFailed):
		x.write(preconditionFailed, "the task has changed since; read it again and retry", nil)
	default:
		// A handler that has failed may have set headers of its response.
		maps.DeleteFunc(h, func(name string, _ []string) bool {
			return name != "X-Request-Id" && name != "X-Content-Type-Options" && name != "Connection"
		})
		x.write(internalServerError, "the server failed; its log has the details under this problem's instance", nil)
	}
}

// invalid responds to a request that breaks the specification. A fault in the
// path is 404: no task has such an id.
func (x *exchange) invalid(found []api.RequestFault) {
	if slices.ContainsFunc(found, func(f api.RequestFault) bool { return f.In == "path" }) {
		x.write(notFound, "no task has this id", nil)
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
	x.write(invalidRequest, detail, faults)
}

// write responds with a problem document. It ignores the error of writing: the
// client has gone.
func (x *exchange) write(p *problemType, detail string, faults []api.Fault) {
	x.problem, x.detail = p, detail
	doc := api.Problem{
		Type:     p.uri,
		Title:    p.title,
		Status:   int32(p.status), //nolint:gosec // It has three digits.
		Detail:   detail,
		Error:    p.error,
		Errors:   faults,
		Instance: x.urn,
	}
	if len(faults) > 0 {
		doc.Error = faults[0].Detail
	}
	_ = api.WriteJSON(x, p.status, "application/problem+json", api.AppendProblem, &doc)
}
