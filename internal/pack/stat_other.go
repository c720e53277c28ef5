//go:build !unix

package pack

import "io/fs"

// identity returns the mode of a file. Hard links cannot be detected here, so
// each is packed as a file of its own.
func identity(info fs.FileInfo) (mode int64, id [2]uint64, several bool) {
	return int64(info.Mode().Perm()), id, false
}
