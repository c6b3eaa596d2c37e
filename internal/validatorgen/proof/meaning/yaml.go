package meaning

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is a specification as a tree without aliases and merge keys.
type document struct {
	root    *yaml.Node
	plained map[*yaml.Node]*yaml.Node
}

func parseDocument(text []byte) (*document, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, err
	}
	if len(root.Content) == 0 {
		return nil, errors.New("the document is empty")
	}
	d := &document{plained: map[*yaml.Node]*yaml.Node{}}
	var err error
	d.root, err = d.plain(root.Content[0])
	return d, err
}

// plain returns a node with aliases replaced by what they stand for (YAML 1.2.2,
// section 7.1), and with the members of merge keys (yaml.org/type/merge.html), which
// give way to those of the mapping itself and to those merged before.
func (d *document) plain(n *yaml.Node) (*yaml.Node, error) {
	if n.Kind == yaml.AliasNode {
		return d.plain(n.Alias)
	}
	if p, ok := d.plained[n]; ok {
		if p == nil {
			return nil, fmt.Errorf("line %d: an alias leads back to itself", n.Line)
		}
		return p, nil
	}
	d.plained[n] = nil
	p := *n
	p.Content = nil
	var merged []*yaml.Node
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Tag == "!!merge" {
			merged = append(merged, c)
			continue
		}
		if n.Kind == yaml.MappingNode && i%2 == 0 && c.Tag == "!!merge" {
			continue
		}
		plain, err := d.plain(c)
		if err != nil {
			return nil, err
		}
		p.Content = append(p.Content, plain)
	}
	for _, m := range merged {
		if err := d.merge(&p, m); err != nil {
			return nil, err
		}
	}
	d.plained[n] = &p
	return &p, nil
}

// merge adds the members of a mapping, or of those in a list, that a mapping lacks.
func (d *document) merge(into, from *yaml.Node) error {
	from, err := d.plain(from)
	if err != nil {
		return err
	}
	switch from.Kind {
	case yaml.SequenceNode:
		for _, m := range from.Content {
			if err := d.merge(into, m); err != nil {
				return err
			}
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(from.Content); i += 2 {
			if get(into, from.Content[i].Value) == nil {
				into.Content = append(into.Content, from.Content[i], from.Content[i+1])
			}
		}
	default:
		return fmt.Errorf("line %d: only mappings can be merged", from.Line)
	}
	return nil
}

// find returns the node that a reference within the document leads to.
func (d *document) find(ref string) (*yaml.Node, error) {
	pointer, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil, fmt.Errorf("%s is in another document", ref)
	}
	n := d.root
	for i, token := range strings.Split(pointer, "/") {
		unescaped, err := url.PathUnescape(token)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", ref, err)
		}
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(unescaped)
		if i == 0 && token == "" {
			continue
		}
		next := child(n, token)
		if next == nil && get(n, "$ref") != nil && word(n, "$ref") != ref {
			target, err := d.follow(n)
			if err != nil {
				return nil, err
			}
			next = child(target, token)
		}
		if n = next; n == nil {
			return nil, fmt.Errorf("%s does not exist", ref)
		}
	}
	return n, nil
}

// follow returns the node that a chain of references leads to, or n if it is none.
func (d *document) follow(n *yaml.Node) (target *yaml.Node, err error) {
	for range 100 {
		ref := get(n, "$ref")
		if ref == nil {
			return n, nil
		}
		if n, err = d.find(ref.Value); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("line %d: a reference leads back to itself", n.Line)
}

// child returns the member or item of a node, or nil.
func child(n *yaml.Node, token string) *yaml.Node {
	if n.Kind == yaml.SequenceNode {
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i]
		}
		return nil
	}
	return get(n, token)
}

// pairs iterates over a mapping.
func pairs(n *yaml.Node) func(yield func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i].Value, n.Content[i+1]) {
				return
			}
		}
	}
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

// word returns the scalar of a key in a mapping, or "".
func word(n *yaml.Node, name string) string {
	if v := get(n, name); v != nil && v.Kind == yaml.ScalarNode {
		return v.Value
	}
	return ""
}

// fromYAML returns the JSON value of a node.
func fromYAML(n *yaml.Node) *Value {
	switch {
	case n.Kind == yaml.SequenceNode:
		v := &Value{Kind: '['}
		for _, item := range n.Content {
			v.Items = append(v.Items, fromYAML(item))
		}
		return v
	case n.Kind == yaml.MappingNode:
		v := &Value{Kind: '{'}
		for name, item := range pairs(n) {
			v.Members = append(v.Members, Member{name, fromYAML(item)})
		}
		return v
	case n.ShortTag() == "!!null":
		return &Value{Kind: 'n'}
	case n.ShortTag() == "!!bool":
		return &Value{Kind: strings.ToLower(n.Value)[0]}
	case n.ShortTag() == "!!int", n.ShortTag() == "!!float":
		return &Value{Kind: '0', Text: n.Value}
	}
	return &Value{Kind: '"', Text: n.Value}
}
