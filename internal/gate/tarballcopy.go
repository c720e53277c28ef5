package gate

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/pack"
	"github.com/publishgate/publishgate/internal/tarball"
)

// A tarballCopy is the tarball's copy in the evidence, which is written while the
// package is judged. It gets its name together with all other evidence; a run that
// is killed before leaves nothing of it.
type tarballCopy struct {
	name  string
	draft *beside[*disk.Draft]
}

// beginCopy begins to write the copy. It returns nil if there is no tarball.
func beginCopy(ctx context.Context, folder *disk.Folder, in *input) *tarballCopy {
	t := in.subject.Tarball
	if t == nil {
		return nil
	}
	name := copyName(t, in.subject.Manifest)
	return &tarballCopy{name, start(ctx, func(context.Context) (*disk.Draft, error) {
		return folder.DraftUnnamed(name, func(f *os.File) error {
			_, err := f.Write(t.Bytes)
			return err
		})
	})}
}

// remove removes what was written of a copy that is no evidence, as nothing was
// judged.
func (c *tarballCopy) remove() {
	if c == nil {
		return
	}
	if draft, err := c.draft.wait(); err == nil {
		draft.Drop()
	}
}

// copyName returns the name of the tarball's copy in the evidence. That is the
// tarball's own name if it is the name of a tarball, which no other evidence file
// has, and one that a file and a list of checksums can have.
func copyName(t *tarball.Tarball, m *npm.Manifest) string {
	name := filepath.Base(t.File)
	if !strings.HasSuffix(name, ".tgz") && !strings.HasSuffix(name, ".tar.gz") {
		name = pack.Name(m.Name, m.Version)
	}
	if len(name) > maxCopyName || display.Text(name) != name { // which blocks where it is the package's, as the evidence says
		return "package.tgz"
	}
	return name
}

// maxCopyName is the longest name of the copy, in bytes: with the longest ending
// of what is written beside it, file systems take it (255).
const maxCopyName = 200
