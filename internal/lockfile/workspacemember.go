package lockfile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// A WorkspaceMember is a package of a monorepo.
type WorkspaceMember struct {
	Folder   string // a slash path from the monorepo's root
	Manifest *npm.Manifest
}

// WorkspaceMembers lists the members of the workspace whose root is at.Dir, in
// order of their directories, as its manager finds them: pnpm by
// pnpm-workspace.yaml, the others by workspaces of package.json. None are
// returned if the directory is no such root.
func WorkspaceMembers(at Location, manifest *npm.Manifest) ([]WorkspaceMember, error) {
	members, _, err := Workspace(at, manifest)
	return members, err
}

// Workspace is WorkspaceMembers, with what a manager may take for a member
// besides.
func Workspace(at Location, manifest *npm.Manifest) ([]WorkspaceMember, []Stray, error) {
	c := NewCheckout(at.Root, at.Dir, at.Dir)
	patterns, err := c.patterns(manifest)
	if err != nil || len(patterns) == 0 {
		return nil, nil, err
	}
	w := memberWalk{c: c, patterns: patterns, members: memberSetOf(patterns)}
	if err := w.look("", 0); err != nil {
		return nil, nil, err
	}
	members := make([]WorkspaceMember, 0, len(w.found))
	for _, folder := range w.found {
		m, err := c.Manifest(folder)
		if err != nil {
			return nil, nil, err
		}
		members = append(members, WorkspaceMember{Folder: folder, Manifest: m})
	}
	return members, w.strays(), nil
}

// patterns returns the workspace patterns of the root.
func (c *Checkout) patterns(manifest *npm.Manifest) ([]string, error) {
	const file = "pnpm-workspace.yaml"
	text, err := ReadRegular(c.root, path.Join(c.folder, file), npm.MaxManifest)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !c.usesPnpm(manifest) {
		return manifest.Workspaces, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	doc, err := strict.ParseYAML(text)
	if err != nil {
		return nil, fmt.Errorf("%s:%w: the members of the workspace cannot be told; write it in plain YAML", file, err)
	}
	return yamlTexts(doc.Get("packages")), nil
}

// usesPnpm reports whether pnpm-workspace.yaml counts: package.json names pnpm,
// or no other manager and no workspaces of its own, or pnpm's lockfile is
// there.
func (c *Checkout) usesPnpm(m *npm.Manifest) bool {
	if says := statedBy(m).name; says != "" {
		return says == "pnpm"
	}
	_, err := c.root.Lstat(path.Join(c.folder, "pnpm-lock.yaml"))
	return err == nil || len(m.Workspaces) == 0
}
