// Command main sends requests to the functions that were generated from openapi.yaml.
// TestFront compiles it together with the types and the validators.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
)

// decode calls a function for an operation without path parameters.
func decode[T any](f func(*http.Request) (T, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) { return f(r) }
}

const formType = "application/x-www-form-urlencoded"

// test is a request and what its decoder returns: the faults, or the value as JSON.
type test struct {
	name   string
	decode func(*http.Request) (any, error)
	target string // The path and query.
	header string // A header field, or the media type of the body.
	body   string
	want   string
}

var tests = []test{
	{"a text", decode(DecodeText), "/", "text/plain; charset=utf-8", "ab", `{"Body":"ab"}`},
	{"a text that is too short", decode(DecodeText), "/", "text/plain", "x", "the body must be at least 2 characters; the body must be one of ab, cd, abcdefgh"},
	{"a text that is too long", decode(DecodeText), "/", "text/plain", "abcdefghijk", "the body must be at most 10 bytes"},
	{"a text that is no UTF-8", decode(DecodeText), "/", "text/plain", "a\xff", "the body must be valid UTF-8"},
	{"no text", decode(DecodeText), "/", "", "", "the body is required"},
	{"a text that is read", decode(DecodeLines), "/", "text/csv", "abc", "abc"},
	{"a text that is read and violates its pattern", decode(DecodeLines), "/", "text/csv", "b", "the body must match ^a"},
	{"XML", decode(DecodeXml), "/", "application/xml", "<a/>", "<a/>"},
	{"another media type", decode(DecodeLines), "/", "text/xml", "<a/>", "the body must be text/csv"},
	{"bytes", decode(DecodeBytes), "/", "image/png", "12345", "12345"},
	{"bytes that are too many", decode(DecodeBytes), "/", "image/png", "123456", "the body must be at most 5 bytes"},
	{"bytes that are too many, of unknown length", func(r *http.Request) (any, error) {
		r.ContentLength = -1
		return DecodeBytes(r)
	}, "/", "image/png", "123456", "12345, and then: the body must be at most 5 bytes"},
	{"bytes of no image", decode(DecodeBytes), "/", "text/plain", "1", "the body must be image/*"},
	{"no bytes", decode(DecodeBytes), "/", "", "", `{"ContentType":"","Body":null}`},

	{"a media type", decode(DecodeRanges), "/", "application/json", `{"x": 10}`, "x must be at most 9"},
	{"a media type with another parameter", decode(DecodeRanges), "/", "application/json; charset=utf-8", `{"x": 10}`, "x must be at most 9"},
	{"a media type with a parameter", decode(DecodeRanges), "/", "application/json; v=2", `{}`, "text is required"},
	{"a range of JSON", decode(DecodeRanges), "/", "application/a+json", `{}`, "text is required"},
	{"any media type", decode(DecodeRanges), "/", "text/plain", `{}`, `{}`},
	{"no media type", decode(DecodeRanges), "/", "", "", "the body is required"},
	{"JSON of any media type", decode(DecodeMixed), "/", "application/json", `{"x": 9}`, `{"x": 9}`},
	{"JSON of any media type, with a fault", decode(DecodeMixed), "/", "application/a+json; charset=utf-8", `{"x": 10}`, "x must be at most 9"},
	{"JSON of any media type that is too long", decode(DecodeMixed), "/", "application/json", `{"x":                9}`, "the body must be at most 20 bytes"},
	{"a media type that is not JSON", decode(DecodeMixed), "/", "application/xml", "<x>10</x>", "<x>10</x>"},
	{"a parameter that is not there", decode(DecodeCharset), "/", "application/json", `{"x": 10}`, "x must be at most 9"},

	{"a form", decode(DecodeForm), "/", formType, "name=a+b&age=2&ratio=0.5&on=true&born=2024-02-29&tags=a&tags=b&sizes=1,2.5&words=a|b%7Cc&at[x]=1&flat=x,1,y,2&json={%22x%22:3}&points[0][x]=1&points[1][x]=2&counts[a]=1&anything=5", `{"Body":{"age":2,"anything":"5","at":{"x":1},"born":"2024-02-29","counts":{"a":1},"flat":{"x":1,"y":2},"json":{"x":3},"name":"a b","on":true,"points":[{"x":1},{"x":2}],"ratio":0.5,"sizes":[1,2.5],"tags":["a","b"],"words":["a","b","c"]}}`},
	{"a form with several texts of any type", decode(DecodeForm), "/", formType, "name=ab&anything=a&anything=b", `{"Body":{"anything":["a","b"],"name":"ab"}}`},
	{"a form with one item", decode(DecodeForm), "/", formType, "name=ab&tags=a&sizes=1", `{"Body":{"name":"ab","sizes":[1],"tags":["a"]}}`},
	{"a form with many faults", decode(DecodeForm), "/", formType, "nam=a&age=4&ratio=2&on=yes&born=2024-02-30&tags=a&tags=abcd&at[x]=10&flat=y,a", "x is required; name is required; nam is not a member of the body; did you mean name?; age must be one of 1, 2, 3; ratio must be at most 1; on must be true or false; born must be a date, such as 2006-01-02; tags[1] must be at most 3 characters; x must be at most 9; y must be an integer"},
	{"spellings that JSON does not have", decode(DecodeForm), "/", formType, "name=ab&age=01&ratio=.5", "age must be an integer; ratio must be a number"},
	{"a member given twice", decode(DecodeForm), "/", formType, "name=ab&name=cd&sizes=1&anything=1&anything=2", "name must be given only once"},
	{"a list given twice", decode(DecodeForm), "/", formType, "name=ab&sizes=1&sizes=2", "sizes must be given only once"},
	{"equal items", decode(DecodeForm), "/", formType, "name=ab&sizes=1,2,1.0", "sizes must not have the same item twice"},
	{"too many items", decode(DecodeForm), "/", formType, "name=ab&tags=a&tags=b&tags=c", "tags must have at most 2 items"},
	{"a broken escape", decode(DecodeForm), "/", formType, "name=%", "the body is not well formed"},
	{"broken UTF-8", decode(DecodeForm), "/", formType, "name=%ff", "the body must be valid UTF-8"},
	{"broken JSON", decode(DecodeForm), "/", formType, "name=ab&json={", "json is not well formed"},
	{"JSON of strings", decode(DecodeForm), "/", formType, "name=ab&json={%22x%22:%223%22}", "x must be an integer"},
	{"half a member", decode(DecodeForm), "/", formType, "name=ab&flat=x", "flat is not well formed"},
	{"indexes from 1", decode(DecodeForm), "/", formType, "name=ab&points[1][x]=1", "points[0] must have the indexes 0, 1, and so on"},
	{"more than nine items", decode(DecodeForm), "/", formType, "name=ab&points[10][x]=10&points[9][x]=1&points[0][x]=1&points[1][x]=1&points[2][x]=1&points[3][x]=1&points[4][x]=1&points[5][x]=1&points[6][x]=1&points[7][x]=1&points[8][x]=1", "x must be at most 9"},
	{"an object and a text", decode(DecodeForm), "/", formType, "name=ab&at=1&at[x]=1", "at must be an object; at must be given only once"},
	{"brackets that say nothing", decode(DecodeForm), "/", formType, "name=ab&tags[x]=1", "a member of the body is unknown to the body"},
	{"deep brackets", decode(DecodeForm), "/", formType, "name=ab&at" + strings.Repeat("[x]", 200) + "=1", "the body is nested too deeply"},
	{"an empty form", decode(DecodeForm), "/", formType, "", "name is required"},

	{"cookies", decode(DecodeCookies), "/", "Cookie: session=abc; count=3; ids=1,2; at=x,1,y,2; note=%7B%22text%22:%22a%22%7D; other=1", "", `{"Params":{"session":"abc","count":3,"ids":[1,2],"at":{"x":1,"y":2},"note":{"text":"a"}}}`},
	{"faults of cookies", decode(DecodeCookies), "/", "Cookie: count=x; ids=1,x; at=x,a; note=%7B%7D", "", "session is required; note.text is required; count must be an integer; ids[1] must be an integer; at.x must be an integer"},
	{"a cookie given twice", decode(DecodeCookies), "/", "Cookie: session=abc; session=abc", "", "session must be given only once"},

	{"parameters", decode(DecodeQuery), "/?filter[name]=a&filter[size]=2&filter[on]=true&filter[near][x]=1&filter[any]=1&filter[any]=2&labels[a]=1&lat=1&lon=2&flat=x,1&spaced=1%202+3&piped=a|b&json=[{%22x%22:1}]&reserved=/?:&empty=&untyped=5", "", "", `{"Params":{"filter":{"any":[1,2],"name":"a","near":{"x":1},"on":true,"size":2},"labels":{"a":1},"place":{"lat":1,"lon":2},"flat":{"x":1},"spaced":[1,2,3],"piped":["a","b"],"json":[{"x":1}],"reserved":"/?:","untyped":"5"}}`},
	{"a required object", decode(DecodeQuery), "/", "", "", "filter is required"},
	{"members with faults", decode(DecodeQuery), "/?filter[nam]=a&filter[size]=x&labels[a]=x&lon=2&flat=x,10&json=[{%22x%22:10}]&filter[near][x]=10&filter[any]=a", "", "", "filter.name is required; place.lat is required; flat.x must be at most 9; json[0].x must be at most 9; filter.nam is not a member of Filter; did you mean name?; filter.size must be an integer; filter.near.x must be at most 9; filter.any[0] must be an integer; labels.a must be an integer"},
	{"items with faults", decode(DecodeQuery), "/?filter[name]=a&spaced=1%20x&piped=a|a", "", "", "spaced[1] must be an integer; piped must not have the same item twice"},
	{"a member given twice", decode(DecodeQuery), "/?filter[name]=a&filter[name]=b", "", "", "filter.name must be given only once"},
	{"the number of members", decode(DecodeQuery), "/?filter[name]=a&labels[a]=1&labels[b]=1", "", "", "labels must have at most 1 members"},
	{"half brackets", decode(DecodeQuery), "/?filter[name]=a&filter[x=a", "", "", "a query parameter is unknown to query"},
	{"broken UTF-8 in a member", decode(DecodeQuery), "/?filter[name]=%ff", "", "", "filter must be valid UTF-8"},
	{"text after JSON", decode(DecodeQuery), "/?filter[name]=a&json=[]1", "", "", "json must have nothing after its JSON value"},
	{"an object in a header", decode(DecodeQuery), "/?filter[name]=a", "X-Point: x, 1, y, 2", "", `{"Params":{"filter":{"name":"a"},"X-Point":{"x":1,"y":2}}}`},
	{"an exploded object in a header", decode(DecodeQuery), "/?filter[name]=a", "X-Pairs: x=1, y=a", "", "X-Pairs.y must be an integer"},
	{"JSON in a header", decode(DecodeQuery), "/?filter[name]=a", `X-Json: {"x": 1, "z": 1}`, "", "X-Json.z is not a member of Point"},
	{"an object of all other parameters", decode(DecodeOpen), "/?a=1&q=2&b=x", "", "", "rest.b must be an integer"},

	{"alternatives", decode(DecodeAlternatives), "/?id=5&any=true&none=y&deep[x]=1&deep[y]=2&null=null", formType, "id=7", `{"Params":{"id":5,"any":true,"none":"y","deep":{"x":1,"y":2},"null":"null"},"Body":{"id":7}}`},
	{"other alternatives", decode(DecodeAlternatives), "/?id=01a1fad3-ad48-7151-805e-a9c5b9d8f26a&any=both&deep[text]=1", formType, "id=true", `{"Params":{"id":"01a1fad3-ad48-7151-805e-a9c5b9d8f26a","any":"both","deep":{"text":"1"}},"Body":{"id":true}}`},
	{"alternatives that are objects", decode(DecodeAlternatives), "/", formType, "point[x]=1", `{"Params":{},"Body":{"point":{"x":1}}}`},
	{"no alternative", decode(DecodeAlternatives), "/?id=0&any=x&none=x&deep[x]=10", formType, "id=x&two=1", "id must be at least 1; id must be an integer or a string; it comes closest to an integer; any must be true or false; any must be a boolean or a string; it comes closest to a boolean; none must not be what the schema forbids; deep.x must be at most 9; deep must be Point or Note; it comes closest to Point; id must be an integer; id must be an integer or a boolean; it comes closest to an integer; two must be only one of an integer or a string"},

	{"paths", styles(".1", ".1.2", ";matrix=a,b", ";each=1;each=2", "x,1,y,2", "x=1,y=2", ";x=1;y=2"), "/", "", "", `{"label":1,"dotted":[1,2],"matrix":["a","b"],"each":[1,2],"object":{"x":1,"y":2},"pairs":{"x":1,"y":2},"spread":{"x":1,"y":2}}`},
	{"paths with faults", styles(".x", ".1.x", ";matrix=", ";each=1;each=x", "x,10", "x=1,y", ";y=2"), "/", "", "", "spread.x is required; label must be an integer; dotted[1] must be an integer; each[1] must be an integer; object.x must be at most 9; pairs is not well formed"},
	{"paths without their prefixes", styles("1", "1.2", "a", "1", "x,1", "x=1", "x=1"), "/", "", "", "label must begin with .; dotted must begin with .; matrix must begin with ;matrix=; each must begin with ;each=; spread is not well formed"},
}

// styles decodes a request with path parameters.
func styles(p ...string) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) { return DecodeStyles(r, p[0], p[1], p[2], p[3], p[4], p[5], p[6]) }
}

func main() {
	for _, tt := range append(tests, uploads()...) {
		r := httptest.NewRequest(http.MethodPost, tt.target, strings.NewReader(tt.body))
		if name, value, ok := strings.Cut(tt.header, ": "); ok {
			r.Header.Set(name, value)
		} else if tt.header != "" {
			r.Header.Set("Content-Type", tt.header)
		}
		v, err := tt.decode(r)
		if got := outcome(v, err); got != tt.want {
			defer os.Exit(1)
			fmt.Printf("%s: %s %.300q\n got %s\nwant %s\n", tt.name, tt.target, tt.body, got, tt.want)
		}
	}
}

// outcome returns an error, what a body that the handler reads has, or a value as JSON.
func outcome(v any, err error) string {
	if err != nil {
		return err.Error()
	}
	var body io.Reader
	switch v := v.(type) {
	case BytesRequestObject:
		body = v.Body
	case RangesRequestObject:
		body = v.Body
	case MixedRequestObject:
		body = v.Body
	case LinesRequestObject:
		body = v.Body
	case XmlRequestObject:
		body = v.Body
	case UploadRequestObject:
		return contents(v.Body)
	case NoticeRequestObject:
		return contents(v.Body)
	case RelatedRequestObject:
		return contents(v.Body)
	}
	if body != nil {
		text, err := io.ReadAll(body)
		if err != nil {
			return fmt.Sprintf("%s, and then: %v", text, err)
		}
		return string(text)
	}
	text, _ := json.Marshal(v)
	return string(text)
}

// contents returns the names and contents of the parts, or of long ones their length, and
// the error.
func contents(r *multipart.Reader) (read string) {
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return read
		}
		var content []byte
		if err == nil {
			content, err = io.ReadAll(part)
		}
		if err != nil {
			return read + "and then: " + reason(err)
		}
		text := string(content)
		if len(text) > 100 {
			text = fmt.Sprint(len(text), " bytes")
		}
		read += part.FormName() + "=" + text + "; "
	}
}

// reason returns the error of ours that multipart's wraps.
func reason(err error) string {
	if invalid, ok := errors.AsType[*InvalidRequest](err); ok {
		return invalid.Error()
	}
	if size, ok := errors.AsType[*BodySizeError](err); ok {
		return size.Error()
	}
	return "not ours: " + err.Error()
}

// uploads returns requests with parts.
func uploads() (all []test) {
	const multipartType = "multipart/form-data; boundary=b"
	body := func(parts ...string) string {
		text := ""
		for _, part := range parts {
			name, content, _ := strings.Cut(part, "=")
			name, mediaType, typed := strings.Cut(name, ":")
			text += "--b\r\nContent-Disposition: form-data; name=" + name + "\r\n"
			if typed {
				text += "Content-Type: " + mediaType + "\r\n"
			}
			text += "\r\n" + content + "\r\n"
		}
		return text + "--b--\r\n"
	}
	large := strings.Repeat("x", 2000000)
	for _, tt := range []struct{ name, body, want string }{
		{"an upload", body("title=ab", "count=2", "file:image/png=\xff\x00", "more=1", "more=2", "tags=a", "tags=b", `point={"x": 1}`, `points={"x": 1}`, `points={"x": 2}`), "title=ab; count=2; file=\xff\x00; more=1; more=2; tags=a; tags=b; point={\"x\": 1}; points={\"x\": 1}; points={\"x\": 2}; "},
		{"a large file", body("title=ab", "file="+large), "title=ab; file=2000000 bytes; "},
		{"a file that is too large", body("title=ab", "file="+large+large), "title=ab; and then: the body must be at most 3000000 bytes"},
		{"a value that is too large", body("title=" + large), "and then: the body must be at most 1048576 bytes"},
		{"a part that is missing", body("file=1"), "and then: title is required"},
		{"an empty upload", body(), "and then: title is required; file is required"},
		{"a part with a fault, before the file", body("count=0", "title=ab", "file=1"), "and then: count must be at least 1"},
		{"an unknown part", body("titel=ab"), "and then: titel is not a member of the body; did you mean title?"},
		{"a part given twice", body("title=ab", "title=ab", "file=1"), "title=ab; title=ab; and then: title must be given only once"},
		{"a file given twice", body("title=ab", "file=1", "file=2"), "title=ab; and then: file must be given only once"},
		{"too many files", body("title=ab", "file=1", "more=1", "more=1", "more=1"), "title=ab; file=1; more=1; more=1; and then: more must have at most 2 items"},
		{"too few items", body("title=ab", "file=1", "tags=a"), "title=ab; file=1; and then: tags must have at least 2 items"},
		{"a member of a part", body(`point={"x": 10}`), "and then: x must be at most 9"},
		{"a part that is no JSON", body("point={"), "and then: point is not valid JSON"},
		{"a part that is JSON of a string", body(`point={"x": "1"}`), "and then: x must be an integer"},
		{"a part that says that it is JSON", body(`title:application/json="ab"`, "count:application/json=1e0", "file=1"), `title="ab"; count=1e0; file=1; `},
		{"a part that says that it is text", body("point:text/plain=x"), "and then: point must be an object"},
		{"a file of another media type", body("title=ab", "file:image/jpeg=1"), "and then: file must be image/png or text/*"},
		{"a file of a range", body("title=ab", "file:text/html=1"), "title=ab; file=1; "},
		{"a part without a name", "--b\r\nContent-Disposition: attachment\r\n\r\n1\r\n--b--\r\n", "and then: the body has a part without a valid name"},
		{"half an upload", strings.TrimSuffix(body("title=ab", "file=1"), "--b--\r\n"), "title=ab; and then: the body is not well formed"},
		{"no upload", "", "and then: title is required; file is required"},
	} {
		unknownLength := func(r *http.Request) (any, error) {
			r.ContentLength = -1
			return DecodeUpload(r)
		}
		all = append(all, test{tt.name, unknownLength, "/", multipartType, tt.body, tt.want})
	}
	return append(all,
		test{"an upload without a boundary", decode(DecodeUpload), "/", "multipart/form-data", "--b--", "the body must have a boundary in its media type"},
		test{"a form of alternatives", decode(DecodeNotice), "/", multipartType, body("file=\xff", "text=a", "point={\"x\": 9}"), "file=\xff; text=a; point={\"x\": 9}; "},
		test{"a form of another alternative", decode(DecodeNotice), "/", multipartType, body("text=ab"), "text=ab; "},
		test{"a form of no alternative", decode(DecodeNotice), "/", multipartType, body("file=\xff", "point={\"x\": 10}"), "file=\xff; and then: x must be at most 9; the body must be Plain or Rich; it comes closest to Rich"},
		test{"parts that are not checked", decode(DecodeRelated), "/", "multipart/related; boundary=b", body("a=1"), "a=1; "},
	)
}
