package lockfile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/testserver/oracle"
)

// manager is the program of a package manager that .ci/managers installed.
func manager(t testing.TB, elem ...string) string {
	t.Helper()
	dir := os.Getenv(oracle.Managers)
	if dir == "" {
		t.Skip("PUBLISHGATE_MANAGERS is not set: the real package managers are not here (.ci/managers DIR)")
	}
	file := filepath.Join(append([]string{dir}, elem...)...)
	if _, err := os.Stat(file); err != nil {
		t.Fatalf("%v: run .ci/managers %s", err, dir)
	}
	return file
}

// runYarn runs a version of yarn in a folder, without network and settings.
func runYarn(t *testing.T, program, dir string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("node", append([]string{program}, args...)...)
	cmd.Dir = dir
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+home, "YARN_ENABLE_TELEMETRY=0", "YARN_IGNORE_PATH=1", "YARN_ENABLE_NETWORK=0",
		"YARN_GLOBAL_FOLDER="+home, "FORCE_COLOR=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("yarn %v: %v\n%.2000s%.2000s", args, err, stderr.Bytes(), out)
	}
	return out
}

// readAt reads the lockfile of a folder as the gate does.
func readAt(t testing.TB, dir string) *npm.Graph {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	text, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := npm.ParseManifest(text, "package.json")
	if err != nil {
		t.Fatal(err)
	}
	g, err := Read(Location{Root: root}, m, "yarn.lock")
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// copied is a copy of a folder that yarn may write into.
func copied(t *testing.T, from string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A yarnInfo is one line of yarn info --all --recursive --json.
type yarnInfo struct {
	Value    string
	Children struct {
		Version      string
		Dependencies []yarnEdge
		Peers        []yarnEdge `json:"Peer dependencies"`
	}
}

type yarnEdge struct{ Descriptor, Locator string }

// locatorOf is what yarn calls a copy.
func locatorOf(p *npm.Package) string {
	if rest, ok := strings.CutPrefix(p.Location, "yarn:"); ok {
		return rest
	}
	if p.Location == "" {
		return p.Name + "@workspace:."
	}
	return p.Name + "@workspace:" + p.Location
}

// TestAgainstYarnInfo compares packages and edges with what yarn itself reads
// from the lockfile.
func TestAgainstYarnInfo(t *testing.T) {
	for _, c := range []struct{ dir, yarn string }{ // and which yarn wrote it
		{"testdata/yarn/tricky-yarn4", "yarn4"},
		{"testdata/yarn/tricky-yarn3", "yarn3"},
		{"testdata/yarn/tricky-yarn2", "yarn2"},
	} {
		t.Run(filepath.Base(c.dir), func(t *testing.T) {
			told := record("yarn-info-" + filepath.Base(c.dir) + ".json")
			dir := copied(t, c.dir)
			compareInfo(t, readAt(t, dir), oracle.JSON(t, told, asked(func() yarnEdges { return askYarnInfo(t, c.yarn, dir) })))
		})
	}
	for _, c := range []struct{ dir, yarn string }{{"prettier-berry", "yarn4"}, {"medusa-berry", "yarn3"}} {
		t.Run(c.dir, func(t *testing.T) {
			dir := copied(t, data(t, "projects", c.dir))
			os.Remove(filepath.Join(dir, ".yarnrc.yml")) // names plugins that are not here
			compareInfo(t, readAt(t, dir), askYarnInfo(t, c.yarn, dir))
		})
	}
}

func askYarnInfo(t *testing.T, version, dir string) yarnEdges {
	t.Helper()
	program := manager(t, version, "node_modules", "@yarnpkg", "cli-dist", "bin", "yarn.js")
	return readInfo(t, runYarn(t, program, dir, "info", "--all", "--recursive", "--virtuals", "--json"))
}

// real takes the virtual instance off a locator.
func real(locator string) string {
	if name, rest, ok := strings.Cut(locator, "@virtual:"); ok {
		_, reference, _ := strings.Cut(rest, "#")
		return name + "@" + reference
	}
	return locator
}

// yarnEdges are the virtual instances of each package as one: locator → name of
// a dependency → locators it leads to, in order.
type yarnEdges map[string]map[string][]string

func readInfo(t *testing.T, out []byte) yarnEdges {
	t.Helper()
	all := yarnEdges{}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var info yarnInfo
		if err := json.Unmarshal(lines.Bytes(), &info); err != nil || info.Value == "" {
			t.Fatalf("%v in %.200s", err, lines.Text())
		}
		deps := all[real(info.Value)]
		if deps == nil {
			deps = map[string][]string{}
			all[real(info.Value)] = deps
		}
		for _, d := range append(info.Children.Dependencies, info.Children.Peers...) {
			name, _ := descriptor(d.Descriptor)
			if d.Locator == "" {
				continue
			}
			to := real(d.Locator)
			if i, found := slices.BinarySearch(deps[name], to); !found {
				deps[name] = slices.Insert(deps[name], i, to)
			}
		}
	}
	return all
}

func compareInfo(t *testing.T, g *npm.Graph, told yarnEdges) {
	t.Helper()
	have := map[string]*npm.Package{}
	for _, p := range g.Packages {
		have[locatorOf(p)] = p
	}
	packages, edges, peers, known, originals := 0, 0, 0, 0, 0
	for locator, want := range told {
		p := have[locator]
		if p == nil {
			if patched(g, locator) {
				originals++
			} else {
				t.Errorf("yarn has %s, we do not", locator)
			}
			continue
		}
		delete(have, locator)
		packages++
		e, n, k := compareEdges(t, p, locator, want)
		edges, peers, known = edges+e, peers+n, known+k
	}
	for locator := range have {
		t.Errorf("we have %s, yarn does not", locator)
	}
	t.Logf("equal: %d packages, %d edges and %d edges to peers; %d edges differ for a known reason; yarn's only: %d "+
		"originals of what it patched", packages, edges, peers, known, originals)
}

// patched says whether a locator is the original of a patched copy.
func patched(g *npm.Graph, locator string) bool {
	name, reference := descriptor(locator)
	for _, p := range g.Packages {
		if p.Patch != "" && p.Name == name && "npm:"+p.Version == reference {
			return true
		}
	}
	return false
}

func compareEdges(t *testing.T, p *npm.Package, locator string, want map[string][]string) (edges, peers, known int) {
	t.Helper()
	have := map[string][]string{}
	isPeer := map[string]bool{}
	for _, e := range p.Deps {
		if e.Kind == npm.EdgeWorkspace && want[e.Name] == nil {
			continue
		}
		if isPeer[e.Name] = e.Kind == npm.EdgePeer || e.Kind == npm.EdgePeerOptional; !e.Valid && !isPeer[e.Name] {
			t.Logf("%s: %s@%s is %v: not valid", locator, e.Name, e.Range, e.To)
		}
		if e.To == nil {
			have[e.Name] = nil
			continue
		}
		have[e.Name] = append(have[e.Name], locatorOf(e.To))
	}
	for name, to := range have {
		slices.Sort(to)
		if !slices.Equal(to, want[name]) {
			if (isPeer[name] || subset(to, want[name])) && extended(locator, name) {
				known++
				delete(want, name)
				continue
			}
			t.Errorf("%s: %s is %s, yarn has %q", locator, name, to, want[name])
		} else if isPeer[name] {
			peers += len(to)
		} else {
			edges++
		}
		delete(want, name)
	}
	for name, to := range want {
		if extended(locator, name) {
			known++
			continue
		}
		t.Errorf("%s: yarn has %s, %s, we do not", locator, name, to)
	}
	return edges, peers, known
}

// yarnReasons are the differences from yarn that are meant or known: the
// package, what it leads to, why.
var yarnReasons = []struct{ from, to, why string }{
	{"", "@types/", "yarn adds an optional peer on the types of each peer, and lets those who depend on a package give " +
		"it types it has itself"},
	{"@parcel/resolver-default", "@parcel/core", newerTable},
	{"@parcel/node-resolver-core", "@parcel/core", newerTable},
	{"react-dom", "react", "one copy a locator: an instance that gives react 18 gives react-dom 18 with it"},
}

const newerTable = "yarn 3 has an older table of package extensions than ours, which is yarn 4's"

// extended says whether yarn's answer differs from ours for a known reason.
func extended(locator, name string) bool {
	from, _ := descriptor(locator)
	for _, r := range yarnReasons {
		if (r.from == "" || r.from == from) && (r.to == name || strings.HasPrefix(name, r.to) && (r.to == "" || strings.HasSuffix(r.to, "/"))) {
			return true
		}
	}
	return false
}

func subset(some, all []string) bool {
	return len(some) > 0 && !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}
