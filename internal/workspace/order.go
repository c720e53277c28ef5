package workspace

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
)

// An edge says that a member needs another one.
type edge struct {
	from, to int
	kind     int // the stronger, the smaller
}

// The kinds of edge, the strongest first. Where a cycle has to be broken, the
// weakest edge gives way.
const (
	needs = iota
	wishes
	peers
	builds // devDependencies, which no release has
)

func kindOf(k npm.EdgeKind) int {
	switch k {
	case npm.EdgeProd:
		return needs
	case npm.EdgeOptional:
		return wishes
	case npm.EdgePeer, npm.EdgePeerOptional:
		return peers
	}
	return builds
}

// Order sorts members so that each comes after the members it depends on; what
// may come in any order comes by folder. A plain range that the member does not
// satisfy counts as little as one of devDependencies. A cycle among what is installed with the packages (all but
// devDependencies) is returned by the names of its members, each once, and
// broken at its weakest edge; devDependencies that close a cycle are passed over.
func Order(members []lockfile.WorkspaceMember) (ordered []lockfile.WorkspaceMember, cycles [][]string) {
	members = slices.Clone(members)
	slices.SortStableFunc(members, func(a, b lockfile.WorkspaceMember) int { return cmp.Compare(a.Folder, b.Folder) })
	edges := edgesOf(members)
	kept := make([][]int, len(members)) // of each member those it needs
	group := components(len(members), edges)
	var knotted []edge // within one component: these close cycles
	for _, e := range edges {
		if group[e.from] == group[e.to] {
			knotted = append(knotted, e)
			continue
		}
		kept[e.from] = append(kept[e.from], e.to)
	}
	slices.SortStableFunc(knotted, func(a, b edge) int { return cmp.Compare(a.kind, b.kind) })
	reported := map[int]bool{}
	shipped := components(len(members), slices.DeleteFunc(slices.Clone(edges), func(e edge) bool { return e.kind == builds }))
	for _, e := range knotted {
		back := pathBetween(kept, e.to, e.from)
		if back == nil {
			kept[e.from] = append(kept[e.from], e.to)
			continue
		}
		if e.kind != builds && !reported[shipped[e.from]] {
			reported[shipped[e.from]] = true
			cycles = append(cycles, named(members, back))
		}
	}
	slices.SortFunc(cycles, slices.Compare[[]string])
	for _, i := range sorted(kept) {
		ordered = append(ordered, members[i])
	}
	return ordered, cycles
}

// edgesOf returns the edges between members, each pair once and by its strongest
// kind.
func edgesOf(members []lockfile.WorkspaceMember) []edge {
	x := indexOf(members)
	var edges []edge
	for i, m := range members {
		if m.Manifest == nil {
			continue
		}
		first := len(edges)
		for _, d := range m.Manifest.Dependencies {
			t := targetOf(d, m.Folder)
			to, found := x.find(t)
			if !found || to == i {
				continue
			}
			kind := kindOf(d.Kind)
			if !t.only && t.folder == "" && !t.fits(members[to].Manifest.Version) {
				kind = builds // a range to be raised: no release needs it yet
			}
			edges = append(edges, edge{i, to, kind})
		}
		own := edges[first:]
		slices.SortFunc(own, func(a, b edge) int { return cmp.Or(cmp.Compare(a.to, b.to), cmp.Compare(a.kind, b.kind)) })
		own = slices.CompactFunc(own, func(a, b edge) bool { return a.to == b.to })
		edges = edges[:first+len(own)]
	}
	return edges
}

// pathBetween returns the shortest way along edges, both ends included; nil if
// there is none.
func pathBetween(edges [][]int, from, to int) []int {
	before := map[int]int{from: from}
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if at == to {
			way := []int{at}
			for at != from {
				at = before[at]
				way = append(way, at)
			}
			slices.Reverse(way)
			return way
		}
		for _, next := range edges[at] {
			if _, seen := before[next]; !seen {
				before[next] = at
				queue = append(queue, next)
			}
		}
	}
	return nil
}

// named returns the names of a cycle, beginning with the first of them.
func named(members []lockfile.WorkspaceMember, cycle []int) []string {
	names := make([]string, 0, len(cycle))
	for _, i := range cycle {
		names = append(names, cmp.Or(strings.TrimSpace(members[i].Manifest.Name), members[i].Folder))
	}
	first := slices.Index(names, slices.Min(names))
	return slices.Concat(names[first:], names[:first])
}

// sorted returns the positions in an order in which each comes after those it
// needs, the smallest first among those that may come next. There are no cycles.
func sorted(needed [][]int) []int {
	open, dependents := make([]int, len(needed)), make([][]int, len(needed))
	ready := &smallest{}
	for i, all := range needed {
		open[i] = len(all)
		for _, to := range all {
			dependents[to] = append(dependents[to], i)
		}
		if len(all) == 0 {
			heap.Push(ready, i)
		}
	}
	order := make([]int, 0, len(needed))
	for ready.Len() > 0 {
		at := heap.Pop(ready).(int)
		order = append(order, at)
		for _, i := range dependents[at] {
			if open[i]--; open[i] == 0 {
				heap.Push(ready, i)
			}
		}
	}
	return order
}

// smallest is a heap of positions.
type smallest []int

func (s smallest) Len() int           { return len(s) }
func (s smallest) Less(i, j int) bool { return s[i] < s[j] }
func (s smallest) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }

// Push adds a position.
func (s *smallest) Push(x any) { *s = append(*s, x.(int)) }

// Pop removes the last position.
func (s *smallest) Pop() any {
	last := len(*s) - 1
	x := (*s)[last]
	*s = (*s)[:last]
	return x
}
