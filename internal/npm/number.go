package npm

// A numbering gives each package of a graph a number, so that data about
// packages can be in slices. For a package that a settled graph lists it is its
// Index.
type numbering struct {
	all   []*Package         // by number
	other map[*Package]int32 // packages whose Index is not of this graph
}

// number numbers the packages of the graph, including Root.
func (g *Graph) number() numbering {
	n := numbering{all: g.Packages, other: map[*Package]int32{}}
	for i, p := range g.Packages {
		if _, ok := n.of(p); !ok {
			n.other[p] = int32(i)
		}
	}
	if _, ok := n.of(g.Root); !ok && g.Root != nil {
		n.other[g.Root] = int32(len(n.all))
		n.all = append(n.all[:len(n.all):len(n.all)], g.Root)
	}
	return n
}

// of returns the number of a package, and false if it is not in the graph.
func (n *numbering) of(p *Package) (int32, bool) {
	if p == nil {
		return 0, false
	}
	if i := p.Index; i >= 0 && i < len(n.all) && n.all[i] == p {
		return int32(i), true
	}
	i, ok := n.other[p]
	return i, ok
}

// An Incoming is an edge with the package that declares it.
type Incoming struct {
	From *Package
	Edge *Edge
}

// Dependents holds the edges of a graph by the copy at which they end.
type Dependents struct {
	numbering
	lists [][]Incoming
}

// Dependents returns the edges that end at each copy, whether or not they count
// for Root. The graph must not change while the result is in use.
func (g *Graph) Dependents() *Dependents {
	d := &Dependents{numbering: g.number()}
	count, edges := make([]int32, len(d.all)), 0
	d.each(func(_ Incoming, to int32) { count[to]++; edges++ })
	d.lists = make([][]Incoming, len(d.all))
	room := make([]Incoming, edges) // memory for all lists
	for i, n := range count {
		d.lists[i], room = room[:0:n], room[n:]
	}
	d.each(func(in Incoming, to int32) { d.lists[to] = append(d.lists[to], in) })
	return d
}

// each calls yield for each edge that ends at a copy of the graph, in the order
// of the graph.
func (d *Dependents) each(yield func(in Incoming, to int32)) {
	for _, p := range d.all {
		for i := range p.Deps {
			if to, ok := d.of(p.Deps[i].To); ok {
				yield(Incoming{p, &p.Deps[i]}, to)
			}
		}
	}
}

// Of lists the edges that end at a copy, in the graph's order.
func (d *Dependents) Of(p *Package) []Incoming {
	i, ok := d.of(p)
	if !ok {
		return nil
	}
	return d.lists[i]
}
