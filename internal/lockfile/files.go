package lockfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/publishgate/publishgate/internal/disk"
)

// Files are the files that lockfiles are read from: those below an *os.Root, or
// those of a commit. Names are slash paths below its root.
type Files interface {
	// Lstat describes a file, or a link itself; fs.ErrNotExist if there is none.
	Lstat(name string) (fs.FileInfo, error)
	FS() fs.FS // lists directories
}

// Contents are Files that read a file themselves, of up to limit bytes. All that
// are no *os.Root must.
type Contents interface {
	Files
	Read(name string, limit int64) ([]byte, error)
}

// ReadRegular reads a regular file below root of up to limit bytes. Anything
// else – a symbolic link, even to a file inside, a pipe, a device, a directory
// – is an error that says so; a pipe does not make it wait. No content of the
// file is part of an error.
func ReadRegular(root Files, name string, limit int64) ([]byte, error) {
	before, err := root.Lstat(name)
	if err != nil {
		return nil, disk.Cause(err)
	}
	if !before.Mode().IsRegular() {
		return nil, fmt.Errorf("it is %s, expected a regular file", kind(before.Mode()))
	}
	switch root := root.(type) {
	case *os.Root:
		return readOnDisk(root, name, before, limit)
	case Contents:
		return root.Read(name, limit)
	}
	return nil, errors.New("it cannot be read from there")
}

// readOnDisk reads a file that Lstat described as before.
func readOnDisk(root *os.Root, name string, before fs.FileInfo, limit int64) ([]byte, error) {
	f, after, err := disk.Open(root, name)
	if errors.Is(err, disk.ErrIrregular) || err == nil && !os.SameFile(before, after) {
		if f != nil {
			_ = f.Close()
		}
		return nil, errors.New("it was replaced while it was read")
	}
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	if after.Size() > limit {
		_ = f.Close()
		return nil, fmt.Errorf("it is larger than %d bytes", limit)
	}
	return disk.ReadOpen(f, after, name, limit)
}
