//go:build unix

package pack

import (
	"io/fs"
	"syscall"
)

// identity returns the mode of a file as node sees it and, if it has several
// hard links, an id that they share.
func identity(info fs.FileInfo) (mode int64, id [2]uint64, several bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return int64(info.Mode().Perm()), id, false
	}
	return int64(stat.Mode) & 0o7777, [2]uint64{uint64(stat.Dev), stat.Ino}, stat.Nlink > 1
}
