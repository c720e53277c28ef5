package upgrade

import (
	"fmt"
	"strings"
)

// pnpmCommand raises what pnpm installs for itself, which stands among no
// dependencies of package.json: a config dependency, or pnpm. Empty: it is no such
// thing. Readers of pnpm's lockfile put it at "env:" (internal/lockfile/pnpmenv.go).
func (m *maker) pnpmCommand(c *change) string {
	own := 0
	for _, edges := range c.serves {
		for _, in := range edges {
			if !strings.HasPrefix(in.edge.To.Location, "env:") {
				return ""
			}
			own++
		}
	}
	switch {
	case m.Graph.Manager != "pnpm" || own == 0 || !c.given:
		return ""
	case c.name == "pnpm" || strings.HasPrefix(c.name, "@pnpm/exe"):
		return "pnpm self-update " + c.to.Canonical()
	}
	return fmt.Sprintf("pnpm add --config %s@%s", c.name, c.to.Canonical())
}
