// Package disk reads and writes files the way a gate must: only regular files
// of a bounded size come in, whatever a hostile checkout put in their place,
// and what goes out is whole or not there at all.
package disk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// ErrIrregular says that a path is no regular file: a FIFO that would hang, a
// device, a folder, a link that leads out of the checkout.
var ErrIrregular = errors.New("not a regular file")

// Read returns the content of a file below root. Links are followed only as
// long as they stay below it. Errors name the file and carry none of its
// content; a file that is not there gives fs.ErrNotExist.
func Read(root *os.Root, name string, limit int64) ([]byte, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, tidy(name, err)
	}
	return slurp(f, name, limit)
}

// ReadNamed is Read for a path that the user named by flag or input: it is the
// user's word, so links lead where they lead.
func ReadNamed(path string, limit int64) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, tidy(path, err)
	}
	return slurp(f, path, limit)
}

// slurp reads an open file and closes it. O_NONBLOCK has kept open from
// hanging on a FIFO; a regular file does not care.
func slurp(f *os.File, name string, limit int64) ([]byte, error) {
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, tidy(name, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("read %s: %w", name, ErrIrregular)
	case info.Size() > limit:
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
