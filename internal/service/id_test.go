package service

import (
	"errors"
	"strings"
	"testing"

	"example.com/tasks/internal/store"
)

// A task has one path. Other texts of its id, which uuid.Parse accepts, have
// none.
func TestIDsHaveOneForm(t *testing.T) {
	const id = "abcdef12-3456-7890-abcd-ef1234567890"
	if got, err := parseID(id); err != nil || got.String() != id {
		t.Errorf("parseID(%s) = %s, %v", id, got, err)
	}
	others := []string{"", id[1:], id + "0", "urn:uuid:" + id, "{" + id + "}", strings.ReplaceAll(id, "-", "")}
	for _, letter := range "abcdef" {
		others = append(others, strings.Replace(id, string(letter), strings.ToUpper(string(letter)), 1))
	}
	for _, other := range others {
		if got, err := parseID(other); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("parseID(%s) = %s, %v, want ErrNotFound", other, got, err)
		}
	}
}
