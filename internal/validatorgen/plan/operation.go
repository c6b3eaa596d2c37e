package plan

import (
	"fmt"
	"slices"
	"strings"

	"example.com/tasks/internal/validatorgen/spec"
	"example.com/tasks/internal/validatorgen/target"
)

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// operations plans all operations that the options do not skip. The error says which of
// those to skip does not exist.
func (p *planner) operations() error {
	paths := p.Root.Get("paths")
	if paths == nil || len(paths.Names) == 0 {
		p.note(p.Root, "the document has no paths: there is nothing to validate")
		paths = &spec.Node{}
	}
	left := slices.Clone(p.options.Skip)
	claimed := map[string]*spec.Node{}
	for _, path := range paths.Names {
		if strings.HasPrefix(path, "x-") {
			continue // An extension.
		}
		item, problem := p.Resolve(paths.Get(path))
		switch {
		case problem != nil && problem.Pointer != spec.Join(paths.Get(path).At, "$ref"):
			problem = p.Problem(paths.Get(path), "the path leads to %s: %s", problem.Pointer, problem.Message)
		case !strings.HasPrefix(path, "/"):
			problem = p.Problem(paths.Get(path), "a path must begin with a slash")
		}
		if problem != nil {
			p.lost(problem)
			continue
		}
		if item != paths.Get(path) {
			p.beside(paths.Get(path))
		}
		alias := strings.HasPrefix(paths.Get(path).String("$ref"), "#/paths/")
		for _, method := range item.Names {
			if !slices.Contains(methods, method) || item.Get(method).Kind != spec.Map {
				continue
			}
			o := &Operation{ID: item.Get(method).String("operationId"), Method: strings.ToUpper(method), Path: path, node: item.Get(method)}
			is := func(name string) bool { return name == o.ID || strings.EqualFold(name, o.Method+" "+path) }
			if slices.ContainsFunc(p.options.Skip, is) {
				left = slices.DeleteFunc(left, is)
				p.skip(o, nil)
				continue
			}
			p.plan.Operations = append(p.plan.Operations, o)
			p.in(&o.unit, func() { p.operation(o, item, alias, claimed) })
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("%s: there is no operation %s to skip", p.File, left[0])
	}
	return nil
}

// lost handles a problem due to which a path has no operations that could be skipped.
func (p *planner) lost(problem *spec.Problem) {
	if p.options.SkipUnsupported {
		p.unit.notes = append(p.unit.notes, problem)
	} else {
		p.unit.problems = append(p.unit.problems, problem)
	}
}

// beside notes what stands beside the reference of a path, which oapi-codegen ignores.
func (p *planner) beside(n *spec.Node) {
	for _, key := range n.Names {
		if key != "$ref" && !spec.IsAnnotation(key) {
			p.note(n.Get(key), "what stands beside $ref is ignored, as oapi-codegen does: move it to where the reference leads")
		}
	}
}

// operation plans an operation of a path item. Alias says whether the path refers to
// another path. Claimed has the nodes of the operations before it by their names.
func (p *planner) operation(o *Operation, item *spec.Node, alias bool, claimed map[string]*spec.Node) {
	id := goID(o)
	if o.ID == "" {
		o.ID = o.Method + " " + o.Path
	}
	p.inside, p.within = nil, nil
	p.keys(item, append([]string{"parameters", "servers", "$ref"}, methods...)...)
	p.keys(o.node, "operationId", "parameters", "requestBody", "responses", "security", "servers", "callbacks")
	name, ok := p.pkg.TypeLike(id, "RequestObject")
	request := p.pkg.Lookup(name + "RequestObject")
	if !ok || request == nil {
		p.stop(o.node, "%s has no type for the requests of %s: run oapi-codegen first, with models and strict-server", p.pkg.Dir, o.ID)
		return
	}
	o.Name = name
	o.Secured = p.secured(o.node)
	if alias { // oapi-codegen has the one handler for both paths.
		o.Alias, o.Name = name, p.aliasName(name, claimed)
		return
	}
	if other := claimed[name]; other != nil {
		p.stop(o.node, "oapi-codegen has one name, %s, for this operation and that in line %d: give one of them another operationId", name, other.Line)
	}
	claimed[name] = o.node
	fields, ok := target.Fields(request)
	if !ok {
		p.stop(o.node, "%sRequestObject is not a struct", name)
	}
	p.parameters(o, item, fields)
	if body := o.node.Get("requestBody"); body != nil {
		p.body(o, body, fields)
	}
	if p.options.Encoders {
		o.Responses = p.responses(id, o.node.Get("responses"))
	}
}

// goID returns what oapi-codegen makes an operation's Go names of.
func goID(o *Operation) string {
	if id := o.node.String("operationId"); id != "" {
		return id
	}
	return strings.ToLower(o.Method) + strings.ReplaceAll(o.Path, "/", "-")
}

// aliasName returns the name that oapi-codegen gives to the next alias of an operation.
func (p *planner) aliasName(name string, claimed map[string]*spec.Node) string {
	for i := 0; ; i++ {
		if alias := fmt.Sprintf("%sAlias%d", name, i); claimed[alias] == nil {
			claimed[alias] = p.Root
			return alias
		}
	}
}

// secured reports whether an operation demands credentials, in at least one alternative.
func (p *planner) secured(operation *spec.Node) bool {
	security := operation.Get("security")
	if security == nil {
		security = p.Root.Get("security")
	}
	return security != nil && slices.ContainsFunc(security.Items, func(n *spec.Node) bool { return len(n.Names) > 0 })
}
