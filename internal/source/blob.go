package source

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync/atomic"
)

// ErrLarge is the error for a file that is larger than is read.
var ErrLarge = errLarge

// maxBlobs is how many files of a commit, or entries of an index, are listed.
const maxBlobs = 1 << 20

// A Blob is a regular file of a commit or of an index.
type Blob struct {
	Path   string // slash path from the checkout's root
	Module bool   // it is a submodule: a commit of another repository
	id     hash
}

// ID returns the name of the content in hex.
func (b *Blob) ID() string { return b.id.String() }

// Blobs lists the regular files and the submodules of a commit by path. A symbolic
// link has no content of its own and is left out.
func (r *Repository) Blobs(v *Revision) ([]Blob, error) {
	var all []Blob
	if err := r.walk(v.tree, "", 0, func(b Blob) { all = append(all, b) }, func() int { return len(all) }); err != nil {
		return nil, fmt.Errorf("list the files of commit %s: %w", v.Short(), err)
	}
	slices.SortFunc(all, func(a, b Blob) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

// walk calls found for each file below a tree, in no order.
func (r *Repository) walk(id hash, dir string, depth int, found func(Blob), count func() int) error {
	if depth > maxDepth {
		return fmt.Errorf("%.200s: more than %d folders in each other", dir, maxDepth)
	}
	t, err := r.folder(id)
	if err != nil {
		return err
	}
	for name, e := range t {
		at := path.Join(dir, name)
		switch {
		case e.folder():
			err = r.walk(e.id, at, depth+1, found, count)
		case e.file(), e.module():
			found(Blob{Path: at, Module: e.module(), id: e.id})
		}
		if err != nil {
			return err
		}
		if count() > maxBlobs {
			return fmt.Errorf("it has more than %d files", maxBlobs)
		}
	}
	return nil
}

// ReadBlob returns the content of a file, ErrLarge if it has more than limit bytes.
// What may be decompressed for it does not count for the whole run: there are as
// many files as the caller asks for.
func (r *Repository) ReadBlob(b Blob, limit int64) ([]byte, error) {
	if b.Module {
		return nil, errors.New("a submodule: a commit of another repository")
	}
	own := new(atomic.Int64)
	own.Store(maxWork)
	_, data, err := r.objectFor(b.id, limit, own)
	return data, err
}

// lfsVersion is the first line of a pointer of Git LFS (git-lfs, docs/spec.md).
var lfsVersion = []byte("version https://git-lfs.github.com/spec/v1\n")

// IsPointer reports whether a file is a pointer of Git LFS: its content is not in
// the repository.
func IsPointer(data []byte) bool {
	return len(data) <= maxPointer && bytes.HasPrefix(data, lfsVersion)
}
