package prelude

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// maxValues limits the bytes of a form's parts that are not files: they are kept until the
// form is complete.
const maxValues = 1 << 20

// formReader is a body of multipart/form-data (RFC 7578) that is checked while it is read. It
// reads a part from source, and writes it to parts, from which the handler's reader reads
// it. Files are not kept.
type formReader struct {
	source    *multipart.Reader
	encodings map[string]formEncoding // Those of "" are for all names that are not there.
	check     func(d *decoder)
	found     faults
	fields    []formField
	kept      int       // The bytes of the values so far.
	file      io.Reader // The rest of the file that is being read; nil if there is none.
	buffer    [32 << 10]byte
	parts     bytes.Buffer
	writer    *multipart.Writer
	err       error
}

// openForm returns a reader of the parts of the request body, or nil if it adds a fault.
// The reader's methods, and those of its parts, return an *InvalidRequest for a form that
// violates the specification as soon as that is known, and a *BodySizeError, both wrapped.
// The last part does not end unless the whole form is valid. The error is as that of
// openBody.
func (f *faults) openForm(r *http.Request, limit int64, accept []string, encodings map[string]formEncoding, check func(d *decoder)) (*multipart.Reader, error) {
	source, err := f.openParts(r, limit, accept)
	if source == nil {
		return nil, err
	}
	form := &formReader{source: source, encodings: encodings, check: check}
	form.writer = multipart.NewWriter(&form.parts)
	return multipart.NewReader(form, form.writer.Boundary()), nil
}

// openParts returns a reader of the parts of the request body, which it does not check, or
// nil if it adds a fault. The error is as that of openBody.
func (f *faults) openParts(r *http.Request, limit int64, accept []string) (*multipart.Reader, error) {
	s, err := openStream(r, limit, accept)
	if err != nil {
		return nil, err
	}
	_, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // None if it is malformed.
	if params["boundary"] == "" {
		f.at("", "")
		f.add("must have a boundary in its media type")
		return nil, nil
	}
	return multipart.NewReader(s, params["boundary"]), nil
}

// Read returns what has been checked.
func (f *formReader) Read(p []byte) (int, error) {
	for f.parts.Len() == 0 && f.err == nil {
		f.err = f.advance()
	}
	if f.parts.Len() == 0 {
		return 0, f.err
	}
	return f.parts.Read(p)
}

// advance reads a part, or a piece of a file, or checks the whole at the end. The error is
// io.EOF if the form is complete and valid.
func (f *formReader) advance() error {
	if f.file != nil {
		n, err := f.file.Read(f.buffer[:])
		f.parts.Write(f.buffer[:n])
		if errors.Is(err, io.EOF) {
			f.file, err = nil, nil
		}
		return f.failed(err)
	}
	part, err := f.source.NextRawPart()
	if errors.Is(err, io.EOF) {
		d := f.found.collected(f.fields)
		f.check(d)
		f.found.join(d)
		if err := f.found.err(); err != nil {
			return err
		}
		_ = f.writer.Close()
		return io.EOF
	}
	if err != nil {
		return f.failed(err)
	}
	return f.take(part)
}

// failed returns the error for one of reading the body, or nil.
func (f *formReader) failed(err error) error {
	if err == nil {
		return nil
	}
	if size, ok := errors.AsType[*BodySizeError](err); ok {
		return size
	}
	f.found.add("is not well formed")
	return f.found.err()
}

// take begins a file, or reads another part as a whole and checks it if that is possible
// without the others.
func (f *formReader) take(part *multipart.Part) error {
	name := part.FormName()
	e, ok := f.encodings[name]
	if !ok {
		e = f.encodings[""]
	}
	if f.kept += len(name); !utf8.ValidString(name) || name == "" {
		f.found.add("has a part without a valid name")
		return f.found.err()
	}
	if e.accept != nil && part.Header["Content-Type"] != nil && bestMatch(http.Header(part.Header), e.accept) == "" {
		return f.wrong(name, "must be "+strings.Join(e.accept, " or "))
	}
	if ok && e.file && !e.item && slices.ContainsFunc(f.fields, func(other formField) bool { return other.path[0] == name }) {
		return f.wrong(name, "must be given only once")
	}
	one := formField{path: []string{name}, item: e.item}
	_, _ = f.writer.CreatePart(part.Header) // A buffer takes everything.
	if e.file {
		f.file, f.fields = part, append(f.fields, one)
		return f.bounded()
	}
	content, err := io.ReadAll(io.LimitReader(part, maxValues+1))
	if err != nil {
		return f.failed(err)
	}
	one.text, one.json = string(content), partIsJSON(part.Header, e.json)
	switch f.kept += len(content); {
	case !utf8.Valid(content):
		return f.wrong(name, "must be valid UTF-8")
	case one.json && !jsontext.Value(content).IsValid(jsontext.AllowDuplicateNames(true)):
		return f.wrong(name, "is not valid JSON")
	}
	f.fields = append(f.fields, one)
	if err := f.bounded(); err != nil {
		return err
	}
	if err := f.alone(e, one); err != nil {
		return err
	}
	f.parts.Write(content)
	return nil
}

// bounded returns a *BodySizeError if the parts need too much memory.
func (f *formReader) bounded() error {
	if f.kept+len(f.fields)*64 > maxValues {
		return &BodySizeError{maxValues}
	}
	return nil
}

// wrong returns the error with a fault of a part. The name is in encodings, or not shown.
func (f *formReader) wrong(name, what string) error {
	d := f.found.document("")
	path := []string{name}
	if _, ok := f.encodings[name]; !ok {
		path, what = nil, "has a part that "+what
	}
	d.refuse(what, path...)
	f.found.join(d)
	return f.found.err()
}

// alone returns the error with the faults that a part has whatever the others are, or nil.
func (f *formReader) alone(e formEncoding, one formField) error {
	if !e.alone {
		return nil
	}
	d := f.found.collected([]formField{one})
	f.check(d)
	d.found = slices.DeleteFunc(d.found[d.missing:], func(f RequestFault) bool { return f.Pointer == "#" })
	d.missing = 0
	f.found.join(d)
	return f.found.err()
}

// partIsJSON reports whether a part is JSON; it is without a media type if byDefault.
func partIsJSON(h textproto.MIMEHeader, byDefault bool) bool {
	t := mediaType(http.Header(h))
	return isJSON(t) || t == "" && byDefault
}
