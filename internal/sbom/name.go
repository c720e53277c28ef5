package sbom

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// name gives each node its purl and its ref, and puts the nodes in the order of
// the refs. Most purls stand once, and a lockfile is nearly in this order: so
// they are sorted, neighbours compared, and the few copies renamed.
func (b *builder) name() {
	for i := range b.nodes {
		if p := b.nodes[i].pkg; p.Name != "" {
			b.nodes[i].purl = npm.PURL(p)
		}
		b.nodes[i].ref = b.nodes[i].purl
	}
	b.sort()
	renamed := false
	for i := 0; i < len(b.nodes); {
		end := i + 1
		for end < len(b.nodes) && b.nodes[end].purl == b.nodes[i].purl {
			end++
		}
		if end-i > 1 || b.nodes[i].purl == "" {
			renamed = true
			for j := i; j < end; j++ {
				b.nodes[j].ref += "|" + b.nodes[j].pkg.Location
			}
		}
		i = end
	}
	if renamed {
		b.sort()
		b.separate()
	}
	for i := range b.nodes {
		n := &b.nodes[i]
		b.at[n.pkg] = int32(i)
		n.plain = isPlain(n.ref) && isPlain(n.purl)
	}
}

// separate numbers nodes of one ref: copies of one version at one location. No
// lockfile of npm's has them, but a graph may.
func (b *builder) separate() {
	unique := true
	for i := 1; i < len(b.nodes); i++ {
		unique = unique && b.nodes[i].ref != b.nodes[i-1].ref
	}
	if unique {
		return
	}
	taken := make(map[string]bool, len(b.nodes))
	for i := range b.nodes {
		n := &b.nodes[i]
		ref := n.ref
		for k := 2; taken[n.ref]; k++ {
			n.ref = ref + "|" + strconv.Itoa(k)
		}
		taken[n.ref] = true
	}
	b.sort()
}

// sort orders the nodes by ref, nodes of one ref as they stood: by index, since
// moving nodes about costs more than comparing them.
func (b *builder) sort() {
	order := make([]int32, len(b.nodes))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(x, y int32) int {
		if c := strings.Compare(b.nodes[x].ref, b.nodes[y].ref); c != 0 {
			return c
		}
		return cmp.Compare(x, y)
	})
	sorted := make([]node, len(b.nodes))
	for i, from := range order {
		sorted[i] = b.nodes[from]
	}
	b.nodes = sorted
}

// split takes an npm name apart. The scope of an npm name is its group, as
// cyclonedx-npm writes it and as readers expect it.
func split(full string) (group, name string) {
	group, name, scoped := strings.Cut(full, "/")
	if !scoped || !strings.HasPrefix(group, "@") {
		group, name = "", full
	}
	if name == "" {
		name = "unnamed" // npm allows it for what is never published; CycloneDX does not
	}
	return group, name
}
