package main

import (
	"encoding/json"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// The commands of the fix plan that people copy write what the patch writes: the
// real npm runs them on real projects.
func TestCopiedPlan(t *testing.T) {
	data, managers := os.Getenv("PUBLISHGATE_DATA"), os.Getenv("PUBLISHGATE_MANAGERS")
	switch {
	case data == "":
		t.Skip("PUBLISHGATE_DATA is not set: no real project is there")
	case managers == "":
		t.Skip("PUBLISHGATE_MANAGERS is not set: npm is not there")
	}
	npm := filepath.Join(managers, "npm11", "node_modules", ".bin", "npm")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	gate := filepath.Join(t.TempDir(), "publishgate")
	if err := os.Symlink(self, gate); err != nil {
		t.Fatal(err)
	}
	copied := 0
	for _, project := range []string{"nightscout-shrinkwrap-v1", "firebase-shrinkwrap-v2", "npm-cli-v3", "mattermost-desktop-v3", "hono-bun"} {
		dir, out := filepath.Join(data, "projects", project), filepath.Join(t.TempDir(), "out")
		judge := exec.CommandContext(t.Context(), gate, "-offline", "-advisories", "snapshot", "-audit-level", "low", "-out", out, dir)
		if err := judge.Run(); judge.ProcessState == nil || judge.ProcessState.ExitCode() != 1 {
			t.Fatalf("%s: %v", project, err)
		}
		page, err := os.ReadFile(filepath.Join(out, "report.html"))
		if err != nil {
			t.Fatal(err)
		}
		_, plan, _ := strings.Cut(string(page), "<h2>Fix plan</h2>")
		plan, _, _ = strings.Cut(plan, "</pre>")
		command := regexp.MustCompile(`(?s)npm pkg set.*?[^\\]\n`).FindString(html.UnescapeString(plan))
		if command == "" {
			t.Errorf("%s: the plan sets nothing", project)
			continue
		}
		copied++
		patched, set := t.TempDir(), t.TempDir()
		want := manifestAfter(t, dir, patched, "git", "apply", filepath.Join(out, "fix.patch"))
		got := manifestAfter(t, dir, set, "sh", "-c", "PATH="+filepath.Dir(npm)+":$PATH; "+command)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the commands write %v, the patch %v", project, got["overrides"], want["overrides"])
		}
	}
	t.Logf("the commands of %d projects", copied)
}

// manifestAfter returns the package.json of a project after a command was run on a
// copy of it.
func manifestAfter(t *testing.T, project, folder string, command ...string) (manifest map[string]any) {
	t.Helper()
	file := filepath.Join(folder, "package.json")
	data, err := os.ReadFile(filepath.Join(project, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	do := exec.CommandContext(t.Context(), command[0], command[1:]...)
	do.Dir = folder
	if said, err := do.CombinedOutput(); err != nil {
		t.Fatalf("%q: %v: %s", command, err, said)
	}
	if data, err = os.ReadFile(file); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		t.Fatal(err)
	}
	return manifest
}
