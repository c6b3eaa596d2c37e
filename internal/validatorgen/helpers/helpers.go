// Package helpers holds the part of a generated file that is the same for every
// specification. The generator copies what the output needs into it; nothing
// imports this package.
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

// Operation describes an operation to a server, which needs this beside its handler.
type Operation struct {
	ID      string   // The operationId.
	Method  string   // The HTTP method, in upper case.
	Path    string   // The path as the specification writes it: /things/{id}.
	Secured bool     // Whether the operation demands credentials, in at least one alternative.
	Accept  []string // The media types of the request body; nil if it takes none.
}

// InvalidRequest reports a request that violates the specification. It repeats no
// value that the client sent.
type InvalidRequest struct {
	// Faults has 1 to 100 entries: first the required members and parameters that
	// are missing, then the others in the order in which they were found: path,
	// query, header, body.
	Faults []RequestFault
}

// RequestFault is one fault of a request.
type RequestFault struct {
	In      string // Where: "path", "query", "header" or "body".
	Name    string // The parameter's name; empty in the body, and if it is not safe to repeat.
	Pointer string // In the body, a JSON Pointer as a URI fragment (RFC 6901, section 6); "#" is the whole body.
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

// MediaTypeError reports a request body whose media type or content coding its
// operation does not accept.
type MediaTypeError struct {
	Accept []string // The media types that the operation accepts.
	Coding bool     // Whether the content coding is at fault: no operation accepts one.
}

func (e *MediaTypeError) Error() string {
	if e.Coding {
		return "the body must have no content coding"
	}
	return "the body must be " + strings.Join(e.Accept, " or ")
}

// BodySizeError reports a request body that is larger than its operation accepts.
type BodySizeError struct {
	Limit int64 // In bytes.
}

func (e *BodySizeError) Error() string {
	return "the body must be at most " + strconv.FormatInt(e.Limit, 10) + " bytes"
}

const (
	maxFaults = 100     // How many faults are reported at most.
	maxDepth  = 100     // How deeply objects and arrays may be nested.
	maxPooled = 1 << 20 // The largest buffer that is kept for the next body, in bytes.
)

// faults collects the faults of a request, and keeps track of the place that is
// being checked.
type faults struct {
	found    []RequestFault
	missing  int    // How many faults, at the start of found, are about something missing.
	in, name string // The parameter; in is empty in the body.
	path     []step // Leads to the place within the body or the parameter.
	text     []byte // A buffer for pointers and details.
}

// step leads from an object or array to one of its members or items.
type step struct {
	name   string // Of a member.
	index  int    // Of an item, from 0; -1 in an object.
	hidden bool   // Whether the client chose name, and it is not safe to repeat.
}

// at moves to a parameter, or to the body: at("", "").
func (f *faults) at(in, name string) { f.in, f.name, f.path = in, name, f.path[:0] }

// item moves to an item of the parameter, or back to the whole: item(-1).
func (f *faults) item(i int) {
	f.path = f.path[:0]
	if i >= 0 {
		f.path = append(f.path, step{index: i})
	}
}

// add adds a fault at the current place. What is wrong follows the name of the
// place, as in "must be a boolean".
func (f *faults) add(what ...string) {
	if len(f.found) < maxFaults {
		f.found = append(f.room(), f.locate(what...))
	}
}

// require adds a fault at the current place unless a value was given there.
func (f *faults) require(given bool) {
	if given || f.missing >= maxFaults {
		return
	}
	f.found = slices.Insert(f.room(), f.missing, f.locate("is required"))
	f.found = f.found[:min(len(f.found), maxFaults)]
	f.missing++
}

// room returns found, with capacity for four faults: most invalid requests have
// no more.
func (f *faults) room() []RequestFault {
	if f.found == nil {
		f.found = make([]RequestFault, 0, 4)
	}
	return f.found
}

// locate returns a fault at the current place.
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

// detail returns a sentence that says what is wrong at the current place.
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

// appendFragment appends a member's name as a token of a JSON Pointer in a URI
// fragment (RFC 6901, section 3; RFC 3986, section 3.5).
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

// join adds the faults that d has found in the body, and closes d.
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

// err returns an *InvalidRequest with all faults, or nil if there are none.
func (f *faults) err() error {
	if len(f.found) == 0 {
		return nil
	}
	return &InvalidRequest{Faults: f.found}
}

// presentable reports whether a name that the client chose is safe to repeat: it
// must match [A-Za-z0-9_.-]{1,64}.
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

// unknown adds a fault for a name that is not among the known names of the parts
// of a whole.
func (f *faults) unknown(name, part, whole string, known []string) {
	if best := closest(name, known); best != "" {
		f.add("is not a ", part, " of ", whole, "; did you mean ", best, "?")
	} else {
		f.add("is not a ", part, " of ", whole)
	}
}

// closest returns the known name that the client probably meant, or "" if none
// is close.
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

// editDistance returns the number of bytes to insert, remove or replace in order
// to turn a into b, of which it considers the first 64 bytes.
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
func (q *query) once(f *faults, given *bool) bool {
	if *given {
		f.add("must be given only once")
		return false
	}
	*given = true
	return f.isText(q.value)
}

// text returns the value of a parameter that may be repeated, and whether it is
// valid UTF-8.
func (q *query) text(f *faults) (string, bool) { return q.value, f.isText(q.value) }

// split iterates over the items of a comma-separated list, and moves to each. It
// unescapes them one by one, so that they may contain commas themselves.
func (f *faults) split(list string, unescape func(string) (string, error)) iter.Seq[string] {
	return func(yield func(string) bool) {
		defer f.item(-1)
		for i, item := range strings.Split(list, ",") {
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

// unknown adds a fault for a parameter that the operation does not have.
func (q *query) unknown(f *faults, operation string, known ...string) {
	if presentable(q.name) {
		f.unknown(q.name, "parameter", operation, known)
	} else {
		f.unnamed("query", "a query parameter is unknown to "+operation)
	}
}

// unnamed adds a fault of a parameter whose name must not be repeated.
func (f *faults) unnamed(in, detail string) {
	if len(f.found) < maxFaults {
		f.found = append(f.room(), RequestFault{In: in, Detail: detail})
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

// number is a number and its text, which has all its digits. Bounds apply to the
// float64, since that is what the handler receives.
type number struct {
	float float64
	text  jsontext.Value
}

// toNumber converts a JSON number, which must fit in a float of so many bits.
func (f *faults) toNumber(text jsontext.Value, bits int) (number, bool) {
	n, err := strconv.ParseFloat(string(text), 64)
	if err != nil || bits == 32 && math.IsInf(float64(float32(n)), 0) {
		f.add("must fit in ", strconv.Itoa(bits), " bits")
		return number{}, false
	}
	return number{n, text}, true
}

// mediaType returns the media type in the Content-Type header, in lower case and
// without parameters, or "" if there is none or it is malformed.
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

// unsupported returns a *MediaTypeError for a body of a media type that is not in
// accept, or nil if the request has neither a body nor a media type.
func unsupported(r *http.Request, accept []string) error {
	if len(r.Header["Content-Type"]) == 0 && r.ContentLength <= 0 {
		var first [1]byte
		if n, _ := io.ReadFull(r.Body, first[:]); n == 0 {
			return nil
		}
	}
	return &MediaTypeError{Accept: accept}
}

// decoder reads a JSON value and checks it in the same pass. Each of its methods
// that reads a value reports whether it was of the expected type; if not, the
// method has added a fault and skipped the value.
type decoder struct {
	faults
	json   *jsontext.Decoder
	source bytes.Buffer // What json reads from,
	input  []byte       // and the text in it.
	broken bool         // Whether the text is not JSON, so that nothing more can be read.
	passed bool         // Whether an object or array was skipped, which may be nested to any depth.
	name   []byte       // The name of the member that next advanced to.
	plain  []byte       // The last string that had escapes, unescaped.
	body   bytes.Buffer // The whole request body.
	limit  io.LimitedReader
}

var decoders = sync.Pool{New: func() any { return &decoder{json: new(jsontext.Decoder)} }}

// open returns a decoder of text, which it does not keep after close.
func open(text []byte) *decoder {
	d := decoders.Get().(*decoder)
	d.begin(text)
	return d
}

// openBody reads the whole request body and returns a decoder of it. The error is
// a *BodySizeError if the body has more than limit bytes, a *MediaTypeError if it
// has a content coding, and an *InvalidRequest if it can't be read.
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

// begin moves to the beginning of text. It leaves duplicate names to member, so
// that they are reported like other faults and the rest is still read.
func (d *decoder) begin(text []byte) {
	d.input = text
	d.source = *bytes.NewBuffer(text)
	d.json.Reset(&d.source, jsontext.AllowDuplicateNames(true))
}

// close returns d to the pool.
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

// end adds a fault if anything follows the value that was read.
func (d *decoder) end() {
	if !d.broken && len(bytes.TrimLeft(d.input[d.offset():], " \t\r\n")) > 0 {
		d.add("must have nothing after its JSON value")
	}
}

// stop records that the text can't be read any further, and adds a fault.
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

// value reads a value of a kind and returns its text, which is valid until the
// next read. For a value of another kind, it adds the fault that must describes.
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

// skip skips a value.
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

// integer reads a number without a fraction, however it is written: 100, 1e2,
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
	if len(exact.digits)+exact.exponent <= 19 { // As many digits as the largest int64 has.
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

// null reads null if that is the next value, and reports whether it was.
func (d *decoder) null() bool {
	if d.broken || d.json.PeekKind() != 'n' {
		return false
	}
	d.skip()
	return true
}

// any reads any value, like encoding/json into an any.
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

// offset returns where the next value begins, or the white space and punctuation
// before it.
func (d *decoder) offset() int { return int(d.json.InputOffset()) }

// since returns the text of the value that was read since offset returned from.
func (d *decoder) since(from int) []byte {
	return bytes.TrimLeft(d.input[from:d.offset()], " \t\r\n,:")
}

// array begins an array; more iterates over its items.
func (d *decoder) array() bool { return d.enter('[', "must be an array") }

// more advances to the next item of the innermost array. It returns false at the
// array's end.
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

// object begins an object; next iterates over its members.
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

// next advances to the next member of the innermost object and puts its name into
// d.name. It returns false at the object's end.
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

// member moves to the member that next advanced to, records that it was given, and
// reports whether this was the first time. If not, it adds a fault and skips the
// member.
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

// unknown adds a fault for a member that the schema does not have, and skips it.
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

// other moves to a member that no schema names, and reports whether it was the
// first of its name. If not, it adds a fault and skips the member.
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

// readOnly adds a fault for a member that requests must not have, and skips it.
func (d *decoder) readOnly() {
	d.add("is read-only")
	d.skip()
}

// required adds a fault for a member that was not given, to the object whose
// members have just been read.
func (d *decoder) required(given bool, name string) {
	if given || d.broken {
		return
	}
	d.path = append(d.path, step{name: name, index: -1})
	d.require(false)
	d.path = d.path[:len(d.path)-1]
}

// length adds a fault if s has fewer than least or more than most code points.
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

// oneOf adds a fault if a string is not one of the values of an enum.
func (f *faults) oneOf(given string, values ...string) {
	if !slices.Contains(values, given) {
		f.add("must be one of " + strings.Join(values, ", "))
	}
}

// atLeast adds a fault if n is less than bound.
func atLeast[T int64 | float64](f *faults, n, bound T) {
	if n < bound {
		f.add(fmt.Sprint("must be at least ", bound))
	}
}

// moreThan adds a fault if n is not more than bound.
func moreThan[T int64 | float64](f *faults, n, bound T) {
	if n <= bound {
		f.add(fmt.Sprint("must be more than ", bound))
	}
}

// atMost adds a fault if n is more than bound.
func atMost[T int64 | float64](f *faults, n, bound T) {
	if n > bound {
		f.add(fmt.Sprint("must be at most ", bound))
	}
}

// lessThan adds a fault if n is not less than bound.
func lessThan[T int64 | float64](f *faults, n, bound T) {
	if n >= bound {
		f.add(fmt.Sprint("must be less than ", bound))
	}
}

// multiple adds a fault if a number is not a multiple of unit. Both are texts,
// since few decimal fractions have an exact float64.
func (f *faults) multiple(text []byte, unit string) {
	n, u := parseDecimal(text), parseDecimal([]byte(unit))
	modulus, err := strconv.ParseUint(u.digits, 10, 64)
	shift := n.exponent - u.exponent
	if n.digits == "" {
		return
	}
	if err != nil || shift < 0 {
		// A number whose last digit is not 0 is not a multiple of 10.
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

// decimal is a JSON number without loss: sign, digits without leading or trailing
// zeros, and the power of ten to multiply them by. Zero has no digits.
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

// parseExponent parses an exponent. It limits those so large that no number of a
// body could compensate for them.
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

// count adds a fault if an array or object has too few or too many parts.
func (f *faults) count(n, least, most int, of string) {
	switch {
	case n < least:
		f.add("must have at least " + strconv.Itoa(least) + " " + of)
	case n > most:
		f.add("must have at most " + strconv.Itoa(most) + " " + of)
	}
}

// distinct adds a fault if two items of a parameter are equal, as strings or as
// JSON. It compares no JSON in a request that has faults, since that may be invalid.
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

// unique adds a fault if two items of the array that was read since offset
// returned from are equal as JSON.
func (d *decoder) unique(from int) {
	if d.broken || d.passed {
		return
	}
	in := jsontext.NewDecoder(bytes.NewBuffer(d.since(from)), jsontext.AllowDuplicateNames(true))
	_, _ = in.ReadToken() // The text has been read before, without an error.
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

// equalsOne adds a fault if the value that was read since offset returned from
// equals none of the values of an enum.
func (d *decoder) equalsOne(from int, values []string) {
	if !d.broken && !d.passed {
		d.equals(d.since(from), values)
	}
}

// equals adds a fault if a JSON text equals none of the values of an enum.
func (f *faults) equals(text []byte, values []string) {
	in := jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true))
	if !slices.Contains(values, string(canonical(nil, in))) {
		f.add("must be one of " + strings.Join(values, ", "))
	}
}

// canonicalAll returns the canonical forms of JSON texts.
func canonicalAll(texts ...string) []string {
	for i, text := range texts {
		texts[i] = string(canonical(nil, jsontext.NewDecoder(strings.NewReader(text))))
	}
	return texts
}

// canonical appends the next value in a form that equal values share: numbers as
// parseDecimal returns them, strings with as few escapes as possible, members
// sorted by name.
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

// base64 decodes padded base64 (RFC 4648, section 4).
func (f *faults) base64(s string) ([]byte, bool) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || strings.ContainsAny(s, "\r\n") {
		f.add("must be base64")
		return nil, false
	}
	return b, true
}

// date parses a date, which must exist (RFC 3339, section 5.6: full-date).
func (f *faults) date(s string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		f.add("must be a date, such as 2006-01-02")
	}
	return t, err == nil
}

// dateTime parses a date and time, which must exist (RFC 3339, section 5.6:
// date-time). Leap seconds are refused, since time.Time has none.
func (f *faults) dateTime(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, strings.ToUpper(s))
	if err != nil || !dateTimePattern.MatchString(s) { // Parse is lenient: T0:00, +24:00, a comma.
		f.add("must be a date and time, such as 2006-01-02T15:04:05Z")
		return t, false
	}
	return t, true
}

// uuid parses a UUID, and adds a fault if that fails.
func (f *faults) uuid(s string) (id [16]byte, ok bool) {
	id, ok = parseUUID(s)
	if !ok {
		f.add("must be a UUID")
	}
	return id, ok
}

// parseUUID parses a UUID (RFC 9562, section 4).
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
// (RFC 5321, section 4.1.2: Dot-string and Domain), and adds a fault if not.
func (f *faults) email(s string) bool {
	return f.must(emailPattern.MatchString(s), "be an email address")
}

// hostname reports whether s is a host name (RFC 1123, section 2.1), and adds a
// fault if not.
func (f *faults) hostname(s string) bool {
	return f.must(len(s) <= 253 && hostnamePattern.MatchString(s), "be a host name")
}

// ipv4 reports whether s is an IPv4 address in dotted decimal notation, and adds
// a fault if not.
func (f *faults) ipv4(s string) bool {
	a, err := netip.ParseAddr(s)
	return f.must(err == nil && a.Is4(), "be an IPv4 address")
}

// ipv6 reports whether s is an IPv6 address without a zone (RFC 4291, section
// 2.2), and adds a fault if not.
func (f *faults) ipv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return f.must(err == nil && a.Is6() && a.Zone() == "", "be an IPv6 address")
}

// uri reports whether s is a URI with a scheme (RFC 3986, section 3), and adds a
// fault if not.
func (f *faults) uri(s string) bool {
	ok := false
	if parts := uriPattern.FindStringSubmatch(s); parts != nil {
		address := parts[uriPattern.SubexpIndex("ipv6")]
		a, err := netip.ParseAddr(address)
		ok = address == "" || err == nil && a.Is6()
	}
	return f.must(ok, "be a URI")
}

// must adds a fault unless ok, and returns ok.
func (f *faults) must(ok bool, what string) bool {
	if !ok {
		f.add("must ", what)
	}
	return ok
}

// appendString appends s as JSON. Most strings need no escape.
func appendString(b []byte, s string) []byte {
	if !plain(s) {
		b, _ = jsontext.AppendQuote(b, s) // Invalid UTF-8 becomes U+FFFD, as in encoding/json.
		return b
	}
	b = append(append(b, '"'), s...)
	return append(b, '"')
}

// plain reports whether s is ASCII that JSON does not escape. It checks eight bytes
// at a time, which takes a third of the time that single bytes take.
func plain(s string) bool {
	const each, top = 0x0101010101010101, 0x8080808080808080 // A byte times each is that byte eight times.
	for ; len(s) >= 8; s = s[8:] {
		x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		quote, backslash := x^each*'"', x^each*'\\'
		// A byte is below n if subtracting n sets its top bit, which was clear.
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

// hexDigits returns the digits of four bytes, the first digit in the top byte. It
// computes all eight at once: a UUID takes a third of the time of single digits.
func hexDigits(b []byte) uint64 {
	const each = 0x0101010101010101 // A byte times each is that byte eight times.
	x := uint64(binary.BigEndian.Uint32(b))
	x = (x | x<<16) & 0x0000ffff0000ffff
	x = (x | x<<8) & 0x00ff00ff00ff00ff
	x = (x | x<<4) & (each * 0x0f)
	letters := (x + each*6) >> 4 & each // 1 for each digit above 9.
	return x + each*'0' + letters*('a'-'0'-10)
}

// appendFloat appends a float of so many bits as JSON, spelled as encoding/json
// does. It panics if v is infinite or not a number.
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

// appendTime appends a date and time as JSON (RFC 3339, section 5.6: date-time).
// It panics if the year has more than four digits.
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

// appendBase64 appends bytes as a JSON string in base64 (RFC 4648, section 4).
func appendBase64(b, v []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(b, '"'), v), '"')
}

// appendJSON appends v as encoding/json encodes it, and panics if that fails: v may
// contain a number that is infinite, or text that is not JSON.
func appendJSON(b []byte, v any) []byte {
	buffer := bytes.NewBuffer(b)
	e := json.NewEncoder(buffer)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return buffer.Bytes()[:buffer.Len()-1] // Without the newline.
}

// sortedNames returns the keys of a map, sorted.
func sortedNames[M ~map[string]T, T any](m M) []string { return slices.Sorted(maps.Keys(m)) }

// allocate sets a pointer to a new zero value.
func allocate[T any](p **T) { *p = new(T) }

// empty sets a slice to an empty one that is not nil.
func empty[L ~[]T, T any](list *L) { *list = L{} }

// begin sets a map to an empty one that is not nil.
func begin[M ~map[string]T, T any](m *M) { *m = M{} }

// grow appends a zero value to a slice and returns its address.
func grow[L ~[]T, T any](list *L) *T {
	var item T
	*list = append(*list, item)
	return &(*list)[len(*list)-1]
}

// extend is grow for the items of a body. A body may have a million items that are
// small there and large in Go, so the slice starts over once it will not be returned
// anyway: if the request has faults, or the slice more than most items.
func extend[L ~[]T, T any](f *faults, list *L, most int) *T {
	if len(f.found) > 0 || len(*list) > most {
		*list = (*list)[:0]
	}
	return grow(list)
}

// element returns the zero value of a map's entries.
func element[M ~map[string]T, T any](M) (entry T) { return entry }

// has reports whether a map has an entry of a name.
func has[M ~map[string]T, T any](m M, name string) bool {
	_, ok := m[name]
	return ok
}

// put sets an entry of a map, which it allocates if it is nil.
func put[M ~map[string]T, T any](m *M, name string, entry T) {
	if *m == nil {
		*m = make(M)
	}
	(*m)[name] = entry
}

// setUUID sets a UUID whose type is in a package that the output does not import.
func setUUID[T ~[16]byte](v *T, id [16]byte) { *v = id }

// setString sets a string whose type is in a package that the output does not
// import.
func setString[T ~string](v *T, s string) { *v = T(s) }

// setDate sets a date whose type is in a package that the output does not import.
func setDate[T ~struct{ time.Time }](v *T, t time.Time) { *v = T(struct{ time.Time }{t}) }

// pattern is a regular expression that needs no backtracking: a sequence of runs,
// each of which matches as many characters as it can.
type pattern []run

// run matches min to max characters of one class.
type run struct {
	min, max int
	ascii    [2]uint64 // The ASCII characters of the class, a bit each,
	beyond   bool      // and whether it has all others.
}

// matches reports whether p matches the whole of s.
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
