package proof

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"example.com/tasks/internal/validatorgen/proof/generate"
	"example.com/tasks/internal/validatorgen/proof/meaning"
	"example.com/tasks/internal/validatorgen/proof/specs"
)

// Subject is a schema with what judges documents by it.
type Subject struct {
	Spec, Name string
	Schema     *meaning.Schema
	Keywords   []string // Of the schema and those it refers to, sorted.

	spec      specs.Spec
	operation func(r *http.Request, path ...string) error // Nil if there is none, so that the oracles are compared with package meaning.
	text      func(text []byte) error                     // Nil if there is no such function.
	kin       *openapi3.RequestBody
	doc       *openapi3.T
}

// Subjects returns the components that are the body of an operation post…, in a fixed
// order.
var Subjects = sync.OnceValue(func() []*Subject { return subjects(specs.All) })

// PendingSubjects returns those of the pending specifications.
var PendingSubjects = sync.OnceValue(func() []*Subject { return subjects(pending()) })

// pending returns the specifications that the generators do not take yet.
func pending() (all []specs.Spec) {
	texts, err := generate.Pending()
	if err != nil {
		panic(err)
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		all = append(all, specs.Spec{Name: name, Text: texts[name]})
	}
	return all
}

func subjects(list []specs.Spec) (all []*Subject) {
	for _, spec := range list {
		m, err := meaning.Load(spec.Text)
		if err != nil {
			panic(fmt.Sprintf("%s: %v", spec.Name, err))
		}
		doc := loadKin(spec)
		for _, name := range m.Names {
			if !slices.ContainsFunc(m.Operations, func(o *meaning.Operation) bool { return o.ID == "post"+name }) {
				continue
			}
			schema := m.Schemas[name]
			all = append(all, &Subject{
				Spec: spec.Name, Name: name, Schema: schema,
				Keywords: slices.Sorted(maps.Keys(schema.AllKeywords())),
				spec:     spec, operation: spec.Operations["post"+name], text: spec.Texts[name],
				doc: doc, kin: openapi3.NewRequestBody().WithRequired(true).WithJSONSchemaRef(doc.Components.Schemas[name]),
			})
		}
	}
	return all
}

// loadKin reads a specification as kin-openapi does.
func loadKin(spec specs.Spec) *openapi3.T {
	doc, err := openapi3.NewLoader().LoadFromData(spec.Text)
	if err == nil {
		doc.Servers = nil
		err = doc.Validate(context.Background(), openapi3.DisableSchemaPatternValidation())
	}
	if err != nil {
		panic(fmt.Sprintf("%s: %v", spec.Name, err))
	}
	return doc
}

// Cases reports whether the schema is that of a case, which has few keywords.
func (s *Subject) Cases() bool {
	return strings.HasSuffix(s.Spec, "cases") || strings.HasSuffix(s.Spec, "later")
}

// later reports whether the schema is one of OpenAPI 3.1.
func (s *Subject) later() bool { return s.doc != nil && strings.HasPrefix(s.doc.OpenAPI, "3.1") }

// find returns a subject, and panics if there is none.
func find(spec, name string) *Subject {
	all := slices.Concat(Subjects(), PendingSubjects())
	i := slices.IndexFunc(all, func(s *Subject) bool { return s.Spec == spec && s.Name == name })
	if i < 0 {
		panic("no subject " + spec + " " + name)
	}
	return all[i]
}

// Ours returns the verdict of the generated validator: whether the text is valid, and
// the places of its faults.
func (s *Subject) Ours(text []byte) (valid bool, places []string) {
	if s.operation == nil {
		v := s.Schema.Judge(text)
		for _, f := range v.Faults {
			places = append(places, f.Pointer)
		}
		return v.Valid(), places
	}
	err := s.operation(request(text))
	if err == nil {
		return true, nil
	}
	if places = s.spec.Places(err); len(places) == 0 {
		panic(fmt.Sprintf("%s: an error without faults: %v", s.Name, err))
	}
	return false, places
}

// request returns a request with a JSON body.
func request(body []byte) *http.Request {
	return &http.Request{
		Method: http.MethodPost, URL: new(url.URL), Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// Kin is the verdict of kin-openapi.
func (s *Subject) Kin(text []byte) (err error) {
	defer catch(&err)
	input := &openapi3filter.RequestValidationInput{Request: request(text), Options: kinOptions, Route: &routers.Route{Spec: s.doc}}
	return openapi3filter.ValidateRequestBody(context.Background(), input, s.kin)
}

// errPanic says that kin-openapi has no verdict. Of OpenAPI 3.1, it panics at numbers with
// huge exponents.
var errPanic = errors.New("kin-openapi panics")

// catch makes an error of a panic.
func catch(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v", errPanic, p)
	}
}

// kinOptions provides what kin-openapi leaves to its user: formats that it does not
// define, and patterns, which it would interpret as Go's otherwise.
var kinOptions = func() *openapi3filter.Options {
	compile := func(pattern string) (openapi3.RegexMatcher, error) { return meaning.ECMA(pattern) }
	o := &openapi3filter.Options{MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true, RegexCompiler: compile, SchemaValidationOptions: []openapi3.SchemaValidationOption{
		openapi3.SetSchemaRegexCompiler(compile),
		openapi3.WithNumberFormatValidator("float", openapi3.NewCallbackValidator(func(n float64) error {
			_, err := strconv.ParseFloat(strconv.FormatFloat(n, 'g', -1, 64), 32)
			return err
		})),
	}}
	for name, is := range meaning.Formats {
		if openapi3.SchemaStringFormats[name] == nil {
			o.SchemaValidationOptions = append(o.SchemaValidationOptions, openapi3.WithStringFormatValidator(name, openapi3.NewCallbackValidator(func(s string) error {
				if !is(s) {
					return fmt.Errorf("not of the format")
				}
				return nil
			})))
		}
	}
	return o
}()

// Document is a text for a subject, with the verdict of package meaning.
type Document struct {
	Subject *Subject
	Text    []byte
	Value   *meaning.Value // Nil if the text is not JSON.
	meaning.Verdict
}

// NewDocument returns a document with a text.
func NewDocument(s *Subject, text []byte) *Document {
	v, _ := meaning.Parse(text)
	return &Document{s, text, v, s.Schema.Judge(text)}
}

// Disagreement is a document on which an oracle differs.
type Disagreement struct {
	*Document
	Oracle string // "meaning", "kin" or "ajv".
	Ours   bool   // Our verdict; the oracle's is the opposite.
	Detail string // For people.
}

func (d *Disagreement) String() string {
	return fmt.Sprintf("%s %s: ours says %t, %s the opposite: %.500s\n\tfaults by meaning: %v\n\t%.500s", d.Subject.Spec, d.Subject.Name, d.Ours, d.Oracle, d.Text, d.Faults, d.Detail)
}

// Judge compares our verdict on a document with those of package meaning and
// kin-openapi, and the place of the faults if there is only one. Excused has the names
// of the Differences that explain a disagreement with kin-openapi.
func Judge(d *Document) (wrong []*Disagreement, excused []string) {
	ours, places := d.Subject.Ours(d.Text)
	if ours != d.Valid() {
		wrong = append(wrong, &Disagreement{d, "meaning", ours, fmt.Sprint("our places: ", places)})
	} else if place := d.place(); place != "" && !d.leads(places, place) {
		wrong = append(wrong, &Disagreement{d, "the place", ours, fmt.Sprint("our places: ", places)})
	}
	if text := d.Subject.text; text != nil && (text(d.Text) == nil) != ours {
		wrong = append(wrong, &Disagreement{d, "the decoder of texts", ours, ""})
	}
	err := d.Subject.Kin(d.Text)
	if errors.Is(err, errPanic) {
		return wrong, []string{"kin: " + errPanic.Error()}
	}
	x, excused := compare(d, ours, "kin", err == nil)
	if len(x) > 0 && err != nil {
		x[0].Detail = strings.ReplaceAll(err.Error(), "\n", " ")
	}
	return append(wrong, x...), excused
}

// place returns the place of all faults, or "" if there are none or several places.
func (d *Document) place() string {
	for _, f := range d.Faults {
		if f.Pointer != d.Faults[0].Pointer {
			return ""
		}
	}
	if d.Valid() {
		return ""
	}
	return d.Faults[0].Pointer
}

// chosen reports whether no alternative agrees with the value in the place of the faults.
func (d *Document) chosen() bool { return d.Faults[0].Rule == "oneOf" || d.Faults[0].Rule == "anyOf" }

// leads reports whether places are that of the faults. Those of the closest alternative
// lie within.
func (d *Document) leads(places []string, place string) bool {
	return slices.Contains(places, place) && !slices.ContainsFunc(places, func(p string) bool {
		return p != place && (!d.chosen() || !strings.HasPrefix(p, place+"/"))
	})
}

// compare compares our verdict with an oracle's.
func compare(d *Document, ours bool, oracle string, verdict bool) (wrong []*Disagreement, excused []string) {
	if ours == verdict {
		return nil, nil
	}
	x := &Disagreement{d, oracle, ours, ""}
	if name := excuse(Differences, d, d.Verdict, oracle); name != "" {
		return nil, []string{oracle + ": " + name}
	}
	return []*Disagreement{x}, nil
}
