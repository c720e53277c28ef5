package lockfile

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// realProjects are the folders of the public data with an npm lockfile.
func realProjects(t testing.TB) []string {
	t.Helper()
	var dirs []string
	for _, name := range []string{"npm-shrinkwrap.json", "package-lock.json"} {
		files, err := filepath.Glob(data(t, "projects", "*", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			dirs = append(dirs, filepath.Dir(f))
		}
	}
	if len(dirs) < 12 {
		t.Fatalf("%d projects with an npm lockfile: the data is not there", len(dirs))
	}
	slices.Sort(dirs)
	return dirs
}

// scratch copies a project's lockfile and manifest, nothing else: no .npmrc.
// npm reads the manifests of workspace members from the disk, so each gets one
// that says what the lockfile says; the real ones have moved on in places.
func scratch(t testing.TB, dir string) string {
	t.Helper()
	to := t.TempDir()
	write := func(name string, text []byte) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	manifest, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	write("package.json", manifest)
	lock, file, _ := project(t, dir)
	write(file, lock)
	var members struct {
		Packages map[string]map[string]any
	}
	if err := json.Unmarshal(lock, &members); err != nil {
		t.Fatal(err)
	}
	for location, e := range members.Packages {
		target, _ := e["resolved"].(string)
		if e["link"] != true || members.Packages[target] == nil {
			continue
		}
		m := members.Packages[target]
		if m["name"] == nil {
			_, m["name"], _ = split(location)
		}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		write(filepath.Join(target, "package.json"), text)
	}
	return to
}

// run starts a real tool offline with an empty home and returns what it wrote
// to stdout, whatever its exit code.
func run(t testing.TB, dir, tool string, args ...string) []byte {
	t.Helper()
	bin, err := exec.LookPath(tool)
	if err != nil {
		t.Skipf("%s is not on this machine: nothing to compare with", tool)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	home := t.TempDir()
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Dir = dir
	cmd.Env = []string{
		"HOME=" + home, "PATH=" + os.Getenv("PATH"), "npm_config_userconfig=" + filepath.Join(home, "none"),
		"npm_config_globalconfig=" + filepath.Join(home, "no-global"), "npm_config_cache=" + filepath.Join(home, "cache"),
		"npm_config_offline=true", "npm_config_update_notifier=false", "npm_config_loglevel=error",
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if len(out) == 0 {
		t.Fatalf("%s %s: %v\n%s", tool, strings.Join(args, " "), err, stderr.String())
	}
	return out
}

// dumpNodes tells arborist's tree with its flags computed anew: npm ls repeats
// those of the lockfile, which real lockfiles often have wrong.
const dumpNodes = `
const nodesOf = (tree, calc) => {
  for (const n of tree.inventory.values()) if (!n.isRoot) n.resetDepFlags();
  calc(tree);
  return [...tree.inventory.values()].map(n => ({
    location: n.location, packageName: n.packageName || n.name, version: n.version,
    resolved: n.resolved || '', integrity: n.integrity || '',
    inBundle: n.inBundle, extraneous: n.extraneous, dev: n.dev, optional: n.optional, devOptional: n.devOptional, peer: n.peer,
    isLink: n.isLink, isWorkspace: n.isWorkspace, target: n.isLink ? n.target.location : '',
    edges: n.isLink ? [] : [...n.edgesOut.values()].map(e => ({
      name: e.name, spec: e.rawSpec, type: e.type, to: e.to ? e.to.location : null, error: e.error || '' })) }));
};
`

// dumpTree prints arborist's virtual tree.
const dumpTree = dumpNodes + `
const base = process.argv[1] + '/npm/node_modules/@npmcli/arborist/';
const Arborist = require(base);
new Arborist({ path: process.cwd() }).loadVirtual().then(tree => {
  console.log(JSON.stringify(nodesOf(tree, require(base + 'lib/calc-dep-flags.js'))));
}).catch(e => console.log(JSON.stringify({ error: e.message })));
`

// arboristTree asks the real npm for its tree.
func arboristTree(t testing.TB, dir string) ([]npmNode, string) {
	t.Helper()
	modules := strings.TrimSpace(string(run(t, dir, "npm", "root", "-g")))
	out := run(t, dir, "node", "-e", dumpTree, modules)
	var failed struct{ Error string }
	if json.Unmarshal(out, &failed) == nil && failed.Error != "" {
		return nil, failed.Error
	}
	var nodes []npmNode
	if err := json.Unmarshal(out, &nodes); err != nil {
		t.Fatalf("%v in %.200s", err, out)
	}
	for i := range nodes {
		for j := range nodes[i].Edges {
			e := &nodes[i].Edges[j]
			e.Spec = strings.Replace(e.Spec, "file:"+dir+"/", "file:", 1)
		}
	}
	return nodes, ""
}

// TestAgainstRealArborist compares each real project's graph with the tree of
// the npm on this machine: packages, edges, validity and flags.
func TestAgainstRealArborist(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the real npm takes a minute")
	}
	for _, dir := range realProjects(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			copied := scratch(t, dir)
			want, failure := arboristTree(t, copied)
			if failure != "" {
				t.Fatalf("npm: %s", failure)
			}
			lock, file, manifest := project(t, copied)
			g, err := Parse(lock, file, manifest)
			if err != nil {
				t.Fatal(err)
			}
			edges := 0
			for _, p := range g.Packages {
				edges += len(p.Deps)
			}
			t.Logf("%d packages, %d edges", len(g.Packages), edges)
			for _, d := range diffTree(g, want) {
				if !onPurpose(filepath.Base(dir), d) {
					t.Error(d)
				}
			}
		})
	}
}
