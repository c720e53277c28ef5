package registry

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/race"
)

// recorded returns a registry with a history of three versions, stated in JSON.
func recorded(t *testing.T) *Server {
	t.Helper()
	s := Start()
	t.Cleanup(s.Close)
	h, err := ParseHistory([]byte(`{"name":"@acme/thing","maintainers":["ann","bob"],"dist-tags":{"latest":"1.1.0","next":"2.0.0-rc.1"},
		"gone":{"0.9.0":"2024-12-01T00:00:00Z"},"downloads":{"2026-11-28":7},"stages":[{"version":"2.0.0","by":"ann"}],"versions":[
		{"version":"1.0.0","time":"2025-01-01T00:00:00Z","by":"ann","license":"MIT","deprecated":"use 1.1.0"},
		{"version":"1.1.0","time":"2025-06-01T00:00:00Z","trustedPublisher":"github","provenance":true,"license":"MIT"},
		{"version":"2.0.0-rc.1","trustedPublisher":"github","approver":"bob","integrity":"sha512-given","tarball":"AAAA"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s.Sign()
	if err := s.Record(h); err != nil {
		t.Fatal(err)
	}
	s.Grant("ann", Grant{Kind: "user", Name: "ann"})
	s.Grant("stage-only", Grant{Kind: "stage-only"})
	s.Grant("oidc", Grant{Kind: "oidc", Package: "@acme/thing", By: Publisher{Direct: true, Stage: true, Tags: true}})
	return s
}

// packument reads the packument of the thing.
func packument(t *testing.T, s *Server) (doc map[string]any, versions map[string]any) {
	t.Helper()
	status, text := do(t, "GET", s.URL+"@acme%2fthing", "")
	if err := json.Unmarshal([]byte(text), &doc); err != nil || status != 200 {
		t.Fatalf("%d %s: %v", status, text, err)
	}
	versions, _ = doc["versions"].(map[string]any)
	return doc, versions
}

// shown returns what a packument says, shortly, for tests to compare.
func shown(t *testing.T, s *Server) string {
	doc, versions := packument(t, s)
	var b strings.Builder
	for _, version := range []string{"1.0.0", "1.1.0", "2.0.0-rc.1"} {
		v, ok := versions[version].(map[string]any)
		if !ok {
			continue
		}
		user, _ := v["_npmUser"].(map[string]any)
		_, trusted := user["trustedPublisher"]
		_, approved := user["approver"]
		_, attested := v["dist"].(map[string]any)["attestations"]
		_, signed := v["dist"].(map[string]any)["signatures"]
		fmt.Fprintf(&b, "%s by %v trusted %v approved %v attested %v signed %v deprecated %v\n", version, user["name"], trusted, approved,
			attested, signed, v["deprecated"])
	}
	times, _ := json.Marshal(doc["time"])
	fmt.Fprintf(&b, "%v %s", doc["dist-tags"], times)
	for _, m := range doc["maintainers"].([]any) {
		fmt.Fprintf(&b, " %v", m.(map[string]any)["name"])
	}
	return b.String()
}

func TestRecord(t *testing.T) {
	s := recorded(t)
	const want = `1.0.0 by ann trusted false approved false attested false signed true deprecated use 1.1.0
1.1.0 by GitHub Actions trusted true approved false attested true signed true deprecated <nil>
2.0.0-rc.1 by GitHub Actions trusted true approved true attested false signed true deprecated <nil>
map[latest:1.1.0 next:2.0.0-rc.1] {"0.9.0":"2024-12-01T00:00:00.000Z","1.0.0":"2025-01-01T00:00:00.000Z",` +
		`"1.1.0":"2025-06-01T00:00:00.000Z","created":"2024-12-01T00:00:00.000Z","modified":"2025-06-01T00:00:00.000Z"} ann bob`
	if got := shown(t, s); got != want {
		t.Errorf("%s", got)
	}
	tarball, manifest := s.Published("@acme/thing", "2.0.0-rc.1")
	if len(tarball) != 3 || !strings.Contains(string(manifest), `"sha512-given"`) {
		t.Errorf("%d bytes, %s", len(tarball), manifest)
	}
	all := s.Staged()
	if len(all) != 1 || all[0].Version != "2.0.0" || s.Approve(all[0].ID) != nil || s.Tags("@acme/thing")["latest"] != "2.0.0" {
		t.Errorf("staged %v, tags %v", all, s.Tags("@acme/thing"))
	}
	if _, err := ParseHistory([]byte(`{"nam":"x"}`)); err == nil {
		t.Error("a name that is not known was read")
	}
	for _, h := range []History{{}, {Name: "a"}, {Name: "a", Versions: []Version{{}}},
		{Name: "a", Versions: []Version{{Version: "1.0.0"}, {Version: "1.0.0"}}}} {
		if s.Record(h) == nil {
			t.Errorf("%+v was recorded", h)
		}
	}
}

// TestMutations: each event shows, and nothing else changes.
func TestMutations(t *testing.T) {
	const name = "@acme/thing"
	for what, c := range map[string]struct {
		do       func(s *Server) error
		old, new string // what of the packument's text changes
	}{
		"tag":         {func(s *Server) error { return s.Tag(name, "latest", "1.0.0") }, "latest:1.1.0", "latest:1.0.0"},
		"untag":       {func(s *Server) error { return s.Tag(name, "next", "") }, " next:2.0.0-rc.1", ""},
		"deprecate":   {func(s *Server) error { return s.Deprecate(name, "1.0.0", "bad") }, "use 1.1.0", "bad"},
		"undeprecate": {func(s *Server) error { return s.Deprecate(name, "1.0.0", "") }, "use 1.1.0", "<nil>"},
		"own":         {func(s *Server) error { return s.Own(name, "ann", "eve") }, "ann bob", "ann eve"},
		"remove": {func(s *Server) error { return s.Remove(name, "2.0.0-rc.1") },
			"2.0.0-rc.1 by GitHub Actions trusted true approved true attested false signed true deprecated <nil>\n" +
				"map[latest:1.1.0 next:2.0.0-rc.1]",
			"map[latest:1.1.0]"},
		"date": {func(s *Server) error { return s.Date(name, "1.0.0", "2099-01-01T00:00:00Z") },
			`"1.0.0":"2025-01-01T00:00:00.000Z"`, `"1.0.0":"2099-01-01T00:00:00Z"`},
		"amend": {func(s *Server) error {
			return s.Amend(name, "1.1.0", func(m map[string]any) { m["_npmUser"] = map[string]any{"name": "eve"} })
		}, "1.1.0 by GitHub Actions trusted true", "1.1.0 by eve trusted false"},
	} {
		s := recorded(t)
		want := strings.Replace(shown(t, s), c.old, c.new, 1)
		if err := c.do(s); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if got := shown(t, s); got != want {
			t.Errorf("%s: %s\nexpected %s", what, got, want)
		}
	}
	s := recorded(t)
	if s.Tag(name, "latest", "9.9.9") == nil || s.Own("other", "ann") == nil || s.Deprecate(name, "9.9.9", "x") == nil {
		t.Error("what is not there was changed")
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := s.Release(name, Version{Version: "1.2.0", Time: at, By: "eve"}, "latest"); err != nil || s.Tags(name)["latest"] != "1.2.0" {
		t.Errorf("%v, %v", err, s.Tags(name))
	}
	if s.Release(name, Version{Version: "1.2.0"}, "") == nil {
		t.Error("published over a version")
	}
}

// TestReplace: other bytes, with and without their digests.
func TestReplace(t *testing.T) {
	for _, told := range []bool{true, false} {
		s := recorded(t)
		_, before := packument(t, s)
		if err := s.Replace("@acme/thing", "1.0.0", []byte("other"), told); err != nil {
			t.Fatal(err)
		}
		_, after := packument(t, s)
		was, is := fmt.Sprint(before["1.0.0"]), fmt.Sprint(after["1.0.0"])
		if data, _ := s.Published("@acme/thing", "1.0.0"); string(data) != "other" || (was == is) == told {
			t.Errorf("told %v: %s\n%s", told, was, is)
		}
	}
}

// TestWithdraw leaves what npm leaves.
func TestWithdraw(t *testing.T) {
	s := recorded(t)
	if err := s.Withdraw("@acme/thing"); err != nil {
		t.Fatal(err)
	}
	doc, _ := packument(t, s)
	text, _ := json.Marshal(doc)
	if doc["versions"] != nil || !strings.Contains(string(text), `"unpublished":{"time":`) ||
		!strings.Contains(string(text), `"1.0.0":"2025-`) {
		t.Errorf("%s", text)
	}
}

// TestEdit holds whoever changes a package to what npm's commands send.
func TestEdit(t *testing.T) {
	s := recorded(t)
	doc, versions := packument(t, s)
	rev := doc["_rev"].(string)
	body := func(change func()) string {
		change()
		text, _ := json.Marshal(doc)
		return string(text)
	}
	deprecated := body(func() { versions["1.1.0"].(map[string]any)["deprecated"] = "old" })
	owners := func(rev string) string {
		return `{"_id":"@acme/thing","_rev":"` + rev + `","maintainers":[{"name":"eve"}]}`
	}
	const path = "@acme%2fthing"
	run(t, s, []step{
		{"nobody deprecates", "PUT", path, deprecated, "x", 401, ""},
		{"OIDC deprecates", "PUT", path, deprecated, "oidc", 403, "denied"},
		{"stage-only owns", "PUT", path + "/-rev/" + rev, owners(rev), "stage-only", 403, ""},
		{"another rev", "PUT", path, strings.Replace(deprecated, rev, "1-0", 1), "ann", 409, "conflict"},
		{"another rev in the path", "PUT", path + "/-rev/1-0", owners("1-0"), "ann", 409, "conflict"},
		{"two revs", "PUT", path + "/-rev/1-0", owners(rev), "ann", 400, ""},
		{"a version that is not there", "PUT", path + "/-rev/" + rev, `{"versions":{"7.0.0":{}}}`, "ann", 400, "no version"},
		{"no owner", "PUT", path + "/-rev/" + rev, `{"maintainers":[]}`, "ann", 400, "owner"},
		{"no package", "PUT", "other/-rev/" + rev, `{"_rev":"` + rev + `"}`, "ann", 404, ""},
		{"stage-only deprecates", "PUT", path, deprecated, "stage-only", 200, ""},
		{"with the old rev", "PUT", path, deprecated, "ann", 409, "conflict"},
		{"is deprecated", "GET", path, "", "", 200, `"deprecated":"old"`},
		{"a user", "GET", "-/user/org.couchdb.user:eve", "", "", 200, `"name":"eve"`},
	})
	doc, _ = packument(t, s)
	run(t, s, []step{
		{"own", "PUT", path + "/-rev/" + doc["_rev"].(string), owners(doc["_rev"].(string)), "ann", 201, ""},
		{"owned", "GET", path, "", "", 200, `"maintainers":[{"name":"eve"}]`},
	})
}

// TestNPMEdits has the real npm deprecate, tag, own and unpublish.
func TestNPMEdits(t *testing.T) {
	race.Leave(t, "TestEdit")
	managers := os.Getenv("PUBLISHGATE_MANAGERS")
	if managers == "" {
		t.Skip("PUBLISHGATE_MANAGERS is not set: .ci/managers installs npm")
	}
	s := recorded(t)
	home := t.TempDir()
	config := fmt.Sprintf("registry=%s\n//%s:_authToken=ann\n", s.URL, strings.TrimPrefix(s.URL, "http://"))
	if err := os.WriteFile(filepath.Join(home, ".npmrc"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, old, new string }{
		{"deprecate @acme/thing@1.1.0 gone", "signed true deprecated <nil>", "signed true deprecated gone"},
		{"dist-tag rm @acme/thing next", " next:2.0.0-rc.1", ""},
		{"owner add eve @acme/thing", "ann bob", "ann bob eve"},
		{"unpublish @acme/thing@1.0.0",
			"1.0.0 by ann trusted false approved false attested false signed true deprecated use 1.1.0\n", ""},
	} {
		want := strings.Replace(shown(t, s), c.old, c.new, 1)
		cmd := exec.CommandContext(t.Context(), filepath.Join(managers, "npm11", "node_modules", ".bin", "npm"), strings.Fields(c.args)...)
		cmd.Dir, cmd.Env = home, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "npm_config_update_notifier=false"}
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("npm %s: %v\n%s", c.args, err, said)
		}
		if got := shown(t, s); got != want {
			t.Errorf("npm %s: %s\nexpected %s", c.args, got, want)
		}
	}
	if data, _ := s.Published("@acme/thing", "1.0.0"); data != nil {
		t.Error("the tarball is still there")
	}
}

// TestWidget: the ready-made history is the same each time, and quiet.
func TestWidget(t *testing.T) {
	h := Widget()
	if a, b := fmt.Sprint(h), fmt.Sprint(Widget()); a != b {
		t.Error("two histories")
	}
	text, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	if read, err := ParseHistory(text); err != nil || fmt.Sprint(read) != fmt.Sprint(h) {
		t.Errorf("as JSON it is another: %v", err)
	}
	first, last := h.Versions[0].Time, h.Versions[len(h.Versions)-1].Time
	if len(h.Versions) != 45 || first.Year() != 2024 || !last.Before(WidgetEnd) || last.Before(WidgetEnd.AddDate(0, -1, 0)) ||
		len(h.Downloads) != 728 {
		t.Errorf("%d versions from %v to %v, %d days", len(h.Versions), first, last, len(h.Downloads))
	}
	s := Start()
	defer s.Close()
	for _, h := range append(Family("@acme", 20), h) {
		if err := s.Record(h); err != nil {
			t.Error(err)
		}
	}
	if got := s.Tags("@acme/widget")["latest"] + s.Tags("@acme/part-019")["latest"]; got != "3.3.21.2.0" {
		t.Errorf("latest %s", got)
	}
}

// TestPacked: the tarballs that are made are tarballs, each version's its own.
func TestPacked(t *testing.T) {
	s := recorded(t)
	one, _ := s.Published("@acme/thing", "1.0.0")
	two, _ := s.Published("@acme/thing", "1.1.0")
	for version, data := range map[string][]byte{"1.0.0": one, "1.1.0": two} {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil || !strings.Contains(string(text), `"version": "`+version+`"`) {
			t.Errorf("%s: %v, %q", version, err, text)
		}
	}
}
