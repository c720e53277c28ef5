package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// ErrShared is the error of a place where somebody else may write.
var ErrShared = errors.New("another user's, or writable for others than its owner")

// Private returns an error if somebody else could have written a file of the
// folder. Both must be this user's or root's, and writable for nobody else; a
// group of the user's own number is the user's own (umask 002 is made for those).
// Root, which in a container works for the user whose folder it was given, takes
// that user's too. A file that is not there is nobody's. Where files have no
// owners, the system alone says who may write them.
func (f *Folder) Private(name string) error {
	at, err := f.root.Stat(".")
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path, Cause(err))
	}
	users := []int{self(), 0}
	if of, _, known := owner(at); known && self() == 0 {
		users = append(users, of)
	}
	if !belongs(at, users) {
		return fmt.Errorf("%s: %w", f.Path, ErrShared)
	}
	info, err := f.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", f.File(name), Cause(err))
	case !belongs(info, users):
		return fmt.Errorf("%s: %w", f.File(name), ErrShared)
	}
	return nil
}

// belongs reports whether a file is one of the users', and theirs alone to write.
func belongs(info fs.FileInfo, users []int) bool {
	of, group, known := owner(info)
	others := fs.FileMode(0o022)
	if group == of {
		others = 0o002
	}
	return !known || slices.Contains(users, of) && info.Mode().Perm()&others == 0
}
