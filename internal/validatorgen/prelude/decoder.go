package prelude

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// decoder reads a JSON value and checks it in the same pass. Each of its methods
// that reads a value reports whether it was of the expected type; if not, the
// method has added a fault and skipped the value.
type decoder struct {
	faults
	json   *jsontext.Decoder
	source bytes.Buffer // What json reads from,
	input  []byte       // and the text in it.
	texts  int          // Up to where in a form strings stand for scalars of all types.
	passed bool         // Whether an object or array was skipped, which may be nested to any depth.
	name   []byte       // The name of the member that next advanced to.
	plain  []byte       // The last string that had escapes, unescaped.
	body   bytes.Buffer // The whole request body.
	limit  io.LimitedReader
	// For alternatives, what is read by one of them:
	judging  bool   // Whether it is dropped.
	explains bool   // Whether it is read to find its faults.
	own      []step // The path of its own, while it has that of another decoder.
	spent    int    // How many bytes were read by alternatives,
	most     int    // and how many may be.
}

var decoders = sync.Pool{New: func() any { return &decoder{json: new(jsontext.Decoder)} }}

// open returns a decoder of text, which it does not keep after close.
func open(text []byte) *decoder {
	d := decoders.Get().(*decoder)
	d.begin(text)
	return d
}

// begin moves to the beginning of text. It leaves duplicate names to member, so
// that they are reported like other faults and the rest is still read.
func (d *decoder) begin(text []byte) {
	d.input = text
	d.spent, d.most = 0, 64*len(text)+1<<16
	d.source = *bytes.NewBuffer(text)
	d.json.Reset(&d.source, jsontext.AllowDuplicateNames(true))
}

// close returns d to the pool.
func (d *decoder) close() {
	d.body.Reset()
	if max(d.body.Cap(), cap(d.plain)) > maxPooled {
		d.body, d.plain = bytes.Buffer{}, nil
	}
	d.found, d.missing = nil, 0
	d.source, d.input, d.name, d.limit.R = bytes.Buffer{}, nil, nil, nil
	d.texts, d.broken, d.passed, d.hasty, d.judging, d.explains = 0, false, false, false, false, false
	d.at("", "")
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
		if k == '[' && d.offset() <= d.texts {
			must = "must be given only once"
		}
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
	if s, ok := d.text(); ok {
		if v, ok = d.parseBool(s); ok {
			d.spelled(s)
		}
		return v, ok
	}
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
func (d *decoder) integer(bits int) (n int64, ok bool) {
	if s, is := d.text(); is {
		if n, ok = d.parseInt(s, bits); ok {
			d.spelled(s)
		}
		return n, ok
	}
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
func (d *decoder) number(bits int) (n number, ok bool) {
	if s, is := d.text(); is {
		if n, ok = d.parseNumber(s, bits); ok {
			d.spelled(s)
		}
		return n, ok
	}
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

// drop reads any value, and checks what any does.
func (d *decoder) drop() {
	if d.broken {
		return
	}
	switch d.json.PeekKind() {
	case '0':
		d.number(64)
	case '[':
		if d.array() {
			for d.more() {
				d.drop()
			}
		}
	case '{':
		var names map[string]bool
		if d.object() {
			for d.next() {
				name := string(d.name)
				if d.other(name, names[name]) {
					put(&names, name, true)
					d.drop()
				}
			}
		}
	default:
		d.skip()
	}
}

// offset returns where the next value begins, or the white space and punctuation
// before it.
func (d *decoder) offset() int { return int(d.json.InputOffset()) }

// since returns the text of the value that was read since offset returned from.
func (d *decoder) since(from int) []byte {
	return fromValue(d.input[from:d.offset()])
}

// fromValue returns what follows the white space and punctuation before a value.
func fromValue(text []byte) []byte {
	for i, c := range text {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != ',' && c != ':' {
			return text[i:]
		}
	}
	return nil
}

// array begins an array; more iterates over its items.
func (d *decoder) array() bool { return d.enter('[', "must be an array") }

// more advances to the next item of the innermost array. It returns false at the
// array's end.
func (d *decoder) more() bool {
	last := len(d.path) - 1
	if s := &d.path[last]; s.as != 0 {
		more := d.another(s)
		if !more {
			d.path = d.path[:last]
		}
		return more
	}
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
	case kind == '[' && (k == '"' || k == '{') && d.offset() < d.texts:
		if k == '{' {
			_, _ = d.json.ReadToken()
		}
		d.path = append(d.path, step{index: -1, as: k})
		return true
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
	if d.hasty {
		d.broken = true
	} else if len(d.found) < maxFaults {
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
