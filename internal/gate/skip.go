package gate

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/pack"
	"github.com/publishgate/publishgate/internal/report"
)

// skip makes a note of what was not looked at, and why.
func skip(what, format string, args ...any) report.Skip {
	return report.Skip{What: what, Why: fmt.Sprintf(format, args...)}
}

// rangesUnknown notes how many version ranges were judged by single versions.
func rangesUnknown(s *check.Subject) []report.Skip {
	n, all := s.RangesUnknown()
	if n == 0 {
		return nil
	}
	what := "ranges of direct dependencies"
	if len(s.Policy.Dependencies.Require) > 0 {
		what += " and of the policy"
	}
	return []report.Skip{skip(what,
		"for %d of %d the sources told only of single versions: the lowest that the range admits was judged, and no other", n, all)}
}

// leftOut notes what was not looked at although it could have been: because of
// the policy, because of flags, or because there is no tarball or it cannot be
// searched.
func leftOut(s *check.Subject, p place, offline bool) (all []report.Skip) {
	also := func(what, format string, args ...any) { all = append(all, skip(what, format, args...)) }
	for _, scope := range npm.Scopes {
		if s.Policy.Omit[scope] {
			also(string(scope)+" dependencies", "left out by -omit")
		}
	}
	if s.Tarball == nil {
		also("tarball", "none was given with -tarball, and package.json has no name and version, so that none can be "+
			"packed: files, secrets and checksums were not judged, nothing can be signed or published")
	} else {
		for _, u := range s.Tarball.Unscanned {
			also("secrets in "+u.Path, "%s", u.Why)
		}
	}
	if name := pack.Name(s.Manifest.Name, s.Manifest.Version); s.Packed && p.exists(p.in(name)) {
		also(name, "it stands in the folder and is not what was judged: the folder itself was packed, and this file with it "+
			"unless `files` or an ignore file leaves it out; name it with -tarball if it is meant")
	}
	for _, u := range s.NotAudited() {
		also(u.Key, "%s", u.Why)
	}
	if offline {
		also("network", "-offline: advisories published after the source's date are not known")
	}
	return all
}
