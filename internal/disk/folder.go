package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A Folder is where evidence is written.
type Folder struct {
	Path string // as the user named it
	root *os.Root
}

// Create makes the folder, with its parents, and opens it. A link in its place
// is refused: a checkout could have put it there to aim our writes elsewhere.
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

// Close releases the folder.
func (f *Folder) Close() error { return f.root.Close() }

// File returns the path of a file of the folder, for people and outputs.
func (f *Folder) File(name string) string { return filepath.Join(f.Path, name) }

// Has reports whether something stands in the folder under that name.
func (f *Folder) Has(name string) bool {
	_, err := f.root.Lstat(name)
	return err == nil
}

// Remove deletes a file an earlier run left behind. It is no error if there is
// none.
func (f *Folder) Remove(name string) error {
	if err := f.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", f.File(name), Cause(err))
	}
	return nil
}

// Write writes a whole file: first beside it, then in its place, so that a
// full disk or a killed process leaves the old file or none, never a half one.
// It does not wait for the disk: who reads the evidence is a later step of the
// same machine. A link or folder in the file's place is refused.
func (f *Folder) Write(name string, data []byte) error {
	return f.WriteWith(name, func(file *os.File) error {
		_, err := file.Write(data)
		return err
	})
}

// WriteWith is Write for what is not one piece: content writes it to a file
// that is still empty and that nobody else sees, and may read it again.
func (f *Folder) WriteWith(name string, content func(file *os.File) error) error {
	d, err := f.Draft(name, content)
	if err != nil {
		return err
	}
	return d.Keep()
}

// A Draft is a whole file that does not have its name yet.
type Draft struct {
	folder *Folder
	name   string
}

// Draft is WriteWith up to the name: Keep gives it, Drop gives the file up.
// Drafts of several files may be written at the same time, so that where one
// cannot be, none need be there.
func (f *Folder) Draft(name string, content func(file *os.File) error) (*Draft, error) {
	d := &Draft{f, name}
	if err := d.write(content); err != nil {
		return nil, d.failed(err)
	}
	return d, nil
}

func (d *Draft) temporary() string { return "." + d.name + ".part" }

func (d *Draft) failed(err error) error {
	return fmt.Errorf("write %s: %w", d.folder.File(d.name), Cause(err))
}

func (d *Draft) write(content func(file *os.File) error) (err error) {
	root := d.folder.root
	if info, err := root.Lstat(d.name); err == nil && !info.Mode().IsRegular() {
		return ErrIrregular
	}
	if err := root.Remove(d.temporary()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := root.OpenFile(d.temporary(), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			d.Drop()
		}
	}()
	if err := content(file); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}

// Keep puts the file in its place. Where it cannot be, it is gone.
func (d *Draft) Keep() error {
	if err := d.folder.root.Rename(d.temporary(), d.name); err != nil {
		d.Drop()
		return d.failed(err)
	}
	return nil
}

// Drop takes the file away. Not after Keep.
func (d *Draft) Drop() { _ = d.folder.root.Remove(d.temporary()) }

// Cause drops the path from an error, for a message that has named the file.
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
