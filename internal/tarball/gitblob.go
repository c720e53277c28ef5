package tarball

import (
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"strings"
)

// startDigests begins those digests of a file that the options ask for: its
// SHA-256, and git's object ID, which is the SHA-1, or the SHA-256, of its type,
// its size and its bytes.
func (w *walker) startDigests(path string, size int64) {
	w.digest, w.blob = nil, nil
	_, inner, _ := strings.Cut(path, "/")
	inGit := w.opts.GitBlob != nil && w.opts.GitBlob(inner)
	if w.opts.Digests || inGit {
		w.digest = sha256.New()
	}
	if !inGit {
		return
	}
	w.blob = sha1.New()
	if w.opts.GitSHA256 {
		w.blob = sha256.New()
	}
	fmt.Fprintf(w.blob, "blob %d\x00", size)
}
