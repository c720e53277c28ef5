package vex

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	openvex "github.com/openvex/go-vex/pkg/vex"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// forest is a random graph of packages p0 (the root) to p7, some in two copies.
func forest(r *rand.Rand) *npm.Graph {
	g := &npm.Graph{}
	for i := range 10 {
		p := &npm.Package{Name: fmt.Sprintf("p%d", i%8), Version: "1.0.0", Location: fmt.Sprintf("node_modules/p%d", i),
			Source: npm.SourceRegistry}
		for _, other := range g.Packages {
			if r.IntN(3) == 0 {
				other.Deps = append(other.Deps, npm.Edge{Name: p.Name, To: p})
			}
			if i > 3 && r.IntN(8) == 0 && other != g.Packages[0] { // a ring
				p.Deps = append(p.Deps, npm.Edge{Name: other.Name, To: other})
			}
		}
		g.Packages = append(g.Packages, p)
	}
	g.Root = g.Packages[0]
	g.Root.Source, g.Root.Location = npm.SourceLocal, ""
	return g
}

// vulnerable reports whether some copy of a package is reached from the root by
// a way on which nobody says that it is not affected, as trivy walks the tree: it
// asks OpenVEX's library about each package on the way.
func vulnerable(doc *openvex.VEX, g *npm.Graph, leaf string) bool {
	says := func(p *npm.Package) bool { return len(doc.Matches("CVE-2026-1", npm.PURL(p), []string{leaf})) > 0 }
	seen := map[*npm.Package]bool{}
	var walk func(p *npm.Package) bool
	walk = func(p *npm.Package) bool {
		if seen[p] || says(p) {
			return false
		}
		seen[p] = true
		if npm.PURL(p) == leaf {
			return true
		}
		for _, e := range p.Deps {
			if walk(e.To) {
				return true
			}
		}
		return false
	}
	return walk(g.Root)
}

// Where nothing is taken back, packages in between lift what they lift for trivy.
func TestBetweenAsScannersWalk(t *testing.T) {
	lifted, kept := 0, 0
	for n := range uint64(3000) {
		r := rand.New(rand.NewPCG(n, 3))
		g := forest(r)
		s := subject()
		s.Graph, s.PURL = g, "pkg:npm/p0@1.0.0"
		var list []string
		for range 1 + r.IntN(4) {
			product := fmt.Sprintf("p%d@1.0.0", r.IntN(8))
			if r.IntN(2) == 0 {
				product += fmt.Sprintf(">p%d", r.IntN(8))
			}
			list = append(list, says("not_affected", "2026-05-01", product))
		}
		f := about(fmt.Sprintf("p%d", 4+r.IntN(4)))
		text := open(strings.Join(list, ","))
		doc, err := openvex.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		reached := (&weigher{Subject: s}).reachable(nil)
		all := true
		for _, p := range g.Packages {
			all = all && (p.Name != f.Name || reached[p])
		}
		if !all {
			continue // what nothing leads to has no place in their tree
		}
		ours := Weigh(docs(t, text), s, []finding.Finding{f}).Vouched(&f) != nil
		if theirs := !vulnerable(doc, g, f.Package); ours != theirs {
			t.Errorf("world %d: %s lifted %t, by the walk %t:\n%s", n, f.Name, ours, theirs, strings.Join(list, "\n"))
		}
		if ours {
			lifted++
		} else {
			kept++
		}
	}
	if lifted < 100 || kept < 100 {
		t.Errorf("%d lifted, %d not: the property is hardly tried", lifted, kept)
	}
}

// One more statement that lifts nothing never lifts anything, nor does one less
// that does.
func TestNeverOpens(t *testing.T) {
	tried := 0
	for n := range uint64(2000) {
		r := rand.New(rand.NewPCG(n, 5))
		s := subject()
		s.Graph, s.PURL = forest(r), "pkg:npm/p0@1.0.0"
		statement := func(statuses ...string) string {
			return says(statuses[r.IntN(len(statuses))], fmt.Sprintf("2026-0%d-01", 1+r.IntN(7)), fmt.Sprintf("p%d@1.0.0", r.IntN(8)))
		}
		var list []string
		for range 2 + r.IntN(4) {
			list = append(list, statement("not_affected", "fixed", "fixed", "affected"))
		}
		f := about(fmt.Sprintf("p%d", 4+r.IntN(4)))
		lifts := func(list []string) bool {
			return Weigh(docs(t, open(strings.Join(list, ","))), s, []finding.Finding{f}).Vouched(&f) != nil
		}
		if lifts(list) {
			continue
		}
		tried++
		if lifts(append(list[:len(list):len(list)], statement("affected", "under_investigation"))) {
			t.Errorf("world %d: one more that lifts nothing opens", n)
		}
		for i := range list {
			if !strings.Contains(list[i], `"affected"`) && lifts(append(append([]string{}, list[:i]...), list[i+1:]...)) {
				t.Errorf("world %d: one less that lifts opens", n)
			}
		}
	}
	if tried < 200 {
		t.Errorf("only %d worlds tried", tried)
	}
}
