// Package disk reads and writes files the way a gate must: only regular files
// of a bounded size come in, whatever a hostile checkout put in their place,
// and what goes out is whole or not there at all.
package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// ErrIrregular says that a path is no regular file: a FIFO that would hang, a
// device, a folder, a link that leads out of the checkout.
var ErrIrregular = errors.New("not a regular file")

// Open opens a regular file below root for reading at will. Whatever else a
// checkout put in its place is refused before it can block: O_NONBLOCK keeps the
// opening of a FIFO from hanging, and a regular file does not care. The errors
// are those of Read.
func Open(root *os.Root, name string) (*os.File, fs.FileInfo, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, tidy(name, err)
	}
	return regular(f, name)
}

// OpenNamed is Open for a path that the user named, as ReadNamed is Read.
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

// Read returns the content of a file below root. Links are followed only as
// long as they stay below it. Errors name the file and carry none of its
// content; a file that is not there gives fs.ErrNotExist.
func Read(root *os.Root, name string, limit int64) ([]byte, error) {
	f, info, err := Open(root, name)
	if err != nil {
		return nil, err
	}
	return ReadOpen(f, info, name, limit)
}

// ReadNamed is Read for a path that the user named by flag or input: it is the
// user's word, so links lead where they lead.
func ReadNamed(path string, limit int64) ([]byte, error) {
	f, info, err := OpenNamed(path)
	if err != nil {
		return nil, err
	}
	return ReadOpen(f, info, path, limit)
}

// ReadOpen reads a file that Open gave, of up to limit bytes, and closes it. The
// errors call it name.
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
		case int64(len(data)) > limit: // it grew
			return nil, fmt.Errorf("read %s: larger than %d bytes", name, limit)
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}

// tidy says what was wrong with which file, once.
func tidy(name string, err error) error {
	return fmt.Errorf("read %s: %w", name, Cause(err))
}
