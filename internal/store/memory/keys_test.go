package memory

import (
	"strconv"
	"testing"
	"time"

	"example.com/tasks/internal/store"
)

// Keys are bounded: a further one has the oldest forgotten, and no other.
func TestKeysAreBounded(t *testing.T) {
	var k keys
	at := time.Now()
	for n := range maxKeys + 1 {
		k.add(store.Key{Value: strconv.Itoa(n), Now: at}, store.Task{})
	}
	if len(k.first) != maxKeys || len(k.order) != maxKeys {
		t.Errorf("%d keys in a map and %d in order, want %d", len(k.first), len(k.order), maxKeys)
	}
	for value, want := range map[string]bool{"0": false, "1": true, strconv.Itoa(maxKeys): true} {
		if _, ok := k.find(store.Key{Value: value, Now: at}); ok != want {
			t.Errorf("key %s is known: %t, want %t", value, ok, want)
		}
	}
}
