package prelude

import (
	"io"
	"math"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

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

// isJSON reports whether a media type in lower case is that of JSON.
func isJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

// bestMatch returns the entry of accept that fits the Content-Type header best, or "": one
// without wildcards before others, then the longest, then the one with most of the
// header's parameters. The parameters need not be there.
func bestMatch(h http.Header, accept []string) (best string) {
	given, params := "", map[string]string{}
	if lines := h["Content-Type"]; len(lines) == 1 {
		given, params, _ = mime.ParseMediaType(lines[0])
	}
	var most [2]int
	for _, entry := range accept {
		want, wanted, err := mime.ParseMediaType(entry)
		if fits, _ := path.Match(want, given); err != nil || !fits {
			continue
		}
		score := [2]int{len(want), 0}
		if want == given {
			score[0] = math.MaxInt
		}
		for name, value := range wanted {
			if params[name] == value {
				score[1]++
			} else {
				score[1]--
			}
		}
		if best == "" || slices.Compare(score[:], most[:]) > 0 {
			best, most = entry, score
		}
	}
	return best
}

// unsupported returns a *MediaTypeError for a body of a media type that is not in
// accept, or nil if the request has neither a body nor a media type.
func unsupported(r *http.Request, accept []string) error {
	if r.Header.Get("Content-Type") == "" && r.ContentLength <= 0 {
		var first [1]byte
		if n, _ := io.ReadFull(r.Body, first[:]); n == 0 {
			return nil
		}
	}
	return &MediaTypeError{Accept: accept}
}

// openBody reads the whole request body and returns a decoder of it. The error is
// a *BodySizeError if the body has more than limit bytes, a *MediaTypeError if it
// has a content coding, and an *InvalidRequest if it can't be read.
func openBody(r *http.Request, limit int64, accept []string) (*decoder, error) {
	if err := refused(r, limit, accept); err != nil {
		return nil, err
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

// refused returns the error for a body that has a content coding, or that says that it is
// larger than limit.
func refused(r *http.Request, limit int64, accept []string) error {
	if coding := r.Header["Content-Encoding"]; len(coding) > 0 && !strings.EqualFold(coding[0], "identity") {
		return &MediaTypeError{Accept: accept, Coding: true}
	}
	if r.ContentLength > limit {
		return &BodySizeError{limit}
	}
	return nil
}

// readText reads the whole request body. The error is as that of openBody.
func readText(r *http.Request, limit int64, accept []string) (string, error) {
	d, err := openBody(r, limit, accept)
	if err != nil {
		return "", err
	}
	defer d.close()
	return d.body.String(), nil
}

// bodyStream is a request body that the handler reads. Read returns a *BodySizeError after
// limit bytes.
type bodyStream struct {
	body        io.Reader
	left, limit int64
}

// openStream returns the request body. The error is as that of openBody.
func openStream(r *http.Request, limit int64, accept []string) (*bodyStream, error) {
	return &bodyStream{r.Body, limit, limit}, refused(r, limit, accept)
}

func (s *bodyStream) Read(p []byte) (n int, err error) {
	n, err = s.body.Read(p[:min(int64(len(p)), s.left+1)])
	if s.left -= int64(n); s.left < 0 {
		return n - 1, &BodySizeError{s.limit}
	}
	return n, err
}
