package upgrade

import (
	"fmt"
	"strings"
)

// pnpmCommand returns the command that raises a package which pnpm installs for
// itself and which is not in the dependencies of package.json: a config
// dependency, or pnpm. It is empty for other packages. Package lockfile gives
// them locations that begin with "env:".
func (m *maker) pnpmCommand(c *change) string {
	own := 0
	for _, s := range c.shares {
		for _, in := range s.edges {
			if !strings.HasPrefix(in.Edge.To.Location, "env:") {
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
