package main

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/testserver/gitrepo"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// TestMigratePage runs the commands of docs/migrate.md that judge, import, pack or
// write, in a package that has a file of each tool, asks the others for their flags,
// and reads the policies. A section says what is different, and what is not here.
func TestMigratePage(t *testing.T) {
	data, err := os.ReadFile("docs/migrate.md")
	if err != nil {
		t.Fatal(err)
	}
	server := registry.Start()
	defer server.Close()
	t.Chdir(toMigrate(t))
	ran, read := 0, 0
	for _, part := range strings.Split(string(data), "\n## ")[1:] {
		title, text, _ := strings.Cut(part, "\n")
		if title == "Tools to keep" {
			continue
		}
		if !strings.Contains(text, "*Different:* ") || !strings.Contains(text, "*Not here:* ") {
			t.Errorf("%s: what is different, or not here, is not said", title)
		}
		for _, row := range regexp.MustCompile(`(?m)^\| .* \| (.*) \|$`).FindAllStringSubmatch(text, -1) {
			for _, span := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
				switch code := span[1]; {
				case strings.HasPrefix(code, "publishgate"):
					ran++
					migrated(t, server.URL, strings.Fields(code)[1:])
				case regexp.MustCompile(`^[a-z-]+: `).MatchString(code) &&
					!regexp.MustCompile(`the input `+"`"+regexp.QuoteMeta(code)).MatchString(row[1]):
					read++
					if _, err := policy.Parse([]byte(code+"\n"), ""); err != nil {
						t.Errorf("%s: %s: %v", title, code, err)
					}
				}
			}
		}
	}
	if ran < 25 || read < 12 {
		t.Errorf("%d commands and %d policies", ran, read)
	}
}

// migrated runs one command of the page, which must work.
func migrated(t *testing.T, registry string, args []string) {
	t.Helper()
	command := "gate"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		command = args[0]
	}
	switch command {
	case "verify", "monitor": // want a signed package: docs/verify.md, docs/monitor.md
		var out bytes.Buffer
		if cli.Main(t.Context(), cli.Process{Args: []string{"help", command}, Stdout: &out, Stderr: &out, Now: time.Now}) != 0 {
			t.Errorf("there is no %s", command)
		}
		for _, flag := range regexp.MustCompile(` (-[a-z-]+)`).FindAllStringSubmatch(" "+strings.Join(args, " "), -1) {
			if !strings.Contains(out.String(), "\n  "+flag[1]+" ") {
				t.Errorf("publishgate %s: %s is not a flag of it", strings.Join(args, " "), flag[1])
			}
		}
		return
	case "preflight":
		args = append(args, "-registry", registry)
	case "gate":
		if !slices.Contains(args, "-advisories") && !slices.Contains(args, "-offline") {
			args = append(args, "-advisories", "npm")
		}
		args = append(args, "-registry", registry)
	}
	acts := slices.Contains(args, "-publish") || slices.Contains(args, "-sign")
	if acts && !slices.Contains(args, "-dry-run") {
		args = append(args, "-dry-run") // nothing is signed or sent here
	}
	if slices.Contains(args, "keyless") {
		args = append(args, "-identity-token", "token")
	}
	var out, errs bytes.Buffer
	code := cli.Main(t.Context(), cli.Process{Args: args, Env: []string{"NODE_AUTH_TOKEN=npm_x"}, Stdout: &out, Stderr: &errs, Now: time.Now})
	if code != 0 {
		t.Errorf("publishgate %s: exit code %d\n%s%s", strings.Join(args, " "), code, &errs, &out)
	}
}

// toMigrate makes a package that has a file of each tool.
func toMigrate(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	soon := time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	for name, text := range map[string]string{
		"package.json": `{"name": "@acme/widget", "version": "1.2.3", "license": "MIT", "main": "index.js", "files": ["index.js"],
			"publishConfig": {"access": "public"}}`,
		"package-lock.json": `{"name": "@acme/widget", "version": "1.2.3", "lockfileVersion": 3,
			"packages": {"": {"name": "@acme/widget", "version": "1.2.3", "license": "MIT"}}}`,
		"index.js": "module.exports = 1\n", "README.md": "# widget\n", "LICENSE": "MIT\n", "token": idToken("sigstore"),
		".nsprc":         `{"GHSA-35jh-r3h4-6jhm": {"active": true, "notes": "only used by the build", "expiry": "` + soon + `"}}`,
		"audit-ci.jsonc": `{"high": true, "allowlist": ["GHSA-35jh-r3h4-6jhm"]}`,
		"osv-scanner.toml": "[[IgnoredVulns]]\nid = \"GHSA-35jh-r3h4-6jhm\"\n" +
			"reason = \"only used by the build\"\n",
		".trivyignore.yaml": "vulnerabilities:\n  - id: GHSA-35jh-r3h4-6jhm\n    statement: only used by the build\n",
		".grype.yaml":       "ignore:\n  - vulnerability: GHSA-35jh-r3h4-6jhm\n    reason: only used by the build\n",
		".snyk": "version: v1.25.0\nignore:\n  GHSA-35jh-r3h4-6jhm:\n" +
			"    - '*':\n        reason: only used by the build\n",
		"pnpm-workspace.yaml":                  "auditConfig:\n  ignoreGhsas:\n    - GHSA-35jh-r3h4-6jhm\n",
		".yarnrc.yml":                          "npmAuditIgnoreAdvisories:\n  - GHSA-35jh-r3h4-6jhm\n",
		".github/dependency-review-config.yml": "fail_on_severity: high\nallow_ghsas:\n  - GHSA-35jh-r3h4-6jhm\n",
		"vex.openvex.json": `{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://acme.example/vex/1", "author": "Acme",
			"timestamp": "` + time.Now().Format(time.RFC3339) + `", "version": 1,
			"statements": []}`,
	} {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const record = `{"id": "GHSA-35jh-r3h4-6jhm", "modified": "2026-01-01T00:00:00Z", "published": "2021-05-06T00:00:00Z",
		"summary": "Command Injection in lodash", "affected": [{"package": {"ecosystem": "npm", "name": "lodash"},
		"ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "4.17.21"}]}]}]}`
	var zipped bytes.Buffer
	z := zip.NewWriter(&zipped)
	w, err := z.Create("GHSA-35jh-r3h4-6jhm.json")
	if err == nil {
		_, err = w.Write([]byte(record))
	}
	if err == nil {
		err = z.Close()
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "all.zip"), zipped.Bytes(), 0o644)
	}
	if err == nil {
		err = os.Mkdir(filepath.Join(dir, "advisory-database"), 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "advisory-database", "GHSA-35jh-r3h4-6jhm.json"), []byte(record), 0o644)
	}
	if err == nil {
		_, err = gitrepo.Init(dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
