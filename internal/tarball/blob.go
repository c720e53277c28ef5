package tarball

import (
	"crypto/sha1"
	"fmt"
	"strings"
)

// openBlob begins the name that git would have for a file: the SHA-1 of its
// type, its size and its bytes.
func (w *walker) openBlob(path string, size int64) {
	w.blob = nil
	_, inner, _ := strings.Cut(path, "/")
	if w.opts.GitBlob == nil || !w.opts.GitBlob(inner) {
		return
	}
	w.blob = sha1.New()
	fmt.Fprintf(w.blob, "blob %d\x00", size)
}
