package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/publishgate/publishgate/.ci/tools/beside"
)

// TestPackaged: a package URL is read as each tool writes it.
func TestPackaged(t *testing.T) {
	for purl, want := range map[string]string{
		"pkg:npm/lodash@4.17.21":              "lodash@4.17.21",
		"pkg:npm/%40babel/core@7.0.0":         "@babel/core@7.0.0",
		"pkg:npm/%40babel%2Fcore@7.0.0?vcs=x": "@babel/core@7.0.0",
		"pkg:npm/a@1.0.0%2Bbuild#lib":         "a@1.0.0+build",
		"pkg:golang/a@1.0.0":                  "",
		"pkg:npm/a":                           "",
	} {
		if _, got := packaged(purl); got != want {
			t.Errorf("%s is read as %q, not %q", purl, got, want)
		}
	}
}

// TestCycloneDX: packages that are nested count, the project's own do not.
func TestCycloneDX(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bom.json")
	text := `{"components":[{"bom-ref":"1","purl":"pkg:npm/a@1.0.0","components":[{"bom-ref":"2","purl":"pkg:npm/b@2.0.0"}]},
	 {"bom-ref":"3","purl":"pkg:npm/own@1.0.0"}],
	 "dependencies":[{"ref":"1","dependsOn":["2","3"]},{"ref":"3","dependsOn":["1"]}]}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	packages, edges, err := cycloneDX(file, set{"own": true})
	if err != nil || len(packages) != 2 || len(edges) != 1 || !edges["a@1.0.0 → b@2.0.0"] {
		t.Errorf("%v %v %v", packages, edges, err)
	}
	if got := packages.without(set{"a@1.0.0": true}); got != 1 {
		t.Errorf("%d are missing, not 1", got)
	}
}

// TestRanges: an OSV record becomes the range that npm writes.
func TestRanges(t *testing.T) {
	var r beside.Record
	text := `{"affected":[{"package":{"ecosystem":"npm","name":"a"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.2.3"},
	 {"introduced":"2.0.0"},{"last_affected":"2.1.0"}]}]},{"package":{"ecosystem":"npm","name":"a"},"versions":["3.0.0"],
	 "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"4.0.0"}]}],"database_specific":{"last_known_affected_version_range":"<= 4.5.0"}}]}`
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatal(err)
	}
	if got, want := r.Ranges("a"), []string{">=0.0.0-0 <1.2.3", ">=2.0.0 <=2.1.0", "=3.0.0", ">=4.0.0 <=4.5.0"}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
}
