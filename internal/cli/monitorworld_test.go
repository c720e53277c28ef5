package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// advise writes an advisory of the made-up database that the runs look into.
func (w *watching) advise(id, name, fixed string, published time.Time) {
	w.write("adv/"+id+".json", fmt.Sprintf(`{"schema_version":"1.6.0","id":%q,"modified":%q,"published":%[2]q,"aliases":[],"summary":"made up",
"affected":[{"package":{"ecosystem":"npm","name":%[3]q},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":%[4]q}]}]}],
"database_specific":{"severity":"HIGH"}}`, id, published.Format(time.RFC3339), name, fixed))
}

// TestMonitorAudits: a supported version that becomes vulnerable is told once, by its
// SBOM or else by what its manifest asks for, and the output says by which.
func TestMonitorAudits(t *testing.T) {
	w := watchOver(t, registry.Widget())
	w.advise("GHSA-aaaa-aaaa-aaaa", "elsewhere", "1.0.0", w.now)
	if s := w.run("-only", "vulnerabilities", "-advisories", "file:"+w.path("adv"), widget); s.code != ExitUnknown ||
		!strings.Contains(s.out, "the advisory data are partial") {
		t.Errorf("exit %d, %s", s.code, s.out)
	}
	w.advise("GHSA-vh95-rmgr-6w4m", "minimist", "0.2.1", w.now) // which every complete source has
	w.args = []string{"-only", "vulnerabilities,licenses", "-advisories", "file:" + w.path("adv"), widget}
	w.write("policy.yml", "version: 1\nsla: {high: 72h}\nlicenses: {deny: [GPL-3.0-only]}\n")
	w.write("SECURITY.md", "# Security\n\n| Version | Supported |\n| --- | --- |\n| 3.x | yes |\n| 2.x | yes |\n| < 2.0 | no |\n")
	data, _ := w.registry.Published(widget, "3.3.2")
	w.judge(widget, "3.3.2", data, "pass")
	w.write("evidence/@acme+widget-3.3.2/sbom.cdx.json", `{"bomFormat":"CycloneDX","components":[
{"purl":"pkg:npm/left@1.0.0","licenses":[{"license":{"id":"MIT"}}]},{"purl":"pkg:npm/tester@1.0.0","scope":"excluded"}]}`)
	s := w.expect(ExitPass, nil, nil)
	notes := strings.Join(s.doc.Notes, "\n")
	if !strings.Contains(notes, "@acme/widget@3.3.2 was audited by its SBOM, with the packages that it was published with (1)") ||
		!strings.Contains(notes, "@acme/widget@2.5.4 was audited by itself and the ranges that its manifest asks for (1)") ||
		strings.Contains(notes, "@1.4") {
		t.Errorf("%s", notes)
	}
	w.now = w.now.Add(24 * time.Hour)
	w.advise("GHSA-bbbb-bbbb-bbbb", "left", "1.0.1", w.now)                       // in the SBOM
	w.advise("GHSA-cccc-cccc-cccc", "tester", "2.0.0", w.now)                     // builds it only
	w.advise("GHSA-dddd-dddd-dddd", "@acme/base", "2.0.0", w.now)                 // all that ^1.0.0 admits
	fresh := []string{"supported-vulnerable 1.0.0", "supported-vulnerable 1.0.0"} // of the dependencies
	w.expect(ExitBlock, fresh, nil)
	w.now = w.now.Add(24 * time.Hour)
	w.expect(ExitBlock, nil, fresh)
	// The time to fix it runs out: told again, once.
	w.now = w.now.Add(72 * time.Hour)
	w.expect(ExitBlock, fresh, nil)
	w.now = w.now.Add(24 * time.Hour)
	w.expect(ExitBlock, nil, fresh)
	// The sources cannot be read: nothing ends.
	if err := os.Rename(w.path("adv"), w.path("away")); err != nil {
		t.Fatal(err)
	}
	s = w.expect(ExitUnknown, nil, fresh)
	if len(s.doc.Missed) == 0 || s.doc.Missed[0].Topic != "vulnerabilities" {
		t.Errorf("%s", s.out)
	}
	if err := os.Rename(w.path("away"), w.path("adv")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(w.path("adv/GHSA-bbbb-bbbb-bbbb.json")); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(24 * time.Hour)
	if s := w.expect(ExitBlock, nil, fresh[:1]); !slices.Equal(s.told("ended"), fresh[1:]) {
		t.Errorf("%q ended", s.told("ended"))
	}
}

// TestMonitorScope looks at a whole scope: the requests are bounded, one a package on
// a quiet day, and so is what is held in memory.
func TestMonitorScope(t *testing.T) {
	const packages = 500
	w := watchOver(t, registry.Family("@acme", packages)...)
	w.args = []string{"@acme"}
	w.write("policy.yml", "version: 1\nmonitor: {publishes: daily, tags: daily, access: daily}\n")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := w.expect(ExitPass, nil, nil)
	runtime.GC()
	runtime.ReadMemStats(&after)
	n := len(w.registry.Requests())
	if s.doc.LookedAt.Packages != packages || n > packages+5 {
		t.Errorf("%d packages with %d requests", s.doc.LookedAt.Packages, n)
	}
	if !strings.Contains(s.out, "not all packages of @acme may be among these") {
		t.Errorf("%.2000s", s.out)
	}
	info, err := os.Stat(w.path("state.json"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d requests, allocated %d MB in all, state of %d kB", n, (after.TotalAlloc-before.TotalAlloc)>>20, info.Size()>>10)
	// The next day one of them is published by a stranger, and one is gone.
	w.now = w.now.Add(24 * time.Hour)
	w.release("@acme/part-123", registry.Version{Version: "9.9.9", By: "mallory", License: "MIT"}, false)
	if err := w.registry.Remove("@acme/part-321", "1.0.0"); err != nil {
		t.Fatal(err)
	}
	w.expect(ExitBlock, []string{"published-unknown 9.9.9", "publisher-unknown 9.9.9", "version-gone 1.0.0"}, nil)
	w.registry.Fail("search-503", 0, -1)
	if s := w.run("-deadline", "1s"); s.code != ExitUnknown || !strings.Contains(s.err, "list the packages of @acme") {
		t.Errorf("exit %d, %s", s.code, s.err)
	}
}

// TestMonitorHostile has documents that are made to be looked at badly.
func TestMonitorHostile(t *testing.T) {
	h := registry.Widget()
	for i := range 600 {
		h.Versions = append(h.Versions, registry.Version{Version: fmt.Sprintf("0.0.%d", i), License: "MIT",
			Time: time.Date(2020, 1, 1, 0, i, 0, 0, time.UTC)})
	}
	h.Tags["evil\x1b[2J"] = "3.3.2"
	w := watchOver(t, h)
	w.args = []string{"-only", "publishes,tags,access,licenses", widget}
	if s := w.expect(ExitPass, nil, nil); s.doc.LookedAt.Versions != 645 {
		t.Errorf("%d versions", s.doc.LookedAt.Versions)
	}
	w.now = w.now.Add(24 * time.Hour)
	hide := "3.3.3\u202e\n::error::x ##[add-path]/tmp"
	for version, at := range map[string]string{"1.2.1": "2099-01-01T00:00:00.000Z", "3.3.0": "soon", "3.2.2": ""} {
		if err := w.registry.Date(widget, version, at); err != nil {
			t.Fatal(err)
		}
	}
	w.release(widget, registry.Version{Version: "3.3.4", By: hide, License: hide}, false)
	for _, format := range []string{"text", "markdown"} {
		state, err := os.ReadFile(w.path("state.json"))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		code := Main(t.Context(), Process{Args: []string{"monitor", "-registry", w.registry.URL, "-state", w.path("state.json"), "-evidence",
			w.path("evidence"), "-dir", w.dir, "-only", "publishes,tags,access", "-format", format, widget}, Stdout: &out, Stderr: &out,
			Now: func() time.Time { return w.now }})
		if code != ExitBlock || strings.ContainsAny(out.String(), "\x1b\u202e") || strings.Contains(out.String(), "##[") ||
			strings.Contains(out.String(), "\n::error") {
			t.Errorf("exit %d\n%s", code, out.String())
		}
		w.write("state.json", string(state))
	}
}

// TestMonitorKeeps: the SARIF file has what is open, and the issue of the repository is
// made, kept and closed.
func TestMonitorKeeps(t *testing.T) {
	w := watchOver(t, registry.Widget())
	issue := map[string]any{}
	hub := httptest.NewServer(http.HandlerFunc(func(a http.ResponseWriter, r *http.Request) {
		a.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path == "/graphql":
			_, _ = a.Write([]byte(`{"data":{"viewer":{"databaseId":7}}}`))
			return
		case r.Method == http.MethodGet && len(issue) == 0:
			_, _ = a.Write([]byte("[]"))
			return
		case r.Method == http.MethodGet:
			_ = json.NewEncoder(a).Encode([]any{issue})
			return
		case r.Method == http.MethodPost:
			issue = map[string]any{"number": 1, "state": "open", "user": map[string]any{"id": 7}}
		}
		_ = json.NewDecoder(r.Body).Decode(&issue)
		delete(issue, "labels")
		_ = json.NewEncoder(a).Encode(issue)
	}))
	defer hub.Close()
	run := func(want int, state, says string) {
		t.Helper()
		var out bytes.Buffer
		code := Main(t.Context(), Process{Args: []string{"monitor", "-registry", w.registry.URL, "-state", w.path("state.json"), "-evidence",
			w.path("evidence"), "-dir", w.dir, "-only", "publishes", "-issue", "acme/widget", "-sarif", w.path("out/monitor.sarif"), widget},
			Env:    []string{"GITHUB_TOKEN=ghs_of_the_test_only", "GITHUB_API_URL=" + hub.URL},
			Stdout: &out, Stderr: &out, Now: func() time.Time { return w.now }})
		body, _ := issue["body"].(string)
		is, _ := issue["state"].(string)
		if code != want || is != state || !strings.Contains(out.String()+body, says) {
			t.Errorf("exit %d, issue %q, expected %d, %q and %q\n%s", code, is, want, state, says, out.String())
		}
		data, err := os.ReadFile(w.path("out/monitor.sarif"))
		if err != nil || !json.Valid(data) ||
			(code == ExitBlock) != regexp.MustCompile(`"ruleId": "(published-unknown|trust-lowered)"`).Match(data) {
			t.Errorf("exit %d, %v: %s", code, err, data)
		}
	}
	run(ExitPass, "", "nothing found")
	w.now = w.now.Add(24 * time.Hour)
	w.release(widget, registry.Version{Version: "3.3.3", License: "MIT", TrustedPublisher: "github", Approver: "bob"}, false)
	run(ExitBlock, "open", "issue 1 of acme/widget was opened")
	run(ExitBlock, "open", "`@acme/widget@3.3.3`")
	data, _ := w.registry.Published(widget, "3.3.3")
	w.judge(widget, "3.3.3", data, "pass")
	w.write("policy.yml", "version: 1\n")
	w.write(".publishgate.yml", "version: 1\nexceptions: [{id: published-unsigned, package: '@acme/widget', reason: key lost, owner: '@a', "+
		"expires: 2027-06-01}]\n")
	run(ExitPass, "closed", "was closed: nothing is open any more")
	// What happened once stays in the issue for two weeks, although it is told once.
	w.now = w.now.Add(24 * time.Hour)
	w.release(widget, registry.Version{Version: "3.3.4", License: "MIT", By: "bob"}, true)
	run(ExitBlock, "open", "trust-lowered")
	w.now = w.now.Add(7 * 24 * time.Hour)
	run(ExitPass, "open", "`@acme/widget@3.3.4`")
	w.now = w.now.Add(8 * 24 * time.Hour)
	run(ExitPass, "closed", "was closed")
}

// TestMonitorReplay: what was recorded is looked at again without a network, as of
// then, and tells the same.
func TestMonitorReplay(t *testing.T) {
	w := watchOver(t, registry.Widget())
	w.args = []string{"-downloads-url", w.registry.URL, "-advisories", "npm", widget}
	w.release(widget, registry.Version{Version: "3.3.3", License: "MIT", By: "mallory"}, false)
	first := w.run("-record", w.path("answers"))
	if first.code != ExitBlock || len(first.told("new")) == 0 {
		t.Fatalf("exit %d %s%s", first.code, first.out, first.err)
	}
	requests := len(w.registry.Requests())
	if err := os.Remove(w.path("state.json")); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.AddDate(0, 1, 0)
	again := w.run("-from", w.path("answers"))
	if again.code != first.code || again.out != first.out || len(w.registry.Requests()) != requests {
		t.Errorf("exit %d %s%s\nexpected\n%s", again.code, again.out, again.err, first.out)
	}
	s := w.run("-from", w.path("answers"), "@acme/other")
	if s.code != ExitUnknown || !strings.Contains(s.out, "is not recorded in") {
		t.Errorf("exit %d %s%s", s.code, s.out, s.err)
	}
	if s := w.run("-from", w.path("evidence")); s.code != ExitUnknown || !strings.Contains(s.err, "-from wants a folder that -record wrote") {
		t.Errorf("exit %d %s%s", s.code, s.out, s.err)
	}
}

// TestMonitorCannotAudit: a supported version that brings what no source can tell about
// was not looked at, unless the policy lets that be by an exception.
func TestMonitorCannotAudit(t *testing.T) {
	h := registry.Widget()
	h.Versions[len(h.Versions)-1].Dependencies = map[string]string{"forked": "github:acme/forked#1234567", "@acme/base": "^1.0.0"}
	w := watchOver(t, h)
	w.advise("GHSA-vh95-rmgr-6w4m", "minimist", "0.2.1", w.now)
	w.advise("GHSA-dddd-dddd-dddd", "@acme/base", "2.0.0", w.now)
	w.args = []string{"-only", "vulnerabilities", "-advisories", "file:" + w.path("adv"), widget}
	s := w.expect(ExitUnknown, []string{"supported-vulnerable 1.0.0"}, nil) // of the other one, told all the same
	if len(s.doc.Missed) != 1 || !strings.Contains(s.out, "all advisories about forked, which @acme/widget@3.3.2 brings") {
		t.Errorf("%s", s.out)
	}
	w.write("policy.yml", "version: 1\nexceptions:\n  - {id: unauditable-dependency, package: forked, reason: reviewed, owner: \"@a\", "+
		"expires: "+w.now.AddDate(0, 1, 0).Format(time.DateOnly)+"}\n")
	w.now = w.now.Add(time.Hour)
	w.expect(ExitBlock, nil, []string{"supported-vulnerable 1.0.0"})
}
