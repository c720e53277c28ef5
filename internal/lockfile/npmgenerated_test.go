package lockfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/testserver/oracle"
)

// generatedProjects is how many projects are made up and locked.
const generatedProjects = 60

// A universe is what a registry has: name → version → manifest.
type universe map[string]map[string]deps

// newUniverse makes 15 packages up, each in three versions that depend on those
// before it in every kind, two of them in a cycle, one that nobody asks for.
func newUniverse() universe {
	r := rand.New(rand.NewPCG(7, 12))
	u := universe{"extra": {"1.0.0": {}, "1.1.0": {}}}
	for i := range 15 {
		versions := map[string]deps{}
		for _, v := range []string{"1.0.0", "1.2.0", "2.0.0"} {
			m := deps{}
			for range min(i, 1+r.IntN(3)) {
				ask(m, generatedName(r.IntN(i)), generatedRange(r), r.IntN(8))
			}
			versions[v] = m
		}
		u[generatedName(i)] = versions
	}
	for _, m := range u["q01"] {
		ask(m, "q04", "*", 0)
	}
	return u
}

func generatedName(i int) string {
	if i > 11 {
		return fmt.Sprintf("@s/q%02d", i)
	}
	return fmt.Sprintf("q%02d", i)
}

func generatedRange(r *rand.Rand) string {
	return []string{"^1.0.0", "^2.0.0", "*", ">=1.0.0", "1.x", "~1.0.0", "1.2.0"}[r.IntN(7)]
}

// ask adds a dependency to a manifest: of a kind below 4 a plain one, then
// optional, peer, optional peer, for development.
func ask(m deps, name, rng string, kind int) {
	field := []string{"dependencies", "dependencies", "dependencies", "dependencies", "optionalDependencies",
		"peerDependencies", "peerDependencies", "dependencies", "devDependencies"}[kind]
	for _, f := range []string{"dependencies", "optionalDependencies", "peerDependencies", "devDependencies"} {
		if have, ok := m[f].(deps); ok && have[name] != nil {
			return
		}
	}
	add := func(field, name string, v any) {
		if m[field] == nil {
			m[field] = deps{}
		}
		m[field].(deps)[name] = v
	}
	add(field, name, rng)
	if kind == 6 {
		add("peerDependenciesMeta", name, deps{"optional": true})
	}
}

// generate makes a project up, by folder: every second one has workspaces, every
// third overrides, every third an alias, every fourth what npm 12 alone knows.
func generate(n int) map[string]deps {
	r := rand.New(rand.NewPCG(uint64(n), 3))
	root := deps{"name": "project", "version": "1.0.0"}
	kinds := []int{0, 0, 4, 5, 6, 8, 8}
	for range 2 + r.IntN(5) {
		ask(root, generatedName(r.IntN(15)), generatedRange(r), kinds[r.IntN(len(kinds))])
	}
	folders := map[string]deps{".": root}
	if n%3 == 0 {
		ask(root, "alias", "npm:"+generatedName(r.IntN(15))+"@^1.0.0", kinds[r.IntN(3)])
	}
	if n%2 == 0 {
		root["workspaces"] = []string{"packages/*"}
		for i, name := range []string{"w0", "@w/one"} {
			m := deps{"name": name, "version": "1.1.0"}
			for range 1 + r.IntN(3) {
				ask(m, generatedName(r.IntN(15)), generatedRange(r), kinds[r.IntN(len(kinds))])
			}
			if i == 0 {
				ask(m, "@w/one", []string{"*", "^1.0.0", "file:../w1"}[r.IntN(3)], kinds[r.IntN(len(kinds))])
			}
			folders[fmt.Sprintf("packages/w%d", i)] = m
		}
	}
	if n%3 == 1 {
		overrides := deps{}
		for range 1 + r.IntN(2) {
			a, b := generatedName(r.IntN(6)), generatedName(6+r.IntN(9))
			switch r.IntN(3) {
			case 0:
				overrides[a] = "1.2.0"
			case 1:
				overrides[b] = deps{a: "2.0.0"}
			default:
				overrides[a+"@^1.0.0"] = "2.0.0"
			}
		}
		// npm refuses those of direct ones
		for _, f := range []string{"dependencies", "optionalDependencies", "peerDependencies", "devDependencies"} {
			for name := range asDeps(root[f]) {
				delete(overrides, name)
				delete(overrides, name+"@^1.0.0")
			}
		}
		root["overrides"] = overrides
	}
	if n%4 == 3 {
		root["packageExtensions"] = deps{"q04": deps{"dependencies": deps{"extra": "^1.0.0"}},
			"@s/q12@1": deps{"peerDependencies": deps{"extra": "1.0.0"}}}
	}
	return folders
}

func asDeps(v any) deps {
	d, _ := v.(deps)
	return d
}

// generateScript has arborist lock each project from a registry in one of the
// versions, and tell the tree that it reads back. What does not resolve is
// locked by force.
const generateScript = dumpNodes + `
const [base, registry, cache, ...projects] = process.argv.slice(2);
const A = require(base), calc = require(base + '/lib/calc-dep-flags.js');
(async () => {
  for (const project of projects) {
    const [path, version] = project.split('|');
    const options = { path, registry, cache, audit: false, fund: false, ignoreScripts: true, packageLockOnly: true,
      save: true, lockfileVersion: +version || undefined };
    let forced = false;
    try {
      await new A(options).reify(options);
    } catch (e) {
      if (e.code !== 'ERESOLVE') throw e;
      forced = true;
      await new A({ ...options, force: true }).reify({ ...options, force: true });
    }
    const tree = await new A({ path }).loadVirtual();
    console.log(JSON.stringify({ path, forced, nodes: nodesOf(tree, calc) }));
  }
})().catch(e => { console.error(e); process.exit(1); });
`

// A generatedAnswer is what npm wrote for a project and what it reads back.
type generatedAnswer struct {
	Lock   json.RawMessage `json:"lock"` // package-lock.json
	Nodes  []npmNode       `json:"nodes"`
	Forced bool            `json:"forced,omitempty"`
}

// toldProjects is how many of the projects, the first, have their answer on
// record: two of each lockfile version.
const toldProjects = 8

// TestGeneratedAgainstArborist compares made-up projects, locked by the real npm
// 11 in versions 1 to 3 and by npm 12 in version 4, with what that npm makes of
// the lockfile: packages, edges, validity and flags. Without npm it compares
// those on record.
func TestGeneratedAgainstArborist(t *testing.T) {
	var answers map[string]generatedAnswer
	if os.Getenv(oracle.Managers) != "" && !testing.Short() { // half a minute
		answers = askGenerated(t)
	}
	var ask func() map[string]generatedAnswer
	if answers != nil {
		ask = func() map[string]generatedAnswer {
			told := map[string]generatedAnswer{}
			for n := range toldProjects {
				told[fmt.Sprint(n)] = answers[fmt.Sprint(n)]
			}
			return told
		}
	}
	told := oracle.JSON(t, record("npm-generated.json"), ask)
	if answers == nil {
		answers = told
	}
	versions, packages, edges, forced := map[string]int{}, 0, 0, 0
	for name, one := range answers {
		n, err := strconv.Atoi(name)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), name)
		plantGenerated(t, dir, n)
		write(t, dir, "package-lock.json", string(one.Lock))
		g := compareGenerated(t, dir, one.Nodes)
		versions[g.Version]++
		packages += len(g.Packages)
		for _, p := range g.Packages {
			edges += len(p.Deps)
		}
		if one.Forced {
			forced++
		}
	}
	for _, version := range []string{"1", "2", "3", "4"} {
		if versions[version] < len(answers)/4 || len(answers) < toldProjects {
			t.Errorf("lockfiles of version: %v", versions)
		}
	}
	t.Logf("%d packages and %d edges of %d projects compared, %d of them locked by force", packages, edges, len(answers), forced)
}

// plantGenerated writes the manifests of a made-up project.
func plantGenerated(t *testing.T, dir string, n int) {
	t.Helper()
	for folder, m := range generate(n) {
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, filepath.Join(folder, "package.json"), string(text))
	}
}

// askGenerated has npm lock all made-up projects and tell what it reads back.
func askGenerated(t *testing.T) map[string]generatedAnswer {
	t.Helper()
	u := newUniverse()
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		name, err := url.PathUnescape(strings.Trim(q.URL.EscapedPath(), "/"))
		if err != nil || u[name] == nil {
			http.NotFound(w, q)
			return
		}
		versions := deps{}
		for version, m := range u[name] {
			v := deps{"name": name, "version": version,
				"dist": deps{"tarball": server.URL + "/" + name + "/-/" + filepath.Base(name) + "-" + version + ".tgz",
					"integrity": "sha1-" + strings.Repeat("A", 27) + "="}}
			for k, f := range m {
				v[k] = f
			}
			versions[version] = v
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(deps{"name": name, "dist-tags": deps{"latest": "2.0.0"}, "versions": versions})
	}))
	t.Cleanup(server.Close)

	dir := t.TempDir()
	byManager := map[string][]string{}
	for n := range generatedProjects {
		at := filepath.Join(dir, fmt.Sprint(n))
		plantGenerated(t, at, n)
		if n%4 == 3 {
			byManager["npm12"] = append(byManager["npm12"], at+"|")
		} else {
			byManager["npm11"] = append(byManager["npm11"], fmt.Sprintf("%s|%d", at, n%4+1))
		}
	}
	write(t, dir, "generate.js", generateScript)
	answers := map[string]generatedAnswer{}
	for tool, projects := range byManager {
		args := []string{filepath.Join(dir, "generate.js"), filepath.Join(os.Getenv(oracle.Managers), tool, "node_modules",
			"npm", "node_modules", "@npmcli", "arborist"), server.URL, filepath.Join(dir, "cache")}
		cmd := exec.CommandContext(t.Context(), "node", append(args, projects...)...)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", tool, err)
		}
		out = bytes.ReplaceAll(out, []byte(server.URL), []byte("https://registry.example"))
		for line := range strings.Lines(string(out)) {
			var one struct {
				Path string
				generatedAnswer
			}
			if err := json.Unmarshal([]byte(line), &one); err != nil {
				t.Fatal(err)
			}
			for i := range one.Nodes {
				for j := range one.Nodes[i].Edges {
					e := &one.Nodes[i].Edges[j]
					e.Spec = strings.Replace(e.Spec, "file:"+one.Path+"/", "file:", 1)
				}
			}
			lock, err := os.ReadFile(filepath.Join(one.Path, "package-lock.json"))
			if err != nil {
				t.Fatal(err)
			}
			one.Lock = bytes.ReplaceAll(lock, []byte(server.URL), []byte("https://registry.example"))
			answers[filepath.Base(one.Path)] = one.generatedAnswer
		}
	}
	if len(answers) != generatedProjects {
		t.Fatalf("npm locked %d of %d projects", len(answers), generatedProjects)
	}
	return answers
}

// compareGenerated reads a project as the gate does and compares.
func compareGenerated(t *testing.T, dir string, want []npmNode) *npm.Graph {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	_, _, manifest := project(t, dir)
	g, err := Read(Location{Root: root}, manifest, "")
	if err != nil {
		t.Fatalf("%s: %v", dir, err)
	}
	for _, d := range diffTree(g, want) {
		if g.Version == "1" && strings.HasPrefix(d, "node_modules/@w/one: ") {
			continue // npm calls a link of version 1 what the folder is called; the target it calls as we do
		}
		t.Errorf("project %s, version %s: %s", filepath.Base(dir), g.Version, d)
	}
	return g
}
