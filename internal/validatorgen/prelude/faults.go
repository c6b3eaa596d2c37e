package prelude

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

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
	// query, header, cookie, body.
	Faults []RequestFault
}

// RequestFault is one fault of a request.
type RequestFault struct {
	In      string // Where: "path", "query", "header", "cookie" or "body".
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
	hasty    bool   // Whether the first fault decides: it breaks off, and is not kept.
	broken   bool   // Whether nothing more can be read, as the text is not JSON, or is to be.
}

// step leads from an object or array to one of its members or items.
type step struct {
	name   string        // Of a member.
	index  int           // Of an item, from 0; -1 in an object.
	as     jsontext.Kind // What stands for an array in a form: its only item, '"', or an object, '{'.
	hidden bool          // Whether the client chose name, and it is not safe to repeat.
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
	f.broken = f.broken || f.hasty
	if !f.hasty && len(f.found) < maxFaults {
		f.found = append(f.room(), f.locate(what...))
	}
}

// require adds a fault at the current place unless a value was given there.
func (f *faults) require(given bool) {
	if f.hasty && !given {
		f.broken = true
	}
	if given || f.hasty || f.missing >= maxFaults {
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
		case f.in != "":
			f.text = append(append(f.text, '.'), s.name...)
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
	f.adopt(d.found, d.missing)
	d.close()
}

// adopt adds faults, the first of which are about something missing.
func (f *faults) adopt(found []RequestFault, missing int) {
	if f.found == nil {
		f.found, f.missing = found, missing
	} else if found != nil {
		f.found = slices.Insert(f.found, f.missing, found[:missing]...)
		f.found = append(f.found, found[missing:]...)
		f.found = f.found[:min(len(f.found), maxFaults)]
		f.missing = min(f.missing+missing, maxFaults)
	}
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
	if best := similar(name, known); best != "" {
		f.add("is not a ", part, " of ", whole, "; did you mean ", best, "?")
	} else {
		f.add("is not a ", part, " of ", whole)
	}
}

// similar returns the known name that the client probably meant, or "" if none
// is close.
func similar(name string, known []string) (best string) {
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

// unnamed adds a fault of a parameter whose name must not be repeated.
func (f *faults) unnamed(in, detail string) {
	if len(f.found) < maxFaults {
		f.found = append(f.room(), RequestFault{In: in, Detail: detail})
	}
}

// must adds a fault unless ok, and returns ok.
func (f *faults) must(ok bool, what string) bool {
	if !ok {
		f.add("must ", what)
	}
	return ok
}
