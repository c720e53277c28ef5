package source

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// Files are the files of a commit, read as those of a checkout would be: links in
// the middle of a path are followed within the commit. Names are slash paths from
// its root. Like its Repository, one goroutine may use it at a time.
type Files struct {
	repo *Repository
	rev  *Revision
}

// Files returns the files of a commit.
func (r *Repository) Files(v *Revision) *Files { return &Files{r, v} }

// Lstat describes a file, a directory, or a link itself; a submodule is a
// directory. The size is not known. If there is none, the error is fs.ErrNotExist.
func (f *Files) Lstat(name string) (fs.FileInfo, error) {
	e, err := f.at(name)
	if err != nil {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: err}
	}
	return info{path.Base(name), e.mode}, nil
}

// at returns the entry of a path. A link at its end is not followed.
func (f *Files) at(name string) (*entry, error) {
	dir, base := path.Split(path.Clean(name))
	if base == "." || base == ".." {
		dir, base = name, ""
	}
	e, err := f.repo.resolve(f.rev, dir)
	if err != nil || e != nil && base == "" {
		return e, err
	}
	if e == nil || !e.folder() {
		return nil, fs.ErrNotExist
	}
	t, err := f.repo.folder(e.id)
	if err != nil {
		return nil, err
	}
	found, ok := t[base]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return &found, nil
}

// Read returns a regular file of up to limit bytes.
func (f *Files) Read(name string, limit int64) ([]byte, error) {
	e, err := f.at(name)
	if err == nil && !e.file() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		return nil, err
	}
	_, data, err := f.repo.object(e.id, limit)
	if errors.Is(err, errLarge) {
		err = fmt.Errorf("it is larger than %d bytes", limit)
	}
	return data, err
}

// FS returns the directories of the commit, which can be listed. Files are not
// opened there: Read has a limit.
func (f *Files) FS() fs.FS { return folders{f} }

// folders is a file system that lists directories.
type folders struct{ files *Files }

// Open implements fs.FS. It opens nothing.
func (l folders) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: errors.ErrUnsupported}
}

// ReadDir implements fs.ReadDirFS.
func (l folders) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := l.files.repo.resolve(l.files.rev, name)
	if err == nil && e == nil {
		err = fs.ErrNotExist
	}
	if err == nil && !e.folder() {
		err = errors.New("not a folder")
	}
	var t tree
	if err == nil {
		t, err = l.files.repo.folder(e.id)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	list := make([]fs.DirEntry, 0, len(t))
	for child, c := range t {
		list = append(list, fs.FileInfoToDirEntry(info{child, c.mode}))
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, nil
}

// An info describes an entry.
type info struct {
	name string
	mode uint32 // as git writes it
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return 0 }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.Mode().IsDir() }
func (i info) Sys() any           { return nil }

// Mode returns what kind of entry it is.
func (i info) Mode() fs.FileMode {
	switch i.mode & typeMask {
	case typeFile:
		return 0o644
	case typeFolder, typeModule:
		return fs.ModeDir | 0o755
	case typeLink:
		return fs.ModeSymlink | 0o777
	}
	return fs.ModeIrregular
}
