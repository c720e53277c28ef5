package policy

import (
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// A Release is the last published version before the one being judged: the
// highest one below it that is not a prerelease, deprecated or not. The zero
// value means that it is not known, which gives no grace period.
type Release struct {
	// Known says that it was looked up or given; Known with an empty Version
	// means that there is none: this is the first release.
	Known     bool
	Version   string    // "1.2.3"
	Published time.Time // zero: not known
}

// ByRelease reports whether the SLA of a severity counts in releases, so that
// the previous release must be known.
func (e *Effective) ByRelease(s finding.Severity) bool {
	d, ok := e.deadline(s)
	return ok && (d.NextRelease || d.NextMinor)
}

// CountsReleases reports whether any severity's SLA counts in releases.
func (e *Effective) CountsReleases() bool {
	for _, d := range e.SLA {
		if d.NextRelease || d.NextMinor {
			return true
		}
	}
	return false
}

// nextRelease decides the SLA value next-release: an advisory must be fixed in
// the first release after its publication, unless that release itself is a fix.
// By Semantic Versioning, a patch release (1.2.4 after 1.2.3) is a fix. So one
// patch may go out first. If the previous release was itself published after
// the advisory, that chance is used up and every release is held.
//
// Without the previous release or its date, nothing shows that this is the
// first release since the advisory, so it is due now.
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

// nextMinor decides the SLA value next-minor: an advisory must be fixed in a
// release with a higher major or minor version than the previous one. A
// prerelease of such a version does not count yet. Where the previous release
// is not known, every x.y.0 is taken for one.
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

// first reports whether it is known that there is no previous release.
func (ctx Context) first() bool { return ctx.Previous.Known && ctx.Previous.Version == "" }

// step returns the previous version and this one; ok is false unless both can
// be parsed and are in that order.
func (ctx Context) step() (last, this npm.Version, ok bool) {
	last, err := npm.ParseVersion(ctx.Previous.Version)
	this, err2 := npm.ParseVersion(ctx.Version)
	return last, this, ctx.Previous.Known && err == nil && err2 == nil && last.Prerelease() == "" && last.Compare(this) < 0
}
