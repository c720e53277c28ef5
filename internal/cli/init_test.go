package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/starter"
)

// What cannot be written to its end leaves nothing behind: no file, and no folder
// that was made for it.
func TestWriteNewTakesBack(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".github"), 0o755); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	err = writeNew(root, []starter.File{{Path: "a.yml"}, {Path: ".github/workflows/deep/b.yml"}, {Path: "c/" + strings.Repeat("n", 300)}})
	if err == nil || !strings.Contains(err.Error(), "nothing was written") {
		t.Errorf("%v", err)
	}
	left := []string{}
	if err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		left = append(left, path)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(left) != 2 {
		t.Errorf("left behind: %q", left)
	}
}
