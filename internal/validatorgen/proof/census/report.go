package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
)

// row is what is found out about a specification.
type row struct {
	Name, Version string
	Stop          stop   // Why the stages after some did not run; "" if all have.
	Why           string // For people.

	file, pack, spec string
	operations       []*operation
	verdicts         verdicts
}

// stop says why a row is not judged.
type stop string

const (
	unusable stop = "unusable" // oapi-codegen's output does not compile, or there is none: not our matter.
	refused  stop = "refused"  // The generator says why it writes nothing.
	broken   stop = "broken"   // Something is wrong with the generator or its output.
)

func (r *row) stop(s stop, why string) { r.Stop, r.Why = s, why }

// operation is an operation of a specification.
type operation struct {
	Method, Path string     // The method is empty if the path leads nowhere.
	Function     string     // The decoder; "" if there is none.
	Arguments    []struct{} // One for each path parameter.
	Skipped      string     // Why there is no decoder.
	Silent       bool       // Whether nobody has said so.

	id string
}

// done returns the operations that have a decoder.
func (r *row) done() (done []*operation) {
	for _, o := range r.operations {
		if o.Function != "" {
			done = append(done, o)
		}
	}
	return done
}

// reason returns why an operation is skipped by what validatorgen has printed: the line
// about a place in it or in its path, or one that names the operation, together with the
// first about a component.
func (o *operation) reason(printed string) string {
	path := "#/paths/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(o.Path)
	pointer := path
	if o.Method != "" {
		pointer += "/" + strings.ToLower(o.Method)
	}
	named, around, component := "", "", ""
	for line := range strings.Lines(printed) {
		switch due := strings.Contains(line, dueTo); {
		case due && strings.Contains(line, pointer+"/"):
			return reason(line)
		case due && strings.Contains(line, path+"/"):
			around = cmp.Or(around, reason(line))
		case due && !strings.Contains(line, "#/paths/"):
			component = cmp.Or(component, reason(line))
		case named == "" && (strings.Contains(line, path+":") || strings.Contains(line, pointer+":") || strings.Contains(line, pointer+"/")):
			named = reason(line)
		}
	}
	if named != "" {
		return cmp.Or(around, component, named)
	}
	return ""
}

// dueTo precedes the reason in what validatorgen prints.
const dueTo = "due to this, an operation is left to oapi-codegen: "

// place matches the file, line and pointer that precede a message.
var place = regexp.MustCompile(`^(validatorgen: )?(note: )?(\S+:(\d+:)? )?(#.*?: )?`)

// reason returns a message without its place, and without names.
func reason(line string) string {
	line = strings.TrimPrefix(place.ReplaceAllString(strings.TrimSpace(line), ""), dueTo)
	return quoted.ReplaceAllString(line, `"…"`)
}

var quoted = regexp.MustCompile(`"[^"]*"`)

// result is how far a usable specification comes.
type result string

const (
	whole  result = "whole"
	partly result = "in part"
	none   result = "not at all"
	wrong  result = "wrong"
)

// results lists the results, the best first.
var results = []result{whole, partly, none, wrong}

func (r *row) result() result {
	silent := slices.ContainsFunc(r.operations, func(o *operation) bool { return o.Silent })
	switch done := len(r.done()); {
	case r.Stop == broken || silent || r.verdicts.Disagreements > 0 || len(r.verdicts.Unread) > 0:
		return wrong
	case done == 0:
		return none
	case done < len(r.operations):
		return partly
	}
	return whole
}

// why summarizes why a row is not whole.
func (r *row) why() string {
	if r.Why != "" {
		return r.Why
	}
	reasons := map[string]int{}
	for _, o := range r.operations {
		if o.Function == "" {
			reasons[o.Skipped]++
		}
	}
	var all []string
	for _, text := range slices.Sorted(maps.Keys(reasons)) {
		all = append(all, fmt.Sprintf("%s (%d)", text, reasons[text]))
	}
	if r.verdicts.Stopped != "" {
		all = append(all, r.verdicts.Stopped)
	}
	if r.verdicts.Kin != "" {
		all = append(all, "without kin-openapi: "+r.verdicts.Kin)
	}
	return strings.Join(all, "; ")
}

// report writes the tables, and reports whether something is wrong.
func report(to io.Writer, rows []*row, verbose bool) (found bool) {
	usable := slices.DeleteFunc(slices.Clone(rows), func(r *row) bool { return r.Stop == unusable })
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "specification\tversion\tresult\toperations\tdone\tskipped\trequests\tdisagreements\twhy")
	for _, r := range usable {
		done := len(r.done())
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%.160s\n", r.Name, r.Version, r.result(), len(r.operations), done, len(r.operations)-done, r.verdicts.Requests, r.verdicts.Disagreements, r.why())
	}
	_ = w.Flush() // Nobody reads it then.
	for _, r := range usable {
		if r.result() == wrong {
			found = true
			r.detail(to, verbose)
		}
	}
	reasons(to, usable)
	for _, version := range []string{"3.0", "3.1", "3."} {
		group := slices.DeleteFunc(slices.Clone(usable), func(r *row) bool { return !strings.HasPrefix(r.Version, version) })
		if len(group) > 0 {
			totals(to, strings.TrimSuffix(version, "."), group)
		}
	}
	fmt.Fprintf(to, "\n%d more files are no specification with operations with which oapi-codegen's own output compiles.\n", len(rows)-len(usable))
	return found
}

// detail writes what is wrong with a row.
func (r *row) detail(to io.Writer, verbose bool) {
	fmt.Fprintf(to, "\n%s is wrong: %s\n", r.Name, r.Why)
	for _, o := range r.operations {
		if o.Silent {
			fmt.Fprintf(to, "  %s %s is passed over in silence\n", o.Method, o.Path)
		}
	}
	for _, text := range r.verdicts.Unread {
		fmt.Fprintf(to, "  handled, although nobody can judge it: %s\n", text)
	}
	for i, text := range r.verdicts.Wrong {
		if i == 3 && !verbose {
			fmt.Fprintf(to, "  and more: see -v\n")
			break
		}
		fmt.Fprintf(to, "  %s\n", text)
	}
}

// reasons writes why operations are skipped, the most frequent reason first.
func reasons(to io.Writer, rows []*row) {
	operations, specifications := map[string]int{}, map[string]int{}
	for _, r := range rows {
		seen := map[string]bool{}
		for _, o := range r.operations {
			if o.Function == "" {
				operations[o.Skipped]++
				seen[o.Skipped] = true
			}
		}
		for text := range seen {
			specifications[text]++
		}
	}
	if len(operations) == 0 {
		return
	}
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nwhy operations are skipped\tspecifications\toperations\t")
	for _, text := range slices.SortedFunc(maps.Keys(operations), func(a, b string) int {
		return cmp.Or(specifications[b]-specifications[a], operations[b]-operations[a], cmp.Compare(a, b))
	}) {
		fmt.Fprintf(w, "%.120s\t%d\t%d\t\n", text, specifications[text], operations[text])
	}
	_ = w.Flush() // Nobody reads it then.
}

// totals writes and draws the results of the specifications of a version.
func totals(to io.Writer, version string, rows []*row) {
	byResult := map[result]int{}
	operations, done, requests, valid, disagreements := 0, 0, 0, 0, 0
	differences := map[string]int{}
	for _, r := range rows {
		byResult[r.result()]++
		operations += len(r.operations)
		done += len(r.done())
		requests += r.verdicts.Requests
		valid += r.verdicts.Valid
		disagreements += r.verdicts.Disagreements
		for name, n := range r.verdicts.Excused {
			differences[name] += n
		}
	}
	fmt.Fprintf(to, "\nOpenAPI %s: %d specifications\n", version, len(rows))
	for _, r := range results {
		fmt.Fprintf(to, "  %-11s %s %d\n", r, bar(byResult[r], len(rows)), byResult[r])
	}
	fmt.Fprintf(to, "  %-11s %s %d of %d\n", "operations", bar(done, operations), done, operations)
	fmt.Fprintf(to, "  %d requests judged, %d of them valid; %d disagreements without a documented reason\n", requests, valid, disagreements)
	for _, name := range slices.Sorted(maps.Keys(differences)) {
		fmt.Fprintf(to, "    documented: %s: %d\n", name, differences[name])
	}
}

// bar draws n of all.
func bar(n, all int) string {
	const width = 40
	full := (n*width + all/2) / max(all, 1)
	return strings.Repeat("█", full) + strings.Repeat("░", width-full)
}
