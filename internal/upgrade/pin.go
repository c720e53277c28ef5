package upgrade

import (
	"fmt"
	"slices"

	"github.com/publishgate/publishgate/internal/npm"
)

// Pin says how a project has every copy of a package replaced by one that a range
// admits, in the syntax of its manager and in the file which that reads: "add `…`
// to package.json". An override that is there already is to be set.
func Pin(g *npm.Graph, own *npm.Manifest, name, rng string) string {
	m := &maker{Input: Input{Graph: g, Manifest: own}, tool: g.Tool()}
	file, field, patch := m.overrideFile()
	for _, o := range slices.Concat(own.Overrides, g.Overrides) {
		if o.Name == name && o.Path == name && m.reads(o.Field) {
			if o.File != "" {
				file = o.File
			}
			return fmt.Sprintf("set the override of %s, which is %s, to `%s` in %s", name, o.Range, rng, file)
		}
	}
	if patch && m.tool.Name == "npm" && slices.ContainsFunc(own.Dependencies, func(d npm.Dependency) bool { return d.Name == name }) {
		rng = "$" + name // npm refuses any other override of what the project declares itself (EOVERRIDE)
	}
	return m.overrideAdvice(nil, &change{edits: []edit{{file: file, path: append(field, name), value: rng}}})
}

// reads reports whether the manager reads overrides in a field of package.json; ""
// is none, but pnpm's own file.
func (m *maker) reads(field string) bool {
	switch m.tool.Name {
	case "npm":
		return field == "overrides"
	case "yarn":
		return field == "resolutions"
	case "bun":
		return field == "overrides" || field == "resolutions"
	}
	return field != "overrides"
}
