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
	"github.com/publishgate/publishgate/internal/tarball"
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
	root, err := os.OpenRoot(filepath.Dir(lock))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	graph, err := lockfile.Read(lockfile.Location{Root: root, Dir: "."}, manifest, filepath.Base(lock))
	if err != nil {
		t.Fatal(err)
	}
	return &Subject{
		Manifest: manifest, Graph: graph, Policy: policy.Default().For(manifest.Name, policy.Flags{}), Now: "2026-06-01T00:00:00Z",
	}
}

// TestRealTarballs judges real published packages by the built-in policy: a
// finding that is no advice is a false alarm, or is named.
func TestRealTarballs(t *testing.T) {
	dir := os.Getenv("PUBLISHGATE_DATA")
	if dir == "" {
		t.Skip("PUBLISHGATE_DATA is not set: the public test data is not here")
	}
	var files []string
	for _, pattern := range []string{"tarballs/*.tgz", "sigstore/tarballs/*.tgz", "sigstore/*/*.tgz"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		t.Fatal("no tarballs found")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			ball, err := tarball.Read(data, file, tarball.Options{AnyRoot: true}) // @types/node ships node/
			if err != nil {
				t.Fatal(err)
			}
			if ball.Manifest == nil {
				t.Fatalf("no manifest: %v", ball.Violations)
			}
			root := &npm.Package{Name: ball.Manifest.Name, Version: ball.Manifest.Version, Source: npm.SourceLocal}
			s := &Subject{
				Manifest: ball.Manifest, Tarball: ball, Graph: &npm.Graph{Manager: "npm", Root: root, Packages: []*npm.Package{root}},
				Policy: policy.Default().For(ball.Manifest.Name, policy.Flags{}), Now: "2026-06-01T00:00:00Z",
			}
			s.Policy.Dependencies.Pinned = policy.Any // there is no lockfile here
			for _, f := range Run(s) {
				// True of express 3, left-pad and is-stream: "*" among their
				// development dependencies. And one alarm that gitleaks' rules
				// raise as well: public key pins in a comment of @types/node.
				if f.Level != finding.Advice && f.Rule != "wildcard" && f.File != "node/https.d.ts" {
					t.Errorf("%s: %s %s", summary(f), f.Message, f.File)
				}
			}
		})
	}
}
