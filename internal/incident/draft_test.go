package incident

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/vex"
)

// TestDrafts: the readers of this program, which are those of the formats, read what
// is drafted, and read of it what is meant.
func TestDrafts(t *testing.T) {
	look := Look{At: began, History: compromised(), Looked: true, Dependents: []Dependent{
		{Name: "@acme/app", Version: "3.0.0", File: "app/package-lock.json", Brings: "1.2.3"},
		{Name: "@acme/app", Version: "3.0.0", File: "app/yarn.lock", Brings: "2.0.0-rc.1"},
		{Name: "@acme/site", Version: "1.0.0", File: "site/package-lock.json", Brings: "1.2.3"},
		{Name: "", Version: "", File: "tool/package-lock.json", Brings: "1.2.3"}}}
	r := Assess(ask(Package), look, nil)
	all, err := r.Drafts("Acme")
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, d := range all {
		names = append(names, d.Name)
		switch {
		case d.Name == OSVDraft:
			var doc struct {
				ID       string
				Affected []struct{ Versions []string }
			}
			if err := json.Unmarshal(d.Data, &doc); err != nil || strings.Join(doc.Affected[0].Versions, " ") != "1.2.3 2.0.0-rc.1" {
				t.Errorf("%v: %s", err, d.Data)
			}
			file := filepath.Join(t.TempDir(), d.Name)
			if err := os.WriteFile(file, d.Data, 0o644); err != nil {
				t.Fatal(err)
			}
			records, err := advisory.ReadOSV(t.Context(), file, began)
			if err != nil || len(records) != 1 || records[0].Package != "@acme/widget" || len(records[0].Versions) != 2 ||
				records[0].Severity != finding.Critical {
				t.Errorf("%v, %+v: %s", err, records, d.Data)
			}
		case strings.HasPrefix(d.Name, "openvex-"):
			doc, err := vex.Read(d.Data, d.Name)
			if err != nil || len(doc.Statements) == 0 || doc.Statements[0].Status != vex.Affected {
				t.Errorf("%v: %s", err, d.Data)
			}
		case d.Name == NPMMessage:
			for _, want := range []string{"- `1.2.3`, published 2026-11-30 00:00 UTC, by `eve` with no evidence", Placeholder} {
				if !bytes.Contains(d.Data, []byte(want)) {
					t.Errorf("%s lacks %q", d.Data, want)
				}
			}
		}
	}
	if want := "npm-message.md advisory.osv.json advisory.github.json openvex-1.json openvex-2.json"; strings.Join(names, " ") != want {
		t.Errorf("%v, want %s", names, want)
	}
	again, _ := Assess(ask(Package), look, nil).Drafts("Acme")
	for i := range again {
		if !bytes.Equal(again[i].Data, all[i].Data) {
			t.Errorf("%s differs from run to run", all[i].Name)
		}
	}
	if none, _ := Assess(ask(Exposure), Look{At: began, History: compromised(), Found: map[string][]Place{}}, nil).Drafts(""); len(none) > 0 {
		t.Errorf("%d drafts of nothing", len(none))
	}
	other := ask(Package)
	other.Registry = "https://npm.acme.example/"
	elsewhere, _ := Assess(other, look, nil).Drafts("")
	if elsewhere[0].Name == NPMMessage {
		t.Error("npm is written to about another registry")
	}
}
