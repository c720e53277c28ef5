package upgrade

import (
	"fmt"
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// overriding returns the change that writes an override for some edges.
func (m *maker) overriding(u *unit, stuck, reached []incoming, keys []string) *change {
	value := u.target.Canonical()
	if in := stuck[0]; in.Edge.Name != u.name {
		value = "npm:" + u.name + "@" + value
	}
	c := &change{do: Override, name: u.name, to: u.target, given: true}
	file, field, patch := m.overrideFile()
	c.edits = []edit{{file, append(field, keys...), value, patch}}
	for _, in := range reached {
		value, known := m.declared(in)
		if !known {
			c.unsaid = append(c.unsaid, in.From.ID())
			continue
		}
		if registrySpec(value) && !m.within(u.target, value) {
			asks := "asks for"
			if in.Edge.Kind == npm.EdgePeer || in.Edge.Kind == npm.EdgePeerOptional {
				asks = "has as a peer"
			}
			c.notes = append(c.notes, fmt.Sprintf("%s %s %s %s, and %s is outside of that: test it", in.From.ID(), asks, u.name, value, u.target))
		}
	}
	return c
}

func (m *maker) within(v npm.Version, value string) bool {
	r, err := npm.ParseRange(ask(value).Range)
	return err == nil && r.Contains(v, false)
}

// reset raises the override that keeps the unit at its version.
func (m *maker) reset(u *unit, stuck []incoming) *change {
	o := m.pinned[u.name]
	if o.Path != o.Name {
		return m.nothing(u, fmt.Sprintf("package.json overrides it already, at %s: set that to %s", o.Path, u.target))
	}
	c := m.overriding(u, stuck, u.edges, []string{o.Name})
	c.old = o.Range
	return c
}

func (m *maker) nothing(u *unit, why string) *change {
	u.why = why
	return &change{do: Nothing, name: u.name, line: u.text, notes: []string{why}}
}

// overrideFile returns the file for overrides, the keys that lead to them, and
// whether the file is the package.json that was read: in a monorepo it is that
// of the root.
func (m *maker) overrideFile() (file string, keys []string, patch bool) {
	root := path.Dir(m.Graph.Lockfile)
	file, patch = path.Join(root, "package.json"), root == "."
	if m.Graph.Manager != "pnpm" {
		return file, []string{m.tool.Overrides}, patch
	}
	if m.pnpmInPackageJSON() {
		return file, []string{"pnpm", m.tool.Overrides}, patch
	}
	return path.Join(root, "pnpm-workspace.yaml"), []string{m.tool.Overrides}, false
}

// pnpmInPackageJSON reports whether pnpm reads its settings in package.json, as
// pnpm up to 9 does; the format of the lockfile shows it, too.
func (m *maker) pnpmInPackageJSON() bool {
	if version, ok := strings.CutPrefix(m.Manifest.PackageManager, "pnpm@"); ok {
		major, _, _ := strings.Cut(version, ".")
		return len(major) == 1
	}
	return m.Graph.Version < "9" || m.settingsInManifest()
}

// settingsInManifest reports whether package.json has settings of pnpm's
// already.
func (m *maker) settingsInManifest() bool {
	if m.settings == nil {
		doc, err := parse(m.Manifest.Raw)
		there := err == nil && doc.Get("pnpm").Exists()
		m.settings = &there
	}
	return *m.settings
}
