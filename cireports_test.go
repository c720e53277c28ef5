package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/testserver/cireport"
	"github.com/publishgate/publishgate/internal/testserver/race"
)

// TestCIReportsOfProjects judges twenty real projects: servers take both reports,
// GitLab's has each advisory about what is installed exactly once, and a test is
// red if and only if the project does not pass.
func TestCIReportsOfProjects(t *testing.T) {
	race.Leave(t, "TestScript")
	data := os.Getenv("PUBLISHGATE_DATA")
	if data == "" {
		t.Skip("PUBLISHGATE_DATA is not set")
	}
	projects, err := filepath.Glob(filepath.Join(data, "projects", "*", "package.json"))
	if err != nil || len(projects) < 20 {
		t.Fatalf("%d projects, %v", len(projects), err)
	}
	all, blocked := 0, 0
	for _, p := range projects {
		dir, out := filepath.Dir(p), t.TempDir()
		judge := func(args ...string) int {
			return cli.Main(t.Context(), cli.Process{Args: append(args, "-offline", "-report", "gitlab,junit", "-out", out, dir),
				Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}, Now: time.Now})
		}
		code := judge()
		if code == 2 { // the root of a workspace
			code = judge("-workspaces")
		}
		gitLab, err := os.ReadFile(filepath.Join(out, "gl-dependency-scanning-report.json"))
		if err == nil {
			err = cireport.GitLab(gitLab)
		}
		if err != nil {
			t.Errorf("%s: %v", dir, err)
		}
		junit, err := os.ReadFile(filepath.Join(out, "junit.xml"))
		if err != nil {
			t.Fatal(err)
		}
		red, err := cireport.JUnit(junit)
		if err != nil || (red == 0) != (code == 0) {
			t.Errorf("%s: exit code %d, %d red tests, %v", dir, code, red, err)
		}
		if code == 1 {
			blocked++
		}
		alerts, want := alertsIn(t, gitLab), advisoriesIn(t, out)
		for key := range want {
			if !alerts[key] {
				t.Errorf("%s: GitLab is not told of %s", dir, key)
			}
		}
		if len(alerts) != len(want) {
			t.Errorf("%s: %d alerts of %d advisories", dir, len(alerts), len(want))
		}
		all += len(alerts)
	}
	if t.Logf("%d alerts, %d projects blocked", all, blocked); all < 100 || blocked == 0 {
		t.Errorf("%d alerts, and %d projects are blocked", all, blocked)
	}
}

// alertsIn returns the alerts of GitLab's report: file, package and first
// identifier.
func alertsIn(t *testing.T, data []byte) map[string]bool {
	var report struct {
		Vulnerabilities []struct {
			Identifiers []struct{ Value string }
			Location    struct {
				File       string
				Dependency struct{ Package struct{ Name string } }
			}
		}
	}
	if err := json.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, v := range report.Vulnerabilities {
		all[path.Base(v.Location.File)+" "+v.Location.Dependency.Package.Name+" "+v.Identifiers[0].Value] = true
	}
	return all
}

// advisoriesIn returns the same of the verdicts of a run.
func advisoriesIn(t *testing.T, out string) map[string]bool {
	all := map[string]bool{}
	err := filepath.WalkDir(out, func(file string, d os.DirEntry, err error) error {
		if err != nil || d.Name() != "verdict.json" {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var verdict struct {
			Findings []struct {
				Rule, File, Package string
				IDs                 []string `json:"ids"`
			}
		}
		if err := json.Unmarshal(data, &verdict); err != nil {
			return err
		}
		for _, f := range verdict.Findings {
			if f.Rule == "vulnerable-dependency" || f.Rule == "malware" {
				name, _, err := npm.ParsePURL(f.Package)
				if err != nil {
					return err
				}
				all[path.Base(f.File)+" "+name+" "+f.IDs[0]] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
