package proof

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/tasks/internal/validatorgen/proof/meaning"
)

// TestPlaces shows that the pointer of a single fault leads to the invalid value, or to
// where a member is missing: Judge compares pointers with those of package meaning, and
// this test evaluates them.
func TestPlaces(t *testing.T) {
	m := NewMaker(*seed)
	wrong, missing := 0, 0
	for range 1 + *documents/20/len(Subjects()) {
		for _, s := range Subjects() {
			v := m.Value(s.Schema)
			if !s.Schema.Accepts(v) {
				continue
			}
			visit(v, func(path []*meaning.Value, at *meaning.Value, odd bool) {
				// A nested value may be the reason why enum, const or uniqueItems is violated.
				within := odd || slices.ContainsFunc([]string{"enum", "const", "uniqueItems"}, func(k string) bool { return slices.Contains(s.Keywords, k) })
				old := *at
				*at = meaning.Value{Kind: '"', Text: "wrong in most places"}
				if old.Kind == '"' {
					*at = meaning.Value{Kind: 't'}
				}
				for _, place := range single(s, v) {
					wrong++
					if found, rest := follow(v, place); len(rest) > 0 || found != at && (!within || !slices.Contains(path, found)) {
						t.Errorf("%s: %s: %s is not where %s was changed", s.Name, v, place, &old)
					}
				}
				*at = old
				for i, member := range old.Members {
					at.Members = slices.Delete(slices.Clone(old.Members), i, i+1)
					for _, place := range single(s, v) {
						missing++
						found, rest := follow(v, place)
						if named := found == at && slices.Equal(rest, []string{member.Name}); !named && (len(rest) > 0 || found != at && (!within || !slices.Contains(path, found))) {
							t.Errorf("%s: %s: %s is not where %s is missing", s.Name, v, place, member.Name)
						}
					}
				}
				*at = old
			})
		}
	}
	if wrong < 500 || missing < 100 {
		t.Errorf("only %d values were found wrong, and %d members missing", wrong, missing)
	}
}

var presentable = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// visit calls do for each value, with its ancestors, and whether the name of one on
// the way must not be repeated.
func visit(v *meaning.Value, do func(path []*meaning.Value, v *meaning.Value, odd bool)) {
	var walk func(path []*meaning.Value, v *meaning.Value, odd bool)
	walk = func(path []*meaning.Value, v *meaning.Value, odd bool) {
		do(path, v, odd)
		path = append(slices.Clone(path), v)
		for _, item := range v.Items {
			walk(path, item, odd)
		}
		for _, member := range v.Members {
			walk(path, member.Value, odd || !presentable.MatchString(member.Name))
		}
	}
	walk(nil, v, false)
}

// single returns the reported places of a document whose faults are all in one place,
// apart from those of alternatives, of which the closest one has faults, too.
func single(s *Subject, v *meaning.Value) []string {
	d := NewDocument(s, []byte(v.String()))
	if d.place() == "" || d.chosen() {
		return nil
	}
	_, places := s.Ours(d.Text)
	return places
}

// follow follows a pointer as far as there are values, and returns the last one and the
// tokens that are left.
func follow(v *meaning.Value, pointer string) (found *meaning.Value, rest []string) {
	tokens := strings.Split(strings.TrimPrefix(pointer, "#"), "/")[1:]
	for i, token := range tokens {
		token, err := url.PathUnescape(token)
		if err != nil {
			panic(pointer + ": " + err.Error())
		}
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		next := v.Get(token)
		if n, err := strconv.Atoi(token); err == nil && v.Kind == '[' && n < len(v.Items) {
			next = v.Items[n]
		}
		if next == nil {
			for _, t := range tokens[i:] {
				t, _ = url.PathUnescape(t)
				rest = append(rest, strings.NewReplacer("~1", "/", "~0", "~").Replace(t))
			}
			return v, rest
		}
		v = next
	}
	return v, nil
}
