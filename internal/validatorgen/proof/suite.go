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
)

// SuiteReport has the results of the JSON Schema Test Suite, as numbers of tests.
type SuiteReport struct {
	Passed   int
	Others   map[string]int // Of schemas that OpenAPI 3.0 does not have, by the keyword.
	Stopped  map[string]int // Of schemas that the generators stop at, by the message.
	Differs  map[string]int // Of suiteDifferences, by the reason.
	Disagree []string
}

// suiteDifferences lists the tests on which we differ, with the reason.
var suiteDifferences = map[string]string{
	"integer: a bignum is an integer":                                                                                                    "integers have 64 bits",
	"integer: a negative bignum is an integer":                                                                                           "integers have 64 bits",
	"validation of date-time strings: a valid date-time with a leap second, UTC":                                                         "Go's time has no leap seconds",
	"validation of date-time strings: a valid date-time with a leap second, with minus offset":                                           "Go's time has no leap seconds",
	"some languages do not distinguish between different types of numeric value: a float is not an integer even without fractional part": "1.0 is an integer, as later drafts have it",
}

// group is a group of tests of the suite.
type group struct {
	Description string
	Schema      json.RawMessage
	Tests       []test

	name string // Of the schema.
}

type test struct {
	Description string
	Data        json.RawMessage
	Valid       bool
}

// RunSuite generates validators for those schemas of the JSON Schema Test Suite, draft
// 4, that OpenAPI 3.0 has, too, and runs their tests. dir is the suite's folder draft4.
// The working folder must be in the module.
func RunSuite(ctx context.Context, dir string) (*SuiteReport, error) {
	r := &SuiteReport{Others: map[string]int{}, Stopped: map[string]int{}, Differs: map[string]int{}}
	groups, err := readSuite(dir)
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
		g.name = fmt.Sprintf("S%d", i)
		components, other := translate(g.name, g.Schema, false)
		if other != "" {
			r.Others[other] += len(g.Tests)
			continue
		}
		err := pack(temporary, g.name, components)
		if err != nil && strings.Contains(err.Error(), "without a type") && !bytes.Contains(g.Schema, []byte(`"#"`)) {
			// With the type object, the tests with objects remain, unless the schema is
			// recursive, since nested values may be of other types.
			g.name += "Typed"
			components, _ = translate(g.name, g.Schema, true)
			all := g.Tests
			g.Tests = slices.DeleteFunc(slices.Clone(all), func(t test) bool { return t.Data[0] != '{' })
			r.Stopped[noise.ReplaceAllString(err.Error(), "")] += len(all) - len(g.Tests)
			err = pack(temporary, g.name, components)
		}
		if err != nil {
			r.Stopped[noise.ReplaceAllString(err.Error(), "")] += len(g.Tests)
			continue
		}
		maps.Copy(all, components)
		kept = append(kept, g)
	}
	if err := pack(temporary, "all", all); err != nil {
		return nil, err
	}
	verdicts, err := judgeAll(ctx, filepath.Join(temporary, "all"), kept)
	if err != nil {
		return nil, err
	}
	for _, g := range kept {
		for _, test := range g.Tests {
			name := g.Description + ": " + test.Description
			valid := verdicts[0]
			verdicts = verdicts[1:]
			reason, differs := suiteDifferences[name]
			switch {
			case valid == test.Valid && !differs:
				r.Passed++
			case valid != test.Valid && differs:
				r.Differs[reason]++
			default:
				r.Disagree = append(r.Disagree, fmt.Sprintf("%s: %s: valid is %t, want %t", name, test.Data, valid, test.Valid))
			}
		}
	}
	return r, nil
}

// noise matches what differs between the messages for similar schemas.
var noise = regexp.MustCompile(`^\S*openapi.yaml(:\d+: \S+)?: |PostS\d+JSONRequestBody |"[^"]*"|\n(.|\n)*$`)

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

// keywords lists those that have the same meaning in OpenAPI 3.0 and in draft 4.
var keywords = []string{
	"type", "enum", "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "items", "minItems", "maxItems",
	"uniqueItems", "properties", "required", "additionalProperties", "minProperties", "maxProperties", "allOf", "$ref", "title", "description",
}

// translate returns a schema and its definitions as components. With typed, it adds the
// type object to schemas that have keywords of objects and no type. other is a keyword
// that OpenAPI 3.0 does not have, or "".
func translate(name string, text json.RawMessage, typed bool) (components map[string]any, other string) {
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
		if !ok {
			other = "schemas that are no objects"
			return v
		}
		t := map[string]any{}
		for _, key := range slices.Sorted(maps.Keys(s)) {
			value := s[key]
			children, isMap := value.(map[string]any)
			switch {
			case key == "$schema", key == "default": // They do not affect validity.
				continue
			case key == "definitions" && isMap:
				for child, schema := range children {
					components[name+letters(child)] = visit(schema)
				}
				continue
			case key == "$ref":
				ref, _ := value.(string)
				target, found := strings.CutPrefix(ref, "#/definitions/")
				switch {
				case ref == "#":
					value = "#/components/schemas/" + name
				case found && !strings.ContainsAny(target, "/%~"):
					value = "#/components/schemas/" + name + letters(target)
				default:
					other = "$ref to other places"
				}
			case key == "properties" && isMap:
				properties := map[string]any{}
				for child, schema := range children {
					properties[child] = visit(schema)
				}
				value = properties
			case key == "items" && isMap, key == "additionalProperties" && isMap:
				value = visit(value)
			case key == "items":
				other = "items as a list"
			case key == "allOf":
				var parts []any
				for _, part := range value.([]any) {
					parts = append(parts, visit(part))
				}
				value = parts
			case key == "type":
				if word, ok := value.(string); !ok || word == "null" || word == "any" {
					other = "type as a list, or null"
				}
			case !slices.Contains(keywords, key):
				other = key
			}
			t[key] = value
		}
		if t["type"] == "array" && t["items"] == nil {
			t["items"] = map[string]any{} // OpenAPI 3.0 requires it.
		}
		if typed && t["type"] == nil && (t["properties"] != nil || t["additionalProperties"] != nil || t["required"] != nil) {
			t["type"] = "object"
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

// pack generates the package of a specification with components, in a folder of its
// name.
func pack(dir, name string, components map[string]any) error {
	nodes := map[string]*yaml.Node{}
	for component, schema := range components {
		text, err := json.Marshal(schema)
		if err != nil {
			return err
		}
		var document yaml.Node
		if err := yaml.Unmarshal(text, &document); err != nil {
			return err
		}
		nodes[component] = document.Content[0]
	}
	return generate.Package(filepath.Join(dir, name), "main", generate.Spec(nodes), generate.AsTheServer)
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
	fmt.Fprintf(w, "JSON Schema Test Suite, draft 4\ttests\npassed\t%d\ndisagreements\t%d\n", r.Passed, len(r.Disagree))
	for _, part := range []struct {
		what    string
		reasons map[string]int
	}{{"documented differences", r.Differs}, {"the generators stop", r.Stopped}, {"not in OpenAPI 3.0", r.Others}} {
		fmt.Fprintf(w, "%s\t%d\n", part.what, sum(part.reasons))
		for _, reason := range slices.Sorted(maps.Keys(part.reasons)) {
			fmt.Fprintf(w, "  %s\t%d\n", reason, part.reasons[reason])
		}
	}
	return w.Flush()
}
