package incident

import (
	"slices"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// Acts are what -execute may do: nothing else is ever done.
type Acts struct {
	Package  string
	Moves    []Move   // each has a version to go to
	Versions []string // to deprecate
	Message  string
}

// Any reports whether there is something to do.
func (a *Acts) Any() bool { return len(a.Moves)+len(a.Versions) > 0 }

// Acts returns what is left of it.
func (r *Record) Acts() Acts {
	a := Acts{Package: r.Package, Message: r.Said.Message}
	if s := r.step("tags"); s != nil && s.State == Open {
		for _, m := range r.Tags {
			if m.To != "" {
				a.Moves = append(a.Moves, m)
			}
		}
	}
	if s := r.step("deprecate"); s != nil && s.State == Open {
		for i := range r.Affected {
			if v := &r.Affected[i]; !v.Gone && v.Deprecated == "" {
				a.Versions = append(a.Versions, v.Version)
			}
		}
	}
	if a.Message == "" {
		a.Message = drafted(r.Kind, r.Good)
	}
	return a
}

// Covered returns the versions of the range that the registry has, in order of
// publication.
func (a *Ask) Covered(l *Look) (list []registry.Publication) {
	for _, p := range l.History.Releases {
		if a.covers(p.Version, p.Number) {
			list = append(list, p)
		}
	}
	return list
}

// Empty reports whether the range covers no version that is, or ever was, there.
func (a *Ask) Empty(l *Look, earlier *Record) bool {
	if l.History == nil || earlier != nil && len(earlier.Affected) > 0 || len(a.Covered(l)) > 0 {
		return false
	}
	for version := range l.History.Times {
		if number, err := npm.ParseVersion(version); err == nil && a.covers(version, number) {
			return false
		}
	}
	return true
}

// Bad returns the affected versions, for whoever searches for them.
func (a *Ask) Bad(l *Look, earlier *Record) map[string]bool {
	bad := map[string]bool{}
	for _, v := range affectedBy(a, l, earlier) {
		bad[v.Version] = true
	}
	return bad
}

// NotGood says why the version that was named as good is none; "": it is, or nobody
// named one, or it cannot be looked at.
func (a *Ask) NotGood(l *Look) string {
	number, err := npm.ParseVersion(a.Good)
	switch {
	case a.Good == "" || err != nil || l.History == nil:
		return ""
	case a.Kind != Token && a.covers(a.Good, number) && (a.Kind == Package || len(l.Found[a.Good]) > 0):
		return "-good " + a.Good + " is itself an affected version"
	case !l.published(a.Good):
		return "-good " + a.Good + " is not published: the package has " + l.Known()
	}
	return ""
}

// Known lists the newest versions that the registry has, for a message.
func (l *Look) Known() string {
	var list []string
	for _, p := range slices.Backward(l.History.Releases) {
		if len(list) == maxNamed/2 {
			return named(list) + ", …"
		}
		list = append(list, p.Version)
	}
	return named(list)
}
