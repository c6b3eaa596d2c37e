package memory

import "github.com/google/uuid"

// cursor goes through a tree in one direction. A new one is on no task.
type cursor struct {
	desc bool  // Whether it goes from larger ids to smaller ones.
	leaf *node // Nil beyond the last task.
	i    int   // The slot of leaf that it is on.

	// The branches on the way to leaf, from the root on, and the slots taken.
	// Neighbours have more than 16 slots together, or else they were joined, so
	// that 16 levels have more tasks than any memory.
	above [16]struct {
		n *node
		i int
	}
	depth int // How many of above there are.
}

// seek goes to the first task after an id, or to the first of all where after
// is nil.
func (c *cursor) seek(t tree, after *uuid.UUID) {
	n := t.root
	if n == nil {
		return
	}
	if after == nil {
		c.descend(n)
		return
	}
	for n.kids != nil {
		n = c.enter(n, n.kid(after))
	}
	i, found := n.find(after)
	if !c.desc && !found {
		i-- // Slot i comes after the id, and next goes there.
	}
	c.leaf, c.i = n, i
	c.next()
}

// enter returns the node in slot i of a branch.
func (c *cursor) enter(n *node, i int) *node {
	c.above[c.depth].n, c.above[c.depth].i = n, i
	c.depth++
	return n.kids[i]
}

// descend goes to the first task below n.
func (c *cursor) descend(n *node) {
	for n.kids != nil {
		n = c.enter(n, c.first(n))
	}
	c.leaf, c.i = n, c.first(n)
}

func (c *cursor) first(n *node) int {
	if c.desc {
		return n.n - 1
	}
	return 0
}

// next goes to the next task, from one or from beside a leaf's first.
func (c *cursor) next() {
	step := 1
	if c.desc {
		step = -1
	}
	if c.i += step; c.i >= 0 && c.i < c.leaf.n {
		return
	}
	for c.depth > 0 {
		c.depth--
		n, i := c.above[c.depth].n, c.above[c.depth].i+step
		if i >= 0 && i < n.n {
			c.descend(c.enter(n, i))
			return
		}
	}
	c.leaf = nil
}

// before says whether c is on a task that comes before o's, or o is on none.
func (c *cursor) before(o *cursor) bool {
	if c.leaf == nil || o.leaf == nil {
		return c.leaf != nil
	}
	return compare(&c.leaf.ids[c.i], &o.leaf.ids[o.i]) < 0 != c.desc
}
