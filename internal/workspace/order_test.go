package workspace

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
)

// members reads lines "folder name@version field:name=range …".
func members(t testing.TB, lines ...string) []lockfile.WorkspaceMember {
	t.Helper()
	kinds := map[string]npm.EdgeKind{"prod": npm.EdgeProd, "dev": npm.EdgeDev, "opt": npm.EdgeOptional, "peer": npm.EdgePeer}
	var all []lockfile.WorkspaceMember
	for _, line := range lines {
		words := strings.Fields(line)
		at := strings.LastIndexByte(words[1], '@')
		m := &npm.Manifest{Name: words[1][:at], Version: words[1][at+1:]}
		for _, word := range words[2:] {
			kind, rest, _ := strings.Cut(word, ":")
			name, rng, _ := strings.Cut(rest, "=")
			k, known := kinds[kind]
			if !known {
				t.Fatalf("%s: no such kind", word)
			}
			m.Dependencies = append(m.Dependencies, npm.Dependency{Name: name, Range: rng, Kind: k})
		}
		all = append(all, lockfile.WorkspaceMember{Folder: words[0], Manifest: m})
	}
	return all
}

func order(t testing.TB, lines ...string) (folders, cycles string) {
	t.Helper()
	ordered, found := Order(members(t, lines...))
	var all []string
	for _, m := range ordered {
		all = append(all, m.Folder)
	}
	return strings.Join(all, " "), fmt.Sprint(found)
}

func TestOrder(t *testing.T) {
	for _, c := range []struct {
		name, want, cycles string
		lines              []string
	}{
		{"by folder", "a b c", "[]", []string{"c c@1.0.0", "a a@1.0.0", "b b@1.0.0"}},
		{"dependencies first", "c b a", "[]", []string{"a a@1.0.0 prod:b=^1.0.0", "b b@1.0.0 opt:c=workspace:*", "c c@1.0.0"}},
		{"peers and dev", "z y a", "[]", []string{"a a@1.0.0 peer:y=*", "y y@1.0.0 dev:z=workspace:^", "z z@1.0.0"}},
		{"a range that the member does not satisfy", "a b", "[]", []string{"a a@1.0.0 prod:b=^1.0.0", "b b@2.0.0 prod:a=^1.0.0"}},
		{"workspace: counts whatever the range", "b a", "[]", []string{"a a@1.0.0 prod:b=workspace:^1.0.0", "b b@2.0.0"}},
		{"a dev cycle", "b a", "[]", []string{"a a@1.0.0 prod:b=^1.0.0", "b b@1.0.0 dev:a=^1.0.0"}},
		{"a cycle", "b a", "[[a b]]", []string{"a a@1.0.0 prod:b=^1.0.0", "b b@1.0.0 peer:a=^1.0.0"}},
		{"three", "c b a d", "[[a b c]]",
			[]string{"a a@1.0.0 prod:b=*", "b b@1.0.0 prod:c=*", "c c@1.0.0 peer:a=*", "d d@1.0.0 prod:a=*"}},
		{"two cycles", "b a d c", "[[a b] [c d]]",
			[]string{"a a@1.0.0 prod:b=*", "b b@1.0.0 opt:a=*", "c c@1.0.0 prod:d=*", "d d@1.0.0 opt:c=*"}},
		{"itself", "a", "[]", []string{"a a@1.0.0 prod:a=^1.0.0"}},
		{"aliases", "c b a", "[]",
			[]string{"a a@1.0.0 prod:x=npm:b@^1.0.0", "b b@1.0.0 prod:y=workspace:@s/c@^1.0.0", "c @s/c@1.0.0"}},
		{"folders", "p/c p/b a p/d", "[]", []string{"a a@1.0.0 prod:x=workspace:p/b", "p/b b@1.0.0 prod:c=link:../p/../c",
			"p/c c@1.0.0", "p/d d@1.0.0 prod:b=workspace:../b"}},
		{"folders that hold an @", "p/@s/b a c", "[]", []string{"a a@1.0.0 prod:@s/b=workspace:p/@s/b", "p/@s/b @s/b@1.0.0",
			"c c@1.0.0 prod:@s/b=workspace:./../p/@s/b"}},
		{"what a member is built into", "p/b a c d", "[]", []string{"a a@1.0.0 dev:b=workspace:../p/b/dist", "p/b b@1.0.0",
			"c c@1.0.0 dev:b=workspace:./p/b/dist", "d d@1.0.0 dev:b=link:../p/b/dist"}},
		{"a copy of another package", "a b", "[]", []string{"a a@1.0.0 dev:b=file:vendor/b.tgz", "b b@1.0.0"}},
		{"a catalog", "b a", "[]", []string{"a a@1.0.0 prod:b=catalog:", "b b@1.0.0"}},
	} {
		folders, cycles := order(t, c.lines...)
		if folders != c.want || cycles != c.cycles {
			t.Errorf("%s: %s, cycles %s; want %s, %s", c.name, folders, cycles, c.want, c.cycles)
		}
	}
}

// The order does not depend on that of the input, keeps every dependency where
// there is no cycle, and leaves nobody out where there is one.
func TestOrderOfAnyGraph(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		n := 1 + r.IntN(12)
		var lines []string
		for i := range n {
			line := fmt.Sprintf("p/%02d n%02d@1.0.0", i, i)
			for range r.IntN(4) {
				to := r.IntN(n)
				if round%2 == 0 && to >= i { // no cycle
					continue
				}
				line += fmt.Sprintf(" %s:n%02d=workspace:*", []string{"prod", "dev", "opt", "peer"}[r.IntN(4)], to)
			}
			lines = append(lines, line)
		}
		ordered, cycles := Order(members(t, lines...))
		shuffled := slices.Clone(lines)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		again, sameCycles := Order(members(t, shuffled...))
		at := map[string]int{}
		for i, m := range ordered {
			at[m.Manifest.Name] = i
			if again[i].Folder != m.Folder {
				t.Fatalf("%q: another order for another input", lines)
			}
		}
		if len(at) != n || fmt.Sprint(cycles) != fmt.Sprint(sameCycles) {
			t.Fatalf("%q: %d of %d members, cycles %v and %v", lines, len(at), n, cycles, sameCycles)
		}
		for _, m := range ordered {
			for _, d := range m.Manifest.Dependencies {
				if round%2 == 0 && at[d.Name] > at[m.Manifest.Name] {
					t.Fatalf("%q: %s comes before %s", lines, m.Manifest.Name, d.Name)
				}
			}
		}
		if round%2 == 0 && len(cycles) > 0 {
			t.Fatalf("%q: cycles %v", lines, cycles)
		}
	}
}
