// Package helpers is the part of a generated file that is the same for every
// specification. The generator copies into its output what that output needs;
// nothing imports this package but its tests.
package helpers

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math"
	"math/bits"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
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
	found    []RequestFault
	missing  int    // How many of found, its first, are of what is missing.
	in, name string // Of the parameter; in is empty in the body.
	path     []step // Within the body, or of a parameter's item.
	text     []byte // What was written last.
}

// step is a step from an object or array to one of its members.
type step struct {
	name   string // Of an object's member.
	index  int    // Of an array's item, from 0; -1 in an object.
	hidden bool   // Whether name is the client's, and not fit to be repeated.
}

// at turns to a parameter, or to the body: at("", "").
func (f *faults) at(in, name string) { f.in, f.name, f.path = in, name, f.path[:0] }

// item turns to an item of the parameter, or back to all of it: item(-1).
func (f *faults) item(i int) {
	f.path = f.path[:0]
	if i >= 0 {
		f.path = append(f.path, step{index: i})
	}
}

// add adds a fault at the current place. What follows the name of the place,
// as in "must be a boolean".
func (f *faults) add(what ...string) {
	if len(f.found) < maxFaults {
		f.found = append(f.room(), f.locate(what...))
	}
}

// require adds a fault at the current place unless something was given there.
func (f *faults) require(given bool) {
	if given || f.missing >= maxFaults {
		return
	}
	f.found = slices.Insert(f.room(), f.missing, f.locate("is required"))
	f.found = f.found[:min(len(f.found), maxFaults)]
	f.missing++
}

// room returns what was found, with room for a few faults: most requests that
// have one have few.
func (f *faults) room() []RequestFault {
	if f.found == nil {
		f.found = make([]RequestFault, 0, 4)
	}
	return f.found
}

// locate makes a fault of what is wrong at the current place.
func (f *faults) locate(what ...string) RequestFault {
	if f.in != "" {
		return RequestFault{In: f.in, Name: f.name, Detail: f.detail(what)}
	}
	f.text = append(f.text[:0], '#')
	for _, s := range f.path {
		if s.hidden {
			break
		}
		f.text = append(f.text, '/')
		if s.index >= 0 {
			f.text = strconv.AppendInt(f.text, int64(s.index), 10)
		} else {
			f.text = appendFragment(f.text, s.name)
		}
	}
	pointer := string(f.text)
	return RequestFault{In: "body", Pointer: pointer, Detail: f.detail(what)}
}

// detail returns what is wrong with the current place as a sentence.
func (f *faults) detail(what []string) string {
	f.text = append(f.text[:0], cmp.Or(f.name, "the body")...)
	for _, s := range f.path {
		switch {
		case s.hidden:
			f.text = slices.Insert(f.text, 0, []byte("a member of ")...)
		case s.index >= 0:
			f.text = append(strconv.AppendInt(append(f.text, '['), int64(s.index), 10), ']')
		default:
			f.text = append(f.text[:0], s.name...)
		}
		if s.hidden {
			break
		}
	}
	f.text = append(f.text, ' ')
	for _, part := range what {
		f.text = append(f.text, part...)
	}
	return string(f.text)
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
	if f.found == nil {
		f.found = d.found
	} else if d.found != nil {
		f.found = slices.Insert(f.found, f.missing, d.found[:d.missing]...)
		f.found = append(f.found, d.found[d.missing:]...)
		f.found = f.found[:min(len(f.found), maxFaults)]
	}
	d.close()
}

// err returns the *InvalidRequest of all faults, or nil where there are none.
func (f *faults) err() error {
	if len(f.found) == 0 {
		return nil
	}
	return &InvalidRequest{Faults: f.found}
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

// unknown adds a fault for a name that is none of those known to the whole that
// it should be a part of.
func (f *faults) unknown(name, part, whole string, known []string) {
	if best := closest(name, known); best != "" {
		f.add("is not a ", part, " of ", whole, "; did you mean ", best, "?")
	} else {
		f.add("is not a ", part, " of ", whole)
	}
}

// closest returns the known name that an unknown one was probably meant to be,
// or nothing where none is close.
func closest(name string, known []string) (best string) {
	least := min(2, len(name)/2) + 1
	for _, k := range known {
		if strings.EqualFold(name, k) {
			return k
		}
		if d := editDistance(name, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// editDistance counts the bytes to insert, remove or replace to make b of a. It
// is not exact where b is longer than presentable names.
func editDistance(a, b string) int {
	var row [65]int
	b = b[:min(len(b), len(row)-1)]
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
	return value, f.isText(value)
}

// isText reports whether a parameter's value is UTF-8, and adds a fault where it
// is not.
func (f *faults) isText(value string) bool {
	if utf8.ValidString(value) {
		return true
	}
	f.add("must be valid UTF-8")
	return false
}

// query walks a query string parameter by parameter.
type query struct{ rest, name, raw, value string }

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

// once notes that the parameter was given. It returns false where that is not
// the first time, with a fault, and where its value is not UTF-8, likewise.
func (q *query) once(f *faults, given *bool) bool {
	if *given {
		f.add("must be given only once")
		return false
	}
	*given = true
	return f.isText(q.value)
}

// text returns the value of a parameter that may be given again, and whether it
// is UTF-8.
func (q *query) text(f *faults) (string, bool) { return q.value, f.isText(q.value) }

// split walks the items of a parameter that has them separated by commas, and
// turns to each. They are unescaped one by one, so that they may have commas
// themselves.
func (f *faults) split(list string, unescape func(string) (string, error)) iter.Seq[string] {
	return func(yield func(string) bool) {
		defer f.item(-1)
		for i, item := range strings.Split(list, ",") {
			if unescape != nil {
				item, _ = unescape(item) // All of the list was unescaped before, without an error.
			}
			f.item(i)
			if !yield(item) {
				return
			}
		}
	}
}

// trimSpace takes away the white space that may stand around the items of a
// header (RFC 9110, section 5.6.1.2).
func trimSpace(s string) (string, error) { return strings.Trim(s, " \t"), nil }

// pathUnescape returns what unescapes a path parameter that the router has left
// escaped, or nil.
func pathUnescape(r *http.Request) func(string) (string, error) {
	if r.URL.RawPath == "" {
		return nil
	}
	return url.PathUnescape
}

// unknown adds a fault for a parameter that the operation does not have.
func (q *query) unknown(f *faults, operation string, known ...string) {
	if presentable(q.name) {
		f.unknown(q.name, "parameter", operation, known)
	} else {
		f.unnamed("query", "a query parameter is unknown to "+operation)
	}
}

// unnamed adds a fault of a parameter whose name can't be told.
func (f *faults) unnamed(in, detail string) {
	if len(f.found) < maxFaults {
		f.found = append(f.room(), RequestFault{In: in, Detail: detail})
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

// parseNumber reads a parameter's value as JSON writes numbers.
func (f *faults) parseNumber(s string, bits int) (number, bool) {
	if v := jsontext.Value(s); v.Kind() == '0' && v.IsValid() && v[len(v)-1] >= '0' && (v[0] == '-' || v[0] >= '0') {
		return f.toNumber(v, bits)
	}
	f.add("must be a number")
	return number{}, false
}

// number is a number and its text, which has all of its digits. Bounds are about
// the float64, since that is what is handed on.
type number struct {
	float float64
	text  jsontext.Value
}

// toNumber returns the number of a JSON text, which must not be beyond those of
// so many bits.
func (f *faults) toNumber(text jsontext.Value, bits int) (number, bool) {
	n, err := strconv.ParseFloat(string(text), 64)
	if err != nil || bits == 32 && math.IsInf(float64(float32(n)), 0) {
		f.add("must fit in ", strconv.Itoa(bits), " bits")
		return number{}, false
	}
	return number{n, text}, true
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
	input  []byte       // and its text.
	broken bool         // Whether the text is not JSON: there is nothing more to read.
	passed bool         // Whether an object or array was passed over, which may be nested any number of times.
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
	d.input = text
	d.source = *bytes.NewBuffer(text)
	d.json.Reset(&d.source, jsontext.AllowDuplicateNames(true))
}

// close ends the use of d.
func (d *decoder) close() {
	d.body.Reset()
	if max(d.body.Cap(), cap(d.plain)) > maxPooled {
		d.body, d.plain = bytes.Buffer{}, nil
	}
	d.found, d.missing, d.path = nil, 0, d.path[:0]
	d.source, d.input, d.name, d.limit.R = bytes.Buffer{}, nil, nil, nil
	d.broken, d.passed = false, false
	decoders.Put(d)
}

// end adds a fault where anything follows the value that was read.
func (d *decoder) end() {
	if !d.broken && len(bytes.TrimLeft(d.input[d.offset():], " \t\r\n")) > 0 {
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
	case len(bytes.TrimSpace(d.input)) == 0:
		d.require(false)
	case errors.Is(err, io.ErrUnexpectedEOF):
		d.add("is not complete JSON: it ends in the middle of a value")
	case !utf8.Valid(d.input):
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
	if k := v.Kind(); k != kind {
		d.passed = d.passed || k == '{' || k == '['
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
	k := d.json.PeekKind()
	d.passed = d.passed || k == '{' || k == '['
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
		d.passed = d.passed || k == '{' || k == '['
		d.add("must be a boolean")
		return false, false
	}
	return t[0] == 't', true
}

// integer reads a number that has no fraction, however it is written: 100, 1e2,
// 100.0.
func (d *decoder) integer(bits int) (int64, bool) {
	v, ok := d.value('0', "must be an integer")
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(string(v), 10, bits)
	if err == nil {
		return n, true
	}
	exact := parseDecimal(v)
	if exact.exponent < 0 {
		d.add("must be an integer")
		return 0, false
	}
	if len(exact.digits)+exact.exponent <= 19 { // The digits of the largest of 64 bits.
		n, err = strconv.ParseInt(exact.sign+exact.digits+strings.Repeat("0", exact.exponent), 10, bits)
	}
	if err != nil && exact.digits != "" {
		d.add("must fit in " + strconv.Itoa(bits) + " bits")
		return 0, false
	}
	return n, true
}

// number reads a number.
func (d *decoder) number(bits int) (number, bool) {
	v, ok := d.value('0', "must be a number")
	if !ok {
		return number{}, false
	}
	return d.toNumber(v, bits)
}

// null reads null, or nothing where the next value is another.
func (d *decoder) null() bool {
	if d.broken || d.json.PeekKind() != 'n' {
		return false
	}
	d.skip()
	return true
}

// any reads any value, as encoding/json would into an any.
func (d *decoder) any() (v any) {
	if d.broken {
		return nil
	}
	switch d.json.PeekKind() {
	case '"':
		v, _ = d.string()
	case '0':
		n, _ := d.number(64)
		v = n.float
	case 't', 'f':
		v, _ = d.boolean()
	case '[':
		items := []any{}
		if d.array() {
			for d.more() {
				*extend(&d.faults, &items, math.MaxInt) = d.any()
			}
		}
		v = items
	case '{':
		members := map[string]any{}
		if d.object() {
			for d.next() {
				name := string(d.name)
				if d.other(name, has(members, name)) {
					members[name] = d.any()
				}
			}
		}
		v = members
	default:
		d.skip()
	}
	return v
}

// offset returns where the next value begins, or white space and punctuation
// before it.
func (d *decoder) offset() int { return int(d.json.InputOffset()) }

// since returns the text of the value that was read since an offset.
func (d *decoder) since(from int) []byte {
	return bytes.TrimLeft(d.input[from:d.offset()], " \t\r\n,:")
}

// array begins an array, whose items more walks.
func (d *decoder) array() bool { return d.enter('[', "must be an array") }

// more goes to the next item of the array that was begun last; false ends the
// array.
func (d *decoder) more() bool {
	last := len(d.path) - 1
	if !d.broken && d.json.PeekKind() != ']' {
		d.path[last].index++
		return true
	}
	d.path = d.path[:last]
	if !d.broken {
		if _, err := d.json.ReadToken(); err != nil {
			d.stop(err)
		}
	}
	return false
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
	if len(d.found) < maxFaults {
		if name := string(d.name); presentable(name) {
			d.path[len(d.path)-1] = step{name: name, index: -1}
			d.faults.unknown(name, "member", schema, known)
		} else {
			d.add("is unknown to ", schema)
		}
	}
	d.skip()
}

// other turns to a member that no schema names. Where there was one of its name
// before, it adds a fault, passes the member over and returns false.
func (d *decoder) other(name string, given bool) bool {
	if !presentable(name) {
		name = ""
	}
	d.path[len(d.path)-1] = step{name: name, index: -1, hidden: name == ""}
	if given {
		d.add("must be given only once")
		d.skip()
	}
	return !given
}

// readOnly adds a fault for a member that requests must not have, and passes it
// over.
func (d *decoder) readOnly() {
	d.add("is read-only")
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

// atLeast adds a fault where n is less than a bound.
func atLeast[T int64 | float64](f *faults, n, bound T) {
	if n < bound {
		f.add(fmt.Sprint("must be at least ", bound))
	}
}

// moreThan adds a fault where n is not more than a bound.
func moreThan[T int64 | float64](f *faults, n, bound T) {
	if n <= bound {
		f.add(fmt.Sprint("must be more than ", bound))
	}
}

// atMost adds a fault where n is more than a bound.
func atMost[T int64 | float64](f *faults, n, bound T) {
	if n > bound {
		f.add(fmt.Sprint("must be at most ", bound))
	}
}

// lessThan adds a fault where n is not less than a bound.
func lessThan[T int64 | float64](f *faults, n, bound T) {
	if n >= bound {
		f.add(fmt.Sprint("must be less than ", bound))
	}
}

// multiple adds a fault where a number is not a multiple of a unit. Both are
// texts, since few decimal fractions have an exact float64.
func (f *faults) multiple(text []byte, unit string) {
	n, u := parseDecimal(text), parseDecimal([]byte(unit))
	modulus, err := strconv.ParseUint(u.digits, 10, 64)
	shift := n.exponent - u.exponent
	if n.digits == "" {
		return
	}
	if err != nil || shift < 0 {
		// A number that ends in another digit than 0 is no multiple of 10.
		f.add("must be a multiple of " + unit)
		return
	}
	// n is digits times 10 to the shift, in units of the last digit of u.
	rest := uint64(0)
	for i := range len(n.digits) {
		rest = mulMod(rest, 10, modulus, uint64(n.digits[i]-'0'))
	}
	for base := uint64(10) % modulus; shift > 0; shift >>= 1 {
		if shift&1 != 0 {
			rest = mulMod(rest, base, modulus, 0)
		}
		base = mulMod(base, base, modulus, 0)
	}
	if rest != 0 {
		f.add("must be a multiple of " + unit)
	}
}

// mulMod returns (a*b + c) mod m, without overflow.
func mulMod(a, b, m, c uint64) uint64 {
	high, low := bits.Mul64(a%m, b%m)
	low, carry := bits.Add64(low, c, 0)
	return bits.Rem64(high+carry, low, m)
}

// decimal is a JSON number as it stands: sign, digits without zeros at either
// end, and the power of ten that they are to be multiplied by. Zero has no
// digits.
type decimal struct {
	sign, digits string
	exponent     int
}

func parseDecimal(text []byte) decimal {
	s := string(text)
	var d decimal
	if s[0] == '-' {
		d.sign, s = "-", s[1:]
	}
	s, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	d.exponent = parseExponent(exponent)
	whole, fraction, _ := strings.Cut(s, ".")
	d.exponent -= len(fraction)
	d.digits = strings.TrimRight(whole+fraction, "0")
	d.exponent += len(whole) + len(fraction) - len(d.digits)
	d.digits = strings.TrimLeft(d.digits, "0")
	if d.digits == "" {
		return decimal{}
	}
	return d
}

// parseExponent reads an exponent. Those that no two numbers of a body could
// tell apart any more are all alike.
func parseExponent(s string) int {
	const huge = 1 << 40
	n, err := strconv.Atoi(s)
	if err != nil && s != "" {
		n = huge
		if s[0] == '-' {
			n = -huge
		}
	}
	return max(-huge, min(n, huge))
}

// count adds a fault where an array or object has too few or too many of what
// it consists of.
func (f *faults) count(n, least, most int, of string) {
	switch {
	case n < least:
		f.add("must have at least " + strconv.Itoa(least) + " " + of)
	case n > most:
		f.add("must have at most " + strconv.Itoa(most) + " " + of)
	}
}

// distinct adds a fault where two items of a parameter are equal, by their texts:
// as strings, or as JSON, if they all are.
func (f *faults) distinct(items []string, asJSON bool) {
	if asJSON && len(f.found) > 0 {
		return
	}
	seen := make(map[string]bool, len(items))
	for _, item := range items {
		if asJSON {
			item = string(canonical(nil, jsontext.NewDecoder(strings.NewReader(item))))
		}
		seen[item] = true
	}
	if len(seen) < len(items) {
		f.add("must not have the same item twice")
	}
}

// unique adds a fault where two items of the array that was read since an
// offset are equal as JSON.
func (d *decoder) unique(from int) {
	if d.broken || d.passed {
		return
	}
	in := jsontext.NewDecoder(bytes.NewBuffer(d.since(from)), jsontext.AllowDuplicateNames(true))
	_, _ = in.ReadToken() // The text was read before: no error is left in it.
	seen := map[string]bool{}
	for in.PeekKind() != ']' {
		item := string(canonical(nil, in))
		if seen[item] {
			d.add("must not have the same item twice")
			return
		}
		seen[item] = true
	}
}

// equalsOne adds a fault where the value that was read since an offset equals
// none of an enum's.
func (d *decoder) equalsOne(from int, values []string) {
	if !d.broken && !d.passed {
		d.equals(d.since(from), values)
	}
}

// equals adds a fault where a JSON text equals none of an enum's values.
func (f *faults) equals(text []byte, values []string) {
	in := jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true))
	if !slices.Contains(values, string(canonical(nil, in))) {
		f.add("must be one of " + strings.Join(values, ", "))
	}
}

// canonicalAll returns JSON texts in the form in which equal ones are the same.
func canonicalAll(texts ...string) []string {
	for i, text := range texts {
		texts[i] = string(canonical(nil, jsontext.NewDecoder(strings.NewReader(text))))
	}
	return texts
}

// canonical appends the next value in a form in which equal values are the
// same: numbers by parseDecimal, strings with no more escapes than they need,
// members in the order of their names.
func canonical(b []byte, in *jsontext.Decoder) []byte {
	switch in.PeekKind() {
	case '0':
		v, _ := in.ReadValue()
		d := parseDecimal(v)
		b = append(append(b, d.sign...), d.digits...)
		if d.digits == "" {
			b = append(b, '0')
		}
		if d.exponent != 0 {
			b = strconv.AppendInt(append(b, 'e'), int64(d.exponent), 10)
		}
	case '"':
		t, _ := in.ReadToken()
		b, _ = jsontext.AppendQuote(b, t.String())
	case '[':
		_, _ = in.ReadToken()
		b = append(b, '[')
		for i := 0; in.PeekKind() != ']'; i++ {
			if i > 0 {
				b = append(b, ',')
			}
			b = canonical(b, in)
		}
		_, _ = in.ReadToken()
		b = append(b, ']')
	case '{':
		_, _ = in.ReadToken()
		var members []string
		for in.PeekKind() != '}' {
			members = append(members, string(canonical(append(canonical(nil, in), ':'), in)))
		}
		_, _ = in.ReadToken()
		slices.Sort(members)
		b = append(append(append(b, '{'), strings.Join(members, ",")...), '}')
	default:
		v, _ := in.ReadValue()
		b = append(b, v...)
	}
	return b
}

// base64 reads what RFC 4648, section 4, writes, with its padding.
func (f *faults) base64(s string) ([]byte, bool) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || strings.ContainsAny(s, "\r\n") {
		f.add("must be base64")
		return nil, false
	}
	return b, true
}

// date reads a date that exists (RFC 3339, section 5.6: full-date).
func (f *faults) date(s string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		f.add("must be a date, such as 2006-01-02")
	}
	return t, err == nil
}

// dateTime reads a moment that exists (RFC 3339, section 5.6: date-time). Leap
// seconds do not, since time.Time has none.
func (f *faults) dateTime(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, strings.ToUpper(s))
	if err != nil || !dateTimePattern.MatchString(s) { // Parse is lenient: T0:00, +24:00, a comma.
		f.add("must be a date and time, such as 2006-01-02T15:04:05Z")
		return t, false
	}
	return t, true
}

// uuid reads a UUID, and adds a fault where it is none.
func (f *faults) uuid(s string) (id [16]byte, ok bool) {
	id, ok = parseUUID(s)
	if !ok {
		f.add("must be a UUID")
	}
	return id, ok
}

// parseUUID reads a UUID (RFC 9562, section 4).
func parseUUID(s string) (id [16]byte, ok bool) {
	if len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' {
		var digits [32]byte
		copy(digits[:8], s[:8])
		copy(digits[8:12], s[9:13])
		copy(digits[12:16], s[14:18])
		copy(digits[16:20], s[19:23])
		copy(digits[20:], s[24:])
		if _, err := hex.Decode(id[:], digits[:]); err == nil {
			return id, true
		}
	}
	return [16]byte{}, false
}

// The parts of a URI (RFC 3986, appendix A).
const (
	uriWord  = `[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2}`
	uriChar  = uriWord + `|[:@]`
	uriHost  = `(\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|\[[vV][0-9A-Fa-f]+\.(` + uriWord + `|:)+\]|(` + uriWord + `)*)(:[0-9]*)?`
	uriNamed = `//((` + uriWord + `|:)*@)?` + uriHost + `(/(` + uriChar + `|/)*)?`
	uriPlain = `/?((` + uriChar + `)(` + uriChar + `|/)*)?`
	uriTail  = `(\?(` + uriChar + `|[/?])*)?(#(` + uriChar + `|[/?])*)?`
)

var (
	dateTimePattern = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`)
	emailPattern    = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+/=?^_{|}~` + "`" + `-]+(\.[A-Za-z0-9!#$%&'*+/=?^_{|}~` + "`" + `-]+)*@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)
	hostnamePattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)
	uriPattern      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:(` + uriNamed + `|` + uriPlain + `)` + uriTail + `$`)
)

// email reports whether s is an address without comments, quotes or white space
// (RFC 5321, section 4.1.2: Dot-string and Domain), and adds a fault where it is
// not.
func (f *faults) email(s string) bool {
	return f.must(emailPattern.MatchString(s), "be an email address")
}

// hostname does that for a host's name (RFC 1123, section 2.1).
func (f *faults) hostname(s string) bool {
	return f.must(len(s) <= 253 && hostnamePattern.MatchString(s), "be a host name")
}

// ipv4 does that for an IPv4 address in four decimal numbers.
func (f *faults) ipv4(s string) bool {
	a, err := netip.ParseAddr(s)
	return f.must(err == nil && a.Is4(), "be an IPv4 address")
}

// ipv6 does that for an IPv6 address (RFC 4291, section 2.2) without a zone.
func (f *faults) ipv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return f.must(err == nil && a.Is6() && a.Zone() == "", "be an IPv6 address")
}

// uri does that for a URI with a scheme (RFC 3986, section 3).
func (f *faults) uri(s string) bool {
	ok := false
	if parts := uriPattern.FindStringSubmatch(s); parts != nil {
		address := parts[uriPattern.SubexpIndex("ipv6")]
		a, err := netip.ParseAddr(address)
		ok = address == "" || err == nil && a.Is6()
	}
	return f.must(ok, "be a URI")
}

// must adds a fault unless ok, which it returns.
func (f *faults) must(ok bool, what string) bool {
	if !ok {
		f.add("must ", what)
	}
	return ok
}

// appendString appends s as JSON. Most strings need no escape.
func appendString(b []byte, s string) []byte {
	if !plain(s) {
		b, _ = jsontext.AppendQuote(b, s) // What is not UTF-8 becomes U+FFFD, as in encoding/json.
		return b
	}
	b = append(append(b, '"'), s...)
	return append(b, '"')
}

// plain reports whether s is ASCII that JSON does not escape. It looks at eight
// bytes at a time, which takes a third of the time of one by one.
func plain(s string) bool {
	const each, top = 0x0101010101010101, 0x8080808080808080 // Times each, a byte stands in all eight places.
	for ; len(s) >= 8; s = s[8:] {
		x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		quote, backslash := x^each*'"', x^each*'\\'
		// A byte below n is one whose top bit was clear, and is set once n is taken away.
		if (x|(x-each*' ')&^x|(quote-each)&^quote|(backslash-each)&^backslash)&top != 0 {
			return false
		}
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendUUID appends a UUID as JSON.
func appendUUID(b []byte, id [16]byte) []byte {
	b = append(b, `"00000000-0000-0000-0000-000000000000"`...)
	text := (*[38]byte)(b[len(b)-38:])
	second, third := hexDigits(id[4:8]), hexDigits(id[8:12])
	binary.BigEndian.PutUint64(text[1:], hexDigits(id[:4]))
	binary.BigEndian.PutUint32(text[10:], uint32(second>>32))
	binary.BigEndian.PutUint32(text[15:], uint32(second))
	binary.BigEndian.PutUint32(text[20:], uint32(third>>32))
	binary.BigEndian.PutUint32(text[25:], uint32(third))
	binary.BigEndian.PutUint64(text[29:], hexDigits(id[12:]))
	return b
}

// hexDigits returns the digits of four bytes, the first one in the top byte.
// All eight are made at once: an id takes a third of the time of one by one.
func hexDigits(b []byte) uint64 {
	const each = 0x0101010101010101 // Times each, a byte stands in all eight places.
	x := uint64(binary.BigEndian.Uint32(b))
	x = (x | x<<16) & 0x0000ffff0000ffff
	x = (x | x<<8) & 0x00ff00ff00ff00ff
	x = (x | x<<4) & (each * 0x0f)
	letters := (x + each*6) >> 4 & each // 1 for each digit above 9.
	return x + each*'0' + letters*('a'-'0'-10)
}

// appendFloat appends a number of so many bits as JSON, as encoding/json spells
// it.
func appendFloat(b []byte, v float64, bits int) []byte {
	size := math.Abs(v)
	switch {
	case size == 0, 1e-6 <= size && size < 1e21:
		return strconv.AppendFloat(b, v, 'f', -1, bits)
	case bits == 32:
		return appendJSON(b, float32(v))
	}
	return appendJSON(b, v)
}

// appendTime appends a moment as JSON (RFC 3339, section 5.6: date-time). It
// panics where the year has more than four digits.
func appendTime(b []byte, t time.Time) []byte {
	b, err := t.AppendText(append(b, '"'))
	if err != nil {
		panic(err)
	}
	return append(b, '"')
}

// appendDate appends a date as JSON (RFC 3339, section 5.6: full-date).
func appendDate[T ~struct{ time.Time }](b []byte, v T) []byte {
	return append(struct{ time.Time }(v).AppendFormat(append(b, '"'), time.DateOnly), '"')
}

// appendBase64 appends bytes as JSON (RFC 4648, section 4).
func appendBase64(b, v []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(b, '"'), v), '"')
}

// appendJSON appends v as encoding/json writes it. It panics where that is an
// error: where v has a number that is infinite or none, or text that is not JSON.
func appendJSON(b []byte, v any) []byte {
	buffer := bytes.NewBuffer(b)
	e := json.NewEncoder(buffer)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return buffer.Bytes()[:buffer.Len()-1] // Without the end of the line.
}

// sortedNames returns the names in a map, in their order.
func sortedNames[M ~map[string]T, T any](m M) []string { return slices.Sorted(maps.Keys(m)) }

// allocate makes a pointer point to something new.
func allocate[T any](p **T) { *p = new(T) }

// empty makes a list that has nothing in it.
func empty[L ~[]T, T any](list *L) { *list = L{} }

// begin makes a map that has nothing in it.
func begin[M ~map[string]T, T any](m *M) { *m = M{} }

// grow adds an item to a list and returns where it is.
func grow[L ~[]T, T any](list *L) *T {
	var item T
	*list = append(*list, item)
	return &(*list)[len(*list)-1]
}

// extend is grow for the items of a body, of which there may be a million that are
// small there and large here: a list does not grow any more where it will not be
// returned, since there are faults already or more items than it may have.
func extend[L ~[]T, T any](f *faults, list *L, most int) *T {
	if len(f.found) > 0 || len(*list) > most {
		*list = (*list)[:0]
	}
	return grow(list)
}

// element returns an entry for a map.
func element[M ~map[string]T, T any](M) (entry T) { return entry }

// has reports whether a map has an entry.
func has[M ~map[string]T, T any](m M, name string) bool {
	_, ok := m[name]
	return ok
}

// put puts an entry into a map, which it makes where there is none.
func put[M ~map[string]T, T any](m *M, name string, entry T) {
	if *m == nil {
		*m = make(M)
	}
	(*m)[name] = entry
}

// setUUID sets a UUID of a type that can't be named here.
func setUUID[T ~[16]byte](v *T, id [16]byte) { *v = id }

// setString sets a string of a type that can't be named here.
func setString[T ~string](v *T, s string) { *v = T(s) }

// setDate sets a date of a type that can't be named here.
func setDate[T ~struct{ time.Time }](v *T, t time.Time) { *v = T(struct{ time.Time }{t}) }

// pattern is a regular expression without choices: runs of characters, each as
// long as it gets.
type pattern []run

// run is min to max characters of one class.
type run struct {
	min, max int
	ascii    [2]uint64 // The class's characters 0 to 63 and 64 to 127, a bit each,
	beyond   bool      // and whether it has all the others.
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
			} else if r.ascii[c>>6]>>(c&63)&1 != 0 {
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
