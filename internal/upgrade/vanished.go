package upgrade

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/npm"
)

// vanished says of the overrides and updates of a pnpm project that pnpm refuses
// them: for these it resolves everything anew, and what this checkout asks for
// itself the registry may no longer have (ERR_PNPM_NO_MATCHING_VERSION). Of packages
// that nobody has asked about the registry is to be asked, once all else is known.
func (m *maker) vanished() {
	var anew []*change
	for _, c := range m.changes {
		if c.do == Override || c.do == Update {
			anew = append(anew, c)
		}
	}
	if m.Graph.Manager != "pnpm" || len(anew) == 0 {
		return
	}
	for _, p := range m.Graph.Packages {
		if !m.declares(p) {
			continue
		}
		for i := range p.Deps {
			e := &p.Deps[i]
			if e.To == nil || e.To.Source != npm.SourceRegistry || !registrySpec(e.Range) || m.overridden(e.To.Name) {
				continue
			}
			list, asked := m.Releases[e.To.Name]
			if !asked {
				m.last = append(m.last, e.To.Name)
				continue
			}
			value := m.planned(incoming{From: p, Edge: e})
			if _, there := pick(list, ask(value).Range); there {
				continue
			}
			for _, c := range anew {
				c.notes = append(c.notes,
					fmt.Sprintf("the registry has no release of %s that is %s: pnpm resolves everything anew for this and refuses "+
						"that, so ask for another %s first",
						e.To.Name, ask(value).Range, e.To.Name))
				for _, u := range c.units {
					u.doubtful = true
				}
			}
			return
		}
	}
}
