package front

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/race"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// TestNPMChanges has the real npm deprecate, tag, own and unpublish what Verdaccio
// keeps, and reads each of it through the front.
func TestNPMChanges(t *testing.T) {
	race.Leave(t, "TestFront")
	managers := os.Getenv("PUBLISHGATE_MANAGERS")
	if managers == "" {
		t.Skip("PUBLISHGATE_MANAGERS is not set: .ci/managers installs npm")
	}
	s := Start(t)
	s.CheckProvenance(false)
	s.Grant("ann", registry.Grant{Kind: "user", Name: "gate"}) // the name that Verdaccio knows
	for _, version := range []string{"1.0.0", "1.1.0", "1.2.0"} {
		step(t, s, "published", "PUT", "@acme%2fdemo", document(s.URL, version, "latest", false), "ann", 201)
	}
	home := t.TempDir()
	config := fmt.Sprintf("registry=%s\n//%s:_authToken=ann\n", s.URL, strings.TrimPrefix(s.URL, "http://"))
	if err := os.WriteFile(filepath.Join(home, ".npmrc"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	before := shown(t, s)
	for _, c := range []struct{ args, old, new string }{
		{"deprecate @acme/demo@1.1.0 gone", "1.1.0 <nil>", "1.1.0 gone"},
		{"undeprecate @acme/demo@1.1.0", "1.1.0 gone", "1.1.0 <nil>"},
		{"dist-tag add @acme/demo@1.1.0 latest", "latest:1.2.0", "latest:1.1.0"},
		{"owner add eve @acme/demo", "[gate]", "[gate eve]"},
		{"owner rm gate @acme/demo", "[gate eve]", "[eve]"},
		{"unpublish @acme/demo@1.0.0 --force", "1.0.0 <nil>\n", ""},
	} {
		want := strings.Replace(before, c.old, c.new, 1)
		if want == before {
			t.Fatalf("npm %s: %q is not in\n%s", c.args, c.old, before)
		}
		cmd := exec.CommandContext(t.Context(), filepath.Join(managers, "npm11", "node_modules", ".bin", "npm"), strings.Fields(c.args)...)
		cmd.Dir, cmd.Env = home, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "npm_config_update_notifier=false"}
		said, err := cmd.CombinedOutput()
		if before = shown(t, s); err != nil || before != want {
			t.Errorf("npm %s: %v\n%s\n%s\nexpected %s", c.args, err, said, before, want)
		}
	}
}

// shown returns what the packument says of deprecations and tags.
func shown(t *testing.T, s *registry.Server) string {
	t.Helper()
	resp, err := http.Get(s.URL + "@acme%2fdemo")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var doc struct {
		Tags     map[string]string `json:"dist-tags"`
		Versions map[string]struct{ Deprecated any }

		Maintainers []struct{ Name string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, version := range []string{"1.0.0", "1.1.0", "1.2.0"} {
		if v, there := doc.Versions[version]; there {
			fmt.Fprintf(&b, "%s %v\n", version, v.Deprecated)
		}
	}
	var owners []string
	for _, m := range doc.Maintainers {
		owners = append(owners, m.Name)
	}
	fmt.Fprint(&b, doc.Tags, " ", owners)
	return b.String()
}
