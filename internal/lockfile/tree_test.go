package lockfile

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strictjson"
)

// The table finds what walking up the folders finds, from any place, in folders
// that are a node_modules or a scope themselves too.
func TestTreeAgainstWalk(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	names := []string{"a", "b", "@s/a", "@s/b", "c"}
	hosts := []string{"", "p", "p/q", "../r", "node_modules", "node_modules/@s"}
	for range 200 {
		b := &builder{tree: newTree(), at: map[string]int{}, graph: &npm.Graph{}}
		b.reserve(64)
		all := map[string]*npm.Package{}
		for range 60 {
			location := hosts[random.IntN(len(hosts))]
			for range random.IntN(4) {
				location = strings.TrimPrefix(location+"/node_modules/"+names[random.IntN(len(names))], "/")
			}
			if all[location] == nil && (location == "" || clean(location)) {
				all[location] = b.add(location, strictjson.Value{}).pkg
			}
		}
		b.tree.connect()
		b.look()
		for i := range b.entries {
			e := &b.entries[i]
			for _, name := range names {
				if got, want := b.tree.resolve(e.near, name), walk(all, e.pkg.Location, name); got != want {
					t.Fatalf("%q seen from %q is %v, walking up finds %v", name, e.pkg.Location, got, want)
				}
			}
		}
	}
}

func walk(all map[string]*npm.Package, from, name string) *npm.Package {
	for ok := true; ok; from, ok = above(from) {
		if p := all[strings.TrimPrefix(from+"/node_modules/"+name, "/")]; p != nil {
			return p
		}
	}
	return nil
}

func TestMemberSet(t *testing.T) {
	for _, test := range []struct {
		patterns string
		in, out  string
	}{
		{"packages/a packages/b", "packages/a packages/b", "packages packages/c packages/a/x"},
		{"packages/* !packages/b", "packages/a", "packages/b packages/a/x"},
		{"!packages/b packages/*", "packages/a packages/b", ""},
		{"packages/b !packages/b packages/a", "packages/a", "packages/b"},
		{"packages/b !packages/* packages/b", "packages/b", "packages/a"},
		{"!packages/* packages/b", "packages/b", "packages/a"},
		{"packages/{a,b} !**/b", "packages/a", "packages/b packages/c"},
		{"./packages/a/ /b", "packages/a b", "a"},
		{"** !x/**/y", "a x/y/z a/b/c", "x/y x/a/y"},
		{"", "", "a"},
	} {
		m := memberSetOf(strings.Fields(test.patterns))
		for _, folder := range strings.Fields(test.in) {
			if !m.has(folder) {
				t.Errorf("%s: %s is a member", test.patterns, folder)
			}
		}
		for _, folder := range strings.Fields(test.out) {
			if m.has(folder) {
				t.Errorf("%s: %s is no member", test.patterns, folder)
			}
		}
	}
}

// Thousands of workspaces that are listed one by one take no more time each than
// a few do.
func BenchmarkMembersListed(b *testing.B) {
	var patterns []string
	for i := range 5000 {
		patterns = append(patterns, fmt.Sprintf("packages/p%d", i))
	}
	for b.Loop() {
		m := memberSetOf(patterns)
		for _, p := range patterns {
			if !m.has(p) {
				b.Fatal(p)
			}
		}
	}
}
