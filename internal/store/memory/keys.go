package memory

import (
	"time"

	"example.com/tasks/internal/store"
)

// maxKeys bounds the keys that are known, at 1.1 KB each at most. A further one
// has the oldest forgotten.
const maxKeys = 100_000

// keys knows what was created with which key. Its zero value knows none.
type keys struct {
	first map[keyID]creation
	order []keyID // The keys of first in the order of their first use.
}

type keyID struct{ owner, value string }

type creation struct {
	task store.Task // As it was created.
	at   time.Time
}

// find returns the task that was created with the key.
func (k *keys) find(key store.Key) (store.Task, bool) {
	k.prune(key.Now)
	c, ok := k.first[keyID{key.Owner, key.Value}]
	return c.task, ok
}

// add notes that the task was created with the key, which must not be known.
func (k *keys) add(key store.Key, t store.Task) {
	if k.first == nil {
		k.first = map[keyID]creation{}
	}
	if len(k.order) == maxKeys {
		k.forgetOldest()
	}
	id := keyID{key.Owner, key.Value}
	k.first[id] = creation{t, key.Now}
	k.order = append(k.order, id)
}

// prune forgets the keys that are too old.
func (k *keys) prune(now time.Time) {
	for len(k.order) > 0 && now.Sub(k.first[k.order[0]].at) > store.KeyLife {
		k.forgetOldest()
	}
}

func (k *keys) forgetOldest() {
	delete(k.first, k.order[0])
	k.order[0] = keyID{} // The array behind order keeps this place until order grows out of it.
	k.order = k.order[1:]
}
