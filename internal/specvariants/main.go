// Command specvariants writes the forms of the specification that a server serves:
// YAML, unchanged, and JSON. It writes both again for a server that requires
// tokens, without the empty security alternative that lets everyone in.
//
//	specvariants openapi.yaml folder
//
// It writes openapi.yaml, openapi.json, openapi.secured.yaml and
// openapi.secured.json. The JSON keeps the order of members.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: specvariants openapi.yaml folder")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "specvariants:", err)
		os.Exit(1)
	}
}

func run(file, folder string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	secured, err := demandToken(text)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for name, text := range map[string][]byte{"openapi": text, "openapi.secured": secured} {
		j, err := toJSON(text)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		for ext, content := range map[string][]byte{".yaml": text, ".json": j} {
			if err := os.WriteFile(filepath.Join(folder, name+ext), content, 0o666); err != nil {
				return err
			}
		}
	}
	return nil
}

// demandToken removes the lines with an empty alternative of a security
// requirement.
func demandToken(text []byte) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	for _, n := range emptyAlternatives(&doc) {
		if line := bytes.TrimSpace(lines[n.Line-1]); string(line) != "- {}" {
			return nil, fmt.Errorf("line %d: an empty security alternative must be a line of its own: - {}", n.Line)
		}
		lines[n.Line-1] = nil
	}
	return bytes.Join(lines, nil), nil
}

// emptyAlternatives returns the empty mappings in sequences named security.
func emptyAlternatives(n *yaml.Node) (found []*yaml.Node) {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == "security" && c.Kind == yaml.SequenceNode {
			for _, alternative := range c.Content {
				if len(alternative.Content) == 0 {
					found = append(found, alternative)
				}
			}
		}
		found = append(found, emptyAlternatives(c)...)
	}
	return found
}

// toJSON converts YAML to JSON.
func toJSON(text []byte) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	var compact, indented bytes.Buffer
	if err := writeJSON(&compact, doc.Content[0]); err != nil {
		return nil, err
	}
	if err := json.Indent(&indented, compact.Bytes(), "", "  "); err != nil {
		return nil, err
	}
	indented.WriteByte('\n')
	return indented.Bytes(), nil
}

func writeJSON(b *bytes.Buffer, n *yaml.Node) error {
	switch n.Kind {
	case yaml.ScalarNode:
		var v any
		if err := n.Decode(&v); err != nil {
			return err
		}
		e := json.NewEncoder(b)
		e.SetEscapeHTML(false)
		return e.Encode(v)
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, c := range n.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := writeJSON(b, c); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return nil
	case yaml.MappingNode:
		b.WriteByte('{')
		for i, c := range n.Content {
			if i > 0 {
				b.WriteByte(",:"[i%2])
			}
			if i%2 == 0 { // A name is a string even if YAML reads it as something else, such as 200.
				c = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: c.Value}
			}
			if err := writeJSON(b, c); err != nil {
				return err
			}
		}
		b.WriteByte('}')
		return nil
	default:
		return fmt.Errorf("line %d: aliases are not supported", n.Line)
	}
}
