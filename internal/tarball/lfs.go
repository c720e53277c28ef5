package tarball

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
)

// pointerVersions are the first lines of a git-lfs pointer, with the names that the
// project has had. Source: git-lfs, docs/spec.md and lfs/pointer.go.
var pointerVersions = []string{
	"version https://git-lfs.github.com/spec/v1",
	"version https://hawser.github.com/spec/v1",
	"version http://git-media.io/v/2",
}

// lfsPointer returns the SHA-256 in a git-lfs pointer, in lower case, or "" for
// every other file. A pointer is smaller than 1024 bytes, so head contains all of
// it.
func lfsPointer(head []byte, size int64) string {
	if size >= headSize || !bytes.HasPrefix(head, []byte("version ")) {
		return ""
	}
	lines := strings.Split(strings.ReplaceAll(string(head), "\r\n", "\n"), "\n")
	if !slices.Contains(pointerVersions, lines[0]) {
		return ""
	}
	sum, sized := "", false
	for _, line := range lines[1:] {
		if oid, ok := strings.CutPrefix(line, "oid sha256:"); ok {
			sum = strings.ToLower(oid)
		}
		sized = sized || strings.HasPrefix(line, "size ")
	}
	if raw, err := hex.DecodeString(sum); err != nil || len(raw) != 32 || !sized {
		return ""
	}
	return sum
}
