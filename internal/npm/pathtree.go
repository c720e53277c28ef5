package npm

import "slices"

// maxTrees is how many entries the trees of all direct dependencies may have
// together, 12 bytes each.
const maxTrees = 4 << 20

// A pathTree holds the shortest chains from one direct dependency to everything
// that it reaches. A search backwards from a package costs as much as its
// dependents are many; for many packages, e.g. all of a graph that is one long
// chain, a tree is cheaper.
type pathTree struct {
	from  int32
	depth []int32 // 1 for from; 0: it is not reached
	prev  []int32 // the package before
	head  []int32 // for a depth above chainEnds-1, the package of the chain at that depth
}

// trees returns the trees of all direct dependencies, once searches backwards
// have cost as much as making them; nil before, and if they would be too large.
func (x *pathIndex) trees(root int32) []pathTree {
	if x.forward != nil {
		return x.forward
	}
	directs := 0
	for _, yes := range x.direct {
		if yes {
			directs++
		}
	}
	if size := directs * len(x.all); size > maxTrees || x.spent < size {
		return nil
	}
	x.forward = make([]pathTree, 0, directs)
	children := x.children()
	for id, yes := range x.direct {
		if yes {
			x.forward = append(x.forward, newPathTree(int32(id), root, children))
		}
	}
	return x.forward
}

// children returns the dependencies of each package, in the order in which
// chains prefer them.
func (x *pathIndex) children() [][]int32 {
	children := make([][]int32, len(x.all))
	for to, parents := range x.parents {
		for _, from := range parents {
			children[from] = append(children[from], int32(to))
		}
	}
	for _, list := range children {
		slices.SortFunc(list, func(a, b int32) int {
			switch {
			case a == b:
				return 0
			case x.before(a, b):
				return -1
			}
			return 1
		})
	}
	return children
}

// newPathTree visits the packages by their depth, those of one depth in the
// order of their chains, so that the first to find a package has the chain to
// it that sorts first.
func newPathTree(from, root int32, children [][]int32) pathTree {
	n := len(children)
	t := pathTree{from, make([]int32, n), make([]int32, n), make([]int32, n)}
	t.depth[from], t.head[from] = 1, from
	queue := append(make([]int32, 0, n), from)
	for next := 0; next < len(queue); next++ {
		at := queue[next]
		for _, to := range children[at] {
			if to == root || t.depth[to] != 0 {
				continue
			}
			t.depth[to], t.prev[to], t.head[to] = t.depth[at]+1, at, t.head[at]
			if t.depth[to] <= chainEnds-1 {
				t.head[to] = to
			}
			queue = append(queue, to)
		}
	}
	return t
}

// chain returns the chain from the root to a package, nil if the tree has none.
func (t *pathTree) chain(x *pathIndex, root, to int32) []string {
	n := int(t.depth[to]) + 1
	if n == 1 {
		return nil
	}
	if n <= maxChain {
		chain := make([]string, n)
		for at, i := to, n-1; i > 0; at, i = t.prev[at], i-1 {
			chain[i] = x.name(at)
		}
		chain[0] = x.name(root)
		return chain
	}
	ends := make([]string, 2*chainEnds)
	ends[0] = x.name(root)
	for at, i := t.head[to], chainEnds-1; i > 0; at, i = t.prev[at], i-1 {
		ends[i] = x.name(at)
	}
	for at, i := to, 2*chainEnds-1; i >= chainEnds; at, i = t.prev[at], i-1 {
		ends[i] = x.name(at)
	}
	return shortened(ends, n)
}
