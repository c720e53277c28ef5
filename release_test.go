package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestNotes takes the notes of a release from its own section of the changelog.
func TestNotes(t *testing.T) {
	changelog := filepath.Join(t.TempDir(), "CHANGELOG.md")
	text := "# Changelog\n\n## Unreleased\n\n- Not yet.\n\n## [1.2.3] - 2026-12-01\n\n- A thing.\n\n" +
		"### Mended\n- Another.\n\n## v1.2.2\n- Old.\n## 1.2\n\n## 1.1.0\n- Older.\n"
	if err := os.WriteFile(changelog, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]string{
		"v1.2.3": "- A thing.\n\n### Mended\n- Another.\n\n",
		"1.2.2":  "- Old.\n",
		"v1.2":   "",
		"v1.2.4": "",
		"v1.2.":  "",
	} {
		out, err := exec.Command("bash", ".ci/notes", version, changelog).Output()
		if string(out) != want || (err == nil) != (want != "") {
			t.Errorf("notes of %s: %q, %v", version, out, err)
		}
	}
}
