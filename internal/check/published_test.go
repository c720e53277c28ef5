package check

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/tarball"
)

var update = flag.Bool("update", false, "rewrite testdata/published.txt, keeping the reasons in it")

// aboutTarball are the checks that need a tarball and its package.json alone.
var aboutTarball = []Check{
	manifestName, manifestKeys, steeringKeys, publishAccess, entryPoints, unresolvedSpecs, bundleMissing, implicitScript,
	profile, nestedModules, files, packageSize, litter, nativeBinaries, lfsPointers, sourceMaps, environment, secrets, documents, ownLicense,
}

// TestPublished judges the published tarballs that .ci/tarballs fetched by the
// built-in policy, and compares with testdata/published.txt: for each rule how
// many it blocks and warns of, and whom it blocks, with the reason why that is
// right, or that it is not. A block without a reason fails.
func TestPublished(t *testing.T) {
	dir := os.Getenv("PUBLISHGATE_TARBALLS")
	if dir == "" {
		t.Skip("PUBLISHGATE_TARBALLS is not set: .ci/tarballs has not fetched the published tarballs")
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(paths) < 200 {
		t.Fatalf("%d tarballs, %v", len(paths), err)
	}
	golden := filepath.Join("testdata", "published.txt")
	old, err := os.ReadFile(golden)
	if err != nil && !*update {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	for line := range strings.Lines(string(old)) {
		if spec, why, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			reasons[spec] = why
		}
	}

	counts := map[string]*[2]int{} // by rule: packages blocked, packages warned of
	var blocks []string
	for _, path := range paths {
		spec := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(path), ".tgz"), "+", "/")
		for rule, state := range verdictOf(t, path) {
			if counts[rule] == nil {
				counts[rule] = new([2]int)
			}
			if state == finding.Warn {
				counts[rule][1]++
				continue
			}
			counts[rule][0]++
			blocks = append(blocks, rule+" "+spec)
		}
	}
	slices.Sort(blocks)
	out := fmt.Sprintf("%d published tarballs: by rule how many are blocked and warned of, then who is blocked and why\n", len(paths))
	for _, rule := range slices.Sorted(maps.Keys(counts)) {
		out += fmt.Sprintf("%-28s %4d %4d\n", rule, counts[rule][0], counts[rule][1])
	}
	for _, b := range blocks {
		out += b + ": " + cmp.Or(reasons[b], "?") + "\n"
		if reasons[b] == "" || reasons[b] == "?" {
			t.Errorf("%s: no reason is written down", b)
		}
	}
	if *update {
		if err := os.WriteFile(golden, []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if out != string(old) {
		t.Errorf("%s is not what is found; rewrite it with -update and read the difference:\n%s", golden, out)
	}
}

// verdictOf returns what the built-in policy makes of one tarball: the worst
// state by rule. The folders of @types have a root of their own name; they are
// read as a dependency is.
func verdictOf(t *testing.T, path string) map[string]finding.State {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := tarball.Read(data, filepath.Base(path), tarball.Options{AnyRoot: true})
	if err != nil {
		t.Fatal(err)
	}
	s := &Subject{Tarball: got, Manifest: cmp.Or(got.Manifest, &npm.Manifest{}), Graph: &npm.Graph{Root: &npm.Package{}},
		Now: "2026-11-01T00:00:00Z"}
	s.Policy = policy.Default().For(s.Manifest.Name, policy.Flags{})
	var found []finding.Finding
	for _, c := range aboutTarball {
		if got.Manifest != nil || c.Rules[0].ID == profile.Rules[0].ID {
			found = append(found, c.Run(s)...)
		}
	}
	worst := map[string]finding.State{}
	for _, j := range policy.Decide(s.Policy, found, policy.Context{Now: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}).Judged {
		if state, seen := worst[j.Finding.Rule]; !seen || state != finding.Block {
			worst[j.Finding.Rule] = j.State
		}
	}
	return worst
}
