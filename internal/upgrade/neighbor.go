package upgrade

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/npm"
)

// apart takes back the raises that npm refuses (ERESOLVE) because of what another
// member of the workspace asks for itself: that one has the raised package as a peer
// and gets the copy that is raised. npm puts it where the old one was, whatever else
// that member has of it. It reports whether there was one: then the others are to be
// looked at again.
func (m *maker) apart() bool {
	if m.Graph.Manager != "npm" {
		return false
	}
	for _, c := range m.changes {
		if c.do != Raise {
			continue
		}
		raised := &direct{at: c.at, edge: m.asks(c.at)[c.line].last, change: c}
		if raised.edge == nil {
			continue
		}
		if why := m.unfit(raised); why != "" {
			m.dismiss(c, why)
			return true
		}
	}
	return false
}

// unfit is why a raise is refused elsewhere in the workspace; empty: it is not.
func (m *maker) unfit(raised *direct) string {
	for _, in := range m.into.Of(raised.edge.To) {
		if !peer(in.Edge) || !m.declaredApart(in.From, raised.at) {
			continue
		}
		for _, r := range m.takes(raised) {
			if registrySpec(in.Edge.Range) && !m.within(r.Version, in.Edge.Range) {
				return fmt.Sprintf("%s %s does not go with %s, which another member of the workspace asks for: it has %s %s as a peer",
					raised.edge.Name, r.Version, in.From.ID(), in.Edge.Name, in.Edge.Range)
			}
		}
	}
	return ""
}

// declaredApart reports whether this checkout asks for a package, and not where
// another is raised.
func (m *maker) declaredApart(p, at *npm.Package) bool {
	apart := false
	for _, in := range m.into.Of(p) {
		if in.From == at {
			return false // settle sees to those
		}
		apart = apart || m.declares(in.From)
	}
	return apart
}
