package upgrade

import (
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// buildTool returns the statement of the checkout that a change raises, if it is
// about what builds the package and not about a dependency; else nil.
func (m *maker) buildTool(c *change) *npm.BuildTool {
	named, is := strings.CutPrefix(c.line, npm.BuildLocation)
	if !is {
		return nil
	}
	for i := range m.Graph.Tools {
		if t := &m.Graph.Tools[i]; t.Name+"@"+t.Version == named {
			return t
		}
	}
	return nil
}

// corepack returns the command that writes a version where corepack reads it, with
// its checksum; empty: the statement is for others to read.
func corepack(t *npm.BuildTool, to npm.Version) string {
	if !t.Hashable {
		return ""
	}
	return "corepack use " + t.Tool + "@" + to.Canonical()
}

// buildAdvice says how a tool that builds the package is raised.
func buildAdvice(t *npm.BuildTool, to npm.Version) string {
	if command := corepack(t, to); command != "" {
		return fmt.Sprintf("run `%s`, or the like for a later version", command)
	}
	return fmt.Sprintf("write %s %s or later in %s (%s)", t.Tool, to.Canonical(), t.File, t.From)
}
