package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A scenario is the content of scenario.yaml.
type scenario struct {
	Token  string
	Reader string
	Steps  []step
}

type step struct {
	Step    string
	Call    string
	Guarded bool
	With    map[string]any
	Expect  map[string]any
}

func parseScenario(text []byte) (scenario, error) {
	var s scenario
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&s); err != nil {
		return s, fmt.Errorf("the scenario: %w", err)
	}
	return s, nil
}

// answers are the answers so far, by the names of their steps.
type answers map[string]any

var reference = regexp.MustCompile(`\$[a-z-]+(\.[a-zA-Z]+)*`)

// resolve returns a copy of v with references replaced by what they stand for.
func (a answers) resolve(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for name, member := range v {
			m[name] = a.resolve(member)
		}
		return m
	case []any:
		s := make([]any, len(v))
		for i := range v {
			s[i] = a.resolve(v[i])
		}
		return s
	case string:
		return reference.ReplaceAllStringFunc(v, a.value)
	default:
		return v
	}
}

// value returns what a reference stands for. Where no answer has it, that is the
// reference itself, which equals nothing that a server sends.
func (a answers) value(reference string) string {
	v := any(map[string]any(a))
	for name := range strings.SplitSeq(reference[1:], ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	if s, ok := v.(string); ok {
		return s
	}
	return reference
}

// add adds the answer of a step.
func (a answers) add(step string, answer map[string]any) {
	m := maps.Clone(answer)
	if link, ok := m["link"].(string); ok {
		target, _, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">")
		if u, err := url.Parse(target); err == nil {
			m["next"] = u.Query().Get("after")
		}
	}
	a[step] = m
}

// differences returns where got differs from want, a line each. Path is where
// both stand.
func differences(path string, want, got any) []string {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			return memberDifferences(path, w, g)
		}
	case []any:
		if g, ok := got.([]any); ok && len(g) == len(w) {
			var all []string
			for i := range w {
				all = append(all, differences(fmt.Sprintf("%s[%d]", path, i), w[i], g[i])...)
			}
			return all
		}
	case string:
		if g, ok := got.(string); ok && matches(w, g) {
			return nil
		}
	default:
		if show(want) == show(got) {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s is %s, not %s", path, show(got), show(want))}
}

func memberDifferences(path string, want, got map[string]any) []string {
	members := slices.Collect(maps.Keys(want))
	for name := range got {
		if _, ok := want[name]; !ok {
			members = append(members, name)
		}
	}
	slices.Sort(members)
	var all []string
	for _, name := range members {
		all = append(all, differences(strings.TrimPrefix(path+"."+name, "."), want[name], got[name])...)
	}
	return all
}

// matches reports whether got equals want or, if want begins with ~, matches the
// regular expression after it.
func matches(want, got string) bool {
	pattern, ok := strings.CutPrefix(want, "~")
	if !ok {
		return got == want
	}
	return regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(got)
}

// show returns a value as JSON, which has one form for a number of any Go type.
func show(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
