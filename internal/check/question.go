package check

import (
	"iter"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// A question is a request of a dependency to a registry that the lockfile does
// not answer with a matching copy: it has nothing, a directory, an address or
// another version. An install without this lockfile resolves it anew.
type question struct {
	want npm.Want
	rng  npm.Range
	from *npm.Package
	edge *npm.Edge
	line *npm.Dependency // of package.json, for a dependency of the judged package; else nil
	// scope is that of the copy it would install; shipped says whether a consumer
	// gets that.
	scope   npm.Scope
	shipped bool
}

// consumed returns the packages that a consumer of the judged one gets, through
// published fields. A private package has no consumers.
func (s *Subject) consumed() map[*npm.Package]bool {
	all := map[*npm.Package]bool{}
	if s.Graph == nil || s.Graph.Root == nil || s.Manifest.Private {
		return all
	}
	all[s.Graph.Root] = true
	for todo := []*npm.Package{s.Graph.Root}; len(todo) > 0; {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, e := range s.edges(p) {
			if e.To != nil && !all[e.To] && published(e.Kind) {
				all[e.To] = true
				todo = append(todo, e.To)
			}
		}
	}
	return all
}

// edges returns the edges of a package. If a monorepo's root depends on one of
// its members, managers have one edge, to the member; the line of package.json
// is added here. A root with another package of that name has an edge to each.
func (s *Subject) edges(p *npm.Package) iter.Seq2[int, *npm.Edge] {
	return func(yield func(int, *npm.Edge) bool) {
		for i := range p.Deps {
			e := &p.Deps[i]
			if !yield(i, e) {
				return
			}
			if e.Kind != npm.EdgeWorkspace || p != s.Graph.Root || slices.ContainsFunc(p.Deps, func(own npm.Edge) bool {
				return own.Name == e.Name && own.Kind != npm.EdgeWorkspace
			}) {
				continue
			}
			for _, d := range s.Manifest.Dependencies {
				if d.Name == e.Name && e.To != nil &&
					!yield(i, &npm.Edge{Name: d.Name, Range: d.Range, Kind: d.Kind, To: e.To, Valid: npm.Satisfied(d.Range, e.To)}) {
					return
				}
			}
		}
	}
}

// published reports whether a consumer's install follows an edge of the kind.
func published(k npm.EdgeKind) bool { return k != npm.EdgeDev && k != npm.EdgeWorkspace }

// asking visits the edges of all judged packages, with whether a consumer
// follows them.
func (s *Subject) asking(visit func(from *npm.Package, e *npm.Edge, shipped bool)) {
	consumed := s.consumed()
	for _, p := range s.Graph.Packages {
		if p.Link || p != s.Graph.Root && p.Scope == "" && !p.Extraneous {
			continue
		}
		for _, e := range s.edges(p) {
			switch {
			case e.Kind == npm.EdgeWorkspace:
			case e.Kind == npm.EdgeDev && p != s.Graph.Root && !s.Graph.Whole():
			default:
				visit(p, e, consumed[p] && published(e.Kind))
			}
		}
	}
}

// unanswered lists the requests to registries that the lockfile does not
// answer, each package and range once, shipped ones first.
func (s *Subject) unanswered() []question {
	if s.Graph == nil || s.Graph.Root == nil {
		return nil
	}
	var list []question
	at := map[npm.Want]int{}
	s.asking(func(from *npm.Package, e *npm.Edge, shipped bool) {
		if e.To != nil && e.Valid && !e.Set && (e.To.Source == npm.SourceRegistry || e.To.Source == npm.SourceBundled) && !e.To.Local() {
			return
		}
		if e.To == nil && e.Kind == npm.EdgePeerOptional {
			return // only those get it who depend on it themselves
		}
		a := question{from: from, edge: e, shipped: shipped, scope: s.edgeScope(from, e)}
		var ok bool
		if a.want, ok = s.wants(from, e); !ok || s.Policy.Omit[a.scope] {
			return
		}
		var err error
		if a.rng, err = npm.ParseRange(a.want.Range); err != nil {
			a.rng, _ = npm.ParseRange("*") // a tag may be any version
		}
		if from == s.Graph.Root {
			a.line = s.lineOf(e)
		}
		if i, twice := at[a.want]; twice {
			if a.shipped && !list[i].shipped {
				list[i] = a
			}
			return
		}
		at[a.want] = len(list)
		list = append(list, a)
	})
	return list
}

// wants returns what an edge requests from a registry. A lockfile of pnpm has
// no ranges below the importers; there, a directory counts as a request for any
// version, since packages of a registry depend on packages of a registry.
func (s *Subject) wants(from *npm.Package, e *npm.Edge) (npm.Want, bool) {
	w, ok := s.Graph.Wants(e.Name, e.Range)
	if !ok && from == s.Graph.Root && strings.HasPrefix(e.Range, "workspace:") {
		if d := s.packedLine(e.Name, e.Kind); d != nil { // once packed it is a request to a registry
			return s.Graph.Wants(d.Name, d.Range)
		}
	}
	if !ok && s.Graph.Manager == "pnpm" && from.Source == npm.SourceRegistry && e.To != nil && e.To.Local() {
		return npm.Want{Name: e.Name, Range: "*"}, true
	}
	return w, ok
}

// edgeScope returns the scope of the way over an edge.
func (s *Subject) edgeScope(from *npm.Package, e *npm.Edge) npm.Scope {
	scope := scopeOf(e.Kind)
	if from == s.Graph.Root {
		return scope
	}
	mine := s.scope(from)
	if slices.Index(npm.Scopes, mine) > slices.Index(npm.Scopes, scope) {
		return mine
	}
	return scope
}

// lineOf returns the line of package.json for an edge of the judged package.
func (s *Subject) lineOf(e *npm.Edge) *npm.Dependency {
	for i := range s.Manifest.Dependencies {
		if d := &s.Manifest.Dependencies[i]; d.Name == e.Name && d.Kind == e.Kind {
			return d
		}
	}
	return nil
}
