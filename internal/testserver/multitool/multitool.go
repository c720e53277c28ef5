// Package multitool asks Microsoft's SARIF Multitool what it says of SARIF files,
// by its own rules and GitHub's. It is for tests only.
package multitool

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/oracle"
)

// Find returns the program's path; "" if .ci/managers has not installed it.
func Find() string {
	managers := os.Getenv(oracle.Managers)
	if managers == "" {
		return ""
	}
	program := filepath.Join(managers, "multitool", "node_modules", "@microsoft", "sarif-multitool-linux", "Sarif.Multitool")
	if _, err := os.Stat(program); err != nil {
		return ""
	}
	return program
}

// Validate returns what the program says of each file, by its base name, which
// must end in .sarif: the
// level and rule of each error and warning, and of SARIF2012, once each, sorted. Its exit code is 0
// whatever it finds, and a file that it cannot read gives no result: of each file
// that it has read it has a note at least.
func Validate(t testing.TB, program string, files ...string) map[string][]string {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "Sarif.Multitool") // npm's copy has no right to run
	text, err := os.ReadFile(program)
	if err == nil {
		err = os.WriteFile(copied, text, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "said.sarif")
	cmd := exec.CommandContext(t.Context(), copied, slices.Concat([]string{"validate"}, files, []string{"--rule-kind", "Sarif;Ghas",
		"--level", "Error;Warning;Note", "-o", out, "--log", "ForceOverwrite"})...)
	cmd.Env = append(os.Environ(), "DOTNET_BUNDLE_EXTRACT_BASE_DIR="+t.TempDir())
	log, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(log, fmt.Appendf(nil, "Done. %d files scanned.", len(files))) {
		t.Fatalf("%v\n%s", err, log)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Runs []struct {
			Invocations []struct {
				ToolExecutionNotifications     []json.RawMessage
				ToolConfigurationNotifications []json.RawMessage
			}
			Results []struct {
				RuleID    string
				Level     string
				Locations []struct {
					PhysicalLocation struct{ ArtifactLocation struct{ URI string } }
				}
			}
		}
	}
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), &said); err != nil {
		t.Fatal(err)
	}
	found, read := map[string][]string{}, map[string]bool{}
	for _, f := range files {
		found[filepath.Base(f)] = []string{}
	}
	for _, run := range said.Runs {
		for _, i := range run.Invocations {
			if len(i.ToolExecutionNotifications)+len(i.ToolConfigurationNotifications) > 0 {
				t.Errorf("the program is in trouble: %s %s", i.ToolExecutionNotifications, i.ToolConfigurationNotifications)
			}
		}
		for _, r := range run.Results {
			level := r.Level
			if level == "" {
				level = "warning" // SARIF's default
			}
			name := ""
			if len(r.Locations) > 0 {
				name = filepath.Base(r.Locations[0].PhysicalLocation.ArtifactLocation.URI)
			}
			read[name] = true
			if level == "note" && r.RuleID != "SARIF2012" { // a rule without help and names
				continue
			}
			if text := level + " " + r.RuleID; !slices.Contains(found[name], text) {
				found[name] = append(found[name], text)
			}
		}
	}
	for name := range found {
		slices.Sort(found[name])
		if !read[name] {
			t.Errorf("%s was not read", name)
		}
	}
	return found
}
