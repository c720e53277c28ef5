package npm

import (
	"slices"
	"sync"
)

// pathIndex holds the dependents of each package, and the memory that searches
// for chains reuse.
type pathIndex struct {
	numbering
	parents [][]int32
	direct  []bool // a dependency of the root

	mutex    sync.Mutex // guards all fields below
	ids      []string   // of each package, made on first use
	distance []int32    // all 0 between two calls
	next     []int32    // the next package to the target, where distance is above 1
	queue    []int32
	spent    int        // packages visited so far
	forward  []pathTree // see trees
}

// Paths returns the chains that lead to a package, the shortest one for each
// direct dependency of Root that has one: the IDs ("name@version", real names)
// from Root to the package, both included. The chains are sorted by their text.
// There are none if the package cannot be reached from Root.
//
// The first call indexes the graph. Each call then visits only the dependents
// of the package, until that has cost as much as visiting once the dependencies
// of each direct dependency. Calls may run concurrently; the graph must not
// change after the first.
func (g *Graph) Paths(p *Package) [][]string {
	if p == g.Root {
		return [][]string{{p.ID()}}
	}
	if p.Link && p.Target != nil {
		p = p.Target
	}
	g.reverse.Do(func() { g.index = g.makeIndex() })
	x := g.index
	target, ok := x.of(p)
	if !ok {
		return [][]string{}
	}
	x.mutex.Lock()
	defer x.mutex.Unlock()
	root, _ := x.of(g.Root)
	chains := [][]string{}
	if trees := x.trees(root); trees != nil {
		for i := range trees {
			if chain := trees[i].chain(x, root, target); chain != nil {
				chains = append(chains, chain)
			}
		}
		slices.SortFunc(chains, slices.Compare)
		return chains
	}
	x.measure(target, root)
	defer x.forget()
	x.spent += len(x.queue)
	for _, id := range x.queue {
		if x.direct[id] {
			chains = append(chains, x.chain(root, id))
		}
	}
	slices.SortFunc(chains, slices.Compare)
	return chains
}

func (g *Graph) makeIndex() *pathIndex {
	x := &pathIndex{numbering: g.number()}
	n := len(x.all)
	x.parents, x.ids, x.distance, x.next, x.direct = make([][]int32, n), make([]string, n), make([]int32, n), make([]int32, n), make([]bool, n)
	for i, p := range x.all {
		from, _ := x.of(p)
		if from != int32(i) { // p is listed twice
			continue
		}
		for k := range p.Deps {
			if e := &p.Deps[k]; g.follows(p, e) {
				if to, ok := x.of(e.To); ok {
					x.parents[to] = append(x.parents[to], from)
					x.direct[to] = x.direct[to] || p == g.Root
				}
			}
		}
	}
	return x
}

// measure sets the distance of each package from which the target can be
// reached without passing the root: the number of packages from it to the
// target, both included. Of several next packages at the same distance it takes
// the one whose ID, then location, sorts first.
func (x *pathIndex) measure(target, root int32) {
	x.distance[target] = 1
	x.queue = append(x.queue[:0], target)
	for next := 0; next < len(x.queue); next++ {
		at := x.queue[next]
		for _, from := range x.parents[at] {
			switch {
			case from == root:
			case x.distance[from] == 0:
				x.distance[from], x.next[from] = x.distance[at]+1, at
				x.queue = append(x.queue, from)
			case x.distance[from] == x.distance[at]+1 && x.next[from] != at && x.before(at, x.next[from]):
				x.next[from] = at
			}
		}
	}
}

// forget resets what measure has set.
func (x *pathIndex) forget() {
	for _, at := range x.queue {
		x.distance[at] = 0
	}
}

// name returns the ID of a package.
func (x *pathIndex) name(i int32) string {
	if x.ids[i] == "" {
		x.ids[i] = x.all[i].ID()
	}
	return x.ids[i]
}

// maxChain is the longest chain that is named whole, in packages. The chains of
// a graph that is one long chain, all named whole, have as many elements as the
// square of its packages.
const maxChain = 200

// chain returns the chain from the root over a direct dependency to the target.
func (x *pathIndex) chain(root, from int32) []string {
	n := int(x.distance[from]) + 1
	whole := n <= maxChain
	var chain []string
	if whole {
		chain = make([]string, 0, n)
	}
	chain = append(chain, x.name(root))
	for at := from; ; at = x.next[at] {
		left := int(x.distance[at])
		if whole || left > n-chainEnds || left <= chainEnds {
			chain = append(chain, x.name(at))
		}
		if left == 1 {
			break
		}
	}
	if whole {
		return chain
	}
	return shortened(chain, n)
}

// shortened returns a chain of n packages of which only the ends are known.
func shortened(ends []string, n int) []string {
	return JoinPath(ends[:chainEnds], n-2*chainEnds, ends[chainEnds:])
}

func (x *pathIndex) before(a, b int32) bool {
	if m, n := x.name(a), x.name(b); m != n {
		return m < n
	}
	return x.all[a].Location < x.all[b].Location
}
