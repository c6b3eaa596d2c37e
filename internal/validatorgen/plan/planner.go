package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"example.com/tasks/internal/validatorgen/spec"
	"example.com/tasks/internal/validatorgen/target"
)

// Options configure Make.
type Options struct {
	Package, Spec   string
	Reserved        []string // Names that the output uses.
	Encoders        bool
	Routes          string            // The router to register the operations with; "" for none.
	Skip            []string          // Operations to leave out: an operationId, or METHOD /path.
	SkipUnsupported bool              // Whether to leave out operations that have problems.
	Formats         map[string]string // Functions of the package that check formats of strings, by the format.
}

// Problems are all that stops a run, in the order of the lines.
type Problems []*spec.Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// planner makes a plan.
type planner struct {
	*spec.Document
	pkg      *target.Package
	options  Options
	plan     *Plan
	reserved map[string]bool
	unit     *unit             // The part that is being planned.
	declared map[string]string // The names declared so far, with their keys: see declare.
	units    map[string]*unit  // By the key.
	pending  []func()          // Each plans a part that is declared, but not planned yet.
	inside   []*spec.Schema    // The schemas that are being flattened.
	inParts  bool              // Whether the parts of a form are planned, which become no values of Go types.
	within   []string          // The keys of the containers that are being planned,
	chosen   []string          // and of the choices that are asked for something.
}

// Make makes a plan for a document and a package. The error is Problems if there are
// any that nothing skips, or says which operation to skip does not exist.
func Make(d *spec.Document, pkg *target.Package, o Options) (*Plan, error) {
	p := &planner{
		Document: d, pkg: pkg, options: o, plan: &Plan{Package: o.Package, Spec: o.Spec, Routes: o.Routes}, unit: new(unit),
		declared: map[string]string{}, units: map[string]*unit{}, reserved: map[string]bool{},
	}
	for format, function := range o.Formats {
		if !pkg.Declares(function) {
			return nil, fmt.Errorf("%s: the package declares no function %s to check the format %s", pkg.Dir, function, format)
		}
	}
	for _, name := range o.Reserved {
		p.reserved[name] = true
	}
	for _, name := range pkg.Names() {
		if operation, ok := strings.CutSuffix(name, "RequestObject"); ok {
			p.declared["Decode"+operation] = name
		}
	}
	if err := p.operations(); err != nil {
		return nil, err
	}
	for len(p.pending) > 0 {
		next := p.pending[0]
		p.pending = p.pending[1:]
		next()
	}
	return p.finish()
}

// finish keeps what operations without problems need.
func (p *planner) finish() (*Plan, error) {
	for _, o := range p.plan.Operations {
		if o.Alias != "" {
			p.in(&o.unit, func() { p.follow(o) })
		}
	}
	kept, problems := map[*unit]bool{p.unit: true}, Problems(p.unit.problems)
	p.plan.Operations = slices.DeleteFunc(p.plan.Operations, func(o *Operation) bool {
		all := map[*unit]bool{}
		o.collect(all)
		var own Problems
		for u := range all {
			own = append(own, u.problems...)
		}
		if len(own) > 0 && p.options.SkipUnsupported {
			p.skip(o, tidy(own))
			return true
		}
		problems = append(problems, own...)
		maps.Copy(kept, all)
		for _, name := range o.Responses {
			if !slices.Contains(p.plan.Encoders, name) {
				p.plan.Encoders = append(p.plan.Encoders, name)
			}
		}
		return false
	})
	if len(problems) > 0 {
		return nil, Problems(tidy(problems))
	}
	if lint := p.Lint(); lint != nil {
		p.unit.notes = append(p.unit.notes, lint)
	}
	for u := range kept {
		p.plan.Notes = append(p.plan.Notes, u.notes...)
	}
	p.plan.Notes = tidy(p.plan.Notes)
	p.plan.Texts = keep(p.plan.Texts, kept)
	p.plan.Functions = keep(p.plan.Functions, kept)
	p.plan.Checkers = keep(p.plan.Checkers, kept)
	p.plan.Patterns = keep(p.plan.Patterns, kept)
	p.plan.Enums = keep(p.plan.Enums, kept)
	return p.plan, nil
}

// follow makes an operation need the one whose function decodes it.
func (p *planner) follow(alias *Operation) {
	i := slices.IndexFunc(p.plan.Operations, func(o *Operation) bool { return o.Name == alias.Alias })
	if i < 0 {
		p.stop(alias.node, "the path refers to one whose operation is skipped: skip %s %s, too", alias.Method, alias.Path)
		return
	}
	p.unit.uses = append(p.unit.uses, &p.plan.Operations[i].unit)
}

// skip leaves an operation to oapi-codegen, and notes that with its problems.
func (p *planner) skip(o *Operation, problems []*spec.Problem) {
	name, _ := p.pkg.TypeLike(goID(o), "RequestObject")
	p.plan.Skipped = append(p.plan.Skipped, &Skipped{name, o.ID, o.Method, o.Path, problems})
	p.note(o.node, "the operation is left to oapi-codegen, which does not validate it")
	for _, problem := range problems {
		problem := *problem
		problem.Message = "due to this, an operation is left to oapi-codegen: " + problem.Message
		p.unit.notes = append(p.unit.notes, &problem)
	}
}

func (u *unit) collect(all map[*unit]bool) {
	if !all[u] {
		all[u] = true
		for _, used := range u.uses {
			used.collect(all)
		}
	}
}

func (u *unit) self() *unit { return u }

func keep[T interface{ self() *unit }](all []T, kept map[*unit]bool) []T {
	return slices.DeleteFunc(all, func(t T) bool { return !kept[t.self()] })
}

// tidy sorts problems by lines, and drops those that are there twice.
func tidy(ps []*spec.Problem) []*spec.Problem {
	slices.SortFunc(ps, func(a, b *spec.Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.Pointer, b.Pointer), strings.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(ps, func(a, b *spec.Problem) bool { return *a == *b })
}

// stop records that the part being planned cannot be generated, due to a node.
func (p *planner) stop(n *spec.Node, format string, args ...any) {
	p.unit.problems = append(p.unit.problems, p.Problem(n, format, args...))
}

// resolve returns what a node refers to; it stops and returns nil if there is no such.
func (p *planner) resolve(n *spec.Node) *spec.Node {
	found, problem := p.Resolve(n)
	if problem != nil {
		p.unit.problems = append(p.unit.problems, problem)
	}
	return found
}

// note records something about a node that a user should know.
func (p *planner) note(n *spec.Node, format string, args ...any) {
	p.unit.notes = append(p.unit.notes, p.Problem(n, format, args...))
}

// in plans a part.
func (p *planner) in(u *unit, do func()) {
	outer := p.unit
	p.unit = u
	do()
	p.unit = outer
}

// declare returns the name of the part of a key: want, with a number appended if
// another key, or the package, has that name. For a new key, add returns the part, and
// what plans it later. The part being planned uses it.
func (p *planner) declare(want, key string, add func(name string) (u *unit, later func())) string {
	name := want
	for i := 2; p.declared[name] != "" && p.declared[name] != key || p.pkg.Declares(name) || p.reserved[name]; i++ {
		name = want + strconv.Itoa(i)
	}
	if p.declared[name] == "" {
		p.declared[name] = key
		u, later := add(name)
		p.units[name] = u
		p.pending = append(p.pending, func() {
			p.inside, p.within = nil, nil
			p.in(u, later)
		})
	}
	p.unit.uses = append(p.unit.uses, p.units[name])
	return name
}

// quoted returns names as Go source.
func quoted(names []string) []string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = fmt.Sprintf("%q", n)
	}
	return all
}
