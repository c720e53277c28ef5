package gate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// A standing is a version that was locked before, and what its registry says of it.
type standing struct {
	version string
	known
}

// An arrival is a version that was not locked before.
type arrival struct {
	since   string
	after   time.Duration // a silence that is long
	address string
	p       *npm.Package
	now     known
	old     []standing // of the same name
}

// judge says who came with the version.
func (a *arrival) judge() check.Arrival {
	made := check.Arrival{Seal: check.Seal{State: check.SealVerified, At: a.now.Published}}
	number, err := npm.ParseVersion(a.p.Version)
	past := a.now.past
	switch {
	case !a.now.there:
		made.Seal = check.Seal{State: check.SealSkipped, Why: host(a.address) + " does not have this version (any more)"}
		return made
	case err != nil || past == nil:
		made.Seal = check.Seal{State: check.SealSkipped, Why: "it is no version that can be compared"}
		return made
	}
	last := a.last()
	if !a.now.Named() && len(past.Debuts) == 0 {
		made.Seal = check.Seal{State: check.SealSkipped, Why: host(a.address) + " does not say who publishes"}
	}
	made.Publisher = a.publisher(number, last)
	if last != nil {
		made.Maintainers, made.Revived = a.maintainers(last), a.revived(last)
	}
	made.Scripts = a.scripts(last)
	if last != nil && !last.there {
		made.Seal = check.Seal{State: check.SealSkipped, Why: fmt.Sprintf("%s does not have %s, which %s locked, (any more): who maintained it "+
			"and what it ran cannot be compared", host(a.address), last.version, a.since), At: a.now.Published}
	}
	if made.Publisher+made.Maintainers+made.Scripts+made.Revived != "" {
		made.State = check.SealInvalid
	}
	return made
}

// last returns the newest of the versions that were locked before, one that its
// registry does not have any more only where there is no other; nil: none was locked.
func (a *arrival) last() (last *standing) {
	for i := range a.old {
		o := &a.old[i]
		number, err := npm.ParseVersion(o.version)
		if err != nil {
			continue
		}
		if last != nil {
			than, _ := npm.ParseVersion(last.version)
			newer := cmp.Or(o.Published.Compare(last.Published), number.Compare(than)) > 0
			if o.there != last.there {
				newer = o.there
			}
			if !newer {
				continue
			}
		}
		last = o
	}
	return last
}

// publisher tells that everybody who published the version had published nothing of
// the package by the time of the one that was locked before, or where none was, by
// that of this one. A trusted publisher's build is nobody's: what is behind it is
// what provenance tells. Who approves it is somebody.
//
// The time of a publish is a word of the registry that nobody signs. So what was
// published up to the version that was locked is read from its own past too, and a
// higher version that is dated before it makes nobody known by itself.
func (a *arrival) publisher(number npm.Version, last *standing) string {
	this, past := a.now, *a.now.past
	if this.Trusted && (this.By[1] == "" || last == nil || slices.Contains(last.Maintainers, this.By[1])) {
		return ""
	}
	until, at, then := "before it", a.now.Published, number
	if last != nil {
		then, _ = npm.ParseVersion(last.version)
		until, at = fmt.Sprintf("up to %s, which %s locked,", last.version, a.since), last.Published
		if last.past != nil {
			past.Debuts = slices.Concat(past.Debuts, last.past.Debuts)
		}
	}
	if last == nil || number.Compare(then) > 0 { // a debut with this very version is none before it
		past.Debuts = slices.DeleteFunc(slices.Clone(past.Debuts), func(d registry.Debut) bool { return d.Number.Compare(number) == 0 })
	}
	others := map[string]bool{}
	for _, d := range past.Debuts {
		mine := d.Name == this.By[1] || !this.Trusted && d.Name == this.By[0]
		known := last == nil || past.Knew(d.Name, then, at)
		if known && mine {
			return ""
		}
		if known {
			others[d.Name] = true
		}
	}
	if len(others) == 0 {
		return "" // it is the first one, or nobody was named before
	}
	who := "by " + this.By[0]
	switch {
	case !this.Named():
		return fmt.Sprintf("was published%s by somebody whom %s does not name; %s that was %s", dated(this.Published), host(a.address), until,
			firstNames(others))
	case this.By[0] == "":
		who = "with the approval of " + this.By[1]
	case this.By[1] != "" && this.By[1] != this.By[0]:
		who += " with the approval of " + this.By[1]
	}
	return fmt.Sprintf("was published%s %s, new to this package: %s that was %s", dated(this.Published), who, until, firstNames(others))
}

// maintainers tells that nobody is left of those who maintained the version that
// was locked before.
func (a *arrival) maintainers(last *standing) string {
	was, is := last.Maintainers, a.now.Maintainers
	if len(was) == 0 || len(is) == 0 || slices.ContainsFunc(is, func(name string) bool { return slices.Contains(was, name) }) {
		return ""
	}
	set := func(names []string) map[string]bool {
		all := map[string]bool{}
		for _, n := range names {
			all[n] = true
		}
		return all
	}
	return fmt.Sprintf("is maintained by %s, and %s, which %s locked, was by %s: nobody is left", firstNames(set(is)), last.version, a.since,
		firstNames(set(was)))
}

// scripts tells that a script runs when the version is installed that the one that
// was locked before had not, or had otherwise.
func (a *arrival) scripts(last *standing) string {
	now := strings.ReplaceAll(clip(a.now.Install), "\n", "; ")
	switch {
	case a.now.Install == "":
		return ""
	case last == nil:
		return fmt.Sprintf("was not locked by %s, and runs a script when it is installed: %s", a.since, now)
	case !last.there:
		return fmt.Sprintf("runs a script when it is installed, and %s does not say (any more) what %s, which %s locked, ran: %s",
			host(a.address), last.version, a.since, now)
	case last.Install == "":
		return fmt.Sprintf("runs a script when it is installed, and %s, which %s locked, did not: %s", last.version, a.since, now)
	case last.Install != a.now.Install:
		return fmt.Sprintf("runs another script when it is installed than %s, which %s locked: %s; that was %s", last.version, a.since, now,
			strings.ReplaceAll(clip(last.Install), "\n", "; "))
	}
	return ""
}

// clip shortens a script for a message.
func clip(text string) string {
	if runes := []rune(text); len(runes) > 120 {
		return string(runes[:120]) + "…"
	}
	return text
}

// revived tells of a long silence since the version that was locked before.
func (a *arrival) revived(last *standing) string {
	if last.Published.IsZero() || a.now.Published.IsZero() {
		return ""
	}
	pause, ok := a.now.past.Longest(last.Published)
	if length := pause.To.Sub(pause.From); ok && length >= a.after {
		return fmt.Sprintf("was published%s after a silence of %d days, from %s to %s; %s locked %s", dated(a.now.Published),
			int(length/(24*time.Hour)), pause.From.Format(time.DateOnly), pause.To.Format(time.DateOnly), a.since, last.version)
	}
	return ""
}

// firstNames names the first few, in order.
func firstNames(of map[string]bool) string {
	const most = 4
	names := slices.Sorted(maps.Keys(of))
	if len(names) > most+1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
