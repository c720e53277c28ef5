package upgrade

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// The order of updates is what picking one after another gives: each time the
// first that waits for none of the rest, in a cycle the first of all.
func TestDependentsFirst(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		n := random.IntN(9)
		m := &maker{byName: map[string][]*npm.Package{}}
		packages := make([]*npm.Package, n)
		for i := range packages {
			packages[i] = &npm.Package{Name: fmt.Sprint(i)}
			m.byName[packages[i].Name] = packages[i : i+1]
			m.changes = append(m.changes, &change{do: Update, name: packages[i].Name})
			if random.IntN(4) == 0 {
				m.changes = append(m.changes, &change{do: Prune})
			}
		}
		waits := map[string]map[string]bool{}
		for _, p := range packages {
			waits[p.Name] = map[string]bool{}
			for range random.IntN(3) {
				from := packages[random.IntN(n)]
				from.Deps = append(from.Deps, npm.Edge{To: p})
				if from != p {
					waits[p.Name][from.Name] = true
				}
			}
		}
		left := slices.DeleteFunc(slices.Clone(m.changes), func(c *change) bool { return c.do != Update })
		var want []string
		for _, c := range m.changes {
			if c.do != Update {
				want = append(want, "")
				continue
			}
			next := max(0, slices.IndexFunc(left, func(c *change) bool { return len(waits[c.name]) == 0 }))
			want = append(want, left[next].name)
			for _, on := range waits {
				delete(on, left[next].name)
			}
			left = slices.Delete(left, next, next+1)
		}
		m.into = (&npm.Graph{Packages: packages}).Dependents()
		m.dependentsFirst()
		var got []string
		for _, c := range m.changes {
			got = append(got, c.name)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q, expected %q", got, want)
		}
	}
}
