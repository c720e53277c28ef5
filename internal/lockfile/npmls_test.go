package lockfile

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/testserver/oracle"
)

// A lsItem is one line of npm ls --all --json --long.
type lsItem struct {
	Path         string
	Missing      bool
	Extraneous   bool
	Dependencies map[string]*lsItem
}

// lsEdges gathers who depends on what: location → name → location. npm prints
// what a package depends on at the first place the package is met.
func lsEdges(base string, item *lsItem, target map[string]string, into npmEdges) {
	at := location(base, item.Path, target)
	for name, dep := range item.Dependencies {
		if dep.Missing || dep.Extraneous {
			continue
		}
		if into[at] == nil {
			into[at] = map[string]string{}
		}
		into[at][name] = location(base, dep.Path, target)
		lsEdges(base, dep, target, into)
	}
}

func location(base, path string, target map[string]string) string {
	rel := strings.TrimPrefix(strings.TrimPrefix(path, base), "/")
	if end, ok := target[rel]; ok {
		return end
	}
	return rel
}

// lockedByNPM are the fixtures that npm wrote and can list.
var lockedByNPM = []string{"tricky-v1", "tricky-v2", "tricky-v3"}

// TestNpmLs compares the edges of the fixtures with npm ls --all
// --package-lock-only, and the set of packages with npm sbom.
func TestNpmLs(t *testing.T) {
	for _, name := range lockedByNPM {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("testdata", name)
			copied := ""
			if os.Getenv(oracle.Managers) != "" {
				copied = scratch(t, dir)
			}
			lock, file, manifest := project(t, dir)
			g, err := Parse(lock, file, manifest)
			if err != nil {
				t.Fatal(err)
			}
			compareLs(t, g, oracle.JSON(t, record("npm-ls-"+name+".json"), asked(func() npmEdges { return askNpmLs(t, copied) })))
			compareSBOM(t, oracle.JSON(t, record("npm-sbom-"+name+".json"), asked(func() []string { return askNpmSBOM(t, copied) })), g)
		})
	}
}

// npmEdges are the edges that npm tells of: location → name → location.
type npmEdges map[string]map[string]string

// askNpmLs asks the real npm which edges a lockfile has.
func askNpmLs(t *testing.T, dir string) npmEdges {
	t.Helper()
	var ls lsItem
	out := run(t, dir, "npm", "ls", "--all", "--json", "--long", "--package-lock-only")
	if err := json.Unmarshal(out, &ls); err != nil {
		t.Fatalf("%v in %.200s", err, out)
	}
	lock, file, manifest := project(t, dir)
	g, err := Parse(lock, file, manifest)
	if err != nil {
		t.Fatal(err)
	}
	target := map[string]string{}
	for _, p := range g.Packages {
		if p.Link {
			target[p.Location] = p.Target.Location
		}
	}
	edges := npmEdges{}
	lsEdges(dir, &ls, target, edges)
	return edges
}

// TestAgainstNpmLs does the same with real projects.
func TestAgainstNpmLs(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the real npm takes a minute")
	}
	for _, dir := range realProjects(t) {
		if filepath.Base(dir) == "workers-sdk-v2" {
			continue // the tree of large-workers-sdk-v3, which is compared; TestAgainstRealArborist compares both
		}
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			copied := scratch(t, dir)
			versioned(t, copied)
			lock, file, manifest := project(t, copied)
			g, err := Parse(lock, file, manifest)
			if err != nil {
				t.Fatal(err)
			}
			compareLs(t, g, askNpmLs(t, copied))
			compareSBOM(t, askNpmSBOM(t, copied), g)
		})
	}
}

// versioned gives the root a version where it has none: npm sbom refuses it
// otherwise.
func versioned(t *testing.T, dir string) {
	t.Helper()
	file := filepath.Join(dir, "package.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	if m["version"] == nil {
		m["version"] = "0.0.0"
	}
	if text, err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

func compareLs(t *testing.T, g *npm.Graph, want npmEdges) {
	t.Helper()
	edges := 0
	for _, p := range g.Packages {
		have := map[string]string{}
		for _, e := range p.Deps {
			// npm ls leaves out what is extraneous by the lockfile's own
			// flags, which are older than its edges in places: where it shows
			// what we call extraneous, it may.
			_, shown := want[p.Location][e.Name]
			if e.To != nil && !p.Link && (shown || !e.To.Extraneous && !p.Extraneous) {
				have[e.Name] = e.To.Location
			}
		}
		for name, to := range want[p.Location] {
			if have[name] != to {
				t.Errorf("%s: npm ls has %s at %s, we at %q", p.Location, name, to, have[name])
			}
			delete(have, name)
			edges++
		}
		for name, to := range have {
			t.Errorf("%s: npm ls does not have %s at %s", p.Location, name, to)
		}
	}
	t.Logf("%d edges as in npm ls", edges)
}

// askNpmSBOM asks the real npm which packages its SBOM has, none where npm
// refuses the project.
func askNpmSBOM(t *testing.T, dir string) []string {
	t.Helper()
	var sbom struct {
		Components []struct{ Purl string }
	}
	out := sbomOf(t, dir)
	if out == nil {
		return []string{}
	}
	if err := json.Unmarshal(out, &sbom); err != nil {
		t.Fatal(err)
	}
	var purls []string
	for _, c := range sbom.Components {
		purl, _, _ := strings.Cut(c.Purl, "?")
		purl = strings.ReplaceAll(purl, "+", "%2B") // as the specification of purl has it, and npm has not
		purls = append(purls, purl)
	}
	slices.Sort(purls)
	return slices.Compact(purls)
}

func compareSBOM(t *testing.T, purls []string, g *npm.Graph) {
	t.Helper()
	if len(purls) == 0 {
		t.Log("npm sbom refuses this project")
		return
	}
	want := map[string]bool{}
	for _, purl := range purls {
		want[purl] = true
	}
	have := map[string]bool{}
	for _, p := range g.Packages {
		purl := npm.PURLOf(p.Name, p.Version)
		if p != g.Root && (want[purl] || !p.Extraneous) { // as in compareLs
			have[purl] = true
		}
	}
	var diffs []string
	for purl := range want {
		if !have[purl] {
			diffs = append(diffs, fmt.Sprintf("npm sbom has %s, we do not", purl))
		}
	}
	for purl := range have {
		if !want[purl] {
			diffs = append(diffs, fmt.Sprintf("we have %s, npm sbom does not", purl))
		}
	}
	slices.Sort(diffs)
	for _, d := range diffs {
		t.Error(d)
	}
	t.Logf("%d components as in npm sbom", len(want))
}

// sbomOf is what npm sbom prints, nil where it refuses the project (a root
// without a name, an invalid peer): it then writes nothing to stdout.
func sbomOf(t *testing.T, dir string) []byte {
	t.Helper()
	out := run(t, dir, "sh", "-c", "npm sbom --package-lock-only --sbom-format cyclonedx || echo refused")
	if strings.HasPrefix(strings.TrimSpace(string(out)), "refused") {
		return nil
	}
	return out
}
