package lockfile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/npm"
)

// A Checkout gives a reader the files that an incomplete lockfile needs: the
// package.json files of workspace members and linked directories. Paths are
// slash paths from the lockfile's directory; none leads out of the root. A nil
// Checkout holds nothing.
type Checkout struct {
	root   Files
	folder string // of the lockfile, below root
	dir    string // that is judged, below root: messages name paths from it
	shared *Shared
}

// NewCheckout makes a Checkout of the lockfile's directory below a root. dir is
// the directory that is judged, from which messages name paths.
func NewCheckout(root Files, folder, dir string) *Checkout {
	return &Checkout{root: root, folder: path.Clean(folder), dir: path.Clean(dir)}
}

// Sharing returns the Checkout, which reads what others read already only once.
func (c *Checkout) Sharing(s *Shared) *Checkout {
	c.shared = s
	return c
}

// Bounds of the search for workspace members.
const (
	maxFolders = 100_000 // looked into
	maxDepth   = 32
)

// Manifest reads the package.json of a directory. Where there is none, or the
// path leads out of the root, the error is fs.ErrNotExist.
func (c *Checkout) Manifest(folder string) (*npm.Manifest, error) {
	if c == nil {
		return nil, fs.ErrNotExist
	}
	name := path.Join(c.folder, folder, "package.json")
	if strings.HasPrefix(name, "../") || path.IsAbs(folder) {
		return nil, fs.ErrNotExist
	}
	shown := label(c.dir, name)
	return c.shared.manifest(name, shown, func() (*npm.Manifest, error) { return c.read(name, shown) })
}

func (c *Checkout) read(name, shown string) (*npm.Manifest, error) {
	text, err := ReadRegular(c.root, name, npm.MaxManifest)
	if err != nil {
		if _, err := c.root.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return nil, fs.ErrNotExist
		}
		return nil, fmt.Errorf("read %s: %w", shown, err)
	}
	return npm.ParseManifest(text, shown)
}

// Members lists the directories with a package.json that match workspace
// patterns, in order. It follows no symbolic links and looks into no
// node_modules.
func (c *Checkout) Members(patterns []string) ([]string, error) {
	if c == nil {
		return nil, errors.New("its workspaces cannot be looked at")
	}
	return c.shared.members(c.folder, patterns, func() ([]string, error) {
		w := memberWalk{c: c, patterns: patterns, members: memberSetOf(patterns)}
		if err := w.look("", 0); err != nil {
			return nil, err
		}
		return w.found, nil
	})
}

type memberWalk struct {
	c        *Checkout
	patterns []string
	members  memberSet
	found    []string
	links    []string // symbolic links that the patterns match, or a part of them
	looked   int
}

// look tests one directory, then those below it that a pattern may match.
func (w *memberWalk) look(folder string, depth int) error {
	if w.looked++; w.looked > maxFolders || depth > maxDepth {
		return fmt.Errorf("the workspaces take in more than %d folders, or folders nested deeper than %d", maxFolders, maxDepth)
	}
	here := path.Join(w.c.folder, folder)
	list, err := fs.ReadDir(w.c.root.FS(), here)
	if err != nil {
		return fmt.Errorf("look for workspaces in %s: %w", label(w.c.dir, here), disk.Cause(err))
	}
	if folder != "" && w.members.has(folder) {
		there := slices.ContainsFunc(list, func(e fs.DirEntry) bool { return e.Name() == "package.json" })
		if !there { // or it is written Package.json, where that is the same
			_, err := w.c.root.Lstat(path.Join(here, "package.json"))
			there = err == nil
		}
		if there {
			w.found = append(w.found, folder)
		}
	}
	for _, e := range list { // ReadDir sorts
		below := path.Join(folder, e.Name())
		if e.Type()&fs.ModeSymlink != 0 && (w.members.has(below) || w.members.below(below)) {
			w.links = append(w.links, below)
		}
		if !e.IsDir() || e.Name() == "node_modules" || e.Name() == ".git" {
			continue
		}
		if leadsTo(w.patterns, below) {
			if err := w.look(below, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// leadsTo reports whether a directory, or one below it, may match a pattern:
// its path matches the pattern's beginning.
func leadsTo(patterns []string, folder string) bool {
	names := strings.Split(folder, "/")
	for _, pattern := range patterns {
		if strings.HasPrefix(pattern, "!") {
			continue
		}
		for _, p := range braces(pattern, 0) {
			parts := strings.Split(strings.Trim(path.Clean("/"+p), "/"), "/")
			for i := range parts {
				if parts[i] == "**" {
					if globMatch(parts[:i+1], names) || len(names) <= i && globMatch(parts[:len(names)], names) {
						return true
					}
					break
				}
			}
			if n := len(names); n <= len(parts) && globMatch(parts[:n], names) {
				return true
			}
		}
	}
	return false
}
