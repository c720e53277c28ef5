package check

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/npm"
)

// Requests are what an install of the package elsewhere requests from
// registries.
type Requests struct {
	promises   []promise  // lines of package.json
	unanswered []question // requests that the lockfile does not answer
}

// FindRequests returns the requests of the Subject's own lockfile, and Others
// with theirs. They do not depend on look-ups.
func (s *Subject) FindRequests() (*Requests, []Other) {
	others := slices.Clone(s.Others)
	for i := range others {
		others[i].Requests = s.by(others[i]).requests()
	}
	return s.requests(), others
}

func (s *Subject) requests() *Requests {
	if s.Requests != nil {
		return s.Requests
	}
	return &Requests{s.promises(), s.unanswered()}
}

// lookedUp returns the graph for which advisories are looked up: the packages
// of the lockfile, and those only in the tarball.
func (s *Subject) lookedUp() *npm.Graph { return withPackages(s.Graph, s.Unlocked) }

// withPackages returns a graph with further packages.
func withPackages(g *npm.Graph, more []*npm.Package) *npm.Graph {
	if len(more) == 0 {
		return g
	}
	all := append(slices.Clip(g.Packages), more...)
	return &npm.Graph{Manager: g.Manager, Lockfile: g.Lockfile, Version: g.Version, Root: g.Root, Packages: all}
}

// Ask lists what advisory sources are asked about: every copy in the lockfiles
// and in the tarball, and the packages whose ranges are judged, which are those
// of the published manifest and of the policy, and the requests that a lockfile
// does not answer. For the latter it asks for all records, and, for a source that
// only takes versions, for the lowest version that each range admits.
func (s *Subject) Ask() []advisory.Asked {
	graph := s.lookedUp()
	for _, o := range s.Others {
		graph = withPackages(graph, o.Graph.Packages)
	}
	asked := advisory.Ask(graph)
	at := make(map[string]int, len(asked))
	for i, a := range asked {
		at[a.Name] = i
	}
	add := func(name string, rng npm.Range) {
		i, found := at[name]
		if !found {
			i = len(asked)
			at[name], asked = i, append(asked, advisory.Asked{Name: name})
		}
		asked[i] = asked[i].With(advisory.AnyVersion)
		if low, ok := rng.Lowest(); ok {
			asked[i] = asked[i].With(low.Canonical())
		}
	}
	own := s.requests()
	for _, p := range own.promises {
		add(p.name, p.rng)
	}
	for _, a := range own.unanswered {
		add(a.want.Name, a.rng)
	}
	for _, o := range s.Others {
		for _, a := range s.by(o).requests().unanswered {
			add(a.want.Name, a.rng)
		}
	}
	for _, d := range s.demands() {
		add(d.name, d.rng)
	}
	slices.SortStableFunc(asked, func(a, b advisory.Asked) int { return strings.Compare(a.Name, b.Name) })
	return asked
}

// Match returns the advisories about copies of the Subject's own lockfile and of
// the tarball, and Others with theirs.
func (s *Subject) Match(known *advisory.Knowledge) ([]advisory.Match, []Other) {
	others := slices.Clone(s.Others)
	for i := range others {
		others[i].Advisories = known.Match(others[i].Graph)
	}
	return known.Match(s.lookedUp()), others
}
