package check

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

// TestRealProjects judges real projects: what blocks there without an advisory
// is either a fact about the project that the table names, or a false alarm.
func TestRealProjects(t *testing.T) {
	dir := os.Getenv("PUBLISHGATE_DATA")
	if dir == "" {
		t.Skip("PUBLISHGATE_DATA is not set: the public test data is not here")
	}
	locks := []string{}
	for _, name := range []string{"package-lock.json", "npm-shrinkwrap.json"} {
		found, err := filepath.Glob(filepath.Join(dir, "projects", "*", name))
		if err != nil {
			t.Fatal(err)
		}
		locks = append(locks, found...)
	}
	if len(locks) == 0 {
		t.Fatal("no lockfiles found")
	}
	for _, lock := range locks {
		project := filepath.Base(filepath.Dir(lock))
		t.Run(project, func(t *testing.T) {
			var got []string
			for _, f := range Run(realSubject(t, lock)) {
				if f.Level == finding.Advice || slices.Contains(got, f.Rule) {
					continue
				}
				got = append(got, f.Rule)
				if !slices.Contains(realFindings[project], f.Rule) {
					t.Errorf("%s: %s (%s:%d)", f.Rule, f.Message, f.File, f.Line)
				}
			}
			for _, rule := range realFindings[project] {
				if !slices.Contains(got, rule) {
					t.Errorf("%s is not found", rule)
				}
			}
		})
	}
}

// realFindings names what is true of the projects: rules that are no advice.
// Every other project of the data has none.
var realFindings = map[string][]string{
	"cra-v2":                   {"integrity-weak"}, // converted from a yarn.lock of sha1 times
	"firebase-shrinkwrap-v2":   {"integrity-weak"},
	"npm-cli-v1":               {"integrity-weak"},
	"nightscout-shrinkwrap-v1": {"integrity-weak", "registry-host", "unauditable-dependency"}, // a dependency over git://
	"lerna-v3":                 {"integrity-missing"},                                         // npm/cli#4460
	"sigstore-js-v3":           {"integrity-missing"},
	"mattermost-desktop-v3":    {"unauditable-dependency"},                                             // from git
	"large-workers-sdk-v3":     {"integrity-missing", "lockfile-incomplete", "unauditable-dependency"}, // file: tarballs
	"workers-sdk-v2":           {"integrity-missing", "lockfile-incomplete", "unauditable-dependency"},
	"small-hono-bench":         {"manifest-name", "manifest-version"}, // has neither and is not private
}

func realSubject(t testing.TB, lock string) *Subject {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(lock), "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := npm.ParseManifest(text, "package.json")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(lock)
	if err != nil {
		t.Fatal(err)
	}
	graph, err := lockfile.Parse(data, filepath.Base(lock), manifest)
	if err != nil {
		t.Fatal(err)
	}
	e := &policy.Effective{}
	e.Licenses.Unknown = finding.Advice
	e.Dependencies.Pinned = policy.ExactOrLocked
	return &Subject{Manifest: manifest, Graph: graph, Policy: e, Now: "2026-06-01T00:00:00Z"}
}
