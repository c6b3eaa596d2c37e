package prelude

import (
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// pathValue returns a path parameter's value, and whether it is valid UTF-8. The
// router leaves the value escaped if the request has a RawPath.
func (f *faults) pathValue(r *http.Request, name, value string) (string, bool) {
	f.at("path", name)
	if unescape := pathUnescape(r); unescape != nil {
		unescaped, err := unescape(value)
		if err != nil {
			f.add("is not well formed")
			return "", false
		}
		value = unescaped
	}
	return value, f.isText(value)
}

// headerValue returns a header's value, and whether it is there and valid UTF-8.
// Several field lines form one list (RFC 9110, section 5.3). The name must be in
// canonical form.
func (f *faults) headerValue(h http.Header, name string) (string, bool) {
	f.at("header", name)
	lines := h[name]
	if len(lines) == 0 {
		return "", false
	}
	value := lines[0]
	if len(lines) > 1 {
		value = strings.Join(lines, ", ")
	}
	return value, f.isText(value)
}

// isText reports whether a parameter's value is valid UTF-8, and adds a fault if
// not.
func (f *faults) isText(value string) bool {
	if utf8.ValidString(value) {
		return true
	}
	f.add("must be valid UTF-8")
	return false
}

// query iterates over the parameters of a query string.
type query struct{ rest, name, raw, value string }

// next advances to the next well-formed parameter and moves f to it. It adds a
// fault for each malformed one.
func (q *query) next(f *faults) bool {
	for q.rest != "" {
		var pair string
		pair, q.rest, _ = strings.Cut(q.rest, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		q.raw = value
		var err error
		if q.name, err = url.QueryUnescape(name); err != nil {
			f.unnamed("query", "the name of a query parameter is not well formed")
			continue
		}
		if q.value, err = url.QueryUnescape(value); err != nil {
			if presentable(q.name) {
				f.at("query", q.name)
				f.add("is not well formed")
			} else {
				f.unnamed("query", "the value of a query parameter is not well formed")
			}
			continue
		}
		f.at("query", q.name)
		return true
	}
	return false
}

// once records that the parameter was given, and reports whether this was the
// first time and the value is valid UTF-8. If not, it adds a fault.
func (q *query) once(f *faults, given *int) bool {
	if *given++; *given > 1 {
		f.add("must be given only once")
		return false
	}
	return f.isText(q.value)
}

// again records that a parameter was given that may be repeated, one item of an array
// at a time, and moves to the item. It returns the item's text, and whether that is
// valid UTF-8.
func (q *query) again(f *faults, given *int) (string, bool) {
	*given++
	f.item(*given - 1)
	return q.value, f.isText(q.value)
}

// cookieValue returns a cookie's value, and whether it is there once and valid UTF-8.
func (f *faults) cookieValue(r *http.Request, name string) (string, bool) {
	f.at("cookie", name)
	all := r.CookiesNamed(name)
	if len(all) > 1 {
		f.add("must be given only once")
	}
	if len(all) != 1 {
		return "", false
	}
	return all[0].Value, f.isText(all[0].Value)
}

// after returns the rest of a text behind a prefix, and whether it has that.
func (f *faults) after(text, prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	return rest, f.must(ok, "begin with "+prefix)
}

// unescaped returns the text that one in a cookie stands for, and whether it is well
// formed and valid UTF-8.
func (f *faults) unescaped(text string) (string, bool) {
	text, err := url.QueryUnescape(text)
	if err != nil {
		f.add("is not well formed")
		return "", false
	}
	return text, f.isText(text)
}

// split iterates over the items of a list in one text, and moves to each. It unescapes
// them one by one, so that they may contain separators themselves.
func (f *faults) split(list string, s textStyle, unescape func(string) (string, error)) iter.Seq[string] {
	return func(yield func(string) bool) {
		defer f.item(-1)
		items, ok := s.cut(list)
		if !f.must(ok, "begin with "+s.prefix) {
			return
		}
		for i, item := range items {
			if unescape != nil {
				item, _ = unescape(item) // The whole list was unescaped before, without an error.
			}
			f.item(i)
			if !yield(item) {
				return
			}
		}
	}
}

// trimSpace removes the white space that may surround the items of a header (RFC
// 9110, section 5.6.1.2).
func trimSpace(s string) (string, error) { return strings.Trim(s, " \t"), nil }

// pathUnescape returns a function that unescapes the path parameters of r, or nil
// if the router has done so.
func pathUnescape(r *http.Request) func(string) (string, error) {
	if r.URL.RawPath == "" {
		return nil
	}
	return url.PathUnescape
}

// wildcard returns a path parameter of a request that an http.ServeMux has matched,
// escaped if the request has a RawPath, as other routers return it.
func wildcard(r *http.Request, name string) string {
	value := r.PathValue(name)
	if r.URL.RawPath != "" {
		return url.PathEscape(value)
	}
	return value
}

// unknown adds a fault for a parameter that the operation does not have.
func (q *query) unknown(f *faults, operation string, known ...string) {
	if presentable(q.name) {
		f.unknown(q.name, "parameter", operation, known)
	} else {
		f.unnamed("query", "a query parameter is unknown to "+operation)
	}
}

// parseBool parses a parameter's value that is spelled like a JSON boolean.
func (f *faults) parseBool(s string) (v, ok bool) {
	if s != "true" && s != "false" {
		f.add("must be true or false")
		return false, false
	}
	return s == "true", true
}

// parseInt parses a parameter's value that is spelled like a JSON integer.
func (f *faults) parseInt(s string, bits int) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, bits)
	digits := strings.TrimPrefix(s, "-")
	switch {
	case errors.Is(err, strconv.ErrSyntax), strings.HasPrefix(s, "+"), len(digits) > 1 && digits[0] == '0':
		f.add("must be an integer")
	case err != nil:
		f.add("must fit in " + strconv.Itoa(bits) + " bits")
	default:
		return n, true
	}
	return 0, false
}

// parseNumber parses a parameter's value that is spelled like a JSON number.
func (f *faults) parseNumber(s string, bits int) (number, bool) {
	if v := jsontext.Value(s); v.Kind() == '0' && v.IsValid() && v[len(v)-1] >= '0' && (v[0] == '-' || v[0] >= '0') {
		return f.toNumber(v, bits)
	}
	f.add("must be a number")
	return number{}, false
}
