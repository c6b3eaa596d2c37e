package service

import (
	"testing"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
)

// An attacker who chooses titles cannot give a task the tag of another one. These
// two had the same tag when it was made with XXH64: changing eight bytes of the
// input and solving for eight later ones takes some thousand attempts.
func TestTagsAreNotForged(t *testing.T) {
	id := uuid.MustParse("01890a5d-ac96-774b-bcce-b302099a8057")
	seen := store.Task{ID: id, Title: "Pay the plumber 90 euros, and the gardener what he has asked us for...."}
	forged := store.Task{ID: id, Title: "Pay theRrm5KZZm 90 euros, and the garde|8F6FW(y he has asked us for...."}
	if taskTag(seen) == taskTag(forged) {
		t.Errorf("two tasks have the tag %s", taskTag(seen))
	}
	if header := taskTag(seen); matchesStrongly(&header, forged) {
		t.Error("If-Match accepts the forged task")
	}
	if pageTag([]store.Task{seen}, nil) == pageTag([]store.Task{forged}, nil) {
		t.Error("two pages have the same tag")
	}
}
