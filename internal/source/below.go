package source

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
)

// ErrLink is the error for a folder in which not every file is of the commit's own.
var ErrLink = errors.New("a link or a submodule: only the commit's own files are read there")

// Below returns, sorted, the paths of the files in a folder of a commit, at any
// depth, or the file itself; a link at its own path is followed. If the commit has
// no such path, the error is fs.ErrNotExist; it is ErrLarge if there are more than
// most, and ErrLink if a link or a submodule is among them.
func (r *Repository) Below(v *Revision, name string, most int) ([]string, error) {
	fail := func(err error) ([]string, error) {
		return nil, fmt.Errorf("list %.200s of commit %s: %w", name, v.Short(), err)
	}
	e, err := r.resolve(v, name)
	switch {
	case err != nil:
		return fail(err)
	case e == nil:
		return fail(fs.ErrNotExist)
	case e.file():
		return []string{path.Clean(name)}, nil
	}
	var found []string
	var walk func(id hash, dir string, depth int) error
	walk = func(id hash, dir string, depth int) error {
		if depth > maxDepth {
			return fmt.Errorf("%w: more than %d folders in each other", ErrLarge, maxDepth)
		}
		t, err := r.folder(id)
		if err != nil {
			return err
		}
		for child, c := range t {
			at := path.Join(dir, child)
			switch {
			case c.folder():
				err = walk(c.id, at, depth+1)
			case c.file():
				found = append(found, at)
			default:
				err = fmt.Errorf("%.200s: %w", at, ErrLink)
			}
			if err != nil {
				return err
			}
			if len(found) > most {
				return fmt.Errorf("%w: more than %d files", ErrLarge, most)
			}
		}
		return nil
	}
	if err := walk(e.id, path.Clean(name), 0); err != nil {
		return fail(err)
	}
	slices.Sort(found)
	return found, nil
}
