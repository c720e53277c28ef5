package gate

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/disk"
)

// terms are what the policy demands of the advisory sources.
func (in *input) terms() advisory.Requirements {
	p := in.subject.Policy.Advisories
	t := advisory.Requirements{All: p.RequireAll, MaxAge: p.MaxAge, Now: in.now}
	if file, ok := strings.CutPrefix(p.Fallback, "file:"); ok {
		t.Fallback = advisory.OpenedBy(file, func() (*os.File, error) { return in.place.open(file) })
	} else if p.Fallback == "snapshot" {
		t.Fallback = advisory.Snapshot()
	}
	return t
}

// open opens a file for reading on demand: in the package's folder, else at the
// checkout's root, as either finds one.
func (p place) open(name string) (*os.File, error) {
	f, _, err := disk.Open(p.root, p.in(name))
	if errors.Is(err, fs.ErrNotExist) {
		f, _, err = disk.Open(p.root, name)
	}
	return f, err
}
