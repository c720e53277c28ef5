package lockfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// A notMember error says that a lockfile above a directory does not take it in.
type notMember struct{ error }

// ofOthers holds for a lockfile of pnpm above a directory that its workspace
// does not take in. Where pnpm-workspace.yaml cannot be read it does not: then
// the lockfile says whom it is for.
func (c *choice) ofOthers(root *os.Root, dir string) bool {
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

// none is the graph of a package for which there is no lockfile and need not be
// one: it asks for nothing that a lockfile would hold.
func none(m *npm.Manifest) *npm.Graph {
	root := &npm.Package{Name: m.Name, Version: m.Version, License: m.License, Source: npm.SourceLocal, Line: 1, Column: 1}
	var slab edgeSlab
	edges := slab.begin()
	edges.manifest(m) // optional peers, which nobody is given
	root.Deps = edges.end()
	g := &npm.Graph{Root: root, Packages: []*npm.Package{root}, Notes: []npm.Note{}}
	g.Settle(root)
	return g
}

// needed says why a package has to have a lockfile; "": it need not.
func needed(root *os.Root, dir string, m *npm.Manifest) string {
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

// absent is the error where a lockfile is needed and there is none.
func absent(root *os.Root, dir string, m *npm.Manifest, says stated, why string) error {
	tool := likely(root, dir, m, says)
	return fmt.Errorf("%s: it %s, and no lockfile stands here or above: run `%s` in the package's folder before the "+
		"gate; commit what it writes, or let the build job make it each time, which is accepted too",
		path.Join(show(dir), "package.json"), why, tool.Create)
}

// marks are files of which each manager reads its own.
var marks = []struct{ file, manager, version string }{
	{"pnpm-workspace.yaml", "pnpm", ""}, {".pnpmfile.cjs", "pnpm", ""},
	{".yarnrc.yml", "yarn", "4"}, {".yarnrc", "yarn", "1"}, {"bunfig.toml", "bun", ""},
}

// likely is the manager of a package without a lockfile: the one that its
// package.json names, else the one whose settings lie there, else npm.
func likely(root *os.Root, dir string, m *npm.Manifest, says stated) npm.Tool {
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

// developedWith is the manager that devEngines names, the first where it names
// several. Its version is a range, of which the first number is taken.
func developedWith(m *npm.Manifest) stated {
	doc, err := strict.Parse(m.Raw)
	if err != nil {
		return stated{} // it was read before
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
