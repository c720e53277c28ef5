package lockfile

import (
	"fmt"
	"slices"

	"github.com/publishgate/publishgate/internal/npm"
)

// ParseShipped reads the npm-shrinkwrap.json of a tarball, which npm up to 11
// follows on consumers' machines. manifest is the tarball's. Development
// dependencies are not installed there, so differences between package.json and
// the shrinkwrap about them are not noted.
func ParseShipped(data []byte, file string, manifest *npm.Manifest) (*npm.Graph, error) {
	g, err := Parse(data, file, manifest)
	if err != nil {
		return nil, fmt.Errorf("in the tarball: %w", err)
	}
	dev := map[int]bool{}
	for _, d := range manifest.Dependencies {
		if d.Kind == npm.EdgeDev {
			dev[d.Line] = true
		}
	}
	g.Notes = slices.DeleteFunc(g.Notes, func(n npm.Note) bool {
		return n.Kind == npm.NoteShrinkwrap || (n.Kind == npm.NoteLockMismatch || n.Kind == npm.NoteLockDrift) && (n.File == file || dev[n.Line])
	})
	return g, nil
}
