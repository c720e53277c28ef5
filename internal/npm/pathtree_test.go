package npm

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// pathGraph is a graph of n packages with random edges, some of them of one
// name and version, and chains as long as wanted.
func pathGraph(r *rand.Rand, n int, chain bool) *Graph {
	g := &Graph{Root: &Package{Name: "root", Version: "1.0.0"}}
	g.Packages = append(g.Packages, g.Root)
	for i := range n {
		name := fmt.Sprintf("p%d", i)
		if r.IntN(5) == 0 {
			name = "same"
		}
		g.Packages = append(g.Packages, &Package{Name: name, Version: "1.0.0", Location: fmt.Sprintf("node_modules/%d", i)})
	}
	link := func(from, to *Package) {
		from.Deps = append(from.Deps, Edge{Name: to.Name, Kind: EdgeProd, To: to, Valid: true})
	}
	for i, p := range g.Packages[1:] {
		if chain {
			link(g.Packages[i], p)
		}
		for range r.IntN(3) {
			link(g.Packages[r.IntN(len(g.Packages))], g.Packages[r.IntN(len(g.Packages))])
		}
	}
	g.Settle(g.Root)
	return g
}

// TestPathTrees: looking forward gives the very chains that looking backwards does.
func TestPathTrees(t *testing.T) {
	forward := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3))
		g := pathGraph(r, 2+r.IntN(260), seed%3 == 0)
		backward := map[*Package]string{}
		for _, p := range g.Packages[1:] {
			backward[p] = fmt.Sprint(g.Paths(p))
			g.index.forward, g.index.spent = nil, -1<<40
		}
		g.index.spent = 1 << 40
		for _, p := range g.Packages[1:] {
			if got := fmt.Sprint(g.Paths(p)); got != backward[p] {
				t.Fatalf("seed %d, %s: forward\n%s\nbackward\n%s", seed, p.Location, got, backward[p])
			}
		}
		if g.index.forward != nil {
			forward++
		}
	}
	if forward < 30 {
		t.Errorf("%d graphs were looked at forward", forward)
	}
}

// TestPathsOfAChain: the chains of everything in one long chain take as long as
// the chain, not as its square.
func TestPathsOfAChain(t *testing.T) {
	const n = 20_000
	g := &Graph{Root: &Package{Name: "root", Version: "1.0.0"}}
	g.Packages = append(g.Packages, g.Root)
	for i := range n {
		p := &Package{Name: fmt.Sprintf("p%d", i), Version: "1.0.0", Location: fmt.Sprint(i)}
		last := g.Packages[i]
		last.Deps = []Edge{{Name: p.Name, Kind: EdgeProd, To: p, Valid: true}}
		g.Packages = append(g.Packages, p)
	}
	all := slices.Clone(g.Packages)
	g.Settle(g.Root)
	begun := time.Now()
	for i, p := range all[1:] {
		chains := g.Paths(p)
		if len(chains) != 1 || i > 300 && (len(chains[0]) != 11 || !IsGap(chains[0][5]) || chains[0][4] != "p3@1.0.0" ||
			chains[0][10] != p.ID()) {
			t.Fatalf("%d: %q", i, chains)
		}
	}
	if looked := g.index.spent; looked > 4*n {
		t.Errorf("%d packages were looked at for a chain of %d", looked, n)
	}
	t.Logf("%s", time.Since(begun).Round(time.Millisecond))
}
