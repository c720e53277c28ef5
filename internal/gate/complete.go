package gate

import (
	"errors"

	"github.com/publishgate/publishgate/internal/report"
)

// errPartial says that a package passed on advisory data that are not everything
// there is, which is not enough to sign or publish it.
var errPartial = because(report.Partial, errors.New("the advisory data are partial: they are enough to judge, not to sign or publish; add a complete source, as npm, osv or a database made of all advisories"))

// acts reports whether this run was asked to sign or publish what passes, and
// may. A signature that nobody asked for is not among it: it is left out.
func (in *input) acts(c Config) bool {
	return in.acting && in.subject.Tarball != nil && c.acts()
}
