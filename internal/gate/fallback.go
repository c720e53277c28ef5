package gate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/disk"
)

// terms are what the policy demands of the advisory sources.
func (in *input) terms() advisory.Terms {
	p := in.subject.Policy.Advisories
	t := advisory.Terms{All: p.RequireAll, MaxAge: p.MaxAge, Now: in.now}
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
	f, err := p.root.OpenFile(p.in(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = p.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, disk.Cause(err))
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		_ = f.Close()
		return nil, fmt.Errorf("read %s: %w", name, disk.ErrIrregular)
	}
	return f, nil
}
