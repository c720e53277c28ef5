package source

import (
	"errors"
	"io/fs"
	"sync"
	"testing"
)

// TestTogether: several goroutines read from one repository, as a gate does that
// reads a tarball beside everything else. The race detector looks on.
func TestTogether(t *testing.T) {
	dir, _ := commit(t, map[string]string{"a/b/c.txt": "text", "d/e.txt": "text"})
	r, head, err := head(t, dir)
	must(t, err)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 20 {
				if !r.MayHave(head, ".", "a/b/c.txt") || r.MayHave(head, ".", "x/y.txt") {
					t.Error("a file of the commit was not found, or one that it has not")
				}
				if _, err := r.ReadFile(head, "d/e.txt", 100); err != nil {
					t.Error(err)
				}
				if _, err := r.Below(head, "a", 10); err != nil {
					t.Error(err)
				}
				if _, err := r.ref("refs/heads/none"); !errors.Is(err, fs.ErrNotExist) {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
