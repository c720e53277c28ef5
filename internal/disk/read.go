// Package disk reads and writes files safely: it reads only regular files of
// bounded size, whatever a hostile checkout put in their place, and a file it
// writes is complete or absent.
package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// ErrIrregular is the error for a path that is not a regular file: a FIFO,
// which would block, a device, a directory, or a link that leads out of the
// checkout.
var ErrIrregular = errors.New("not a regular file")

// Open opens a regular file below root for random access. Anything else in its
// place is refused before it can block: O_NONBLOCK keeps the opening of a FIFO
// from blocking, and has no effect on a regular file. Errors are those of Read.
func Open(root *os.Root, name string) (*os.File, fs.FileInfo, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, tidy(name, err)
	}
	return regular(f, name)
}

// OpenNamed is Open for a path that the user named; see ReadNamed.
func OpenNamed(path string) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, tidy(path, err)
	}
	return regular(f, path)
}

func regular(f *os.File, name string) (*os.File, fs.FileInfo, error) {
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = ErrIrregular
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, tidy(name, err)
	}
	return f, info, nil
}

// Read returns the content of a file below root. Links are followed only within
// root. Errors name the file and contain none of its content; a missing file
// gives fs.ErrNotExist.
func Read(root *os.Root, name string, limit int64) ([]byte, error) {
	f, info, err := Open(root, name)
	if err != nil {
		return nil, err
	}
	return ReadOpen(f, info, name, limit)
}

// ReadNamed is Read for a path that the user named by flag or input. The user
// is trusted, so links are followed anywhere.
func ReadNamed(path string, limit int64) ([]byte, error) {
	f, info, err := OpenNamed(path)
	if err != nil {
		return nil, err
	}
	return ReadOpen(f, info, path, limit)
}

// ReadOpen reads a file that Open returned, of at most limit bytes, and closes
// it. Errors call it name.
func ReadOpen(f *os.File, info fs.FileInfo, name string, limit int64) ([]byte, error) {
	defer f.Close()
	if info.Size() > limit {
		return nil, fmt.Errorf("read %s: larger than %d bytes", name, limit)
	}
	data := make([]byte, 0, info.Size()+1)
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case err == io.EOF:
			return data, nil
		case err != nil:
			return nil, tidy(name, err)
		case int64(len(data)) > limit: // the file grew
			return nil, fmt.Errorf("read %s: larger than %d bytes", name, limit)
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}

// tidy makes an error that names the file exactly once.
func tidy(name string, err error) error {
	return fmt.Errorf("read %s: %w", name, Cause(err))
}
