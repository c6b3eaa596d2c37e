package plan

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"example.com/tasks/internal/validatorgen/spec"
)

// defaults returns the default of a parameter as Go source: one value, or those of the
// items of an array. It stops if the default is not of the type.
func (p *planner) defaults(rs rules, s *Scalar) (values []string) {
	for _, r := range rs {
		n := r.Get("default")
		if n == nil || n.Kind == spec.Null {
			continue
		}
		nodes := n.Items
		if n.Kind != spec.List {
			nodes = []*spec.Node{n}
		}
		for _, n := range nodes {
			v, err := constant(n, s)
			if err != nil {
				p.stop(n, "the default is not of the parameter's type: %v", err)
			}
			values = append(values, v)
		}
		return values
	}
	return nil
}

// constant returns a value as Go source of the type that a scalar is read as.
func constant(n *spec.Node, s *Scalar) (string, error) {
	kinds := map[string]spec.Kind{"bool": spec.Bool, "int64": spec.Number, "number": spec.Number, "string": spec.String}
	if n.Kind != kinds[s.Read.Type] {
		return "", fmt.Errorf("%s", n.JSON())
	}
	switch {
	case s.Read.Type == "int64":
		r, _ := n.Rat()
		if !r.IsInt() || r.Num().CmpAbs(new(big.Int).Lsh(big.NewInt(1), uint(s.Read.Bits-1))) > 0 {
			return "", fmt.Errorf("%s is not an integer of %d bits", n.Text, s.Read.Bits)
		}
		return s.number("int64", r.Num().String()), nil
	case s.Read.Type == "number":
		return s.number("float64", n.Text), nil
	case s.Read.Type == "bool":
		return n.Text, nil
	case s.UUID:
		return uuidConstant(n.Text)
	case s.Parsed:
		return typed[s.Format.Type](n.Text)
	}
	return strconv.Quote(n.Text), nil
}

// number returns a constant that has the type of the place, unless it is converted to that.
func (s *Scalar) number(goType, constant string) string {
	if s.Place.Convert != "" {
		return constant
	}
	return goType + "(" + constant + ")"
}

// typed has functions that parse the value of a format of a Go type, and return it as
// Go source.
var typed = map[string]func(text string) (string, error){
	"[]byte": func(text string) (string, error) {
		b, err := base64.StdEncoding.Strict().DecodeString(text)
		return fmt.Sprintf("[]byte(%q)", b), err
	},
	"time.Time": func(text string) (string, error) {
		layout := time.RFC3339
		if !strings.ContainsAny(text, "Tt") {
			layout = time.DateOnly
		}
		t, err := time.Parse(layout, strings.ToUpper(text))
		zone := "time.UTC"
		if _, offset := t.Zone(); offset != 0 {
			zone = fmt.Sprintf(`time.FixedZone("", %d)`, offset)
		}
		return fmt.Sprintf("time.Date(%d, %d, %d, %d, %d, %d, %d, %s)", t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone), err
	},
	"[16]byte": uuidConstant,
}

func uuidConstant(text string) (string, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(b) != 16 || len(text) != 36 {
		return "", fmt.Errorf("%q is not a UUID", text)
	}
	return strings.Replace(fmt.Sprintf("%#v", [16]byte(b)), "[16]uint8", "[16]byte", 1), nil
}
