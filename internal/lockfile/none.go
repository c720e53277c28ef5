package lockfile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// A notMember error says that a lockfile above a directory does not include it.
type notMember struct{ error }

// ofOthers reports whether the lockfile is pnpm's, is above a directory, and
// its workspace does not include the directory. It returns false if
// pnpm-workspace.yaml cannot be read: then the importers in the lockfile
// decide.
func (c *choice) ofOthers(root Files, dir string) bool {
	if text, err := ReadRegular(root, path.Join(c.folder, "pnpm-workspace.yaml"), npm.MaxManifest); err == nil {
		if _, err := strict.ParseYAML(text); err != nil {
			return false
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	member, err := filepath.Rel(filepath.FromSlash(c.folder), filepath.FromSlash(dir))
	return err == nil && member != "." && !pnpmTakesIn(root, c.folder, filepath.ToSlash(member))
}

// none returns the graph of a package that needs no lockfile: it has no
// dependencies that a lockfile would hold.
func none(m *npm.Manifest) *npm.Graph {
	root := &npm.Package{Name: m.Name, Version: m.Version, License: m.License, Source: npm.SourceLocal, Line: 1, Column: 1}
	var slab edgeSlab
	edges := slab.begin()
	edges.manifest(m) // optional peers, which are not installed
	root.Deps = edges.end()
	g := &npm.Graph{Root: root, Packages: []*npm.Package{root}, Notes: []npm.Note{}}
	g.Settle(root)
	return g
}

// needed returns why a package needs a lockfile, or "".
func needed(root Files, dir string, m *npm.Manifest) string {
	for _, d := range m.Dependencies {
		if d.Kind != npm.EdgePeerOptional {
			return fmt.Sprintf("asks for %s (line %d)", d.Name, d.Line)
		}
	}
	if _, err := root.Lstat(path.Join(dir, "pnpm-workspace.yaml")); err == nil || len(m.Workspaces) > 0 {
		return "is the root of a workspace, whose members may have dependencies"
	}
	return ""
}

// NeededBy returns the manager of a package that needs a lockfile, whether or not
// one is there; false: the package needs none.
func NeededBy(root Files, dir string, m *npm.Manifest) (npm.Tool, bool) {
	return likely(root, dir, m, statedBy(m)), needed(root, dir, m) != ""
}

// absent returns the error for a lockfile that is needed and missing.
func absent(root Files, dir string, m *npm.Manifest, says stated, why string) error {
	tool := likely(root, dir, m, says)
	return fmt.Errorf("%s: it %s, and no lockfile stands here or above: run `%s` in the package's folder before the "+
		"gate; commit what it writes, or let the build job make it each time, which is accepted too",
		path.Join(show(dir), "package.json"), why, tool.Create)
}

// marks are settings files of the managers.
var marks = []struct{ file, manager, version string }{
	{"pnpm-workspace.yaml", "pnpm", ""}, {".pnpmfile.cjs", "pnpm", ""},
	{".yarnrc.yml", "yarn", "4"}, {".yarnrc", "yarn", "1"}, {"bunfig.toml", "bun", ""},
}

// likely returns the manager of a package without a lockfile: the one that
// package.json names, else the one whose settings file is there, else npm.
func likely(root Files, dir string, m *npm.Manifest, says stated) npm.Tool {
	if says.name == "" {
		says = developedWith(m)
	}
	mine := func(mark string) bool {
		_, err := root.Lstat(path.Join(dir, mark))
		return err == nil
	}
	for _, mark := range marks {
		if (says.name == "" || says.name == mark.manager && says.version == "") && mine(mark.file) {
			says = stated{name: mark.manager, version: mark.version}
		}
	}
	return npm.ToolFor(says.name, says.version)
}

// developedWith returns the manager that devEngines names, the first of
// several. Its version is a range, of which the first number is used.
func developedWith(m *npm.Manifest) stated {
	doc, err := strict.Parse(m.Raw)
	if err != nil {
		return stated{} // parsed before without an error
	}
	engine := doc.Get("devEngines").Get("packageManager")
	for first := range engine.Elements() {
		engine = first
		break
	}
	name := engine.Get("name").Text()
	if !slices.Contains([]string{"npm", "pnpm", "yarn", "bun"}, name) {
		return stated{}
	}
	return stated{name: name, version: strings.TrimLeft(engine.Get("version").Text(), "^~>=v "), by: m}
}
