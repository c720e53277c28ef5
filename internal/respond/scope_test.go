package respond

import (
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/incident"
	server "github.com/publishgate/publishgate/internal/testserver/registry"
)

// TestScope tells the packages of a scope whose newest version asks for an affected
// one; a list that may not be complete is missed.
func TestScope(t *testing.T) {
	s := server.Start()
	defer s.Close()
	for name, manifest := range map[string]string{
		"@acme/prod": `{"dependencies": {"w": "^1.0.0"}}`, "@acme/peer": `{"peerDependencies": {"w": "1.0.1"}}`,
		"@acme/alias": `{"dependencies": {"x": "npm:w@~1.0.1"}}`, "@acme/tag": `{"dependencies": {"w": "latest"}}`,
		"@acme/dev": `{"devDependencies": {"w": "^1.0.0"}}`, "@acme/below": `{"dependencies": {"w": "<1.0.1"}}`,
		"@acme/other": `{"dependencies": {"w": "npm:x@^1.0.0"}}`, "@acme/none": `{}`,
	} {
		if err := s.Have([]byte(`{"name": "` + name + `", "dist-tags": {"latest": "2.0.0"}, "versions": {"2.0.0": ` + manifest +
			`, "3.0.0-rc.1": {}}, "time": {}}`)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Have([]byte(widget)); err != nil {
		t.Fatal(err)
	}
	q := &Inquiry{Ask: incident.Ask{Kind: incident.Package, Package: "w", Range: ">=1.0.1", Registry: s.URL}, Client: actor(t, s).Client,
		Dependents: []string{"@acme"}, Now: time.Now}
	l := q.Look(t.Context(), nil)
	var got []string
	for _, d := range l.Dependents {
		got = append(got, d.Name+"@"+d.Version+" "+d.Brings)
	}
	want := "@acme/alias@2.0.0 1.0.2\n@acme/peer@2.0.0 1.0.1\n@acme/prod@2.0.0 1.0.2\n@acme/tag@2.0.0 1.0.2"
	if strings.Join(got, "\n") != want || l.Packages != 8 || len(l.Missed) > 0 {
		t.Errorf("found\n%s\nwant\n%s\n%d packages, missed %q", strings.Join(got, "\n"), want, l.Packages, l.Missed)
	}
	s.Fail("search-500", 0, -1)
	s.Fail("owned-500", 0, -1)
	if l := q.Look(t.Context(), nil); len(l.Missed) == 0 || len(l.Dependents) > 0 {
		t.Errorf("missed %q", l.Missed)
	}
	if n := len(s.Puts()); n > 0 {
		t.Errorf("%d writes", n)
	}
}
