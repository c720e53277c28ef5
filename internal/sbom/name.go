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
	byRef := func(x, y node) int { return strings.Compare(x.ref, y.ref) }
	slices.SortStableFunc(b.nodes, byRef)
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
		slices.SortStableFunc(b.nodes, byRef)
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
	same := func(x, y node) bool { return x.ref == y.ref }
	if len(slices.CompactFunc(slices.Clone(b.nodes), same)) == len(b.nodes) {
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
	slices.SortFunc(b.nodes, func(x, y node) int { return cmp.Compare(x.ref, y.ref) })
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
