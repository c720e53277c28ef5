package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// maxFollowed is how many symbolic links of a commit are followed for one path,
// as in Linux.
const maxFollowed = 40

// maxManifest is the largest package.json whose name is read, in bytes.
const maxManifest = 4 << 20

// errOutside is the error for a link in a commit that leads out of it.
var errOutside = errors.New("a link that leads out of the repository")

// resolve looks up a path from the root of a commit as the file system of its
// checkout would: links are followed as long as they stay in the commit. It
// returns nil if there is no such path.
func (r *Repository) resolve(v *Revision, name string) (*entry, error) {
	at := &entry{mode: typeFolder, id: v.tree}
	var done []string
	pending := strings.Split(name, "/")
	for links := 0; len(pending) > 0; {
		step := pending[0]
		pending = pending[1:]
		switch step {
		case "", ".":
			continue
		case "..":
			if len(done) == 0 {
				return nil, errOutside
			}
			done = done[:len(done)-1]
		default:
			done = append(done, step)
		}
		e, err := r.lookup(v.tree, path.Join(done...))
		if err != nil || e == nil {
			return nil, err
		}
		at = e
		switch e.mode & typeMask {
		case typeLink:
			if links++; links > maxFollowed {
				return nil, errors.New("too many links")
			}
			_, target, err := r.object(e.id, maxPath)
			if err != nil {
				return nil, err
			}
			if len(target) == 0 || target[0] == '/' {
				return nil, errOutside
			}
			done = done[:len(done)-1]
			pending = append(strings.Split(string(target), "/"), pending...)
		case typeModule:
			return nil, errors.New("in a submodule")
		}
	}
	return at, nil
}

// HasFolder reports whether a commit has a directory at that path.
func (r *Repository) HasFolder(v *Revision, name string) (bool, error) {
	e, err := r.resolve(v, name)
	if err != nil {
		return false, fmt.Errorf("read %s of commit %s: %w", name, v.Short(), err)
	}
	return e != nil && e.folder(), nil
}

// Packages returns, sorted, the directories of a commit whose package.json has
// that name. It skips installed packages and a package.json that cannot be
// read.
func (r *Repository) Packages(v *Revision, name string) ([]string, error) {
	var found []string
	var walk func(e entry, dir string, depth int) error
	walk = func(e entry, dir string, depth int) error {
		t, err := r.folder(e.id)
		if err != nil || depth > maxDepth {
			return err
		}
		for child, c := range t {
			switch {
			case c.folder() && child != "node_modules":
				err = walk(c, path.Join(dir, child), depth+1)
			case c.file() && child == "package.json":
				var is bool
				if is, err = r.names(c, name); is {
					found = append(found, dir)
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(entry{mode: typeFolder, id: v.tree}, ".", 0); err != nil {
		return nil, fmt.Errorf("look for the package in commit %s: %w", v.Short(), err)
	}
	slices.Sort(found)
	return found, nil
}

func (r *Repository) names(e entry, name string) (bool, error) {
	_, data, err := r.object(e.id, maxManifest)
	if errors.Is(err, errLarge) {
		return false, nil
	}
	var m struct{ Name string }
	return err == nil && json.Unmarshal(data, &m) == nil && m.Name == name, err
}
