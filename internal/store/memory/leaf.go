package memory

import (
	"encoding/binary"
	"math/bits"
	"sync/atomic"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
)

// leafSize is how many tasks a leaf holds at most: as many as fit in one of the
// allocator's blocks of 1,024 bytes.
const leafSize = 31

// leaf holds tasks in the order of their ids. Those that its state counts never
// change but in whether they are done, so readers need no lock: they load the
// state once, and look at no more than it counts. A writer adds a task behind
// them before it stores a state that counts it; for any other change it makes a
// new leaf.
type leaf struct {
	state  atomic.Uint64 // A state.
	ids    [leafSize]uuid.UUID
	titles [leafSize]string
}

// state is how many tasks a leaf has, in its upper half, and in its lower half
// a bit for each that is done.
type state uint64

func (l *leaf) load() state { return state(l.state.Load()) }

func (s state) len() int { return int(s >> 32) }

// with returns the state in which the task at i is done or not.
func (s state) with(i int, done bool) state {
	if done {
		return s | 1<<i
	}
	return s &^ (1 << i)
}

// having returns a bit for each task that is done, or for each that is not.
func (s state) having(done bool) uint32 {
	if done {
		return uint32(s)
	}
	return ^uint32(s) & (1<<s.len() - 1)
}

// task returns the task at i.
func (l *leaf) task(s state, i int) store.Task {
	return store.Task{ID: l.ids[i], Title: l.titles[i], Done: s>>i&1 == 1}
}

// add puts a task behind the others, without counting it, and returns the state
// that counts it. There must be room.
func (l *leaf) add(s state, t store.Task) state {
	n := s.len()
	l.ids[n], l.titles[n] = t.ID, t.Title
	return (s + 1<<32).with(n, t.Done)
}

// append puts the tasks of another leaf from low to high-1 behind those that s
// counts, and returns the state that counts them. There must be room.
func (l *leaf) append(s state, other *leaf, others state, low, high int) state {
	n := s.len()
	copy(l.ids[n:], other.ids[low:high])
	copy(l.titles[n:], other.titles[low:high])
	done := state(uint32(others)>>low) & (1<<(high-low) - 1)
	return s + state(high-low)<<32 | done<<n
}

// splice returns a new leaf, and its state, that has other tasks in the place
// of those from low to high-1.
func (l *leaf) splice(s state, low, high int, tasks ...store.Task) (spliced *leaf, new state) {
	spliced = &leaf{}
	new = spliced.append(0, l, s, 0, low)
	for _, t := range tasks {
		new = spliced.add(new, t)
	}
	return spliced, spliced.append(new, l, s, high, s.len())
}

// search returns the place of the first task whose id is not before id, and
// whether it has this id.
func (l *leaf) search(s state, id uuid.UUID) (i int, found bool) {
	low, high := 0, s.len()
	for low < high {
		mid := int(uint(low+high) / 2)
		if before(l.ids[mid], id) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low, low < s.len() && l.ids[low] == id
}

// before orders ids as bytes: as two numbers, which takes two thirds of the time of
// bytes.Compare.
func before(a, b uuid.UUID) bool {
	x, y := binary.BigEndian.Uint64(a[:]), binary.BigEndian.Uint64(b[:])
	if x == y {
		x, y = binary.BigEndian.Uint64(a[8:]), binary.BigEndian.Uint64(b[8:])
	}
	return x < y
}

// selected returns a bit for each task of a leaf that q selects.
func (l *leaf) selected(s state, q store.Query) uint32 {
	set := uint32(1<<s.len() - 1)
	if q.Done != nil {
		set = s.having(*q.Done)
	}
	if q.After == nil {
		return set
	}
	i, found := l.search(s, *q.After)
	if q.Descending {
		return set & (1<<i - 1)
	}
	if found {
		i++
	}
	return set &^ (1<<i - 1)
}

// take removes the first or the last task from set, and returns its place.
func take(set *uint32, last bool) int {
	i := bits.TrailingZeros32(*set)
	if last {
		i = bits.Len32(*set) - 1
	}
	*set &^= 1 << i
	return i
}
