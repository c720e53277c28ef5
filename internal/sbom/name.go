package sbom

import (
	"cmp"
	"encoding/binary"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/publishgate/publishgate/internal/npm"
)

// name gives each node its purl and its ref, and sorts the nodes by ref. Most
// purls are unique, so they are sorted, neighbours compared, and the few
// duplicates renamed.
func (b *builder) name() {
	b.purls()
	order := b.order()
	renamed := false
	for from := 0; from < len(order); {
		purl, to := b.nodes[order[from]].purl, from+1
		for to < len(order) && b.nodes[order[to]].purl == purl {
			to++
		}
		if to-from > 1 || purl == "" {
			renamed = true
			slices.SortStableFunc(order[from:to], func(x, y int32) int {
				return strings.Compare(b.nodes[x].pkg.Location, b.nodes[y].pkg.Location)
			})
			for _, i := range order[from:to] {
				n := &b.nodes[i]
				n.ref += "|" + n.pkg.Location
			}
		}
		from = to
	}
	if renamed {
		// Copies are already in order. But they may have to change places with
		// a version that continues theirs: a@1.0.0|x and a@1.0.0-rc.
		if !slices.IsSortedFunc(order, func(x, y int32) int { return strings.Compare(b.nodes[x].ref, b.nodes[y].ref) }) {
			order = b.order()
		}
		order = b.separate(order)
	}
	sorted := make([]node, len(b.nodes))
	for to, from := range order {
		sorted[to] = b.nodes[from]
		b.index.set(sorted[to].pkg, to)
	}
	b.nodes = sorted
}

// purls sets the purls of the nodes, in parallel if there are many.
func (b *builder) purls() {
	const many = 512
	workers := min(runtime.GOMAXPROCS(0), writers, 1+len(b.nodes)/many)
	each := (len(b.nodes) + workers - 1) / workers
	var group sync.WaitGroup
	for nodes := range slices.Chunk(b.nodes, each) {
		group.Go(func() {
			for i := range nodes {
				n := &nodes[i]
				if n.pkg.Name != "" {
					n.purl = npm.PURL(n.pkg)
				}
				n.ref = n.purl
			}
		})
	}
	group.Wait()
}

// separate numbers nodes with the same ref: copies of one version at one
// location. npm's lockfiles have none, but a graph may.
func (b *builder) separate(order []int32) []int32 {
	unique := true
	for i := 1; i < len(order); i++ {
		unique = unique && b.nodes[order[i]].ref != b.nodes[order[i-1]].ref
	}
	if unique {
		return order
	}
	taken := make(map[string]bool, len(order))
	for _, i := range order {
		n := &b.nodes[i]
		ref := n.ref
		for k := 2; taken[n.ref]; k++ {
			n.ref = ref + "|" + strconv.Itoa(k)
		}
		taken[n.ref] = true
	}
	return b.order()
}

// order returns the nodes sorted by ref, ties by index. It compares the first
// sixteen bytes first, in which most refs differ.
func (b *builder) order() []int32 {
	const shared = "pkg:npm/"
	type key struct {
		first, second uint64
		i             int32
	}
	keys := make([]key, len(b.nodes))
	for i := range b.nodes {
		ref := b.nodes[i].ref
		keys[i] = key{^uint64(0), ^uint64(0), int32(i)}
		if rest, ok := strings.CutPrefix(ref, shared); ok {
			var letters [16]byte
			copy(letters[:], rest)
			keys[i].first, keys[i].second = binary.BigEndian.Uint64(letters[:8]), binary.BigEndian.Uint64(letters[8:])
		} else if ref < shared {
			keys[i].first, keys[i].second = 0, 0
		}
	}
	slices.SortFunc(keys, func(x, y key) int {
		if x.first != y.first {
			return cmp.Compare(x.first, y.first)
		}
		if x.second != y.second {
			return cmp.Compare(x.second, y.second)
		}
		if c := strings.Compare(b.nodes[x.i].ref, b.nodes[y.i].ref); c != 0 {
			return c
		}
		return cmp.Compare(x.i, y.i)
	})
	order := make([]int32, len(keys))
	for at, k := range keys {
		order[at] = k.i
	}
	return order
}

// split splits an npm name. Its scope becomes the group, as cyclonedx-npm
// writes it and as consumers expect it.
func split(full string) (group, name string) {
	group, name, scoped := strings.Cut(full, "/")
	if !scoped || !strings.HasPrefix(group, "@") {
		group, name = "", full
	}
	if name == "" {
		name = "unnamed" // npm allows no name for a package that is never published; CycloneDX does not
	}
	return group, name
}
