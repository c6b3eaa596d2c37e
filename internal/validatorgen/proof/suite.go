package proof

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"go.yaml.in/yaml/v3"

	"example.com/tasks/internal/validatorgen/proof/generate"
	"example.com/tasks/internal/validatorgen/proof/meaning"
)

// SuiteReport has the results of the JSON Schema Test Suite, as numbers of tests.
type SuiteReport struct {
	Dialect  *Dialect
	Meaning  int            // Passed by package meaning.
	Passed   int            // Passed by generated validators.
	Others   map[string]int // Of schemas that OpenAPI does not have, by the keyword.
	Stopped  map[string]int // Of schemas that the generators stop at, by the message.
	Differs  map[string]int // Of suiteDifferences, by the reason.
	Disagree []string
}

// Dialect is a draft of JSON Schema, as a version of OpenAPI has it.
type Dialect struct {
	Folder  string // Of the suite.
	OpenAPI string
	// keywords lists those that have the same meaning in OpenAPI. References are
	// translated.
	keywords []string
}

// Dialects has those of OpenAPI 3.0 and 3.1.
var Dialects = []*Dialect{
	{"draft4", "3.0.3", common},
	{"draft2020-12", "3.1.0", append([]string{"const", "prefixItems", "examples", "$comment", "contentMediaType", "contentEncoding"}, common...)},
}

var common = []string{
	"type", "enum", "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "items", "minItems", "maxItems",
	"uniqueItems", "properties", "required", "additionalProperties", "minProperties", "maxProperties", "allOf", "oneOf", "anyOf", "not", "$ref", "title", "description",
}

// suiteDifferences lists the tests on which we differ, perhaps in one draft only, with
// the reason.
var suiteDifferences = map[string]string{
	"integer: a bignum is an integer":                                                                                                    "integers have 64 bits",
	"integer: a negative bignum is an integer":                                                                                           "integers have 64 bits",
	"validation of date-time strings: a valid date-time with a leap second, UTC":                                                         "Go's time has no leap seconds",
	"validation of date-time strings: a valid date-time with a leap second, with minus offset":                                           "Go's time has no leap seconds",
	"validation of e-mail addresses: a quoted string with a space in the local part is valid":                                            "an address has no quotes or literals",
	"validation of e-mail addresses: a quoted string with a double dot in the local part is valid":                                       "an address has no quotes or literals",
	"validation of e-mail addresses: a quoted string with a @ in the local part is valid":                                                "an address has no quotes or literals",
	"validation of e-mail addresses: an IPv4-address-literal after the @ is valid":                                                       "an address has no quotes or literals",
	"validation of e-mail addresses: an IPv6-address-literal after the @ is valid":                                                       "an address has no quotes or literals",
	"draft2020-12: all integers are multiples of 0.5, if overflow is handled: valid if optional overflow handling is implemented":        "integers have 64 bits",
	"some languages do not distinguish between different types of numeric value: a float is not an integer even without fractional part": "1.0 is an integer, as later drafts have it",
}

// group is a group of tests of the suite.
type group struct {
	Description string
	Schema      json.RawMessage
	Tests       []test

	name     string            // Of the schema.
	verdicts []meaning.Verdict // Of package meaning.
}

type test struct {
	Description string
	Data        json.RawMessage
	Valid       bool
}

// RunSuite generates validators for those schemas of the JSON Schema Test Suite that
// OpenAPI has, too, and runs their tests, with package meaning as well. dir is the folder
// that has those of the drafts. The working folder must be in the module.
func RunSuite(ctx context.Context, dir string, dialect *Dialect) (*SuiteReport, error) {
	r := &SuiteReport{Dialect: dialect, Others: map[string]int{}, Stopped: map[string]int{}, Differs: map[string]int{}}
	groups, err := readSuite(filepath.Join(dir, dialect.Folder))
	if err != nil {
		return nil, err
	}
	temporary, err := os.MkdirTemp("", "suite")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temporary)
	all := map[string]any{}
	var kept []group
	for i, g := range groups {
		g.name = fmt.Sprintf("S%dS", i) // oapi-codegen numbers the types of alternatives after it.
		components, other := dialect.translate(g.name, g.Schema)
		if other != "" {
			r.Others[other] += len(g.Tests)
			continue
		}
		if g.verdicts, err = r.byMeaning(g, components); err != nil {
			return nil, err
		}
		if err := dialect.pack(temporary, g.name, components); err != nil {
			r.Stopped[noise.ReplaceAllString(err.Error(), "")] += len(g.Tests)
			continue
		}
		maps.Copy(all, components)
		kept = append(kept, g)
	}
	if len(kept) == 0 {
		return r, nil
	}
	if err := dialect.pack(temporary, "all", all); err != nil {
		return nil, err
	}
	verdicts, err := judgeAll(ctx, filepath.Join(temporary, "all"), kept)
	if err != nil {
		return nil, err
	}
	for _, g := range kept {
		for i, test := range g.Tests {
			if narrow := g.verdicts[i].Narrow; test.Valid && !verdicts[0] && len(narrow) > 0 {
				r.Differs["oapi-codegen's type does not hold it: "+narrow[0].Rule]++
			} else if reason := r.agrees("generated validators", g, test, verdicts[0]); reason == "" {
				r.Passed++
			} else {
				r.Differs[reason]++
			}
			verdicts = verdicts[1:]
		}
	}
	delete(r.Differs, disagrees)
	return r, nil
}

// disagrees is the reason of a disagreement that has none.
const disagrees = "disagrees"

// agrees returns "" if a verdict is the suite's, or the reason why it may be another.
func (r *SuiteReport) agrees(who string, g group, t test, valid bool) (reason string) {
	name := g.Description + ": " + t.Description
	reason, differs := suiteDifferences[name]
	if !differs {
		reason, differs = suiteDifferences[r.Dialect.Folder+": "+name]
	}
	if strings.HasSuffix(name, "is only an annotation by default") {
		reason, differs = "formats are checked", true
	}
	if differs == (valid != t.Valid) {
		return reason
	}
	r.Disagree = append(r.Disagree, fmt.Sprintf("%s: %s: %s: valid is %t, want %t", who, name, t.Data, valid, t.Valid))
	return disagrees
}

// byMeaning judges the tests of a group with package meaning.
func (r *SuiteReport) byMeaning(g group, components map[string]any) (verdicts []meaning.Verdict, err error) {
	text, err := r.Dialect.spec(components)
	if err != nil {
		return nil, err
	}
	spec, err := meaning.Load(text)
	if err != nil {
		return nil, err
	}
	s := spec.Schemas[g.name]
	if unread := s.AllUnread(); len(unread) > 0 {
		return nil, fmt.Errorf("%s: package meaning does not define %s", g.Description, unread)
	}
	for _, t := range g.Tests {
		v := s.Judge(t.Data)
		if r.agrees("package meaning", g, t, v.Valid()) == "" {
			r.Meaning++
		}
		verdicts = append(verdicts, v)
	}
	return verdicts, nil
}

// noise matches what differs between the messages for similar schemas.
var noise = regexp.MustCompile(`^\S*openapi.yaml(:\d+: \S+)?: |PostS\d+JSONRequestBody |Schema S\d+|/S\d+|"[^"]*"|\n(.|\n)*$`)

// readSuite reads all groups, in the order of file names.
func readSuite(dir string) (all []group, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var some []group
		if err := json.Unmarshal(text, &some); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, some...)
		return nil
	})
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%s has no tests", dir)
	}
	return all, err
}

// translate returns a schema and its definitions as components. other is a keyword that
// OpenAPI does not have, or "".
func (dialect *Dialect) translate(name string, text json.RawMessage) (components map[string]any, other string) {
	var root any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&root); err != nil {
		panic(err) // It has been decoded before, without an error.
	}
	components = map[string]any{}
	var visit func(v any) any
	visit = func(v any) any {
		s, ok := v.(map[string]any)
		if !ok && (!dialect.later() || name == "") {
			other = "schemas that are no objects"
		}
		if !ok {
			return v
		}
		t := map[string]any{}
		for _, key := range slices.Sorted(maps.Keys(s)) {
			value := s[key]
			children, isMap := value.(map[string]any)
			switch {
			case key == "$schema", key == "default": // They do not affect validity.
				continue
			case (key == "definitions" || key == "$defs") && isMap:
				for child, schema := range children {
					components[name+letters(child)] = visit(schema)
				}
				continue
			case key == "$ref":
				ref, _ := value.(string)
				target, found := strings.CutPrefix(strings.Replace(ref, "$defs", "definitions", 1), "#/definitions/")
				switch {
				case ref == "#":
					value = "#/components/schemas/" + name
				case found && !strings.ContainsAny(target, "/%~"):
					value = "#/components/schemas/" + name + letters(target)
				case strings.HasPrefix(ref, "#/properties/"):
					value = "#/components/schemas/" + name + ref[1:]
				default:
					other = "$ref to other places"
				}
			case key == "properties" && isMap:
				properties := map[string]any{}
				for child, schema := range children {
					properties[child] = visit(schema)
				}
				value = properties
			case key == "items" && isMap, key == "additionalProperties" && isMap, key == "not":
				value = visit(value)
			case key == "items" && !dialect.later():
				other = "items as a list"
			case key == "allOf", key == "oneOf", key == "anyOf", key == "prefixItems" && dialect.later():
				var parts []any
				for _, part := range value.([]any) {
					parts = append(parts, visit(part))
				}
				value = parts
			case key == "format" && value != "unknown" && meaning.Formats[fmt.Sprint(value)] == nil:
				other = fmt.Sprintf("the format %v", value)
			case key == "type" && !dialect.later():
				if word, ok := value.(string); !ok || word == "null" || word == "any" {
					other = "type as a list, or null"
				}
			case !slices.Contains(dialect.keywords, key):
				other = key
			}
			t[key] = value
		}
		if t["type"] == "array" && t["items"] == nil && !dialect.later() {
			t["items"] = map[string]any{} // OpenAPI 3.0 requires it.
		}
		return t
	}
	components[name] = visit(root)
	return components, other
}

// letters returns a definition's name as part of a component's.
func letters(name string) string {
	return "X" + strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, name)
}

// later reports whether schemas are those of OpenAPI 3.1.
func (dialect *Dialect) later() bool { return dialect.OpenAPI != "3.0.3" }

// spec returns a specification with components.
func (dialect *Dialect) spec(components map[string]any) ([]byte, error) {
	nodes := map[string]*yaml.Node{}
	for component, schema := range components {
		text, err := json.Marshal(schema)
		if err != nil {
			return nil, err
		}
		var document yaml.Node
		if err := yaml.Unmarshal(text, &document); err != nil {
			return nil, err
		}
		nodes[component] = document.Content[0]
	}
	return generate.Spec(dialect.OpenAPI, nodes), nil
}

// pack generates the package of a specification with components, in a folder of its
// name.
func (dialect *Dialect) pack(dir, name string, components map[string]any) error {
	text, err := dialect.spec(components)
	if err != nil {
		return err
	}
	return generate.Package(filepath.Join(dir, name), "main", text, generate.AsTheServer)
}

// judge is a program that reads lines with the name of a schema and a text in base64,
// and writes for each whether the text is valid.
const judge = `package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

func main() {
	for {
		var schema, encoded string
		if _, err := fmt.Scanln(&schema, &encoded); err != nil {
			return
		}
		text, _ := base64.StdEncoding.DecodeString(encoded)
		fmt.Println(Operations["post"+schema](&http.Request{
			URL: new(url.URL), Header: http.Header{"Content-Type": {"application/json"}},
			Body: io.NopCloser(bytes.NewReader(text)), ContentLength: int64(len(text)),
		}) == nil)
	}
}
`

// judgeAll judges the tests of all groups with the package in a folder.
func judgeAll(ctx context.Context, dir string, groups []group) (verdicts []bool, err error) {
	main := filepath.Join(dir, "main.go")
	if err := os.WriteFile(main, []byte(judge), 0o666); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var in, out bytes.Buffer
	for _, g := range groups {
		for _, test := range g.Tests {
			encoded, err := json.Marshal([]byte(test.Data)) // In base64.
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&in, "%s %s\n", g.name, bytes.Trim(encoded, `"`))
		}
	}
	program := exec.CommandContext(ctx, "go", append([]string{"run"}, files...)...)
	program.Stdin, program.Stdout, program.Stderr = &in, &out, os.Stderr
	if err := program.Run(); err != nil {
		return nil, err
	}
	for line := range strings.FieldsSeq(out.String()) {
		verdicts = append(verdicts, line == "true")
	}
	return verdicts, nil
}

// Print writes the report.
func (r *SuiteReport) Print(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	sum := func(m map[string]int) (n int) {
		for _, count := range m {
			n += count
		}
		return n
	}
	fmt.Fprintf(w, "JSON Schema Test Suite, %s\ttests\npassed by package meaning\t%d\npassed\t%d\ndisagreements\t%d\n", r.Dialect.Folder, r.Meaning, r.Passed, len(r.Disagree))
	for _, part := range []struct {
		what    string
		reasons map[string]int
	}{{"documented differences", r.Differs}, {"the generators stop", r.Stopped}, {"not in OpenAPI " + r.Dialect.OpenAPI, r.Others}} {
		fmt.Fprintf(w, "%s\t%d\n", part.what, sum(part.reasons))
		for _, reason := range slices.Sorted(maps.Keys(part.reasons)) {
			fmt.Fprintf(w, "  %.100s\t%d\n", reason, part.reasons[reason])
		}
	}
	return w.Flush()
}
