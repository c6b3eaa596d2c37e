package memory

import (
	"encoding/binary"
	"strings"

	"github.com/google/uuid"
)

// width is the most slots of a node. With 16 a change costs a tenth less, and
// a read of a million tasks a quarter more.
const width = 32

// tree is a B+ tree of ids and titles, ordered by id. It never changes: put and
// remove return another one, which shares with it all nodes but those on the
// way to the task.
//
// What it is for, measured with a million tasks whose titles have 30 bytes: it
// takes 55 bytes a task where tidwall/btree, whose Copy is as persistent, takes
// 100, with a pointer in each for the garbage collector to follow, and twice the
// time for a change.
type tree struct {
	root *node // Nil where there are no tasks.
	len  int   // Of tasks.
}

// node has slots in the order of their ids: a leaf's are tasks, a branch's are
// nodes. It never changes once it is in a tree.
type node struct {
	titles string           // A leaf's, joined; less than 4 GiB.
	kids   *[width]*node    // A branch's; nil says that the node is a leaf.
	n      int              // How many slots it has, at least 1.
	ends   [width]uint32    // Where a leaf's titles end in titles.
	ids    [width]uuid.UUID // A branch's are the least ids below, or less.
}

func newNode(leaf bool) *node {
	if leaf {
		return new(node)
	}
	b := new(struct { // One allocation is cheaper than two.
		node
		kids [width]*node
	})
	b.node.kids = &b.kids
	return &b.node
}

// slots are some of a node's that follow one another.
type slots struct {
	ids    []uuid.UUID
	kids   []*node // Nil says that they are a leaf's.
	titles string
	ends   []uint32
	start  uint32 // Where titles starts, as ends count.
}

func (n *node) slots(from, to int) slots {
	if n.kids != nil {
		return slots{ids: n.ids[from:to], kids: n.kids[from:to]}
	}
	start, end := n.start(from), n.start(to)
	return slots{ids: n.ids[from:to], titles: n.titles[start:end], ends: n.ends[from:to], start: start}
}

func (n *node) all() slots { return n.slots(0, n.n) }

// slot returns the slot of a branch that n is to have.
func (n *node) slot() slots { return slots{ids: n.ids[:1], kids: []*node{n}} }

// build returns a node of the slots, which must be width at most.
func build(parts ...slots) *node {
	size := 0
	for _, p := range parts {
		size += len(p.titles)
	}
	var titles strings.Builder
	titles.Grow(size)
	n := newNode(parts[0].kids == nil)
	for _, p := range parts {
		if n.kids != nil {
			copy(n.kids[n.n:], p.kids)
		}
		for i, end := range p.ends {
			n.ends[n.n+i] = end - p.start + uint32(titles.Len())
		}
		titles.WriteString(p.titles)
		n.n += copy(n.ids[n.n:], p.ids)
	}
	n.titles = titles.String()
	return n
}

// with returns the branch with kid in slot i, which is what build would make.
func (n *node) with(i int, kid *node) *node {
	b := newNode(false)
	b.n, b.ids, *b.kids = n.n, n.ids, *n.kids
	b.ids[i], b.kids[i] = kid.ids[0], kid
	return b
}

// without returns the node without slot i, or nil where it has no other.
func (n *node) without(i int) *node {
	if n.n == 1 {
		return nil
	}
	return build(n.slots(0, i), n.slots(i+1, n.n))
}

// insert returns the node with one slot more, before slot i: two nodes where it
// is full. It is halved then, but for ids that come in order: these fill node
// after node.
func (n *node) insert(i int, s slots) (left, right *node) {
	const half = width / 2
	switch {
	case n.n < width:
		return build(n.slots(0, i), s, n.slots(i, n.n)), nil
	case i == width:
		return n, build(s)
	case i > half:
		return build(n.slots(0, half)), build(n.slots(half, i), s, n.slots(i, width))
	default:
		return build(n.slots(0, i), s, n.slots(i, half)), build(n.slots(half, width))
	}
}

// start returns where the title of slot i starts in titles.
func (n *node) start(i int) uint32 {
	if i == 0 {
		return 0
	}
	return n.ends[i-1]
}

func (n *node) title(i int) string { return n.titles[n.start(i):n.ends[i]] }

// find returns the first slot whose id is not less than id, and whether it is id.
func (n *node) find(id *uuid.UUID) (i int, found bool) {
	i, end := 0, n.n
	for i < end {
		middle := int(uint(i+end)/2) % width // Which spares the check of bounds.
		switch compare(&n.ids[middle], id) {
		case 0:
			return middle, true
		case -1:
			i = middle + 1
		default:
			end = middle
		}
	}
	return i, false
}

// kid returns the slot of a branch that an id belongs below.
func (n *node) kid(id *uuid.UUID) int {
	i, found := n.find(id)
	if !found && i > 0 {
		i--
	}
	return i
}

// compare is bytes.Compare, with which Get from 1,000 tasks takes 40 % longer.
func compare(a, b *uuid.UUID) int {
	x, y := binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(b[:8])
	if x == y {
		x, y = binary.BigEndian.Uint64(a[8:]), binary.BigEndian.Uint64(b[8:])
	}
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	default:
		return 0
	}
}

// get returns the title of the task with the id, and whether there is one.
func (t tree) get(id *uuid.UUID) (title string, ok bool) {
	n := t.root
	if n == nil {
		return "", false
	}
	for n.kids != nil {
		n = n.kids[n.kid(id)]
	}
	i, found := n.find(id)
	if !found {
		return "", false
	}
	return n.title(i), true
}

// put returns the tree with the task, in place of one with the same id.
func (t tree) put(id uuid.UUID, title string) tree {
	task := slots{ids: []uuid.UUID{id}, titles: title, ends: []uint32{uint32(len(title))}}
	if t.root == nil {
		return tree{build(task), 1}
	}
	root, right, added := t.root.put(task)
	if right != nil {
		root = build(root.slot(), right.slot())
	}
	return tree{root, t.len + added}
}

// put returns what the node becomes with the task, which is two nodes where it
// is full, and how many tasks more there are then.
func (n *node) put(task slots) (left, right *node, added int) {
	if n.kids == nil {
		i, found := n.find(&task.ids[0])
		if found {
			return build(n.slots(0, i), task, n.slots(i+1, n.n)), nil, 0
		}
		left, right = n.insert(i, task)
		return left, right, 1
	}
	i := n.kid(&task.ids[0])
	kid, next, added := n.kids[i].put(task)
	left = n.with(i, kid)
	if next != nil {
		left, right = left.insert(i+1, next.slot())
	}
	return left, right, added
}

// remove returns the tree without the task, which must be in it.
func (t tree) remove(id *uuid.UUID) tree {
	root := t.root.remove(id)
	for root != nil && root.kids != nil && root.n == 1 {
		root = root.kids[0]
	}
	return tree{root, t.len - 1}
}

// remove returns what the node becomes without the task: nil where that was its
// last. A node that this leaves half empty takes in each neighbour that fits.
func (n *node) remove(id *uuid.UUID) *node {
	if n.kids == nil {
		i, _ := n.find(id)
		return n.without(i)
	}
	i := n.kid(id)
	kid := n.kids[i].remove(id)
	if kid == nil {
		return n.without(i)
	}
	if kid.n > width/2 {
		return n.with(i, kid)
	}
	from, to := i, i+1 // The slots that kid takes the place of.
	if from > 0 && n.kids[from-1].n+kid.n <= width {
		from--
		kid = build(n.kids[from].all(), kid.all())
	}
	if to < n.n && kid.n+n.kids[to].n <= width {
		kid = build(kid.all(), n.kids[to].all())
		to++
	}
	return build(n.slots(0, from), kid.slot(), n.slots(to, n.n))
}
