package report

import (
	"slices"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// maxNodes is the number of packages in the picture of dependency paths and in
// the graph of the summary. A person could not follow more.
const maxNodes = 40

// A network shows how the vulnerable packages come in: a tree of whole dependency
// paths from the judged package, the worst first.
type network struct {
	root  *node
	nodes int // all of them
	more  int // paths that found no room
}

// A node is a package on a path. The same package may be on several.
type node struct {
	name  string        // "name@version", foreign
	group *policy.Group // what was found in it; nil: nothing
	index int           // of the group in the verdict
	kids  []*node
}

// network returns the tree of what blocks; where nothing does, of the warnings
// about what ships. It is nil where no package came in by a path.
func (d *Document) network() *network {
	groups := d.Verdict.Groups()
	about := map[string]int{} // name@version → its worst group
	for i := range groups {
		if name := vulnerable(&groups[i]); name != "" && groups[i].State() != finding.Waived {
			if _, known := about[name]; !known {
				about[name] = i
			}
		}
	}
	for _, state := range []finding.State{finding.Block, finding.Warn} {
		n := &network{}
		// Each package's first path comes before any package's second.
		for round := range maxChains {
			for i := range groups {
				g := &groups[i]
				if vulnerable(g) == "" || g.State() != state || state == finding.Warn && buildOnly(g.Of()) {
					continue
				}
				if paths := g.Of().Paths; round < len(paths) {
					n.add(paths[round], groups, about)
					if round == maxChains-1 {
						n.more += len(paths) - maxChains
					}
				}
			}
		}
		if n.root != nil && len(n.root.kids) > 0 {
			return n
		}
	}
	return nil
}

// vulnerable returns the installed package that a group's advisories are about.
func vulnerable(g *policy.Group) string {
	if f := g.Of(); g.Advisories() && f.Name != "" && f.Version != "" {
		return f.Name + "@" + f.Version
	}
	return ""
}

// add adds a path, if all of it finds room.
func (n *network) add(path []string, groups []policy.Group, about map[string]int) {
	if len(path) < 2 {
		return
	}
	if n.root == nil {
		n.root, n.nodes = &node{name: path[0]}, 1
	}
	at, known := n.root, 1
	for ; known < len(path); known++ {
		next := at.kid(path[known])
		if next == nil {
			break
		}
		at = next
	}
	if path[0] != n.root.name || n.nodes+len(path)-known > maxNodes {
		n.more++
		return
	}
	for _, name := range path[known:] {
		next := &node{name: name}
		if i, found := about[name]; found {
			next.group, next.index = &groups[i], i
		}
		at.kids = append(at.kids, next)
		at, n.nodes = next, n.nodes+1
	}
}

func (x *node) kid(name string) *node {
	if i := slices.IndexFunc(x.kids, func(k *node) bool { return k.name == name }); i >= 0 {
		return x.kids[i]
	}
	return nil
}
