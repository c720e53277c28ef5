package npm

import "slices"

// pathIndex holds, for each package, who depends on it.
type pathIndex struct {
	id      map[*Package]int32
	all     []*Package
	parents [][]int32
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
	target, ok := x.id[p]
	if !ok {
		return [][]string{}
	}
	distance := x.distances(target, x.id[g.Root])
	chains := [][]string{}
	seen := map[int32]bool{}
	for i := range g.Root.Deps {
		e := &g.Root.Deps[i]
		if !g.follows(g.Root, e) {
			continue
		}
		id := x.id[e.To]
		if distance[id] == 0 || seen[id] {
			continue
		}
		seen[id] = true
		chains = append(chains, g.chain(id, distance))
	}
	slices.SortFunc(chains, slices.Compare)
	return chains
}

func (g *Graph) makeIndex() *pathIndex {
	x := &pathIndex{id: make(map[*Package]int32, len(g.Packages)+1), parents: make([][]int32, len(g.Packages)+1)}
	for _, p := range append(slices.Clip(g.Packages), g.Root) {
		if _, ok := x.id[p]; !ok {
			x.id[p] = int32(len(x.all))
			x.all = append(x.all, p)
		}
	}
	for from, p := range x.all {
		for i := range p.Deps {
			if e := &p.Deps[i]; g.follows(p, e) {
				if to, ok := x.id[e.To]; ok {
					x.parents[to] = append(x.parents[to], int32(from))
				}
			}
		}
	}
	return x
}

// distances counts, for each package that leads to the target without passing
// the root, the packages from it to the target, both included; 0 for others.
func (x *pathIndex) distances(target, root int32) []int32 {
	distance := make([]int32, len(x.all))
	distance[target] = 1
	for queue := []int32{target}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for _, from := range x.parents[at] {
			if from != root && distance[from] == 0 {
				distance[from] = distance[at] + 1
				queue = append(queue, from)
			}
		}
	}
	return distance
}

// chain walks from a direct dependency to the target, of several equally near
// packages by way of the one whose ID, then location, sorts first.
func (g *Graph) chain(from int32, distance []int32) []string {
	x := g.index
	chain := append(make([]string, 0, distance[from]+1), g.Root.ID(), x.all[from].ID())
	for at := from; distance[at] > 1; {
		next := int32(-1)
		for i := range x.all[at].Deps {
			e := &x.all[at].Deps[i]
			if !g.follows(x.all[at], e) {
				continue
			}
			to, ok := x.id[e.To]
			if ok && distance[to] == distance[at]-1 && (next < 0 || before(e.To, x.all[next])) {
				next = to
			}
		}
		at = next
		chain = append(chain, x.all[at].ID())
	}
	return chain
}

func before(a, b *Package) bool {
	if x, y := a.ID(), b.ID(); x != y {
		return x < y
	}
	return a.Location < b.Location
}
