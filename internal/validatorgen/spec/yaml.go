package spec

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// reader makes nodes of a YAML document. It builds each node of the text once, so that
// aliases cost nothing.
type reader struct {
	file    string
	built   map[*yaml.Node]*Node // Nil while a node is being built.
	problem *Problem             // The first one.
}

// fail records a problem and returns a node to go on with.
func (r *reader) fail(line int, at, message string) *Node {
	if r.problem == nil {
		r.problem = &Problem{r.file, line, at, message}
	}
	return &Node{At: at, Line: line}
}

func (r *reader) node(y *yaml.Node, at string, line int) *Node {
	if y.Kind == yaml.AliasNode {
		y = y.Alias
	}
	if n, ok := r.built[y]; ok {
		if n == nil {
			return r.fail(line, at, "the alias is part of what it stands for")
		}
		return n
	}
	r.built[y] = nil
	n := &Node{At: at, Line: line}
	switch y.Kind {
	case yaml.MappingNode:
		n.Kind, n.members = Map, map[string]*Node{}
		r.members(n, y)
	case yaml.SequenceNode:
		n.Kind = List
		for i, item := range y.Content {
			n.Items = append(n.Items, r.node(item, Join(at, strconv.Itoa(i)), item.Line))
		}
	default:
		r.scalar(n, y)
	}
	r.built[y] = n
	return n
}

// members adds the members of a mapping. What it merges from others yields to its own.
func (r *reader) members(n *Node, y *yaml.Node) {
	merged := map[string]bool{}
	add := func(name string, m *Node, merge bool) {
		switch _, given := n.members[name]; {
		case !given:
			n.Names = append(n.Names, name)
		case merge:
			return
		case !merged[name]:
			r.fail(m.Line, Join(n.At, name), "the key is given twice")
		}
		n.members[name], merged[name] = m, merge
	}
	for i := 0; i < len(y.Content); i += 2 {
		key, value := y.Content[i], y.Content[i+1]
		if key.Tag != "!!merge" {
			add(key.Value, r.node(value, Join(n.At, key.Value), key.Line), false)
			continue
		}
		from := r.node(value, n.At, value.Line)
		sources := from.Items
		if from.Kind == Map {
			sources = []*Node{from}
		}
		if len(sources) == 0 || slices.ContainsFunc(sources, func(s *Node) bool { return s.Kind != Map }) {
			r.fail(key.Line, n.At, "the merge key << must have an alias of a mapping, or a list of such")
			continue
		}
		for _, source := range sources {
			for _, name := range source.Names {
				add(name, source.members[name], true)
			}
		}
	}
}

// scalar sets the value of a scalar. YAML has more spellings of numbers than JSON.
func (r *reader) scalar(n *Node, y *yaml.Node) {
	n.Text = y.Value
	switch y.ShortTag() {
	case "!!null":
		n.Kind, n.Text = Null, "null"
	case "!!bool":
		n.Kind, n.Text = Bool, strings.ToLower(y.Value)
	case "!!int":
		n.Kind = Number
		if i, ok := new(big.Int).SetString(strings.TrimPrefix(y.Value, "+"), 0); ok {
			n.Text = i.String()
		}
	case "!!float":
		n.Kind, n.Text = Number, jsonNumber(y.Value)
		_, exponent, _ := strings.Cut(n.Text, "e")
		if e, _ := strconv.Atoi(exponent); e < -400 || e > 400 { // Beyond a float64, and costly to compute with.
			r.fail(n.Line, n.At, "the exponent is too large")
		} else if _, ok := new(big.Rat).SetString(n.Text); !ok {
			r.fail(n.Line, n.At, "the number is not one of JSON")
		}
	default:
		n.Kind = String
	}
}

// jsonNumber spells a float of YAML as JSON does.
func jsonNumber(text string) string {
	text = strings.TrimPrefix(strings.ReplaceAll(text, "_", ""), "+")
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	if strings.HasPrefix(text, ".") {
		text = "0" + text
	}
	mantissa, exponent, found := strings.Cut(strings.ToLower(text), "e")
	if strings.HasSuffix(mantissa, ".") {
		mantissa += "0"
	}
	if found {
		mantissa += "e" + exponent
	}
	return sign + mantissa
}
