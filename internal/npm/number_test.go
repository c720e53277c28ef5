package npm

import "testing"

// Dependents knows every edge that ends at a copy, in the graph's order, whether
// or not the graph is settled.
func TestDependents(t *testing.T) {
	a, b, lost := &Package{Name: "a", Location: "a"}, &Package{Name: "b", Location: "b"}, &Package{Name: "lost"}
	root := &Package{Name: "root", Deps: []Edge{{Name: "a", To: a}, {Name: "b", To: b}, {Name: "gone"}}}
	a.Deps = []Edge{{Name: "b", To: b}, {Name: "lost", To: lost}}
	for _, g := range []*Graph{{Root: root, Packages: []*Package{root, a, b}}, {Root: root, Packages: []*Package{a, b}}} {
		for range 2 {
			d := g.Dependents()
			into := d.Of(b)
			if len(d.Of(a)) != 1 || len(into) != 2 || len(d.Of(root)) != 0 || d.Of(lost) != nil || d.Of(nil) != nil {
				t.Fatalf("a %v, b %v, root %v, lost %v", d.Of(a), into, d.Of(root), d.Of(lost))
			}
			first, second := into[0].From, into[1].From
			if g.Packages[0] == a {
				first, second = second, first
			}
			if first != root || second != a || into[0].Edge.To != b {
				t.Errorf("b is asked for by %s and %s", first.Name, second.Name)
			}
			g.Settle(root)
		}
	}
}
