package gate

import (
	"fmt"
	"time"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/support"
)

// An Ended is which versions of a package its own list says are not supported any
// more.
type Ended struct {
	Name    string
	File    string // the file with the list, as its path in the checkout
	Message string // of the policy, for those who install such a version

	table  *support.Table
	now    time.Time
	doc    *registry.Document // whose highest release newest is
	newest *npm.Version
}

// FindEnded reads the package in a folder, its policy and its list of supported
// versions. A list that is not there, or that cannot be read as a whole, is an error:
// what it does not say nobody may guess.
func FindEnded(w Where, now time.Time) (*Ended, error) {
	p, err := findPlace(w.Dir)
	if err != nil {
		return nil, err
	}
	defer p.close()
	m, err := readManifestIfAny(p)
	if err != nil {
		return nil, err
	}
	if m.Name == "" {
		return nil, fmt.Errorf("%w: the folder has no package.json with a name", ErrUsage)
	}
	read, err := readPolicy(w, p, gitCheckout{}, m.Name)
	if err != nil {
		return nil, err
	}
	asked := read.parsed.For(m.Name, policy.Flags{})
	said, err := readSupported(asked, p, m.Name)
	switch {
	case err != nil:
		return nil, err
	case said == nil:
		return nil, fmt.Errorf("%w: the policy names no list of supported versions: versions: {supported: SECURITY.md}", ErrUsage)
	}
	return ended(said, &asked.Versions, m.Name, now)
}

func ended(said *check.Supported, v *policy.Versions, name string, now time.Time) (*Ended, error) {
	switch {
	case said.Table == nil:
		return nil, fmt.Errorf("%s, which the policy names as the list of supported versions, is not there", said.File)
	case len(said.Table.Problems) > 0:
		p := said.Table.Problems[0]
		return nil, fmt.Errorf("%s:%d: %s: which lines have ended cannot be told", said.File, p.Line, p.Text)
	case len(said.Table.Rows) == 0:
		return nil, fmt.Errorf("%s has no list of supported versions that can be read", said.File)
	}
	return &Ended{Name: name, File: said.File, Message: v.Notice(said.File), table: said.Table, now: now}, nil
}

// Covers reports whether a version of the document is in a line that has ended.
func (e *Ended) Covers(doc *registry.Document, v registry.Documented) bool {
	if e.doc != doc {
		e.doc, e.newest = doc, nil
		for i := range doc.Versions {
			if n := &doc.Versions[i].Number; doc.Versions[i].Valid && n.Prerelease() == "" && (e.newest == nil || n.Compare(*e.newest) > 0) {
				e.newest = n
			}
		}
	}
	return v.Valid && e.over(v.Number)
}

// over reports whether a version is in a line that has ended. A row about
// prereleases alone ends no line.
func (e *Ended) over(v npm.Version) bool {
	row, unsure := e.table.Of(v, e.newest)
	return row != nil && !unsure && !row.NamesPrereleases() && row.Ended(e.now)
}

// mayBeOver is over for a version whose registry was not read: a row that depends on
// the highest release may be its.
func (e *Ended) mayBeOver(v npm.Version) bool {
	row, unsure := e.table.Of(v, nil)
	return unsure || row != nil && row.Ended(e.now)
}
