package plan

import (
	"cmp"
	"slices"
	"strings"

	"example.com/tasks/internal/validatorgen/spec"
)

// encodings plans how the members of an urlencoded form are written: as query parameters,
// but objects and arrays of them with brackets, as oapi-codegen's clients do.
func (p *planner) encodings(n *spec.Node, rs rules) (all []Encoding) {
	p.isForm(rs)
	rs = p.possible(rs)
	for _, name := range rs.names() {
		member, _ := p.property(rs, name)
		one := parameter{n.Get("encoding").Get(name), "query", name}
		if one.Node == nil {
			one.Node = &spec.Node{At: n.At, Line: n.Line}
		}
		p.keys(one.Node, encodingKeys...)
		e, kind := Encoding{Name: name}, p.formKind(member)
		var styled Parameter
		switch {
		case isJSONType(one.String("contentType")):
			e.Traits = []string{"json"}
		case kind == "several":
			p.severalKinds(member)
		case kind == "object" && one.Get("style") == nil && one.Get("explode") == nil, kind == "array" && p.formKind(p.items(member)) != "scalar":
			e.Traits = []string{"deep"}
		case kind == "scalar" || !p.style(&styled, one, kind) || styled.Reading == Repeated:
			continue
		case styled.Reading == Spread:
			p.stop(one.Node, "an exploded object in a form is not handled: use the style deepObject")
		case styled.Reading == Deep:
			e.Traits = []string{"deep"}
		case styled.Reading == Members:
			e.Style, e.Traits = styled.Style, []string{"object"}
		default:
			e.Style = styled.Style
		}
		all = append(all, e)
	}
	return all
}

// severalKinds stops at alternatives that are written in several ways.
func (p *planner) severalKinds(rs rules) {
	p.stop(rs[0].Node, "alternatives of which only some are arrays or objects, or files, are not handled here: make a parameter or member of each")
}

// encodingKeys are the keys of an encoding that are handled.
var encodingKeys = []string{"contentType", "style", "explode", "allowReserved"}

// parts plans how the parts of a form are written, and what is checked. Other bodies of
// parts are not checked.
func (p *planner) parts(c *Content, n *spec.Node, rs rules) {
	if c.MediaType != "multipart/form-data" {
		p.note(n, "the parts are not checked: only those of multipart/form-data are")
		return
	}
	p.isForm(rs)
	p.inParts = true
	c.Value = p.value(rs, anyType)
	p.inParts = false
	all := p.possible(rs)
	for _, name := range append(all.names(), "") {
		member, allowed := p.property(all, name)
		e := Encoding{Name: name}
		if at := n.Get("encoding").Get(name); at != nil {
			p.keys(at, encodingKeys...)
			if types := at.String("contentType"); types != "" {
				e.Accept = strings.FieldsFunc(strings.ToLower(types), func(c rune) bool { return c == ',' || c == ' ' })
			}
		}
		kind := p.formKind(member)
		if len(rs.choices()) > 0 {
			p.oneKind(member)
			p.oneKind(p.items(member))
			allowed = allowed || len(member) > 0 // By one alternative.
		}
		mark := func(trait string, has bool) {
			if has {
				e.Traits = append(e.Traits, trait)
			}
		}
		mark("alone", len(rs.choices()) == 0 && !rs.has("minProperties") && kind != "array" && (name != "" || !allowed))
		if mark("item", kind == "array"); kind == "array" {
			member = p.items(member)
		}
		file := allowed && (len(member) == 0 || isFile(member))
		mark("file", file)
		mark("json", p.formKind(member) != "scalar")
		c.Encodings = append(c.Encodings, e)
		if file {
			p.anyBytes(c.Value, name)
		}
	}
}

// oneKind stops if alternatives describe a part in several ways: only one is known while it
// is read.
func (p *planner) oneKind(part rules) {
	kinds, files := map[string]bool{}, map[bool]bool{}
	for _, s := range part {
		own := rules{s}
		if s.Types != nil {
			kinds[p.formKind(own)] = true
		}
		if isFile(own) || own.says("type", "format") {
			files[isFile(own)] = true
		}
	}
	if len(kinds) > 1 || len(files) > 1 {
		p.severalKinds(part)
	}
}

// possible returns the schemas of a form, and those of its alternatives, which some of its
// members are described by.
func (p *planner) possible(rs rules) rules {
	all := slices.Clone(rs)
	for i := 0; i < len(all); i++ {
		for _, c := range all[i : i+1].choices() {
			for _, item := range c.items {
				if c.rule != "not" {
					p.flatten(item, &all)
				}
			}
		}
	}
	return all
}

// anyBytes makes a member of a form a file, or an array of files, whose contents are not
// checked.
func (p *planner) anyBytes(form Value, name string) {
	switch form := form.(type) {
	case *Union:
		p.anyBytes(form.Rest, name)
		for _, c := range form.Choices {
			for _, a := range c.Alternatives {
				p.anyBytes(a.Value, name)
			}
		}
	case *Branches:
		for _, b := range form.Cases {
			p.anyBytes(b.Value, name)
		}
	case *Object:
		for i, m := range form.Members {
			if a, ok := m.Value.(*Array); ok && m.Name == name {
				a.Item = p.any(anyType)
			} else if m.Name == name && m.Value != nil {
				form.Members[i].Value = p.any(anyType)
			}
		}
	}
}

// isForm stops at a form that is no object.
func (p *planner) isForm(rs rules) {
	if p.formKind(rs) != "object" {
		p.stop(rs[0].Node, "a form must be an object")
	}
}

// formKind returns how a value is written in a form or parameter: as an array, an object
// or a scalar, which is all else, or "several" if alternatives differ.
func (p *planner) formKind(rs rules) string {
	for _, s := range rs {
		switch {
		case slices.Contains(s.Types, "object"), s.Types == nil && s.Has("properties", "additionalProperties"):
			return "object"
		case slices.Contains(s.Types, "array"), s.Types == nil && s.Has("items"):
			return "array"
		}
	}
	if slices.Contains(p.chosen, rs.key()) {
		return "" // An alternative that leads back to itself.
	}
	defer p.choose(rs)()
	kind := ""
	for _, c := range rs.choices() {
		for _, item := range c.items {
			some := p.rules(item)
			if c.rule == "not" || slices.Equal(p.types(some), []string{"null"}) {
				continue
			}
			if own := p.formKind(some); kind == "" || own == "" || kind == own {
				kind = cmp.Or(own, kind)
			} else {
				kind = "several"
			}
		}
	}
	return cmp.Or(kind, "scalar")
}

// isFile reports whether values may be any bytes.
func isFile(rs rules) bool {
	return slices.ContainsFunc(rs, func(s *spec.Schema) bool {
		return s.String("format") == "binary" || s.Has("contentMediaType") && !s.Has("contentEncoding")
	})
}
