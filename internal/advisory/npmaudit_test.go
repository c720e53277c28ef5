package advisory

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/oracle"
)

// auditLock is a lockfile made up: several copies of a name, an alias, a bundle,
// a pre-release, a member of a workspace, optional and development dependencies.
const auditLock = `{"name":"demo","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{
"":{"name":"demo","version":"1.0.0","workspaces":["member"],"dependencies":{"a":"^1.0.0","alias":"npm:b@^2.0.0","pre":"^1.0.0-0"},
  "devDependencies":{"tool":"*"},"optionalDependencies":{"native":"*"}},
"member":{"name":"member","version":"1.0.0","dependencies":{"b":"^1.0.0"}},
"node_modules/member":{"resolved":"member","link":true},
"node_modules/a":{"version":"1.2.0","dependencies":{"b":"^1.0.0"},"bundleDependencies":["in"]},
"node_modules/a/node_modules/in":{"version":"0.1.0","inBundle":true},
"node_modules/a/node_modules/b":{"version":"1.5.0"},
"node_modules/b":{"version":"1.9.9"},
"node_modules/alias":{"name":"b","version":"2.0.0"},
"node_modules/pre":{"version":"1.0.0-rc.1"},
"node_modules/tool":{"version":"3.0.0","dev":true,"dependencies":{"@s/deep":"*"}},
"node_modules/@s/deep":{"version":"4.1.0","dev":true},
"node_modules/native":{"version":"1.0.0+build.7","optional":true}}}
`

// auditAdvisories are made up: by name, the range, the severity.
var auditAdvisories = map[string][][2]string{
	"a":       {{"<1.2.0", "high"}, {">=1.2.0 <1.2.1", "low"}},
	"b":       {{">=1.0.0 <1.9.0 || >=2.0.0 <2.0.1", "critical"}, {"=1.9.9", "moderate"}, {"*", "info"}},
	"in":      {{"<=0.1.0", "high"}},
	"pre":     {{"<1.0.0", "high"}, {">=1.0.0-rc.0 <1.0.0", "low"}},
	"tool":    {{">2.0.0 <3.0.0 || >3.0.0", "high"}},
	"@s/deep": {{"4.x", "high"}},
	"native":  {{"1.0.0", "moderate"}},
	"member":  {{"*", "critical"}},
}

// bulkAnswer is what the endpoint says about some names.
func bulkAnswer(names []string) map[string][]map[string]any {
	answer := map[string][]map[string]any{}
	for i, name := range slices.Sorted(slices.Values(names)) {
		for j, a := range auditAdvisories[name] {
			answer[name] = append(answer[name], map[string]any{"id": 100*i + j,
				"url":   fmt.Sprintf("https://github.com/advisories/GHSA-%s-%d", strings.ReplaceAll(path.Base(name), "@", ""), j),
				"title": "made up", "severity": a[1], "vulnerable_versions": a[0], "cwe": []string{},
				"cvss": map[string]any{"score": 0, "vectorString": nil}})
		}
	}
	return answer
}

// An auditedName is what npm audit says about it by advisories of its own.
type auditedName struct {
	Advisories []string // "GHSA-… severity", sorted
	Copies     []string // the locations affected, sorted; nil: not told
}

// askAudit runs the real npm audit on the lockfile, against a registry of ours.
func askAudit(t *testing.T) map[string]auditedName {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if !strings.HasSuffix(q.URL.Path, "/advisories/bulk") {
			http.NotFound(w, q)
			return
		}
		asked := map[string]any{}
		body, err := gzip.NewReader(q.Body)
		if err == nil {
			err = json.NewDecoder(body).Decode(&asked)
		}
		if err != nil {
			t.Errorf("npm asked what cannot be read: %v", err)
		}
		var names []string
		for name := range asked {
			names = append(names, name)
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(bulkAnswer(names))
	}))
	defer server.Close()
	dir, home := t.TempDir(), t.TempDir()
	var doc struct{ Packages map[string]json.RawMessage }
	if err := json.Unmarshal([]byte(auditLock), &doc); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string][]byte{"package-lock.json": []byte(auditLock), "package.json": doc.Packages[""],
		"member/package.json": doc.Packages["member"]} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "node", filepath.Join(os.Getenv(oracle.Managers), "npm11", "node_modules",
		"npm", "bin", "npm-cli.js"),
		"audit", "--json", "--package-lock-only")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "npm_config_registry=" + server.URL, "npm_config_cache=" + home,
		"npm_config_userconfig=" + filepath.Join(home, "none"), "npm_config_update_notifier=false", "npm_config_fetch_retries=0"}
	out, _ := cmd.Output() // exit 1: it found something
	var report struct {
		AuditReportVersion int
		Vulnerabilities    map[string]struct {
			Via   []json.RawMessage
			Nodes []string
		}
	}
	if err := json.Unmarshal(out, &report); err != nil || report.AuditReportVersion != 2 {
		t.Fatalf("npm audit: %v\n%.2000s", err, out)
	}
	all := map[string]auditedName{}
	for name, v := range report.Vulnerabilities {
		one := auditedName{Copies: v.Nodes}
		for _, via := range v.Via {
			var advisory struct{ URL, Severity string }
			if json.Unmarshal(via, &advisory) != nil {
				one.Copies = nil // vulnerable through a dependency as well: npm names the copies of both
				continue
			}
			one.Advisories = append(one.Advisories, path.Base(advisory.URL)+" "+advisory.Severity)
		}
		if len(one.Advisories) > 0 {
			slices.Sort(one.Advisories)
			slices.Sort(one.Copies)
			all[name] = one
		}
	}
	return all
}

// TestAgainstNpmAudit compares with what npm audit itself says: of each name the
// advisories, and the copies they affect.
func TestAgainstNpmAudit(t *testing.T) {
	var ask func() map[string]auditedName
	if os.Getenv(oracle.Managers) != "" {
		ask = func() map[string]auditedName { return askAudit(t) }
	}
	want := oracle.JSON(t, oracle.Record{Name: "npm-audit.json", Update: *update}, ask)
	lock := filepath.Join(t.TempDir(), "package-lock.json")
	if err := os.WriteFile(lock, []byte(auditLock), 0o644); err != nil {
		t.Fatal(err)
	}
	g := lockGraph(t, lock, false)
	var names []string
	for _, p := range g.Packages {
		names = append(names, p.Name)
	}
	answer, err := json.Marshal(bulkAnswer(slices.Compact(slices.Sorted(slices.Values(names)))))
	if err != nil {
		t.Fatal(err)
	}
	records, err := parseBulk(answer)
	if err != nil {
		t.Fatal(err)
	}
	matches, _, err := Look(t.Context(), []Source{told{name: "npm", records: records}}, g, true)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]auditedName{}
	for _, m := range matches {
		one := got[m.Package.Name]
		one.Advisories = append(one.Advisories, fmt.Sprint(m.Record.ID, " ", m.Record.Severity))
		one.Copies = append(one.Copies, m.Package.Location)
		got[m.Package.Name] = one
	}
	for name, one := range got {
		one.Advisories, one.Copies = slices.Compact(slices.Sorted(slices.Values(one.Advisories))),
			slices.Compact(slices.Sorted(slices.Values(one.Copies)))
		if w := want[name]; !slices.Equal(one.Advisories, w.Advisories) || w.Copies != nil && !slices.Equal(one.Copies, w.Copies) {
			t.Errorf("%s: %v, npm audit has %v", name, one, w)
		}
	}
	for name := range want {
		if _, found := got[name]; !found {
			t.Errorf("%s: nothing, npm audit has %v", name, want[name])
		}
	}
	if len(want) < 5 {
		t.Errorf("only %d names have advisories", len(want))
	}
}
