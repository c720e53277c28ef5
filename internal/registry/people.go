package registry

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// People are those behind one version, as the registry says. The registry writes
// _npmUser and a copy of the maintainers' list into each version when it is
// published, and never again.
type People struct {
	// By are the names of who published the version (_npmUser.name) and of who
	// approved it (_npmUser.approver). Empty: the registry names none.
	By [2]string

	// Trusted means that a trusted publisher published it, with provenance: it came
	// from a build that the package's owners named, and By is the registry's word for
	// such builds.
	Trusted bool

	Maintainers []string // who might publish the package then, sorted; nil: the registry has no list
}

// Named reports whether the registry says who published a version.
func (p *People) Named() bool { return p.By != [2]string{} }

// A Past is what was published of a package up to one of its versions.
type Past struct {
	Debuts []Debut // of everybody who published or approved a version, sorted by name
	Pauses []Pause // of at least leastPause, in order
}

// A Debut is the first version that somebody published or approved.
type Debut struct {
	Name      string
	Number    npm.Version
	Published time.Time // as in a Fact
}

// A Pause is a time in which nothing was published.
type Pause struct {
	From, To time.Time
}

// leastPause is the shortest time that is kept as a pause. A policy cannot ask for
// less.
const leastPause = 30 * 24 * time.Hour

// Limits of what is kept of people.
const (
	maxNameBytes   = 256  // of a name; a longer one is none
	maxMaintainers = 1000 // of one version; a longer list is none
)

// people returns those behind the version.
func (p *part) people(names map[string]string) People {
	proven := p.dist.Get("attestations").Get("provenance").Kind() == strict.Object
	return People{By: p.publishers(names), Trusted: proven && p.user.Get("trustedPublisher").Truthy(), Maintainers: namesOf(p.maintainers)}
}

// publishers returns who published and approved the version. A package has few
// such names and many versions, so that each is kept once, in names.
func (p *part) publishers(names map[string]string) (by [2]string) {
	approver := p.user.Get("approver")
	if approver.Kind() == strict.Object {
		approver = approver.Get("name")
	}
	for i, v := range []strict.Value{p.user.Get("name"), approver} {
		name := v.Text()
		if name == "" || len(name) > maxNameBytes {
			continue
		}
		if _, known := names[name]; !known {
			names[strings.Clone(name)] = strings.Clone(name)
		}
		by[i] = names[name]
	}
	return by
}

// install returns what runs when the version is installed as a dependency, one
// script a line. npm adds the install script of a binding.gyp to the manifest that it
// publishes; other clients leave gypfile alone, and npm then runs node-gyp.
func (p *part) install() string {
	var lines []string
	for _, event := range [...]string{"preinstall", "install", "postinstall"} {
		if text := p.scripts.Get(event).Text(); text != "" {
			lines = append(lines, event+": "+text)
		}
	}
	if len(lines) == 0 && p.installs {
		return "a script that the packument does not show"
	}
	return strings.Join(lines, "\n")
}

// namesOf reads a list of people, who are {name, email} or in old packuments
// "name <email>".
func namesOf(list strict.Value) (names []string) {
	if list.Kind() != strict.Array || list.Len() > maxMaintainers {
		return nil
	}
	for v := range list.Elements() {
		name := v.Get("name").Text()
		if v.Kind() == strict.String {
			name, _, _ = strings.Cut(v.Text(), "<")
		}
		if name = strings.TrimSpace(name); name != "" && len(name) <= maxNameBytes {
			names = append(names, strings.Clone(name))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Past returns what was published up to a version that was asked for, itself
// included. Where a time is missing, the order of the numbers counts.
func (f *Facts) Past(version string) *Past {
	number, err := npm.ParseVersion(version)
	fact, known := f.Of[version]
	if err != nil || !known {
		return &Past{}
	}
	this := Grade{Number: number, Published: fact.Published}
	debuts := map[string]Grade{}
	var times []time.Time
	for _, g := range f.Grades {
		if g.Number.Compare(number) != 0 && !g.earlier(this) {
			continue
		}
		for _, name := range g.by {
			if first, seen := debuts[name]; name != "" && (!seen || g.earlier(first)) {
				debuts[name] = g
			}
		}
		if !g.Published.IsZero() {
			times = append(times, g.Published)
		}
	}
	h := &Past{}
	for _, name := range slices.SortedFunc(maps.Keys(debuts), cmp.Compare) {
		h.Debuts = append(h.Debuts, Debut{name, debuts[name].Number, debuts[name].Published})
	}
	slices.SortFunc(times, time.Time.Compare)
	for i := 1; i < len(times); i++ {
		if times[i].Sub(times[i-1]) >= leastPause {
			h.Pauses = append(h.Pauses, Pause{times[i-1], times[i]})
		}
	}
	return h
}

// Knew reports whether somebody had published or approved something by the time
// of a version, that version included.
func (h *Past) Knew(name string, number npm.Version, published time.Time) bool {
	then := Grade{Number: number, Published: published}
	return slices.ContainsFunc(h.Debuts, func(d Debut) bool {
		return d.Name == name && (d.Number.Compare(number) == 0 || Grade{Number: d.Number, Published: d.Published}.earlier(then))
	})
}

// Longest returns the longest pause that ended after a time; of equals the last.
// ok is false if there is none.
func (h *Past) Longest(after time.Time) (longest Pause, ok bool) {
	for _, p := range h.Pauses {
		if p.To.After(after) && p.To.Sub(p.From) >= longest.To.Sub(longest.From) {
			longest, ok = p, true
		}
	}
	return longest, ok
}
