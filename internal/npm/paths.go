package npm

import (
	"slices"
	"sync"
)

// pathIndex holds, for each package, who depends on it, and what looking for
// chains needs and can be used again.
type pathIndex struct {
	numbering
	parents [][]int32

	mutex    sync.Mutex // holds for all below
	ids      []string   // of each package, "" while nobody has asked
	distance []int32    // all 0 between two calls
	queue    []int32
	round    int32
	seen     []int32 // the round in which a direct dependency was last met
}

// Paths returns the chains that bring a package in, for each direct dependency
// of Root that does the shortest one: the IDs ("name@version", real names)
// from Root to the package, both included. The chains are in order of their
// text; there are none where the package cannot be reached from Root.
//
// The first call indexes the graph; each call then looks only at what depends
// on the package. Calls may run at the same time; the graph may not change
// after the first.
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
	x.measure(target, root)
	defer x.forget()
	x.round++
	chains := [][]string{}
	for i := range g.Root.Deps {
		e := &g.Root.Deps[i]
		if !g.follows(g.Root, e) {
			continue
		}
		id, ok := x.of(e.To)
		if !ok || x.distance[id] == 0 || x.seen[id] == x.round {
			continue
		}
		x.seen[id] = x.round
		chains = append(chains, g.chain(id))
	}
	slices.SortFunc(chains, slices.Compare)
	return chains
}

func (g *Graph) makeIndex() *pathIndex {
	x := &pathIndex{numbering: g.number()}
	n := len(x.all)
	x.parents, x.ids, x.distance, x.seen = make([][]int32, n), make([]string, n), make([]int32, n), make([]int32, n)
	for i, p := range x.all {
		from, _ := x.of(p)
		if from != int32(i) { // it is listed twice
			continue
		}
		for k := range p.Deps {
			if e := &p.Deps[k]; g.follows(p, e) {
				if to, ok := x.of(e.To); ok {
					x.parents[to] = append(x.parents[to], from)
				}
			}
		}
	}
	return x
}

// measure counts, for each package that leads to the target without passing
// the root, the packages from it to the target, both included; 0 for others.
func (x *pathIndex) measure(target, root int32) {
	x.distance[target] = 1
	x.queue = append(x.queue[:0], target)
	for next := 0; next < len(x.queue); next++ {
		at := x.queue[next]
		for _, from := range x.parents[at] {
			if from != root && x.distance[from] == 0 {
				x.distance[from] = x.distance[at] + 1
				x.queue = append(x.queue, from)
			}
		}
	}
}

// forget takes back what measure did.
func (x *pathIndex) forget() {
	for _, at := range x.queue {
		x.distance[at] = 0
	}
}

// name is the ID of a package.
func (x *pathIndex) name(i int32) string {
	if x.ids[i] == "" {
		x.ids[i] = x.all[i].ID()
	}
	return x.ids[i]
}

// chain walks from a direct dependency to the target, of several equally near
// packages by way of the one whose ID, then location, sorts first.
func (g *Graph) chain(from int32) []string {
	x := g.index
	root, _ := x.of(g.Root)
	chain := append(make([]string, 0, x.distance[from]+1), x.name(root), x.name(from))
	for at := from; x.distance[at] > 1; {
		next := int32(-1)
		p := x.all[at]
		for i := range p.Deps {
			e := &p.Deps[i]
			if !g.follows(p, e) {
				continue
			}
			to, ok := x.of(e.To)
			if ok && x.distance[to] == x.distance[at]-1 && (next < 0 || x.before(to, next)) {
				next = to
			}
		}
		at = next
		chain = append(chain, x.name(at))
	}
	return chain
}

func (x *pathIndex) before(a, b int32) bool {
	if m, n := x.name(a), x.name(b); m != n {
		return m < n
	}
	return x.all[a].Location < x.all[b].Location
}
