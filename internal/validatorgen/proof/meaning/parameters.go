package meaning

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Operation has the parameters of an operation.
type Operation struct {
	ID, Method, Path string
	Parameters       []*Parameter // Includes those of the path item, unless overridden.
}

// Parameter is a query, path or header parameter in the default style: form or simple.
type Parameter struct {
	Name, In string
	Required bool
	Explode  *bool
	Schema   *Schema
}

// Request has the parts of a request that contain parameters.
type Request struct {
	Path   map[string]string // The escaped values, by parameter.
	Query  string            // As it is sent.
	Header http.Header
}

// operations reads the operations of a specification.
func (spec *Spec) operations(paths, parameters *yaml.Node) error {
	components := map[string]*Parameter{}
	if err := parameters.Decode(&components); err != nil {
		return err
	}
	resolve := func(p *Parameter) {
		spec.resolve(p.Schema)
		p.Schema = spec.follow(p.Schema)
	}
	for _, p := range components {
		resolve(p)
	}
	read := func(list *yaml.Node) (all []*Parameter, err error) {
		for _, n := range list.Content {
			p := new(Parameter)
			if ref := get(n, "$ref"); ref != nil {
				p = components[strings.TrimPrefix(ref.Value, "#/components/parameters/")]
			} else if err := n.Decode(p); err != nil {
				return nil, err
			} else {
				resolve(p)
			}
			all = append(all, p)
		}
		return all, nil
	}
	for path, item := range pairs(paths) {
		shared := new(yaml.Node)
		if n := get(item, "parameters"); n != nil {
			shared = n
		}
		for method, n := range pairs(item) {
			if method == "parameters" {
				continue
			}
			all, err := read(shared)
			if err != nil {
				return err
			}
			if own := get(n, "parameters"); own != nil {
				list, err := read(own)
				if err != nil {
					return err
				}
				all = slices.DeleteFunc(all, func(p *Parameter) bool {
					return slices.ContainsFunc(list, func(q *Parameter) bool { return p.In == q.In && p.Name == q.Name })
				})
				all = append(all, list...)
			}
			spec.Operations = append(spec.Operations, &Operation{get(n, "operationId").Value, strings.ToUpper(method), path, all})
		}
	}
	return nil
}

// get returns the value of a key in a mapping, or nil.
func get(n *yaml.Node, name string) *yaml.Node {
	for key, value := range pairs(n) {
		if key == name {
			return value
		}
	}
	return nil
}

// Judge returns the faults of a request's parameters. Their pointers have the form
// "query limit", without the name if it is not safe to repeat.
func (o *Operation) Judge(r Request) (faults []Fault) {
	j := &judgement{}
	given := map[string][]string{} // The escaped values of the query.
	for pair := range strings.SplitSeq(r.Query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		unescaped, err := url.QueryUnescape(name)
		if err != nil {
			j.fail(place{pointer: "query "}, "escapes", &Value{Kind: '"', Text: name}, nil)
		} else if !slices.ContainsFunc(o.Parameters, func(p *Parameter) bool { return p.In == "query" && p.Name == unescaped }) {
			j.fail(place{pointer: "query " + shown(unescaped)}, "unknown parameter", &Value{Kind: '"', Text: unescaped}, nil)
		} else {
			given[unescaped] = append(given[unescaped], value)
		}
	}
	for _, p := range o.Parameters {
		here := place{pointer: p.In + " " + p.Name}
		var values []string
		unescape := url.QueryUnescape
		switch p.In {
		case "query":
			values = given[p.Name]
			if len(values) > 1 && !p.exploded() {
				j.fail(here, "repeated parameter", nil, nil)
				values = values[:1]
			}
		case "path":
			values, unescape = []string{r.Path[p.Name]}, url.PathUnescape
		case "header":
			here.pointer = "header " + http.CanonicalHeaderKey(p.Name)
			if lines := r.Header.Values(p.Name); len(lines) > 0 {
				// The field lines form one list (RFC 9110, section 5.3).
				values = []string{strings.Join(lines, ", ")}
			}
			unescape = func(s string) (string, error) { return s, nil }
		}
		if len(values) == 0 {
			if p.Required {
				j.fail(here, "required", nil, nil)
			}
			continue
		}
		j.parameter(p, values, unescape, here)
	}
	return j.faults
}

// shown returns a name that the client chose if it is safe to repeat, or "".
func shown(name string) string {
	if (place{}).member(name, false).hidden {
		return ""
	}
	return name
}

// exploded reports whether a parameter is sent item by item, as in tag=a&tag=b.
func (p *Parameter) exploded() bool {
	return p.In == "query" && p.valueType() == "array" && (p.Explode == nil || *p.Explode)
}

func (p *Parameter) valueType() string { return typeOf(p.Schema.Flat()) }

// typeOf returns the type of values: the narrowest in the schemas.
func typeOf(schemas []*Schema) (valueType string) {
	for _, s := range schemas {
		if s.Type != "" && valueType != "integer" {
			valueType = s.Type
		}
	}
	return valueType
}

// parameter judges the escaped values of a parameter.
func (j *judgement) parameter(p *Parameter, values []string, unescape func(string) (string, error), at place) {
	schemas := p.Schema.Flat()
	valueType := typeOf(schemas)
	if valueType == "array" {
		if !p.exploded() {
			values = strings.Split(values[0], ",")
		}
		valueType = ""
		for _, s := range schemas {
			if s.Items != nil {
				valueType = typeOf(s.Items.Flat())
			}
		}
	}
	var items []*Value
	for _, text := range values {
		text, err := unescape(text)
		if p.In == "header" && p.valueType() == "array" {
			text = strings.Trim(text, " \t") // RFC 9110, section 5.6.1: OWS.
		}
		switch {
		case err != nil:
			j.fail(place{pointer: p.In + " " + shown(p.Name)}, "escapes", &Value{Kind: '"', Text: text}, nil)
		case !utf8.ValidString(text):
			j.fail(at, ErrUTF8.Error(), &Value{Kind: '"', Text: text}, nil)
		case valueType == "string":
			items = append(items, &Value{Kind: '"', Text: text})
		case valueType == "boolean" && (text == "true" || text == "false"):
			items = append(items, &Value{Kind: text[0]})
		case valueType == "integer" && integerForm.MatchString(text), valueType == "number" && numberForm.MatchString(text):
			items = append(items, &Value{Kind: '0', Text: text})
		default:
			j.fail(at, "form", &Value{Kind: '"', Text: text}, nil)
		}
	}
	if len(items) < len(values) {
		return // A malformed text has no value to judge.
	}
	v := items[0]
	if p.valueType() == "array" {
		v = &Value{Kind: '[', Items: items}
	}
	before := len(j.faults)
	j.value(schemas, v, at)
	for i := range j.faults[before:] {
		j.faults[before+i].Pointer = at.pointer
	}
}

// The forms of numbers in JSON (RFC 8259, section 6). Parameters have integers without
// a fraction or exponent.
var (
	integerForm = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)
	numberForm  = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
)
