package source

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
)

// ErrUnmerged is the error for an index with conflicts that are not resolved: there
// is no next commit yet.
var ErrUnmerged = errors.New("files with conflicts are not resolved yet")

// A Staged is what the next commit changes.
type Staged struct {
	Files  []Blob // files with a content that no parent of the commit has at that path
	Before []Blob // what the parents have in the place of them, and of files that are gone
}

// Staged compares the index with the commit that is checked out, and with those
// that are being merged into it. index is the file that git names in
// GIT_INDEX_FILE; empty: the checkout's own. Working files are not read.
func (r *Repository) Staged(index string) (*Staged, error) {
	var parents []hash // trees
	sizes := []uint8{sha1Size, sha256Size}
	switch head, err := r.Head(); {
	case err == nil:
		parents, sizes = append(parents, head.tree), []uint8{head.tree.size}
	case !errors.Is(err, ErrUnborn):
		return nil, err
	}
	merged, err := r.merging()
	if err != nil {
		return nil, err
	}
	var x *gitIndex
	for _, size := range sizes { // before the first commit nothing says which kind of names there is
		if x, err = r.readIndex(index, size); err == nil {
			break
		}
	}
	if err != nil || x == nil {
		return &Staged{}, err
	}
	c := &comparison{repo: r, index: x}
	head := hash{}
	if len(parents) > 0 {
		head = parents[0]
	}
	if err := c.folder("", head, x.entries, 0); err != nil {
		return nil, fmt.Errorf("compare the index of git with the commit: %w", err)
	}
	for _, tree := range merged {
		if err := c.without(tree); err != nil {
			return nil, fmt.Errorf("compare the index of git with the commit that is merged: %w", err)
		}
	}
	return &c.Staged, nil
}

// merging returns the trees of the commits that are being merged.
func (r *Repository) merging() ([]hash, error) {
	data, err := disk.Read(r.own, "MERGE_HEAD", maxSmall)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var trees []hash
	for _, name := range strings.Fields(string(data)) {
		v, err := r.Revision(name)
		if err != nil {
			return nil, err
		}
		trees = append(trees, v.tree)
	}
	return trees, err
}

// A comparison collects what differs.
type comparison struct {
	Staged
	repo  *Repository
	index *gitIndex
}

// folder compares the entries of the index below a directory with a tree; the zero
// hash is an empty one. A directory of which the index knows the tree is compared
// at once.
func (c *comparison) folder(dir string, id hash, entries []indexEntry, depth int) error {
	if known, ok := c.index.trees[dir]; ok && known == id {
		return nil
	}
	if depth > maxDepth {
		return fmt.Errorf("%.200s: more than %d folders in each other", dir, maxDepth)
	}
	var in tree
	if id != (hash{}) {
		var err error
		if in, err = c.repo.folder(id); err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	prefix := ""
	if dir != "" {
		prefix = dir + "/"
	}
	for len(entries) > 0 {
		e := &entries[0]
		name, _, nested := strings.Cut(e.path[len(prefix):], "/")
		seen[name] = true
		n := 1
		var err error
		if nested {
			for below := prefix + name + "/"; n < len(entries) && strings.HasPrefix(entries[n].path, below); n++ {
			}
			err = c.below(path.Join(dir, name), in[name], entries[:n], depth)
		} else {
			err = c.file(e, in[name])
		}
		if err != nil {
			return err
		}
		entries = entries[n:]
	}
	for name, e := range in {
		if !seen[name] {
			if err := c.gone(path.Join(dir, name), e); err != nil {
				return err
			}
		}
	}
	return nil
}

// below compares what is below a directory with what the commit has at its path.
func (c *comparison) below(dir string, was entry, entries []indexEntry, depth int) error {
	if sparse := &entries[0]; sparse.folder() && sparse.path == dir+"/" { // a sparse index has the directory itself
		if was.folder() && was.id == sparse.id {
			return nil
		}
		var blobs []Blob
		err := c.repo.walk(sparse.id, dir, depth, func(b Blob) { blobs = append(blobs, b) }, func() int { return len(blobs) })
		if err != nil {
			return err
		}
		entries = entries[:0:0]
		for _, b := range blobs {
			e := indexEntry{path: b.Path, entry: entry{mode: typeFile, id: b.id}}
			if b.Module {
				e.mode = typeModule
			}
			entries = append(entries, e)
		}
		slices.SortFunc(entries, func(a, b indexEntry) int { return strings.Compare(a.path, b.path) })
	}
	if was.folder() {
		return c.folder(dir, was.id, entries, depth+1)
	}
	if was != (entry{}) {
		if err := c.gone(dir, was); err != nil {
			return err
		}
	}
	return c.folder(dir, hash{}, entries, depth+1)
}

// file compares one file with what the commit has at its path.
func (c *comparison) file(e *indexEntry, was entry) error {
	switch {
	case e.unmerged:
		return fmt.Errorf("%.200q: %w", e.path, ErrUnmerged)
	case e.later, e.id == was.id:
		return nil
	case was != (entry{}):
		if err := c.gone(e.path, was); err != nil {
			return err
		}
	}
	if e.file() || e.module() {
		c.Files = append(c.Files, Blob{Path: e.path, Module: e.module(), id: e.id})
	}
	return nil
}

// gone notes what the commit has and the index has not.
func (c *comparison) gone(at string, e entry) error {
	switch {
	case e.folder():
		return c.repo.walk(e.id, at, 0, func(b Blob) {
			if !b.Module {
				c.Before = append(c.Before, b)
			}
		}, func() int { return len(c.Before) })
	case e.file():
		c.Before = append(c.Before, Blob{Path: at, id: e.id})
	}
	return nil
}

// without leaves out files that another parent has as they are, and notes what it
// has in the place of others.
func (c *comparison) without(tree hash) error {
	var failed error
	c.Files = slices.DeleteFunc(c.Files, func(b Blob) bool {
		e, err := c.repo.lookup(tree, b.Path)
		switch {
		case err != nil:
			failed = err
		case e == nil:
		case e.id == b.id:
			return true
		case e.file():
			c.Before = append(c.Before, Blob{Path: b.Path, id: e.id})
		}
		return false
	})
	return failed
}
