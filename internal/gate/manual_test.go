package gate

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/monitor"
)

var update = flag.Bool("update", false, "write docs/rules.md anew")

// docs/rules.md is made of the same records as `publishgate explain` and the help
// of an alert, whose addresses lead to its headings.
func TestManual(t *testing.T) {
	var want bytes.Buffer
	want.WriteString("# Rules\n\nWhat publishgate can find, one heading each. `publishgate explain RULE` prints the same, and code scanning " +
		"shows it\nwith each alert. This file is made of the program's own records: `go test ./internal/gate -run TestManual -update`.\n")
	names := map[string]string{}
	for _, r := range Rules() {
		if r.ID == monitor.Rules[0].ID {
			want.WriteString("\n# After the release\n\nWhat `publishgate monitor` finds in what is published. It also finds `license-changed`, " +
				"`license-denied`,\n`monitor-overdue` and `trust-lowered` there, which are described above.\n")
		}
		want.WriteString("\n## " + r.ID + "\n\n" + strings.Replace(r.Markdown(), " `publishgate explain "+r.ID+"` says the same.", "", 1))
		if other, taken := names[r.Name()]; taken || strings.EqualFold(r.Name(), r.ID) {
			t.Errorf("%s has the name %s, as has %s", r.ID, r.Name(), other)
		}
		names[r.Name()] = r.ID
		if r.Page() != finding.Manual+"#"+r.ID || strings.Trim(r.ID, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%s: no heading has this anchor", r.ID)
		}
		if r.Title == "" || r.Why == "" || r.Help == "" || len(r.Tags) > 10 {
			t.Errorf("%s: a part is missing, or there are too many tags", r.ID)
		}
		for _, text := range []string{r.Title, r.Why, r.Help} {
			if !strings.Contains(r.Text(), text) || !strings.Contains(r.Markdown(), text) {
				t.Errorf("%s: %q is not told", r.ID, text)
			}
		}
	}
	file := filepath.Join("..", "..", "docs", "rules.md")
	if *update {
		if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("docs/rules.md is not what the rules say (%v): run with -update", err)
	}
}

func TestRuleName(t *testing.T) {
	for id, want := range map[string]string{"vulnerable-dependency": "VulnerableDependency",
		"vulnerable-dependency/critical": "VulnerableDependencyCritical", "note": "NoteRule", "": "Unnamed", "-": "Unnamed",
		"secret-2fa": "Secret2fa", "a`b<c": "ABC"} {
		if got := (finding.Rule{ID: id}).Name(); got != want {
			t.Errorf("%q: %q, expected %q", id, got, want)
		}
	}
}
