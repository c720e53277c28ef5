package monitor

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/registry"
)

// access finds those who may publish and whom nobody knows. It also remembers, at
// the first look at anything, who might then.
func (j *judging) access() {
	h := j.look.History
	if h == nil || !j.good[Access] {
		return
	}
	if h.Maintainers == nil {
		delete(j.good, Access)
		j.miss(Access, "the registry does not say who may publish")
		return
	}
	for _, name := range h.Maintainers {
		if j.knows(name) {
			continue
		}
		j.add(Access, &publisherRule, finding.Always, "", "owner "+strings.ToLower(name), "%s may publish %s, and %s.", name, j.look.Package,
			j.unknownTo())
	}
}

// publisher finds who published a version and is not known. A trusted publisher is
// no person; where it published from is the matter of published-elsewhere.
func (j *judging) publisher(r *registry.Publication) {
	for _, p := range []struct{ name, did string }{{r.By, "published"}, {r.Approver, "approved"}} {
		if p.name == "" || p.did == "published" && r.TrustedPublisher != "" || j.knows(p.name) {
			continue
		}
		j.add(Publishes, &publisherRule, finding.Always, r.Version, strings.Join([]string{p.did, r.Version, strings.ToLower(p.name)}, " "),
			"%s %s %s@%s on %s, and %s.", p.name, p.did, j.look.Package, r.Version, when(r.Published), j.unknownTo())
	}
}

// knows reports whether an npm name is one of those whom the policy names; where it
// names none, of those who might publish at the first look, or had before what is
// judged begins.
func (j *judging) knows(name string) bool {
	if known, said := j.policy().Publisher(name); said {
		return known
	}
	j.firstPeople()
	return slices.Contains(j.next.People.Of, strings.ToLower(name))
}

func (j *judging) unknownTo() string {
	if _, said := j.policy().Publisher(""); said {
		return "the policy does not name them among those who may"
	}
	if len(j.next.People.Of) == 0 {
		return "nobody is known who may: the registry named no owner at the first look, and the policy names none in monitor.publishers"
	}
	return "was not among those who might at the first look, " + when(j.next.People.At)
}

// firstPeople remembers who might publish at the first look, and had by then.
func (j *judging) firstPeople() {
	h := j.look.History
	if !j.next.People.At.IsZero() || h == nil {
		return
	}
	names := slices.Clone(h.Maintainers)
	for i := range h.Releases {
		if r := &h.Releases[i]; !r.Published.IsZero() && r.Published.Before(j.since) {
			names = append(names, r.Approver)
			if r.TrustedPublisher == "" {
				names = append(names, r.By)
			}
		}
	}
	for i := range names {
		names[i] = strings.ToLower(names[i])
	}
	slices.Sort(names)
	j.next.People = First{j.at, slices.DeleteFunc(slices.Compact(names), func(n string) bool { return n == "" })}
}
