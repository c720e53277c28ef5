package workspace

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		weights []int64
		n       int
		want    string
	}{
		{[]int64{5, 1, 1, 1, 2}, 2, "[[0] [1 2 3 4]]"},
		{[]int64{1, 1, 1}, 8, "[[0] [1] [2]]"},
		{[]int64{0, 0, 0, 0}, 2, "[[0 2] [1 3]]"},
		{nil, 3, "[]"},
	} {
		if got := fmt.Sprint(Split(c.weights, c.n)); got != c.want {
			t.Errorf("%v in %d: %s, want %s", c.weights, c.n, got, c.want)
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		weights, n := make([]int64, 1+r.IntN(300)), 1+r.IntN(20)
		total, most := int64(0), int64(0)
		for i := range weights {
			weights[i] = int64(r.IntN(1000))
			total, most = total+weights[i], max(most, weights[i])
		}
		seen := map[int]bool{}
		shards := Split(weights, n)
		for _, s := range shards {
			load := int64(0)
			for _, i := range s {
				load += weights[i]
				seen[i] = true
			}
			if len(s) == 0 || !slices.IsSorted(s) || load > total/int64(min(n, len(weights)))+most {
				t.Fatalf("%v in %d: shard %v with %d", weights, n, s, load)
			}
		}
		if len(seen) != len(weights) {
			t.Fatalf("%d of %d packages are in a shard", len(seen), len(weights))
		}
	}
	for packages, want := range map[int]int{0: 0, 256: 0, 257: 9, 500: 16, 5000: 157, 50_000: 256} {
		if got := Shards(packages); got != want {
			t.Errorf("%d packages: %d shards, want %d", packages, got, want)
		}
	}
}

// Whatever there is, the matrix has at most 256 entries, fits where it can, and
// names nothing before its own entry.
func TestMatrix(t *testing.T) {
	for _, c := range []struct {
		packages, shards int
		brief            bool
	}{{1, 0, false}, {256, 0, false}, {500, 16, false}, {5000, 157, true}} {
		var lines []string
		for i := range c.packages {
			line := fmt.Sprintf("packages/package-%d @acme/package-%d@1.0.%d", i, i, i)
			for k := range min(i, 3) {
				line += fmt.Sprintf(" prod:@acme/package-%d=^1.0.0", i-k-1)
			}
			lines = append(lines, line)
		}
		ordered, _ := Order(members(t, lines...))
		p := Plan{Entries: Entries(ordered)}
		if last := len(p.Entries) - 1; last > 0 { // its entry comes later
			p.Entries[last/2].With = []With{{Name: p.Entries[last].Name, Version: "1.0.0", Range: "^2.0.0"}}
		}
		p.Select(func(Entry) bool { return true })
		if c.shards > 0 {
			p.Share(Shards(c.packages))
		}
		entries := c.packages
		if c.shards > 0 {
			entries = c.shards
		}
		doc, brief, err := p.Matrix(true)
		var matrix struct {
			Include []struct {
				Name    string
				Needs   []string
				With    []With
				Members []struct{ Name, Dir string }
			}
		}
		if err == nil {
			err = json.Unmarshal(doc, &matrix)
		}
		if err != nil || brief != c.brief || len(doc) > MaxOutput || len(matrix.Include) != entries {
			t.Errorf("%d packages: %v, brief %v, %d bytes, %d entries", c.packages, err, brief, len(doc), len(matrix.Include))
		}
		seen, held := map[string]bool{}, 0
		for _, e := range matrix.Include {
			for _, w := range e.With {
				e.Needs = append(e.Needs, w.Name)
			}
			for _, name := range e.Needs {
				if !seen[name] {
					t.Errorf("%d packages: %s is named before its entry", c.packages, name)
				}
			}
			seen[e.Name] = true
			held += len(e.Members)
		}
		if held != c.packages {
			t.Errorf("%d packages: the matrix holds %d", c.packages, held)
		}
	}
}

func TestTogether(t *testing.T) {
	ordered, _ := Order(members(t, "core core@2.0.0", "a a@1.0.0 prod:core=workspace:^", "b b@1.0.0 peer:core=^1.0.0||^3.0.0",
		"next next@3.0.0-beta.1",
		"c c@1.0.0 dev:core=^1.0.0 prod:next=>=3.0.0-0"))
	entries := Entries(ordered)
	for i := range entries {
		entries[i].State = Published
		if entries[i].Name == "core" || entries[i].Name == "next" {
			entries[i].State = Changed
		}
	}
	Together(ordered, entries, func(i int) *Release {
		return map[string]*Release{"a": {Version: "1.0.0", Dependencies: map[string]string{"core": "^1.5.0"}},
			"c": {Version: "1.0.0", Peer: map[string]string{"core": "*"}, Optional: map[string]string{"next": "^2.0.0"}}}[entries[i].Name]
	})
	got := map[string]string{}
	for _, e := range entries {
		got[e.Name] = fmt.Sprint(e.With)
	}
	want := map[string]string{"core": "[]", "next": "[]", "a": "[{core 2.0.0 ^1.5.0 1.0.0}]", "b": "[{core 2.0.0 ^1.0.0||^3.0.0 }]", "c": "[]"}
	for name, with := range want {
		if got[name] != with {
			t.Errorf("%s: %s, want %s", name, got[name], with)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		want  string // of the one fault; empty: there is none
		lines []string
	}{
		{"", []string{"a JSONStream@1.0.0", "b punycode@2.0.0"}},
		{"", []string{"a a@1.0.0 dev:b=workspace:*", "-b -@1.0.0"}},
		{"a: dependencies asks for b workspace:nowhere/b", []string{"a a@1.0.0 prod:b=workspace:nowhere/b"}},
		{"a: peerDependencies asks for x workspace:b@*, and p/b is never published", []string{"a a@1.0.0 peer:x=workspace:b@*", "p/b b@"}},
		{"a: dependencies asks for b file:../p/b, and p/b is never published", []string{"a a@1.0.0 prod:b=file:../p/b", "p/b b@"}},
		{"x,y: the folder's name holds ','", []string{"x,y a@1.0.0"}},
		{"-rf: the folder's name begins with -", []string{"-rf a@1.0.0"}},
		{"a: the name _a: ", []string{"a _a@1.0.0"}},
		{"a: the version 1 is none", []string{"a a@1"}},
	} {
		all := members(t, c.lines...)
		for i := range all {
			if all[i].Manifest.Name == "-" {
				all[i].Manifest.Name, all[i].Manifest.Private = "b", true
			}
		}
		got := Faults(all, nil)
		if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], c.want)) {
			t.Errorf("%q: %q, want %q", c.lines, got, c.want)
		}
	}
	twins := []lockfile.WorkspaceMember{{Folder: "a", Manifest: &npm.Manifest{Name: "x", Private: true}},
		{Folder: "b", Manifest: &npm.Manifest{Name: "x", Private: true}}}
	if got := Faults(twins, nil); len(got) > 0 {
		t.Errorf("two private packages of one name: %q", got)
	}
	twins[1].Manifest = &npm.Manifest{Name: "x", Version: "1.0.0"}
	if got := Faults(twins, nil); len(got) != 1 {
		t.Errorf("a private and a public package of one name: %q", got)
	}
}

// TestLinkFaults tells a folder that the manager links, and that no release needs,
// from what nobody could install.
func TestLinkFaults(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"a a@1.0.0 dev:b=workspace:./b/dist", ""},
		{"a a@1.0.0 prod:b=workspace:../p/b/dist", ""},
		{"a a@1.0.0 prod:b=workspace:p/b", ""},
		{"a a@1.0.0 prod:@s/c=workspace:p/@s/c", ""},
		{"a a@1.0.0 dev:tools=workspace:../tools", ""},
		{"a a@1.0.0 prod:tools=workspace:../tools", "no package of the workspace is that"},
		{"a a@1.0.0 dev:tools=workspace:^", "no package of the workspace is that"},
	} {
		faults := strings.Join(Faults(members(t, c.line, "p/b b@1.0.0", "p/@s/c @s/c@1.0.0"), nil), "; ")
		if c.want == "" && faults != "" || !strings.Contains(faults, c.want) {
			t.Errorf("%s: %q, want %q", c.line, faults, c.want)
		}
	}
}

// TestPackedFolder knows what pnpm writes for a folder.
func TestPackedFolder(t *testing.T) {
	all := members(t, "a a@1.0.0 prod:@s/c=workspace:../p/@s/c prod:other=workspace:../p/@s/c", "p/@s/c @s/c@1.2.0")
	for i, want := range []string{"1.2.0", "npm:@s/c@1.2.0"} {
		if got, known := packedRange(all, indexOf(all), 0, all[0].Manifest.Dependencies[i]); got != want || !known {
			t.Errorf("%d: %q, want %q", i, got, want)
		}
	}
}
