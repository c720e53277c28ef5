package disk

import (
	"errors"
	"syscall"
)

// sharingViolation is the error of a file that somebody else has open, and shares
// with nobody (ERROR_SHARING_VIOLATION).
const sharingViolation = syscall.Errno(32)

// Lock takes the lock of a file, which it makes where there is none. ErrLocked:
// somebody else has it. It ends with the process that has it, however that ends:
// the lock is that the file is open and not shared.
func Lock(path string) (release func(), err error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	handle, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS,
		syscall.FILE_ATTRIBUTE_NORMAL|syscall.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	switch {
	case errors.Is(err, sharingViolation):
		return nil, ErrLocked
	case err != nil:
		return nil, err
	}
	return func() { _ = syscall.CloseHandle(handle) }, nil
}

// Settle does nothing: Windows writes a folder's names itself, and lets nobody
// ask for it.
func Settle(string) error { return nil }
