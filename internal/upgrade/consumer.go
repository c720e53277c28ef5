package upgrade

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/npm"
)

// resolved returns the first edge through which a consumer of the published
// package still gets an affected version, whatever an override does here: an
// advisory affects every version that the edge admits. No manager reads
// overrides of a dependency (docs.npmjs.com, package.json, "overrides": only
// those of the root). It returns nil if there is none.
func (m *maker) resolved(u *unit, stuck []incoming) *incoming {
	for i, in := range stuck {
		if peer(in.Edge) || in.From.Scope == npm.Peer || !m.reaches(in) {
			continue // a peer is the consumer's own to choose
		}
		want, ok := m.Graph.Wants(in.Edge.Name, in.Edge.Range)
		if !ok || want.Name != u.name {
			continue
		}
		rng, err := npm.ParseRange(want.Range)
		if err != nil || rng.Contains(u.target, false) {
			continue
		}
		for _, hit := range m.Known.Admitted(u.name, rng) {
			if hit.Every {
				return &stuck[i]
			}
		}
	}
	return nil
}

// consumersGet returns why an override does not end an advisory for consumers,
// and what else helps; empty if it does.
func (m *maker) consumersGet(u *unit, stuck []incoming) (why, instead string) {
	in := m.resolved(u, stuck)
	if in == nil {
		return "", ""
	}
	that := fmt.Sprintf("%s asks for %s %s", in.From.ID(), u.name, ask(in.Edge.Range).Range)
	if m.Graph.Lockfile == "npm-shrinkwrap.json" {
		// It is published with the package. npm up to 11 installs from it.
		why = that + ", and of those who install this package only npm up to 11 reads npm-shrinkwrap.json, where the override holds: " +
			"npm 12, pnpm, yarn and bun install what is asked for"
	} else {
		why = that + ", and whoever installs this package gets that: an override helps in this checkout alone"
	}
	return why, fmt.Sprintf("replace %s, or wait for a release of it that asks for another", in.From.Name)
}

// reaches reports whether an install of the published package follows an edge.
// A private package has no consumers. Below the importers pnpm's lockfile has
// the chosen versions, not the ranges.
func (m *maker) reaches(in incoming) bool {
	if m.Manifest.Private || m.Graph.Manager == "pnpm" || !published(in.Edge.Kind) {
		return false
	}
	if m.reach == nil {
		m.reach = map[*npm.Package]bool{m.Graph.Root: true}
		for next := []*npm.Package{m.Graph.Root}; len(next) > 0; {
			p := next[len(next)-1]
			next = next[:len(next)-1]
			for _, e := range p.Deps {
				if e.To != nil && published(e.Kind) && !m.reach[e.To] {
					m.reach[e.To] = true
					next = append(next, e.To)
				}
			}
		}
	}
	return m.reach[in.From]
}

func published(k npm.EdgeKind) bool { return k != npm.EdgeDev && k != npm.EdgeWorkspace }
