package upgrade

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/npm"
)

// olderNode says of a release that it needs a newer Node than the oldest that
// package.json admits; empty: it does not, or nobody says. npm run by an older
// Node passes such a release over where the range has another.
func (m *maker) olderNode(name string, r Release) string {
	if r.Node == "" {
		return ""
	}
	if m.node == nil {
		var text string
		if doc, err := parse(m.Manifest.Raw); err == nil {
			text = doc.Get("engines").Get("node").Text()
		}
		m.node = &text
	}
	ours, err := npm.ParseRange(*m.node)
	if *m.node == "" || err != nil {
		return ""
	}
	low, ok := ours.Lowest()
	theirs, err := npm.ParseRange(r.Node)
	if !ok || err != nil || theirs.Contains(low, false) {
		return ""
	}
	return fmt.Sprintf("%s %s is for Node %s, and package.json admits %s: run this with a newer Node, else npm may leave the old release", name, r.Version, r.Node, *m.node)
}
