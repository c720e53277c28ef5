package tarball

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
)

// The first line of a pointer of git-lfs, now and by the names it had before.
// Source: git-lfs, docs/spec.md and lfs/pointer.go.
var pointerVersions = []string{
	"version https://git-lfs.github.com/spec/v1",
	"version https://hawser.github.com/spec/v1",
	"version http://git-media.io/v/2",
}

// lfsPointer is the SHA-256 that a pointer of git-lfs names, in lower case; empty
// for every other file. A pointer has less than 1024 bytes, all of which are in
// head then.
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
