package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"example.com/tasks/internal/contract/live"
)

// changelogFile says what changed for clients, in a section for each version of
// openapi.yaml, newest first.
const changelogFile = ".docs/changelog.md"

// A release is a version of the specification.
type release struct {
	version string
	commit  string // The first that has it; empty if none does yet.
	date    string // Of that commit, like 2026-11-26.
}

// releases returns the versions of openapi.yaml in git's history, and that of now,
// newest first. The error is errNoHistory where git cannot tell all of them.
func releases(ctx context.Context, dir string, now []byte) ([]release, error) {
	if err := complete(ctx, dir); err != nil {
		return nil, err
	}
	is, err := parseDocument(now)
	if err != nil {
		return nil, err
	}
	all := map[string]release{is.version: {version: is.version}}
	log, err := git(ctx, dir, "log", "--format=%h %cs", "--diff-filter=AM", "--", "openapi.yaml")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(log) {
		commit, date, _ := strings.Cut(strings.TrimSpace(line), " ")
		text, err := git(ctx, dir, "show", commit+":openapi.yaml")
		if err != nil {
			return nil, err
		}
		was, err := parseDocument([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("openapi.yaml of commit %s: %w", commit, err)
		}
		all[was.version] = release{was.version, commit, date}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b release) int { return compareVersions(b.version, a.version) }), nil
}

// A section is what the changelog says of a version.
type section struct {
	version, date string
	text          string
}

var sectionHeading = regexp.MustCompile(`^(\d+\.\d+\.\d+), (\d{4}-\d\d-\d\d)$`)

// parseChangelog returns the sections in their order, and what is wrong with
// headings.
func parseChangelog(text string) (sections []section, findings []string) {
	for _, part := range strings.Split("\n"+text, "\n## ")[1:] {
		heading, body, _ := strings.Cut(part, "\n")
		m := sectionHeading.FindStringSubmatch(heading)
		if m == nil {
			findings = append(findings, fmt.Sprintf("the heading %q must be like ## 1.2.3, 2006-01-02", heading))
			continue
		}
		sections = append(sections, section{m[1], m[2], body})
	}
	return sections, findings
}

// reviewChangelog returns what is wrong with the changelog of the releases, which
// are newest first.
func reviewChangelog(text string, all []release) []string {
	sections, findings := parseChangelog(text)
	find := func(format string, args ...any) { findings = append(findings, fmt.Sprintf(format, args...)) }
	for i, r := range all {
		at := slices.IndexFunc(sections, func(s section) bool { return s.version == r.version })
		if at < 0 {
			find("it has no section for version %s of openapi.yaml, %s: add ## %[1]s and its date, and say what changed for clients", r.version, r.origin())
			continue
		}
		breaks := i+1 < len(all) && major(all[i+1].version) != major(r.version)
		reviewSection(sections[at], r, breaks, find)
	}
	for i, s := range sections {
		if !slices.ContainsFunc(all, func(r release) bool { return r.version == s.version }) {
			find("neither git's history nor the work tree has an openapi.yaml of version %s: remove its section, or correct the number", s.version)
		}
		if i > 0 && (compareVersions(sections[i-1].version, s.version) <= 0 || sections[i-1].date < s.date) {
			find("version %s of %s stands above %s of %s: put the newest first, and each once", sections[i-1].version, sections[i-1].date, s.version, s.date)
		}
	}
	return findings
}

// origin says where a release is from.
func (r *release) origin() string {
	if r.commit == "" {
		return "which is not committed yet"
	}
	return "which commit " + r.commit + " of " + r.date + " has first"
}

// reviewSection finds what is wrong with the section of a release, which breaks
// clients or not.
func reviewSection(s section, r release, breaks bool, find func(format string, args ...any)) {
	const item, breaking = "\n- ", "\n- **Breaking:** "
	text := "\n" + s.text
	switch {
	case !strings.Contains(text, item):
		find("version %s has no list item: say what changed for clients", s.version)
	case breaks && !strings.Contains(text, breaking):
		find("version %s breaks clients, by its number: begin an item with **Breaking:**", s.version)
	case !breaks && strings.Contains(text, breaking):
		find("version %s has a breaking change, but not a higher first number: correct one of them", s.version)
	}
	if r.commit != "" && s.date > r.date {
		find("version %s is dated %s, after its commit %s: correct the date to %s", s.version, s.date, r.commit, r.date)
	}
}

// compareVersions orders versions as slices.Compare orders their numbers. One that
// is not like 1.2.3 is before all others: review finds it.
func compareVersions(a, b string) int {
	numbers, _ := parseVersion(a)
	others, _ := parseVersion(b)
	return slices.Compare(numbers, others)
}

// major returns the first number of a version.
func major(version string) string {
	number, _, _ := strings.Cut(version, ".")
	return number
}

// changelog compares the changelog with the versions of openapi.yaml.
func changelog(ctx context.Context) (r live.Result, err error) {
	r.Tool = "changelog"
	if missing := live.Missing("git"); missing != "" {
		r.Skipped = missing + " is not installed"
		return r, nil
	}
	now, err := os.ReadFile("openapi.yaml")
	if err != nil {
		return r, err
	}
	all, err := releases(ctx, ".", now)
	if errors.Is(err, errNoHistory) {
		r.Skipped = err.Error()
		return r, nil
	}
	if err != nil {
		return r, err
	}
	text, err := os.ReadFile(changelogFile)
	if err != nil {
		return r, err
	}
	r.Checked, r.Cases = "versions "+all[len(all)-1].version+" to "+all[0].version, len(all)
	r.Findings = found(r.Tool, changelogFile, reviewChangelog(string(text), all))
	return r, nil
}
