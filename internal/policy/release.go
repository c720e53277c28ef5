package policy

import (
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// A Release is the last published version before the one being judged: the
// highest below it by precedence that is no prerelease, deprecated or not. The
// zero value is "nobody knows", which gives no grace.
type Release struct {
	Known     bool      // it was looked up or given; with an empty Version: there is none, this is the first
	Version   string    // "1.2.3"
	Published time.Time // zero: not known
}

// ByRelease reports whether the SLA of a severity is counted in releases, so
// that judging wants to know the one before.
func (e *Effective) ByRelease(s finding.Severity) bool {
	d, ok := e.deadline(s)
	return ok && (d.NextRelease || d.NextMinor)
}

// nextRelease: an advisory must be gone in the first release after its
// publication, unless that release itself fixes something. Whether it does is
// read as Semantic Versioning has it: a patch release (1.2.4 after 1.2.3) is
// one that fixes. So a patch may go out first, once: where the release before
// this one was already published after the advisory, the turn has been missed
// and every release is held.
//
// Without the release before, or its date, nothing says that this is the first
// one since, and it is due now.
func (ctx Context) nextRelease(f *finding.Finding) (overdue bool, words string) {
	last, this, ok := ctx.step()
	if !ok || ctx.Previous.Published.IsZero() {
		return true, "due in this release"
	}
	published, problem := ctx.published(f)
	switch {
	case problem != "":
		return true, problem
	case !published.After(ctx.Previous.Published):
		return true, "overdue: it was public when " + last.Canonical() + " was released"
	case this.Prerelease() == "" && this.Major == last.Major && this.Minor == last.Minor:
		return false, "due in the release after this patch"
	}
	return true, "due in this release"
}

// nextMinor: an advisory must be gone where major or minor is above that of the
// release before. A prerelease announces such a version and is not yet it. Where
// the release before is not known, x.y.0 is taken for one.
func (ctx Context) nextMinor() (overdue bool, words string) {
	const later = "due by the next minor or major release"
	this, err := npm.ParseVersion(ctx.Version)
	if err != nil {
		return true, "due in this release"
	}
	last, _, ok := ctx.step()
	switch {
	case this.Prerelease() != "":
		return false, later
	case ok && this.Major == last.Major && this.Minor == last.Minor, !ok && !ctx.first() && this.Patch != 0:
		return false, later
	}
	return true, "due in this release"
}

// first reports whether there is known to be no release before this one.
func (ctx Context) first() bool { return ctx.Previous.Known && ctx.Previous.Version == "" }

// step is the release before and this one; ok only where both can be read and
// stand in that order.
func (ctx Context) step() (last, this npm.Version, ok bool) {
	last, err := npm.ParseVersion(ctx.Previous.Version)
	this, err2 := npm.ParseVersion(ctx.Version)
	return last, this, ctx.Previous.Known && err == nil && err2 == nil && last.Prerelease() == "" && last.Compare(this) < 0
}
