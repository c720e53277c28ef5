package tarball

import (
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"strings"
)

// startBlob begins git's object ID of a file: the SHA-1, or the SHA-256, of its
// type, its size and its bytes.
func (w *walker) startBlob(path string, size int64) {
	w.blob = nil
	_, inner, _ := strings.Cut(path, "/")
	if w.opts.GitBlob == nil || !w.opts.GitBlob(inner) {
		return
	}
	w.blob = sha1.New()
	if w.opts.GitSHA256 {
		w.blob = sha256.New()
	}
	fmt.Fprintf(w.blob, "blob %d\x00", size)
}
