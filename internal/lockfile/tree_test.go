package lockfile

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
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
				all[location] = b.add(location, strict.Value{}).pkg
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

// A lockfile that is read in halves has its notes and its first error in the order
// of the file all the same.
func TestHalves(t *testing.T) {
	lock := func(odd map[int]string) string {
		var b strings.Builder
		b.WriteString("{\"Packages\":{},\n\"lockfileVersion\":3,\"packages\":{\n\"\":{\"dependencies\":{")
		for i := range 1200 {
			fmt.Fprintf(&b, "%s\"p%d\":\"1\"", strings.Repeat(",", min(i, 1)), i)
		}
		b.WriteString("}}")
		for i := range 1200 {
			fmt.Fprintf(&b, ",\n\"node_modules/p%d\":{\"version\":\"1.0.0\"%s}", i, odd[i])
		}
		return b.String() + "}}"
	}
	g, err := Parse([]byte(lock(map[int]string{3: `,"Link":1`, 700: `,"Resolved":1`, 1199: `,"NAME":1`})), "package-lock.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, n := range g.Notes {
		lines = append(lines, n.Line)
	}
	if got, want := fmt.Sprint(lines), "[1 7 704 1203]"; got != want || len(g.Packages) != 1201 {
		t.Errorf("notes in lines %s, want %s; %d packages", got, want, len(g.Packages))
	}
	for _, p := range g.Packages {
		if p != g.Root && (p.Version != "1.0.0" || p.Scope != "prod") {
			t.Errorf("%s has version %q and scope %q", p.Location, p.Version, p.Scope)
		}
	}
	for _, odd := range []map[int]string{{5: `,"license":1,"name":1`, 900: `,"name":1`}, {900: `,"name":1`}} {
		_, err := Parse([]byte(lock(odd)), "package-lock.json", nil)
		want := "package-lock.json:904:"
		if odd[5] != "" {
			want = "package-lock.json:9:"
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want it at %s", err, want)
		}
	}
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
