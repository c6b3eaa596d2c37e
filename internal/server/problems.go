package server

import (
	"html"
	"strconv"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
)

// problemType is a problem type (RFC 9457, section 4).
type problemType struct {
	status  int
	title   string
	error   string // The title in lower case.
	name    string // The last segment of uri.
	uri     string // Also the path of the page about it.
	meaning string // What has happened, for the page.
	advice  string // What to do, for the page.
}

// problemTypes holds every problem type.
var problemTypes []*problemType

// newProblemType adds a problem type to problemTypes, so that it gets a page.
func newProblemType(status int, title, meaning, advice string) *problemType {
	lower := strings.ToLower(title)
	name := strings.ReplaceAll(lower, " ", "-")
	p := &problemType{status, title, lower, name, "/problems/" + name, meaning, advice}
	problemTypes = append(problemTypes, p)
	return p
}

var (
	invalidRequest = newProblemType(
		400, "Invalid request",
		"A query parameter, a header or the body breaks a rule of the API. Nothing was changed.",
		"Correct the faults in `errors` and send the request again. Each entry says what is wrong and where: `pointer` points into the body, "+
			"`parameter` names a query parameter, `header` a header. Unchanged, the request will be refused again.",
	)
	unauthorized = newProblemType(
		401, "Unauthorized",
		"This server requires a token. The request has none, or one that the server does not know.",
		"Send the header `Authorization: Bearer TOKEN` with a token from the operator of the server. "+
			"In the documentation, enter the token under Authorize.",
	)
	insufficientScope = newProblemType(
		403, "Insufficient scope",
		"The token of the request may only read: `GET` and `HEAD`. Nothing was changed.",
		"Use a token that may also write, from the operator of the server. The same request with the same token will be refused again.",
	)
	crossSiteRequest = newProblemType(
		403, "Cross site request",
		"A web page of another site sent a request that would have changed something. Its origin is not one that the server allows. Nothing was changed.",
		"If the page is yours, have the operator of the server allow its origin, with `tasksd -cors-origin`. If it is not, it tried to use the server in your name.",
	)
	notFound = newProblemType(
		404, "Not found",
		"No task has this id, or the API has no such path. The task may have been deleted.",
		"Check the path, and take ids from responses of the API, such as that to `GET /tasks`.",
	)
	methodNotAllowed = newProblemType(
		405, "Method not allowed",
		"The path exists but does not support this method.",
		"Use one of the methods in the `Allow` header of the response.",
	)
	preconditionFailed = newProblemType(
		412, "Precondition failed",
		"`If-Match` limits the request to a version of the task that is not the current one. "+
			"Nothing was changed.",
		"Read the task again, check that the change is still right, and send it with the new `ETag` in `If-Match`.",
	)
	contentTooLarge = newProblemType(
		413, "Content too large",
		"The body is longer than the operation accepts. Nothing was changed.",
		"Send a shorter body: `detail` gives the limit.",
	)
	unsupportedMediaType = newProblemType(
		415, "Unsupported media type",
		"The body is in a format that the operation does not accept, or is compressed. Nothing was changed.",
		"Send uncompressed JSON with the header `Content-Type: application/json`. The `Accept` header of the response lists all types that the operation accepts.",
	)
	misdirectedRequest = newProblemType(
		421, "Misdirected request",
		"The request is for a host that this server does not answer for: it serves its own machine, without tokens, "+
			"and a web page could reach it through a name that leads here.",
		"Use the URL in the server's log, such as http://localhost:8000. Behind a proxy, the operator of the server names its host with `tasksd -public-url`.",
	)
	idempotencyKeyReused = newProblemType(
		422, "Idempotency key reused",
		"The request creates another task than the one that was created with the same `Idempotency-Key`. Nothing was created.",
		"Use a new key for each task, and the same key only to repeat the same request.",
	)
	serviceUnavailable = newProblemType(
		503, "Service unavailable",
		"The server cannot reach what keeps its tasks, or that is full. A change may have been made all the same.",
		"Try again after as many seconds as the answer's header `Retry-After` says. "+
			"A creation that is repeated with the same `Idempotency-Key` is made once.",
	)
	insufficientStorage = newProblemType(
		507, "Insufficient storage",
		"The server has as many tasks as it may keep. Nothing was changed.",
		"Delete tasks that are not needed, or ask the operator of the server to allow more.",
	)
	internalServerError = newProblemType(
		500, "Internal server error",
		"The server failed. The request is not at fault.",
		"Try again later. If it happens again, report the problem's `instance` to the operator of the server: the log has the cause under this id.",
	)
)

// routeProblems routes the URI of each problem type to a page about it: HTML for
// browsers, plain text for others. Pages are made on the first request.
func (s *Server) routeProblems() {
	for _, p := range problemTypes {
		page := sync.OnceValue(func() *file { return newFile(isHTML, p.html()) })
		text := sync.OnceValue(func() *file { return newFile(isText, p.text()) })
		s.page(p.uri, func(c echo.Context) error {
			c.Response().Header().Set("Vary", "Accept")
			if wantsHTML(c.Request()) {
				return page().serve(c)
			}
			return text().serve(c)
		})
	}
}

// html returns the page as HTML.
func (p *problemType) html() []byte {
	return []byte(strings.NewReplacer(
		"{status}", strconv.Itoa(p.status),
		"{title}", html.EscapeString(p.title),
		"{meaning}", paragraph(p.meaning),
		"{advice}", paragraph(p.advice),
	).Replace(string(read(ours, "docs/problem.html"))))
}

// paragraph returns text as HTML, with code for what is in backquotes.
func paragraph(text string) string {
	var b strings.Builder
	for i, part := range strings.Split(html.EscapeString(text), "`") {
		if i%2 == 0 {
			b.WriteString(part)
		} else {
			b.WriteString("<code>" + part + "</code>")
		}
	}
	return b.String()
}

// text returns the page as plain text.
func (p *problemType) text() []byte {
	return []byte(strconv.Itoa(p.status) + " " + p.title + "\n\n" + p.meaning + "\n\n" + p.advice + "\n")
}
