package check

import (
	"iter"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// A question is what a dependency asks a registry for and the lockfile does not
// answer with a copy of it: nothing is locked, or a directory, an address,
// another version. An install elsewhere, which has no part of this lockfile,
// resolves it anew.
type question struct {
	want npm.Want
	rng  npm.Range
	from *npm.Package
	edge *npm.Edge
	line *npm.Dependency // of package.json, where the judged package asks itself; else nil
	// scope is that of the copy that it would bring; shipped, whether a consumer
	// gets it.
	scope   npm.Scope
	shipped bool
}

// reach are the packages that a consumer of the judged one gets, through fields
// that are published. Nobody is one of a private package.
func (s *Subject) reach() map[*npm.Package]bool {
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

// edges are those of a package. Where a monorepo's root depends on one of its
// members, managers have one edge, to the member; what package.json asks for is
// put beside it here. A root that is given another package of that name has an
// edge to each.
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

// asking visits the edges of all that is judged and whether a consumer follows
// them.
func (s *Subject) asking(visit func(from *npm.Package, e *npm.Edge, shipped bool)) {
	reach := s.reach()
	for _, p := range s.Graph.Packages {
		if p.Link || p != s.Graph.Root && p.Scope == "" && !p.Extraneous {
			continue
		}
		for _, e := range s.edges(p) {
			switch {
			case e.Kind == npm.EdgeWorkspace:
			case e.Kind == npm.EdgeDev && p != s.Graph.Root && !s.Graph.Whole():
			default:
				visit(p, e, reach[p] && published(e.Kind))
			}
		}
	}
}

// unanswered lists what is asked of registries and not answered by the lockfile,
// each package and range once, the most shipped first.
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
			return // nobody is given it who does not ask himself
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

// wants is what an edge asks a registry for. A lockfile of pnpm has no ranges
// below the importers; but what a registry served asks a registry, so that a
// directory there stands in for any version.
func (s *Subject) wants(from *npm.Package, e *npm.Edge) (npm.Want, bool) {
	w, ok := s.Graph.Wants(e.Name, e.Range)
	if !ok && from == s.Graph.Root && strings.HasPrefix(e.Range, "workspace:") {
		if d := s.packedLine(e.Name, e.Kind); d != nil { // it asks a registry once it is packed
			return s.Graph.Wants(d.Name, d.Range)
		}
	}
	if !ok && s.Graph.Manager == "pnpm" && from.Source == npm.SourceRegistry && e.To != nil && e.To.Local() {
		return npm.Want{Name: e.Name, Range: "*"}, true
	}
	return w, ok
}

// edgeScope is the scope of the way that leads over an edge.
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

// lineOf is the line of package.json that an edge of the judged package is of.
func (s *Subject) lineOf(e *npm.Edge) *npm.Dependency {
	for i := range s.Manifest.Dependencies {
		if d := &s.Manifest.Dependencies[i]; d.Name == e.Name && d.Kind == e.Kind {
			return d
		}
	}
	return nil
}
