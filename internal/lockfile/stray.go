package lockfile

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A Stray is what a manager takes for a member of the workspace and
// WorkspaceMembers leaves out: it is reached by a symbolic link, or lies outside
// the root.
type Stray struct {
	Folder  string // a slash path from the root of the workspace, or the pattern that leads out of it
	Link    bool   // a symbolic link is on the way
	Outside bool   // it leads out of the root of the workspace
}

// strays returns what the walk passed over, in order.
func (w *memberWalk) strays() (strays []Stray) {
	for _, pattern := range w.patterns {
		if !strings.HasPrefix(pattern, "!") && leadsOut(pattern) {
			strays = append(strays, Stray{Folder: pattern, Outside: true})
		}
	}
	for _, folder := range w.links {
		strays = append(strays, w.through(folder)...)
	}
	slices.SortFunc(strays, func(a, b Stray) int { return strings.Compare(a.Folder, b.Folder) })
	return strays
}

// through returns the packages that a link leads to: itself, or what is below it.
// Where that cannot be looked at, the link stands for them.
func (w *memberWalk) through(folder string) (strays []Stray) {
	info, err := fs.Stat(w.c.root.FS(), path.Join(w.c.folder, folder))
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir():
		return nil
	case err != nil:
		return []Stray{{Folder: folder, Link: true, Outside: true}}
	}
	behind := memberWalk{c: w.c, patterns: w.patterns, members: w.members} // a link in there is not followed: it may lead back
	if err = behind.look(folder, 0); err != nil {
		behind.found = []string{folder}
	}
	for _, found := range behind.found {
		strays = append(strays, Stray{Folder: found, Link: true, Outside: w.c.outside(folder)})
	}
	return strays
}

// leadsOut reports whether a pattern can only match outside the root.
func leadsOut(pattern string) bool {
	for _, p := range braces(pattern, 0) {
		if clean := path.Clean(p); path.IsAbs(p) || clean == ".." || strings.HasPrefix(clean, "../") {
			return true
		}
	}
	return false
}

// target returns where a link leads, from the checkout's root; false if it leads
// out of it, or if it cannot be read.
func (c *Checkout) target(folder string) (string, bool) {
	name := path.Join(c.folder, folder)
	to, err := fs.ReadLink(c.root.FS(), name)
	if err != nil || path.IsAbs(to) {
		return "", false
	}
	to = path.Join(path.Dir(name), to)
	return to, to != ".." && !strings.HasPrefix(to, "../")
}

// outside reports whether a link leads out of the root of the workspace.
func (c *Checkout) outside(folder string) bool {
	to, inside := c.target(folder)
	return !inside || c.folder != "." && to != c.folder && !strings.HasPrefix(to, c.folder+"/")
}
