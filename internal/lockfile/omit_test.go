package lockfile

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// omitSets are all sets of scopes that can be omitted.
var omitSets = []string{"dev", "optional", "peer", "dev,optional", "dev,peer", "optional,peer", "dev,optional,peer"}

// An omitEntry is the package itself or one copy, as package.json and the
// lockfile have it.
type omitEntry struct {
	Name     string                    `json:"name,omitempty"`
	Version  string                    `json:"version"`
	Prod     map[string]string         `json:"dependencies,omitempty"`
	Dev      map[string]string         `json:"devDependencies,omitempty"`
	Optional map[string]string         `json:"optionalDependencies,omitempty"`
	Peer     map[string]string         `json:"peerDependencies,omitempty"`
	PeerMeta map[string]map[string]any `json:"peerDependenciesMeta,omitempty"`
}

func (e *omitEntry) add(kind int, name string) {
	for _, m := range []map[string]string{e.Prod, e.Dev, e.Optional, e.Peer} {
		if m[name] != "" {
			return
		}
	}
	into := []*map[string]string{&e.Prod, &e.Optional, &e.Peer, &e.Peer, &e.Dev}[kind]
	if *into == nil {
		*into = map[string]string{}
	}
	(*into)[name] = "^1.0.0"
	if kind == 3 {
		if e.PeerMeta == nil {
			e.PeerMeta = map[string]map[string]any{}
		}
		e.PeerMeta[name] = map[string]any{"optional": true}
	}
}

// omitProject makes a project of a number: 4 to 14 packages, each depended on by
// one before it, so that all are reached, and by up to two others, in all kinds.
// The lockfile holds no flags: they are what is asked.
func omitProject(t *testing.T, number uint64) (manifest, lock []byte) {
	t.Helper()
	r := rand.New(rand.NewPCG(number, 9))
	root := omitEntry{Name: "project", Version: "1.0.0"}
	all := make([]omitEntry, 4+r.IntN(11))
	name := func(i int) string { return fmt.Sprintf("p%02d", i) }
	for i := range all {
		all[i].Version = "1.0.0"
		if from := r.IntN(i + 1); from == 0 {
			root.add([]int{0, 4, 1, 0, 4}[r.IntN(5)], name(i))
		} else {
			all[from-1].add([]int{0, 0, 1, 2}[r.IntN(4)], name(i))
		}
		for range r.IntN(3) {
			if from := r.IntN(len(all) + 1); from == len(all) {
				root.add([]int{0, 1, 4}[r.IntN(3)], name(i))
			} else if from != i {
				all[from].add(r.IntN(4), name(i))
			}
		}
	}
	packages := map[string]omitEntry{"": root}
	for i, e := range all {
		packages["node_modules/"+name(i)] = e
	}
	manifest, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	lock, err = json.MarshalIndent(map[string]any{"name": "project", "version": "1.0.0", "lockfileVersion": 3,
		"requires": true, "packages": packages}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return manifest, lock
}

const omitProjects = 60

// leftOut says, a project and a set a line, what is left out.
func leftOut(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for n := range uint64(omitProjects) {
		manifest, lock := omitProject(t, n)
		g, err := Parse(lock, "package-lock.json", manifestOf(t, string(manifest)))
		if err != nil {
			t.Fatal(err)
		}
		for _, set := range omitSets {
			omit := map[npm.Scope]bool{}
			for scope := range strings.SplitSeq(set, ",") {
				omit[npm.Scope(scope)] = true
			}
			var names []string
			for _, p := range g.Packages {
				if p != g.Root && p.Ways.LeftOut(omit) {
					names = append(names, p.Name)
				}
			}
			slices.Sort(names)
			fmt.Fprintf(&b, "%d %s: %s\n", n, set, strings.Join(names, " "))
		}
	}
	return b.String()
}

// What -omit leaves out of 60 projects is what npm leaves out of them, no more
// and no less. The answers are those of the npm that TestOmitAgainstNpm runs.
func TestOmit(t *testing.T) {
	golden := filepath.Join("testdata", "omit.golden")
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	compareOmit(t, leftOut(t), string(want))
}

func compareOmit(t *testing.T, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	if len(g) != len(w) || len(g) < omitProjects*len(omitSets) {
		t.Fatalf("%d lines, want %d", len(g), len(w))
	}
	for i := range g {
		if g[i] != w[i] {
			t.Errorf("got  %s\nwant %s", g[i], w[i])
		}
	}
}

// omitScript asks npm's own arborist, for each project, which nodes of the ideal
// tree its install would omit.
const omitScript = `
const A = require(process.argv[2]), sets = process.argv[3].split(' ');
(async () => {
  for (let n = 0; n < +process.argv[4]; n++) {
    const tree = await new A({ path: process.argv[5] + '/' + n, offline: true }).buildIdealTree();
    for (const set of sets) {
      const omit = new Set(set.split(',')), out = [];
      for (const node of tree.inventory.values())
        if (!node.isProjectRoot && node.shouldOmit(omit)) out.push(node.name);
      console.log(n + ' ' + set + ': ' + out.sort().join(' '));
    }
  }
})().catch(e => { console.error(e); process.exit(1); });
`

// TestOmitAgainstNpm compares the answers with the real npm's; -update writes
// them.
func TestOmitAgainstNpm(t *testing.T) {
	managers := os.Getenv("PUBLISHGATE_MANAGERS")
	if managers == "" {
		t.Skip("PUBLISHGATE_MANAGERS is not set: the package managers are not here")
	}
	arborist := filepath.Join(managers, "npm11", "node_modules", "npm", "node_modules", "@npmcli", "arborist")
	dir := t.TempDir()
	for n := range uint64(omitProjects) {
		manifest, lock := omitProject(t, n)
		at := filepath.Join(dir, fmt.Sprint(n))
		if err := os.Mkdir(at, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string][]byte{"package.json": manifest, "package-lock.json": lock} {
			if err := os.WriteFile(filepath.Join(at, name), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	script := filepath.Join(dir, "omit.js")
	if err := os.WriteFile(script, []byte(omitScript), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", script, arborist, strings.Join(omitSets, " "), fmt.Sprint(omitProjects), dir)
	cmd.Stderr = os.Stderr
	answer, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(filepath.Join("testdata", "omit.golden"), answer, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	compareOmit(t, leftOut(t), string(answer))
}

// More omitted never takes back what less left out, and a way more never leaves
// more out.
func TestOmitIsMonotone(t *testing.T) {
	for n := range uint64(omitProjects) {
		manifest, lock := omitProject(t, n)
		g, err := Parse(lock, "package-lock.json", manifestOf(t, string(manifest)))
		if err != nil {
			t.Fatal(err)
		}
		before := map[string]npm.Ways{}
		for _, p := range g.Packages {
			before[p.Location] = p.Ways
		}
		for i, p := range g.Packages {
			if p == g.Root {
				continue
			}
			to := g.Packages[(i*7+1)%len(g.Packages)]
			p.Deps = append(p.Deps, npm.Edge{Name: "more", Kind: npm.EdgeKind(i % 5), To: to, Valid: true})
		}
		g.Settle(g.Root)
		for _, p := range g.Packages {
			for _, set := range omitSets {
				omit := map[npm.Scope]bool{}
				for scope := range strings.SplitSeq(set, ",") {
					omit[npm.Scope(scope)] = true
				}
				if p != g.Root && p.Ways.LeftOut(omit) && !before[p.Location].LeftOut(omit) {
					t.Errorf("project %d, %s: an edge more leaves %s out", n, set, p.Name)
				}
			}
		}
	}
}
