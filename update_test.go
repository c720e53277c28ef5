package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// TestUpdateProcedure runs the commands of docs/update.md in their order, npm's too,
// against a registry that has the package and its dependency.
func TestUpdateProcedure(t *testing.T) {
	npm := npmFolder(t)
	page, err := os.ReadFile("docs/update.md")
	if err != nil {
		t.Fatal(err)
	}
	s := registry.Start()
	defer s.Close()
	advisories := registry.Bulk(registry.Canary)
	maps.Copy(advisories, map[string]json.RawMessage{"qs": json.RawMessage(`[{"id": 1091440, "severity": "high", "cwe": [],
		"title": "qs vulnerable to Prototype Pollution", "url": "https://github.com/advisories/GHSA-hrpp-h998-j3pp",
		"vulnerable_versions": ">=6.5.0 <6.5.3", "cvss": {"score": 7.5}}]`)})
	s.Advise(advisories)
	for _, v := range []string{"6.5.2", "6.5.3"} {
		s.Seed("qs", v, "latest", []byte(v))
	}
	if err := s.Have([]byte(`{"name": "@acme/widget", "dist-tags": {"latest": "1.2.3"}, "versions": {"1.2.2": {}, "1.2.3": {}},
		"time": {"1.2.2": "2026-01-01T00:00:00Z", "1.2.3": "2026-02-01T00:00:00Z"}}`)); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"package.json": `{"name": "@acme/widget", "version": "1.2.3", "license": "MIT", "files": ["index.js"],
			"dependencies": {"qs": "^6.5.2"}}`,
		"index.js": "module.exports = 1\n", "README.md": "# widget\n", "LICENSE": "MIT\n",
		".publishgate.yml": "versions: {supported: SECURITY.md, end-of-life: {standing: true}}\n",
		"SECURITY.md":      "## Supported versions\n\n| Version | Supported |\n| --- | --- |\n| 1.2.x | yes |\n| < 1.2 | no |\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "npm_config_registry=" + s.URL, "npm_config_audit=false",
		"npm_config_update_notifier=false", "npm_config_fund=false"}
	runNPM := func(args ...string) {
		cmd := exec.CommandContext(t.Context(), "node", append([]string{filepath.Join(npm, "bin", "npm-cli.js")}, args...)...)
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("npm %q: %v\n%s", args, err, out)
		}
		// The lockfile names the public registry, as one that npm wrote there would.
		locked, err := os.ReadFile("package-lock.json")
		if err == nil {
			err = os.WriteFile("package-lock.json", bytes.ReplaceAll(locked, []byte(s.URL), []byte("https://registry.npmjs.org/")), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	runNPM("install", "--package-lock-only", "qs@6.5.2")
	ran := 0
	for _, block := range regexp.MustCompile("(?s)\n```sh\n(.*?)\n```").FindAllSubmatch(page, -1) {
		for line := range strings.SplitSeq(string(block[1]), "\n") {
			ran++
			command, exit, _ := strings.Cut(line, "# exit ")
			args := quotedWords(command)
			if args[0] == "npm" {
				runNPM(args[1:]...)
				continue
			}
			if args = append(args[1:], "-registry", s.URL); len(args) > 2 && args[0] == "deprecate" {
				args = append(args, "-allow-private-registry")
			} else if len(args) == 2 || args[0] == "-tarball" {
				args = append(args, "-advisories", "npm")
			} else { // pack asks nobody
				args = args[:len(args)-2]
			}
			var out, errs bytes.Buffer
			code := cli.Main(t.Context(), cli.Process{Args: args, Env: []string{"NODE_AUTH_TOKEN=npm_x"}, Stdout: &out, Stderr: &errs,
				Now: time.Now})
			if exit == "" || code != int(exit[0]-'0') {
				t.Fatalf("%s: exit code %d\n%s%s", line, code, &out, &errs)
			}
			for _, staged := range s.Staged() { // the maintainer approves
				if err := s.Approve(staged.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if ran != 8 {
		t.Errorf("%d commands, expected 8", ran)
	}
	const message = "vulnerable (qs), use 1.2.4"
	for version, want := range map[string]string{"1.2.2": message, "1.2.3": message, "1.2.4": ""} {
		if got := s.Deprecated("@acme/widget", version); got != want {
			t.Errorf("%s has the deprecation %q", version, got)
		}
	}
	if s.Tags("@acme/widget")["latest"] != "1.2.4" {
		t.Errorf("dist-tags %v", s.Tags("@acme/widget"))
	}
}

// quotedWords splits a command line as a shell does, with double quotes alone.
func quotedWords(line string) (all []string) {
	for _, m := range regexp.MustCompile(`"([^"]*)"|(\S+)`).FindAllStringSubmatch(line, -1) {
		all = append(all, m[1]+m[2])
	}
	return all
}
