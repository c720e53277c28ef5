//go:build unix

package disk

import (
	"errors"
	"os"
	"syscall"
)

// Lock takes the lock of a file, which it makes where there is none. ErrLocked:
// somebody else has it. It ends with the process that has it, however that ends.
func Lock(path string) (release func(), err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o644)
	if err != nil {
		return nil, Cause(err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return func() { _ = file.Close() }, nil
	}
	_ = file.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
		return nil, ErrLocked
	}
	return nil, err
}

// Settle has the names of a folder's files written to the disk.
func Settle(folder string) error {
	dir, err := os.Open(folder)
	if err != nil {
		return Cause(err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) { // some file systems know no such thing
		return Cause(err)
	}
	return nil
}
