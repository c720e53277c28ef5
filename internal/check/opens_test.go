package check

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

// A project is what one round of TestNothingOpens judges: edges and advisories,
// from which the graph is made anew each time.
type project struct {
	edges   []projectEdge
	records [][]advisory.Record // of each source
}

type projectEdge struct {
	from, to int // index in projectNames; from -1: the judged package
	kind     npm.EdgeKind
	rng      string
	// what the lockfile has: 0 the copy, 1 nothing, 2 a folder, 3 a copy by an
	// override's word, 4 a copy that does not fit
	ends int
}

var (
	projectNames  = []string{"a", "b", "c", "d", "e"}
	projectKinds  = []npm.EdgeKind{npm.EdgeProd, npm.EdgeDev, npm.EdgeOptional, npm.EdgePeer, npm.EdgePeerOptional}
	projectRanges = []string{"^1.0.0", "1.0.0", "~1.2.0", "^2.0.0", "*", "npm:evil@^1.0.0", "catalog:", "workspace:*",
		"file:../x", "github:o/r"}
)

// judge reports whether a project passes the built-in policy with one level for
// all scopes: without, an edge for development says of what nothing reaches, which
// is judged as if it shipped, that it does not ship.
func (p *project) judge(t *testing.T) bool {
	t.Helper()
	root := &npm.Package{Name: "app", Version: "1.0.0", Source: npm.SourceLocal}
	m := &npm.Manifest{File: "package.json", Name: "app", Version: "1.0.0"}
	g := &npm.Graph{Manager: "npm", Lockfile: "package-lock.json", Version: "3", Root: root, Packages: []*npm.Package{root}}
	g.Catalogs = map[string]map[string]string{"default": {"a": "^1.0.0", "b": "^1.0.0"}}
	var all []*npm.Package
	for _, name := range projectNames {
		all = append(all, installed(name, "1.2.3"))
		all[len(all)-1].Scope = ""
	}
	seen := map[string]bool{}
	for _, e := range p.edges {
		from := root
		if e.from >= 0 {
			from = all[e.from]
		}
		edge := npm.Edge{Name: projectNames[e.to], Range: e.rng, Kind: e.kind, To: all[e.to], Valid: true}
		if key := fmt.Sprint(e.from, e.to); seen[key] || from == edge.To {
			continue // one a name
		} else {
			seen[key] = true
		}
		switch e.ends {
		case 1:
			edge.To, edge.Valid = nil, false
		case 2:
			edge.To = &npm.Package{Name: edge.Name, Version: "1.2.3", Location: "vendor/" + edge.Name + fmt.Sprint(len(seen)),
				Source: npm.SourceLocal}
			g.Packages = append(g.Packages, edge.To)
		case 3:
			edge.Set = true
		case 4:
			edge.Valid = false
		}
		from.Deps = append(from.Deps, edge)
		if from == root {
			m.Dependencies = append(m.Dependencies, npm.Dependency{Name: edge.Name, Range: edge.Range, Kind: edge.Kind, Line: 5, Column: 5})
		}
	}
	g.Packages = append(g.Packages, all...)
	g.Settle(root)
	s := &Subject{Manifest: m, Graph: g,
		Policy: policy.Default().For("app", policy.Flags{AuditLevel: &policy.Threshold{Severity: finding.High}}), Now: "2026-06-01T00:00:00Z"}
	var sources []advisory.Source
	for _, records := range p.records {
		sources = append(sources, told{records: records})
	}
	known, _, err := advisory.Gather(t.Context(), sources, s.Ask(), false)
	if err != nil {
		t.Fatal(err)
	}
	s.Known, s.Advisories = known, known.Match(g)
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	return policy.Decide(s.Policy, Run(s), policy.Context{Now: now, Version: "1.0.0"}).Passed()
}

func randomEdge(r *rand.Rand) projectEdge {
	return projectEdge{from: r.IntN(len(projectNames)+1) - 1, to: r.IntN(len(projectNames)),
		kind: projectKinds[r.IntN(len(projectKinds))], rng: projectRanges[r.IntN(len(projectRanges))], ends: max(0, r.IntN(9)-4)}
}

func randomRecord(r *rand.Rand, n int) advisory.Record {
	names := append(slices.Clone(projectNames), "evil")
	rec := advisory.Record{ID: fmt.Sprintf("GHSA-%d", n), Package: names[r.IntN(len(names))],
		Severity: []finding.Severity{finding.Low, finding.High, finding.Critical}[r.IntN(3)]}
	rec.Ranges = []advisory.Range{{Introduced: "0", Fixed: []string{"1.0.1", "1.2.0", "1.2.4", "9.0.0"}[r.IntN(4)]}}
	if r.IntN(4) == 0 {
		rec.Kind = advisory.Malware
	}
	return rec
}

// TestNothingOpens: who adds an edge, a source or an advisory to what is judged
// never opens the gate.
func TestNothingOpens(t *testing.T) {
	passed, blocked, closed := 0, 0, 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := &project{records: [][]advisory.Record{nil}}
		for range 1 + r.IntN(4) {
			p.edges = append(p.edges, randomEdge(r))
		}
		for n := range r.IntN(2) {
			p.records[0] = append(p.records[0], randomRecord(r, n))
		}
		before := p.judge(t)
		if before {
			passed++
		} else {
			blocked++
		}
		for n := range 6 {
			more := &project{edges: slices.Clone(p.edges), records: slices.Clone(p.records)}
			what := []string{"an edge", "an advisory", "a source"}[n%3]
			switch n % 3 {
			case 0:
				more.edges = append(more.edges, randomEdge(r))
			case 1:
				more.records[0] = append(slices.Clone(more.records[0]), randomRecord(r, 100+n))
			case 2:
				more.records = append(more.records, []advisory.Record{randomRecord(r, 100+n)})
			}
			after := more.judge(t)
			if !before && after {
				t.Errorf("seed %d: %s opens the gate: %+v, then %+v", seed, what, p, more)
			}
			if before && !after {
				closed++
			}
		}
	}
	if passed < 40 || blocked < 40 || closed < 40 {
		t.Errorf("%d pass, %d are blocked, %d are closed by what is added: too few of one to say anything", passed, blocked, closed)
	}
}
