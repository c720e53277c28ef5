package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A Folder is the directory that evidence is written to.
type Folder struct {
	Path string // as the user named it
	root *os.Root
}

// Create makes the directory, with its parents, and opens it. It refuses a link
// in its place: a checkout could contain one to redirect our writes.
func Create(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("create %s: %w", path, Cause(err))
	}
	info, err := os.Lstat(path)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", path, Cause(err))
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("create %s: it is a link, name the folder itself", path)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", path, Cause(err))
	}
	return &Folder{Path: path, root: root}, nil
}

// Close closes the directory.
func (f *Folder) Close() error { return f.root.Close() }

// File returns the path of a file in the directory, for people and outputs.
func (f *Folder) File(name string) string { return filepath.Join(f.Path, name) }

// Read reads a file in the directory, at most limit bytes of it.
func (f *Folder) Read(name string, limit int64) ([]byte, error) { return Read(f.root, name, limit) }

// Open opens a regular file in the directory, as Open does.
func (f *Folder) Open(name string) (*os.File, fs.FileInfo, error) { return Open(f.root, name) }

// Has reports whether the directory has an entry of that name.
func (f *Folder) Has(name string) bool {
	_, err := f.root.Lstat(name)
	return err == nil
}

// Remove deletes a file that an earlier run left. If there is none, that is no
// error.
func (f *Folder) Remove(name string) error {
	if err := f.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", f.File(name), Cause(err))
	}
	return nil
}

// Write writes a whole file: under a temporary name first, then renamed, so
// that a full disk or a killed process leaves the old file or none, never a
// partial one. It does not call fsync: the evidence is read by a later step on
// the same machine. It refuses a link or directory in the file's place.
func (f *Folder) Write(name string, data []byte) error {
	return f.WriteWith(name, func(file *os.File) error {
		_, err := file.Write(data)
		return err
	})
}

// WriteWith is Write for content that is not one slice: content writes it to a
// new, empty file that nobody else has open, and may read it again.
func (f *Folder) WriteWith(name string, content func(file *os.File) error) error {
	d, err := f.Draft(name, content)
	if err != nil {
		return err
	}
	return d.Keep()
}

// Cause removes the path from an error, for a message that already names the
// file.
func Cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}
