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
	uri     string // Also the path of its page.
	meaning string // For its page: what has happened.
	advice  string // For its page: what to do.
}

// problemTypes are all of them.
var problemTypes []*problemType

// newProblemType adds a type to problemTypes, so that none lacks its page.
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
		"The request breaks a rule of the API, in a query parameter, a header or the body. Nothing was changed.",
		"Correct what `errors` lists and send the request again. Each entry says what is wrong, and where: `pointer` leads into the body, "+
			"`parameter` names a query parameter, `header` a header. The same request will be refused each time.",
	)
	unauthorized = newProblemType(
		401, "Unauthorized",
		"This server answers only clients that have a token. The request carries none, or one that the server does not know.",
		"Send the header `Authorization: Bearer TOKEN` with a token from whoever runs the server. "+
			"In the documentation, enter the token under Authorize.",
	)
	notFound = newProblemType(
		404, "Not found",
		"No task has this id, or the API has no such path. The task may have been deleted.",
		"Check the path, and take ids from the API's own answers, such as that of `GET /tasks`.",
	)
	methodNotAllowed = newProblemType(
		405, "Method not allowed",
		"The path exists, but does not support this method.",
		"Use one of the methods in the answer's header `Allow`.",
	)
	preconditionFailed = newProblemType(
		412, "Precondition failed",
		"The request was to act only on the version of the task that `If-Match` names, and the task is no longer that version. "+
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
		"Send plain JSON with the header `Content-Type: application/json`. The answer's header `Accept` lists what else the operation accepts.",
	)
	internalServerError = newProblemType(
		500, "Internal server error",
		"The server failed. The request is not the cause.",
		"Try again later. If it happens again, report the problem's `instance` to whoever runs the server: the log has the cause under this id.",
	)
)

// routeProblems routes to a page for each problem type, at its URI: as HTML for
// browsers, else as text. No page is made before a client asks for it.
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

// html returns the page of a problem type.
func (p *problemType) html() []byte {
	return []byte(strings.NewReplacer(
		"{status}", strconv.Itoa(p.status),
		"{title}", html.EscapeString(p.title),
		"{meaning}", paragraph(p.meaning),
		"{advice}", paragraph(p.advice),
	).Replace(string(read(ours, "docs/problem.html"))))
}

// paragraph returns text as HTML. What stands in backquotes is code.
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

// text returns what the page says.
func (p *problemType) text() []byte {
	return []byte(strconv.Itoa(p.status) + " " + p.title + "\n\n" + p.meaning + "\n\n" + p.advice + "\n")
}
