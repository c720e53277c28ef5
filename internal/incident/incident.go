// Package incident plans what is to be done about a published package that is
// compromised, a token that leaked, or bytes that must not be public: from what
// one look at the registry saw it makes the steps that are left, who may do each,
// with which command and by when. It computes only; package respond looks and acts.
//
// Nothing destructive is among the acts of the program. Such commands are printed,
// with who may run them.
package incident

import (
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// A Kind is what happened.
type Kind string

// The kinds.
const (
	Package  Kind = "package"  // versions are, or may be, compromised
	Token    Kind = "token"    // a credential leaked, or is suspected
	Exposure Kind = "exposure" // versions hold bytes that must not be public
)

// An Ask is what the user says about the incident.
type Ask struct {
	Kind     Kind
	Package  string
	Range    string // npm's syntax; prereleases count
	Registry string // address, with a slash at the end

	Started time.Time // when it began; zero: not said
	Since   time.Time // of a token: what was published since may be its doing; zero: since it began
	Good    string    // version that dist-tags are to move to; "": found
	Message string    // of the deprecation; "": drafted

	TokenKind string // one of TokenKinds; "": unknown

	Done    []string          // steps that somebody says are done
	Dropped map[string]string // steps that are not done, and why

	Clocks     Clocks
	Contacts   []string // of the policy
	Escalation []string // of the policy
	Owner      string   // who is responsible for the policy, for the drafts; may be empty
	Repository string   // "owner/name" at GitHub, for the advisory; may be empty
	Out        string   // folder of the drafts, as the user named it
}

// A Look is what one run saw.
type Look struct {
	At      time.Time         // UTC
	History *registry.History // nil: see Missed

	// Found says of each version of an exposure that was searched where the bytes
	// are; one without a place does not hold them.
	Found map[string][]Place

	Lives  Answer            // of a token: the registry still accepts it
	Staged []registry.Staged // what waits for an approval; nil: nobody asked

	Downloads  *Downloads  // nil: nobody asked, or see Missed
	Searched   int         // lockfiles of ours that were read for dependents
	Packages   int         // packages of ours at the registry that were read for the same
	Looked     bool        // dependents of ours were looked for
	Dependents []Dependent // projects of ours with an affected version

	// Missed says what could not be looked at, and why: one sentence each.
	Missed []string
}

// An Answer is yes, no, or that nobody asked.
type Answer int

// The answers.
const (
	Unasked Answer = iota
	Yes
	No
)

// A Place is where a version holds what leaked.
type Place struct {
	Path string `json:"path"` // of the file in the tarball. Foreign text
	How  string `json:"how"`  // "its digest", "its path", "its content", "its content, in base64"
}

// Downloads are numbers of the public registry.
type Downloads struct {
	Since    string           `json:"since"` // first day
	Until    string           `json:"until"` // last day that is complete
	Count    int64            `json:"count"` // of the package in that time, all versions
	Week     int64            `json:"week"`  // of its last seven days; -1: not known
	Versions map[string]int64 `json:"-"`     // last week, by version
}

// A Dependent is a project or package of ours that brings an affected version.
type Dependent struct {
	Name    string `json:"name"` // of the project; empty: it has none. Foreign text
	Version string `json:"version"`
	File    string `json:"file"`    // its lockfile, as the user may open it
	Brings  string `json:"brings"`  // the affected version
	Shipped bool   `json:"shipped"` // a consumer of the project gets it too
}

// ranged returns the range of an Ask; ok: it is one.
func (a *Ask) ranged() (r npm.Range, ok bool) {
	r, err := npm.ParseRange(a.Range)
	return r, err == nil
}

// An affected version, in the making.
type affected struct {
	registry.Publication
	gone   bool
	places []Place
}

// affectedBy returns the versions that the incident is about, in order of
// publication: those of the range, of a token what may be its doing, of an
// exposure what holds the bytes. What an earlier look saw affected stays so, also
// where it is gone.
func affectedBy(a *Ask, l *Look, earlier *Record) (all []affected) {
	have := map[string]bool{}
	for _, p := range l.History.Releases {
		before := earlier.version(p.Version)
		if !a.covers(p.Version, p.Number) || !a.concerns(l, p, before != nil) {
			continue
		}
		one := affected{Publication: p, places: l.Found[p.Version]}
		if before != nil && len(one.places) == 0 {
			one.places = before.Places
		}
		all, have[p.Version] = append(all, one), true
	}
	for version, at := range l.History.Times {
		number, err := npm.ParseVersion(version)
		if err != nil || have[version] || l.published(version) || !a.covers(version, number) || a.Kind == Token && at.Before(a.Since) {
			continue
		}
		if a.Kind == Exposure && earlier.version(version) == nil {
			continue // what it held, nobody can see any more
		}
		one := affected{Publication: registry.Publication{Version: version, Number: number, Published: at}, gone: true}
		if before := earlier.version(version); before != nil {
			one.restore(before)
		}
		all, have[version] = append(all, one), true
	}
	if earlier != nil {
		for i := range earlier.Affected {
			before := &earlier.Affected[i]
			if number, err := npm.ParseVersion(before.Version); err == nil && !have[before.Version] && !l.published(before.Version) {
				one := affected{Publication: registry.Publication{Version: before.Version, Number: number}, gone: true}
				one.restore(before)
				all = append(all, one)
			}
		}
	}
	slices.SortStableFunc(all, func(x, y affected) int {
		if c := x.Published.Compare(y.Published); c != 0 {
			return c
		}
		return x.Number.Compare(y.Number)
	})
	return all
}

// restore takes what an earlier look saw of a version that is gone.
func (v *affected) restore(before *Affected) {
	v.Integrity, v.By, v.Approver, v.TrustedPublisher = before.Integrity, before.By, before.Approver, before.TrustedPublisher
	v.Trust, v.places = trustNamed(before.Trust), before.Places
	if at, err := time.Parse(time.RFC3339, before.Published); err == nil && v.Published.IsZero() {
		v.Published = at
	}
}

// published reports whether the registry has a version.
func (l *Look) published(version string) bool {
	return slices.ContainsFunc(l.History.Releases, func(p registry.Publication) bool { return p.Version == version })
}

// covers reports whether a version is in the range, as npm deprecate takes it: a
// prerelease is, if its number is.
func (a *Ask) covers(version string, number npm.Version) bool {
	r, ok := a.ranged()
	return ok && valid(version, number) && r.Contains(number, true)
}

// valid reports whether a Number is that of its version, and not of none.
func valid(version string, number npm.Version) bool {
	return number != npm.Version{} || version == "0.0.0"
}

// concerns reports whether a version of the range is part of the incident. seen:
// an earlier look saw it so.
func (a *Ask) concerns(l *Look, p registry.Publication, seen bool) bool {
	switch a.Kind {
	case Token:
		// What came by a trusted publisher or was approved with a second factor is
		// not a token's doing; a publish time that is missing proves nothing.
		return p.Trust < registry.TrustedPublisher && (p.Published.IsZero() || !p.Published.Before(a.Since))
	case Exposure:
		return seen || len(l.Found[p.Version]) > 0
	}
	return true
}

// trustNamed is the reverse of registry.Trust.String.
func trustNamed(words string) registry.Trust {
	for t := registry.NoTrust; t <= registry.Approved; t++ {
		if t.String() == words {
			return t
		}
	}
	return registry.NoTrust
}
