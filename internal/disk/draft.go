package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// A Draft is a complete file that does not have its name yet: it has a temporary
// one, or none.
type Draft struct {
	folder  *Folder
	name    string
	unnamed *os.File // open; nil: the file has its temporary name
}

// Draft is WriteWith without the renaming: Keep renames the file, Drop deletes
// it. Several files can be drafted first, so that if one fails, none is kept.
func (f *Folder) Draft(name string, content func(file *os.File) error) (*Draft, error) {
	d := &Draft{folder: f, name: name}
	if err := d.write(content); err != nil {
		return nil, d.failed(err)
	}
	return d, nil
}

// DraftUnnamed is Draft for a file that is kept much later, or never: a process
// that is killed meanwhile leaves nothing of it, where the system has files
// without a name (Linux). Elsewhere it has its temporary name.
func (f *Folder) DraftUnnamed(name string, content func(file *os.File) error) (*Draft, error) {
	file, err := unnamed(f.root)
	if err != nil { // the same with a name tells why it cannot be, or can be
		return f.Draft(name, content)
	}
	d := &Draft{folder: f, name: name, unnamed: file}
	if err = d.vacate(); err == nil {
		err = content(file)
	}
	if err != nil {
		d.Drop()
		return nil, d.failed(err)
	}
	return d, nil
}

func (d *Draft) temporary() string { return DraftOf(d.name) }

// DraftOf returns the temporary name of a file. A killed process may leave it.
func DraftOf(name string) string { return "." + name + ".part" }

// Drafted returns the name of the file that a temporary name is of.
func Drafted(temporary string) string {
	return strings.TrimSuffix(strings.TrimPrefix(temporary, "."), ".part")
}

func (d *Draft) failed(err error) error {
	return fmt.Errorf("write %s: %w", d.folder.File(d.name), Cause(err))
}

// vacate sees to it that nothing is at the temporary name, and only a file at the
// other one.
func (d *Draft) vacate() error {
	root := d.folder.root
	if info, err := root.Lstat(d.name); err == nil && !info.Mode().IsRegular() {
		return ErrIrregular
	}
	if err := root.Remove(d.temporary()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (d *Draft) write(content func(file *os.File) error) (err error) {
	if err := d.vacate(); err != nil {
		return err
	}
	file, err := d.folder.root.OpenFile(d.temporary(), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
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

// Keep moves the file to its place. If that fails, the file is deleted.
func (d *Draft) Keep() error {
	err := d.nameIt()
	if err == nil {
		err = d.folder.root.Rename(d.temporary(), d.name)
	}
	if err != nil {
		d.Drop()
		return d.failed(err)
	}
	return nil
}

// nameIt gives a file without a name its temporary one. Where the system does not
// let it (without /proc), the file is copied.
func (d *Draft) nameIt() error {
	file := d.unnamed
	if file == nil {
		return nil
	}
	d.unnamed = nil
	defer file.Close()
	if err := d.vacate(); err != nil {
		return err
	}
	if link(file, d.folder.root, d.temporary()) == nil {
		return nil
	}
	return d.write(func(to *os.File) error {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		_, err := io.Copy(to, file)
		return err
	})
}

// Drop deletes the file. It must not be called after Keep.
func (d *Draft) Drop() {
	if d.unnamed != nil {
		_ = d.unnamed.Close()
		return
	}
	_ = d.folder.root.Remove(d.temporary())
}
