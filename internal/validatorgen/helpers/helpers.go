// Package helpers is the part of a generated file that is the same for every
// specification. The generator copies into its output what that output needs;
// nothing imports this package but its tests.
package helpers

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Operation is what a server must know of an operation beside its handler.
type Operation struct {
	ID      string   // The operationId.
	Method  string   // The HTTP method, in upper case.
	Path    string   // The path as the specification writes it: /things/{id}.
	Secured bool     // Whether the specification asks for credentials, at least in one alternative.
	Accept  []string // The media types of the request body; nil where it takes none.
}

// InvalidRequest is the error of a request that breaks the rules of the
// specification. Nothing in it repeats a value that the client sent.
type InvalidRequest struct {
	// Faults are at least one and at most 100: first the required members and
	// parameters that are missing, then the others in the order in which they
	// were found: path, query, header, body.
	Faults []RequestFault
}

// RequestFault is one fault of a request.
type RequestFault struct {
	In      string // Where: "path", "query", "header" or "body".
	Name    string // The parameter's name; empty in the body, and where it is not fit to be repeated.
	Pointer string // In the body, a JSON Pointer as URI fragment (RFC 6901, section 6); "#" is all of it.
	Detail  string // What is wrong, for people: "title is required".
}

// Error lists the faults.
func (e *InvalidRequest) Error() string {
	var b strings.Builder
	for i, f := range e.Faults {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(f.Detail)
	}
	return b.String()
}

// MediaTypeError is the error of a request whose body is of a media type,
// or has a content coding, that its operation does not take.
type MediaTypeError struct {
	Accept []string // The media types that it takes.
	Coding bool     // Whether it is the content coding that it does not take: it takes none.
}

func (e *MediaTypeError) Error() string {
	if e.Coding {
		return "the body must have no content coding"
	}
	return "the body must be " + strings.Join(e.Accept, " or ")
}

// BodySizeError is the error of a request whose body is larger than its
// operation takes.
type BodySizeError struct {
	Limit int64 // The most bytes that it takes.
}

func (e *BodySizeError) Error() string {
	return "the body must be at most " + strconv.FormatInt(e.Limit, 10) + " bytes"
}

const (
	maxFaults = 100     // The most faults that are reported.
	maxDepth  = 100     // The most objects and arrays inside each other that a schema is followed into.
	maxPooled = 1 << 20 // The largest buffer, in bytes, that is kept for the next body.
)

// faults collects the faults of a request and knows the place that is being
// looked at.
type faults struct {
	missing, others []RequestFault
	in, name        string // Of the parameter; in is empty in the body.
	path            []step // Within the body.
}

// step is a step from an object or array to one of its members.
type step struct {
	name   string // Of an object's member.
	index  int    // Of an array's item, from 0; -1 in an object.
	hidden bool   // Whether name is the client's, and not fit to be repeated.
}

// at turns to a parameter, or to the body: at("", "").
func (f *faults) at(in, name string) { f.in, f.name = in, name }

// add adds a fault at the current place. What follows the name of the place,
// as in "must be a boolean".
func (f *faults) add(what string) {
	if len(f.others) < maxFaults {
		f.others = append(f.others, f.locate(what))
	}
}

// require adds a fault at the current place unless something was given there.
func (f *faults) require(given bool) {
	if !given && len(f.missing) < maxFaults {
		f.missing = append(f.missing, f.locate("is required"))
	}
}

func (f *faults) locate(what string) RequestFault {
	if f.in != "" {
		return RequestFault{In: f.in, Name: f.name, Detail: f.name + " " + what}
	}
	pointer, subject := []byte{'#'}, []byte("the body")
	for _, s := range f.path {
		if s.hidden {
			subject = append([]byte("a member of "), subject...)
			break
		}
		pointer = append(pointer, '/')
		if s.index >= 0 {
			pointer = strconv.AppendInt(pointer, int64(s.index), 10)
			subject = append(strconv.AppendInt(append(subject, '['), int64(s.index), 10), ']')
		} else {
			pointer = appendFragment(pointer, s.name)
			subject = append(subject[:0], s.name...)
		}
	}
	return RequestFault{In: "body", Pointer: string(pointer), Detail: string(append(append(subject, ' '), what...))}
}

// appendFragment appends a member's name as RFC 6901, section 3, and RFC 3986,
// section 3.5, write it in a fragment.
func appendFragment(b []byte, name string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(name) {
		switch c := name[i]; {
		case c == '~':
			b = append(b, "~0"...)
		case c == '/':
			b = append(b, "~1"...)
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._!$&'()*+,;=:@?", c) >= 0:
			b = append(b, c)
		default:
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return b
}

// join takes over the faults of a body, whose decoder it closes.
func (f *faults) join(d *decoder) {
	f.missing = append(f.missing, d.missing...)
	f.others = append(f.others, d.others...)
	d.close()
}

// err returns the *InvalidRequest of all faults, or nil where there are none.
func (f *faults) err() error {
	if len(f.missing)+len(f.others) == 0 {
		return nil
	}
	all := append(f.missing, f.others...)
	return &InvalidRequest{Faults: all[:min(len(all), maxFaults)]}
}

// presentable reports whether a name that the client made up is fit to be
// repeated: [A-Za-z0-9_.-]{1,64}.
func presentable(name string) bool {
	if len(name) == 0 || len(name) > 64 {
		return false
	}
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '.', c == '-':
		default:
			return false
		}
	}
	return true
}

// suggestion returns "; did you mean …?" with the known name that is closest
// to an unknown one, or nothing where none is close.
func suggestion(name string, known []string) string {
	best, least := "", min(2, len(name)/2)+1
	for _, k := range known {
		if strings.EqualFold(name, k) {
			best = k
			break
		}
		if d := editDistance(name, k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// editDistance counts the bytes to insert, remove or replace to make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := min(row[j], row[j+1]) + 1
			if a[i] == b[j] {
				d = min(d, diagonal)
			} else {
				d = min(d, diagonal+1)
			}
			diagonal, row[j+1] = row[j+1], d
		}
	}
	return row[len(b)]
}

// pathValue returns a path parameter's value. The router's is escaped where
// the request's path has escapes that it must not lose.
func (f *faults) pathValue(r *http.Request, name, value string) (string, bool) {
	f.at("path", name)
	if r.URL.RawPath != "" {
		unescaped, err := url.PathUnescape(value)
		if err != nil {
			f.add("is not well formed")
			return "", false
		}
		value = unescaped
	}
	return value, f.text(value)
}

// headerValue returns a header's value. Several lines are one list, joined by
// commas (RFC 9110, section 5.3). The name is in canonical form.
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
	return value, f.text(value)
}

// text reports whether a parameter's value is UTF-8, and adds a fault where it
// is not.
func (f *faults) text(value string) bool {
	if utf8.ValidString(value) {
		return true
	}
	f.add("must be valid UTF-8")
	return false
}

// query walks a query string parameter by parameter.
type query struct{ rest, name, value string }

// next goes to the next parameter that is well formed and turns f to it. For
// each that is not, it adds a fault.
func (q *query) next(f *faults) bool {
	for q.rest != "" {
		var pair string
		pair, q.rest, _ = strings.Cut(q.rest, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
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

// once notes that the parameter was given. It returns false where that is not
// the first time, with a fault, and where its value is not UTF-8, likewise.
func (q *query) once(f *faults, given *bool) bool {
	if *given {
		f.add("must be given only once")
		return false
	}
	*given = true
	return f.text(q.value)
}

// unknown adds a fault for a parameter that the operation does not have.
func (q *query) unknown(f *faults, operation string, known ...string) {
	if len(f.others) >= maxFaults {
		return
	}
	if !presentable(q.name) {
		f.unnamed("query", "a query parameter is unknown to "+operation)
		return
	}
	f.add("is not a parameter of " + operation + suggestion(q.name, known))
}

// unnamed adds a fault of a parameter whose name can't be told.
func (f *faults) unnamed(in, detail string) {
	if len(f.others) < maxFaults {
		f.others = append(f.others, RequestFault{In: in, Detail: detail})
	}
}

// parseBool reads a parameter's value as JSON writes booleans.
func (f *faults) parseBool(s string) (v, ok bool) {
	if s != "true" && s != "false" {
		f.add("must be true or false")
		return false, false
	}
	return s == "true", true
}

// parseInt reads a parameter's value as JSON writes integers.
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

// mediaType returns the media type of a Content-Type, in lower case and
// without parameters; "" where there is none, or none that is well formed.
func mediaType(h http.Header) string {
	lines := h["Content-Type"]
	if len(lines) != 1 {
		return ""
	}
	if strings.HasPrefix(lines[0], "application/") && strings.IndexFunc(lines[0], func(c rune) bool { return c == ';' || c == ' ' || 'A' <= c && c <= 'Z' }) < 0 {
		return lines[0]
	}
	t, _, err := mime.ParseMediaType(lines[0])
	if err != nil {
		return ""
	}
	return t
}

// unsupported returns the error of a body that is of none of the media types
// in accept: *MediaTypeError, or nil where there is no body at all, nor a
// media type.
func unsupported(r *http.Request, accept []string) error {
	if len(r.Header["Content-Type"]) == 0 && r.ContentLength <= 0 {
		var first [1]byte
		if n, _ := io.ReadFull(r.Body, first[:]); n == 0 {
			return nil
		}
	}
	return &MediaTypeError{Accept: accept}
}

// decoder reads a JSON value and checks it in the same pass. Its methods read
// one value each and return false where that value is not what the method
// reads: they have added a fault then, and passed the value over.
type decoder struct {
	faults
	json   *jsontext.Decoder
	source bytes.Buffer // What json reads,
	text   []byte       // and its text.
	broken bool         // Whether the text is not JSON: there is nothing more to read.
	name   []byte       // Of the object's member that next went to.
	plain  []byte       // The last string that had escapes, without them.
	body   bytes.Buffer // Of the request, read whole.
	limit  io.LimitedReader
}

var decoders = sync.Pool{New: func() any { return &decoder{json: new(jsontext.Decoder)} }}

// open returns a decoder of text, which stays the caller's.
func open(text []byte) *decoder {
	d := decoders.Get().(*decoder)
	d.begin(text)
	return d
}

// openBody returns a decoder of the request's body, which it reads whole. The
// error is *BodySizeError where there are more than limit bytes,
// *MediaTypeError where they are coded, and *InvalidRequest where they
// can't be read.
func openBody(r *http.Request, limit int64, accept []string) (*decoder, error) {
	if coding := r.Header["Content-Encoding"]; len(coding) > 0 && !strings.EqualFold(coding[0], "identity") {
		return nil, &MediaTypeError{Accept: accept, Coding: true}
	}
	if r.ContentLength > limit {
		return nil, &BodySizeError{limit}
	}
	d := decoders.Get().(*decoder)
	d.limit = io.LimitedReader{R: r.Body, N: limit + 1}
	_, err := d.body.ReadFrom(&d.limit)
	switch {
	case int64(d.body.Len()) > limit:
		d.close()
		return nil, &BodySizeError{limit}
	case err != nil:
		d.add("could not be read to its end")
		err = d.err()
		d.close()
		return nil, err
	}
	d.begin(d.body.Bytes())
	return d, nil
}

// begin turns to the beginning of text. Duplicate names are left to member, so
// that they are told like other faults and the rest is still read.
func (d *decoder) begin(text []byte) {
	d.text = text
	d.source = *bytes.NewBuffer(text)
	d.json.Reset(&d.source, jsontext.AllowDuplicateNames(true))
}

// close ends the use of d.
func (d *decoder) close() {
	d.body.Reset()
	if d.body.Cap() > maxPooled {
		d.body = bytes.Buffer{}
	}
	*d = decoder{json: d.json, body: d.body, plain: d.plain[:0], faults: faults{path: d.path[:0]}}
	decoders.Put(d)
}

// end adds a fault where anything follows the value that was read.
func (d *decoder) end() {
	if d.broken {
		return
	}
	if _, err := d.json.ReadToken(); !errors.Is(err, io.EOF) {
		d.add("must have nothing after its JSON value")
	}
}

// stop notes that the text can't be read any further.
func (d *decoder) stop(err error) {
	if d.broken {
		return
	}
	d.broken = true
	at := d.json.InputOffset()
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		at = syntactic.ByteOffset
	}
	switch {
	case len(bytes.TrimSpace(d.text)) == 0:
		d.require(false)
	case errors.Is(err, io.ErrUnexpectedEOF):
		d.add("is not complete JSON: it ends in the middle of a value")
	case !utf8.Valid(d.text):
		d.add("is not valid UTF-8")
	default:
		d.add("is not valid JSON at byte " + strconv.FormatInt(at, 10))
	}
}

// value reads a value of one kind and returns its text, which is valid until
// the next read. Must is the fault of a value of another kind.
func (d *decoder) value(kind jsontext.Kind, must string) (jsontext.Value, bool) {
	if d.broken {
		return nil, false
	}
	v, err := d.json.ReadValue()
	if err != nil {
		d.stop(err)
		return nil, false
	}
	if v.Kind() != kind {
		d.add(must)
		return nil, false
	}
	return v, true
}

// skip passes a value over.
func (d *decoder) skip() {
	if d.broken {
		return
	}
	if err := d.json.SkipValue(); err != nil {
		d.stop(err)
	}
}

// string reads a string.
func (d *decoder) string() (string, bool) {
	v, ok := d.value('"', "must be a string")
	if !ok {
		return "", false
	}
	return string(d.unquote(v)), true
}

// unquote returns the contents of a quoted string, valid until the next call.
func (d *decoder) unquote(v jsontext.Value) []byte {
	if bytes.IndexByte(v, '\\') < 0 {
		return v[1 : len(v)-1]
	}
	d.plain, _ = jsontext.AppendUnquote(d.plain[:0], v)
	return d.plain
}

// boolean reads true or false.
func (d *decoder) boolean() (v, ok bool) {
	if d.broken {
		return false, false
	}
	t, err := d.json.ReadValue()
	if err != nil {
		d.stop(err)
		return false, false
	}
	if k := t.Kind(); k != 't' && k != 'f' {
		d.add("must be a boolean")
		return false, false
	}
	return t[0] == 't', true
}

// object begins an object, whose members next walks.
func (d *decoder) object() bool { return d.enter('{', "must be an object") }

// enter reads the first token of an object or array.
func (d *decoder) enter(kind jsontext.Kind, must string) bool {
	switch k := d.json.PeekKind(); {
	case d.broken:
		return false
	case k != kind && k != jsontext.KindInvalid:
		d.add(must)
		d.skip()
		return false
	case len(d.path) >= maxDepth:
		d.add("is nested too deeply")
		d.skip()
		return false
	}
	if _, err := d.json.ReadToken(); err != nil {
		d.stop(err)
		return false
	}
	d.path = append(d.path, step{index: -1})
	return true
}

// next goes to the next member of the object that was begun last and puts its
// name into d.name; false ends the object.
func (d *decoder) next() bool {
	last := len(d.path) - 1
	if d.broken {
		d.path = d.path[:last]
		return false
	}
	d.path[last] = step{index: -1, hidden: true}
	if d.json.PeekKind() == '}' {
		d.path = d.path[:last]
		if _, err := d.json.ReadToken(); err != nil {
			d.stop(err)
		}
		return false
	}
	name, err := d.json.ReadValue()
	if err != nil {
		d.path = d.path[:last]
		d.stop(err)
		return false
	}
	d.name = d.unquote(name)
	return true
}

// member turns to the member that next went to, and notes that it was given.
// Where that is not the first time, it adds a fault, passes the member over
// and returns false.
func (d *decoder) member(name string, given *bool) bool {
	d.path[len(d.path)-1] = step{name: name, index: -1}
	if *given {
		d.add("must be given only once")
		d.skip()
		return false
	}
	*given = true
	return true
}

// unknown adds a fault for a member that the schema does not have, and passes
// it over.
func (d *decoder) unknown(schema string, known ...string) {
	if len(d.others) < maxFaults {
		if name := string(d.name); presentable(name) {
			d.path[len(d.path)-1] = step{name: name, index: -1}
			d.add("is not a member of " + schema + suggestion(name, known))
		} else {
			d.add("is unknown to " + schema)
		}
	}
	d.skip()
}

// required adds a fault, at the object whose members were just walked, for a
// member that was not given.
func (d *decoder) required(given bool, name string) {
	if given || d.broken {
		return
	}
	d.path = append(d.path, step{name: name, index: -1})
	d.require(false)
	d.path = d.path[:len(d.path)-1]
}

// length adds a fault where s has fewer than least or more than most code
// points.
func (f *faults) length(s string, least, most int) {
	if len(s) >= least*utf8.UTFMax && len(s) <= most {
		return
	}
	switch n := utf8.RuneCountInString(s); {
	case n < least && least == 1:
		f.add("must not be empty")
	case n < least:
		f.add("must be at least " + strconv.Itoa(least) + " characters")
	case n > most:
		f.add("must be at most " + strconv.Itoa(most) + " characters")
	}
}

// oneOf adds a fault for a string that is none of those of an enum.
func (f *faults) oneOf(given string, values ...string) {
	if !slices.Contains(values, given) {
		f.add("must be one of " + strings.Join(values, ", "))
	}
}

// between adds a fault where n is less than least or more than most.
func (f *faults) between(n, least, most int64) {
	switch {
	case n < least:
		f.add("must be at least " + strconv.FormatInt(least, 10))
	case n > most:
		f.add("must be at most " + strconv.FormatInt(most, 10))
	}
}

// pattern is a regular expression without choices: runs of characters, each as
// long as it gets.
type pattern []run

// run is min to max characters of one class.
type run struct {
	min, max int
	low      uint64 // The class's characters 0 to 63, a bit each,
	high     uint64 // 64 to 127,
	beyond   bool   // and whether it has all the others.
}

// matches reports whether all of s is what p describes.
func (p pattern) matches(s string) bool {
	i := 0
	for j := range p {
		r := &p[j]
		n := 0
		for n < r.max && i < len(s) {
			c := s[i]
			if c >= utf8.RuneSelf {
				if !r.beyond {
					break
				}
				_, size := utf8.DecodeRuneInString(s[i:])
				i += size
			} else if c < 64 && r.low>>c&1 != 0 || c >= 64 && r.high>>(c-64)&1 != 0 {
				i++
			} else {
				break
			}
			n++
		}
		if n < r.min {
			return false
		}
	}
	return i == len(s)
}
