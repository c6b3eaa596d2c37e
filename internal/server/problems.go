package server

import (
	"html"
	"strconv"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
)

// routeProblems has Echo serve a page for each kind of problem, where its type
// leads: as HTML to browsers, else as text. None is made before it is asked for.
func (s *server) routeProblems() {
	for _, k := range kinds {
		page := sync.OnceValue(func() *file { return newFile(isHTML, k.html()) })
		text := sync.OnceValue(func() *file { return newFile(isText, k.text()) })
		s.page(k.uri, func(c echo.Context) error {
			c.Response().Header().Set("Vary", "Accept")
			if wantsHTML(c.Request()) {
				return page().serve(c)
			}
			return text().serve(c)
		})
	}
}

// html returns the page of a kind.
func (k *kind) html() []byte {
	return []byte(strings.NewReplacer(
		"{status}", strconv.Itoa(k.status),
		"{title}", html.EscapeString(k.title),
		"{meaning}", paragraph(k.meaning),
		"{advice}", paragraph(k.advice),
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

// text returns what the page of a kind says.
func (k *kind) text() []byte {
	return []byte(strconv.Itoa(k.status) + " " + k.title + "\n\n" + k.meaning + "\n\n" + k.advice + "\n")
}
