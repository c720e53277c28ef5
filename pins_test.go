package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// uses matches an action as a workflow names it, in a workflow, a document or the
// code that writes one: a repository, perhaps a folder of it, a ref, a comment.
var uses = regexp.MustCompile(`(?m)(?:uses: |= ")([a-z0-9-]+/[A-Za-z0-9_./-]+)@([^\s"]+)(?: # (v[0-9.]+))?`)

// pinned is what a pin must be: a commit, and the release that it belongs to.
var pinned = regexp.MustCompile(`^[0-9a-f]{40}$`)

// ours are named by the commit of a release, which the reader puts there.
func ours(action string) bool { return strings.HasPrefix(action, "publishgate/publishgate") }

// TestPins reads every action that a workflow, a document or the starter names: all
// are pinned, each action in one version everywhere, and all of them are raised by
// the one job of renovate.json.
func TestPins(t *testing.T) {
	files := tracked(t, "*.md", "*.yml", "*.yaml", "internal/starter/workflow.go")
	renovates := raised(t)
	of := map[string]string{}
	pins := 0
	for _, file := range files {
		if strings.HasPrefix(file, "testdata/") || strings.Contains(file, "/testdata/") && !strings.HasPrefix(file, "internal/starter/") {
			continue // test data that shows what others write
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range uses.FindAllStringSubmatch(string(text), -1) {
			action, ref, version := m[1], m[2], m[3]
			if ours(action) {
				continue
			}
			pins++
			if !pinned.MatchString(ref) || version == "" {
				t.Errorf("%s: %s@%s is not pinned as COMMIT # vVERSION", file, action, ref)
				continue
			}
			repository := strings.Join(strings.SplitN(action, "/", 3)[:2], "/")
			if was, known := of[repository]; known && was != ref+" "+version {
				t.Errorf("%s: %s is pinned to %s %s, elsewhere to %s", file, action, ref, version, was)
			}
			of[repository] = ref + " " + version
			if !renovates(file) {
				t.Errorf("%s: no manager of renovate.json raises its pins", file)
			}
		}
	}
	if pins < 60 || len(of) < 8 {
		t.Errorf("%d pins of %d actions read, that cannot be all", pins, len(of))
	}
}

// raised returns whether a file's pins are raised by renovate.json: by its manager
// for workflows and actions, whose files are always these, or by the one for
// documents, whose expression must find every pin there.
func raised(t *testing.T) func(file string) bool {
	text, err := os.ReadFile(".github/renovate.json")
	if err != nil {
		t.Fatal(err)
	}
	type manager struct {
		DatasourceTemplate                string
		ManagerFilePatterns, MatchStrings []string
	}
	var config struct{ CustomManagers []manager }
	if err := json.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(config.CustomManagers, func(m manager) bool { return m.DatasourceTemplate == "github-tags" })
	if i < 0 || len(config.CustomManagers[i].MatchStrings) != 1 {
		t.Fatal("renovate.json has no manager for documents")
	}
	documents := config.CustomManagers[i]
	pin := regexp.MustCompile(documents.MatchStrings[0])
	return func(file string) bool {
		if base := path.Base(file); base == "action.yml" || path.Dir(file) == ".github/workflows" {
			return true
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range uses.FindAllStringSubmatch(string(text), -1) {
			if !ours(m[1]) && !pin.MatchString(m[0]) {
				return false
			}
		}
		return slices.ContainsFunc(documents.ManagerFilePatterns, func(p string) bool {
			return regexp.MustCompile(strings.Trim(p, "/")).MatchString(file)
		})
	}
}

// tracked lists files of this repository.
func tracked(t *testing.T, patterns ...string) []string {
	t.Helper()
	out, err := exec.Command("git", append([]string{"ls-files", "--"}, patterns...)...).Output()
	if err != nil {
		t.Skip("this is no git repository")
	}
	return strings.Fields(string(out))
}
