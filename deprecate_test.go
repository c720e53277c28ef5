package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// deprecatedVersions are those of the package that npm and publishgate deprecate.
var deprecatedVersions = []string{"0.0.1", "0.9.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-rc.2", "1.0.0", "1.0.1-beta", "1.2.3", "1.2.4-0",
	"1.10.0", "2.0.0-rc.1", "2.0.0", "2.1.0+build.7", "3.0.0-0"}

// deprecatedRanges are ranges of each form that npm takes.
var deprecatedRanges = []string{"*", "1", "1.x", "^1.0.0", "~1.2.3", "<1.0.0", "<=1.0.0", "<1.0.0-rc.2", ">1.0.0", ">=2.0.0-rc.1",
	"1.0.0 - 2.0.0", "<1.0.0 || >=2.0.0", "1.0.0-alpha", "=1.2.3", "v1.2.3", "1.2.4-0", "2.1.0", "2.1.0+other", "^0.9.0", "^0", "~1",
	">1.2.3 <2.0.0", "<2", ">=3", "^1.0.0-alpha", "x", "7"}

// TestDeprecateAsNPM: the real npm and we deprecate the same versions and send the
// same document.
func TestDeprecateAsNPM(t *testing.T) {
	npm := npmFolder(t)
	theirs, ours := registry.Start(), registry.Start()
	defer theirs.Close()
	defer ours.Close()
	home := t.TempDir()
	rc := "//" + strings.TrimPrefix(theirs.URL, "http://") + ":_authToken=npm_x\n"
	if err := os.WriteFile(filepath.Join(home, ".npmrc"), []byte(rc), 0o600); err != nil {
		t.Fatal(err)
	}
	const message = `use "4" & <more>`
	for _, text := range []string{"<1.0.0-rc.2", "1.0.0 - 2.0.0 || 3.0.0-0"} {
		for _, s := range []*registry.Server{theirs, ours} {
			s.Forget()
			if err := s.Have(manyVersions(t)); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), "node", filepath.Join(npm, "bin", "npm-cli.js"), "deprecate", "@acme/widget@"+text, message,
			"--registry", theirs.URL)
		cmd.Dir, cmd.Env = home, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "NPM_CONFIG_UPDATE_NOTIFIER=false"}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", text, err, out)
		}
		deprecateOurs(t, ours, text, message)
		if a, b := messages(theirs), messages(ours); !maps.Equal(a, b) || len(a) == 0 {
			t.Errorf("%q: npm %v, we %v", text, a, b)
		}
		if a, b := lastPut(t, theirs), lastPut(t, ours); a != b {
			t.Errorf("%q: npm sent\n%.2000s\nwe sent\n%.2000s", text, a, b)
		}
	}
}

// TestDeprecateRanges: the versions of a range are those that npm's own parser
// selects in npm deprecate (lib/commands/deprecate.js).
func TestDeprecateRanges(t *testing.T) {
	asked, err := json.Marshal(map[string]any{"ranges": deprecatedRanges, "versions": deprecatedVersions})
	if err != nil {
		t.Fatal(err)
	}
	const program = `const semver = require(process.argv[1]), q = JSON.parse(process.argv[2])
		console.log(JSON.stringify(q.ranges.map(r => q.versions.filter(v => semver.satisfies(v, r, {includePrerelease: true})))))`
	parser := filepath.Join(npmFolder(t), "node_modules", "semver")
	out, err := exec.CommandContext(t.Context(), "node", "-e", program, parser, string(asked)).Output()
	var want [][]string
	if err != nil || json.Unmarshal(out, &want) != nil {
		t.Fatalf("%v: %s", err, out)
	}
	ours := registry.Start()
	defer ours.Close()
	for i, text := range deprecatedRanges {
		ours.Forget()
		if err := ours.Have(manyVersions(t)); err != nil {
			t.Fatal(err)
		}
		deprecateOurs(t, ours, text, "old")
		got := slices.Sorted(maps.Keys(messages(ours)))
		slices.Sort(want[i])
		if !slices.Equal(got, want[i]) {
			t.Errorf("%q: npm %q, we %q", text, want[i], got)
		}
	}
}

// npmFolder returns the folder of the real npm.
func npmFolder(t *testing.T) string {
	folder := filepath.Join(os.Getenv("PUBLISHGATE_MANAGERS"), "npm11", "node_modules", "npm")
	if _, err := os.Stat(folder); os.Getenv("PUBLISHGATE_MANAGERS") == "" || err != nil {
		t.Skip("PUBLISHGATE_MANAGERS names no folder with npm 11")
	}
	return folder
}

// deprecateOurs runs publishgate deprecate, which must succeed where it has
// something to do.
func deprecateOurs(t *testing.T, s *registry.Server, text, message string) {
	t.Helper()
	before := len(s.Puts())
	var out, errs bytes.Buffer
	code := cli.Main(t.Context(), cli.Process{Args: []string{"deprecate", "@acme/widget@" + text, "-message", message, "-registry",
		s.URL, "-allow-private-registry"}, Env: []string{"NODE_AUTH_TOKEN=npm_x"}, Stdout: &out, Stderr: &errs, Now: time.Now})
	if wrote := len(s.Puts()) > before; wrote != (code == 0) || !wrote && code != 1 {
		t.Errorf("%q: exit code %d, written: %v, %s", text, code, wrote, &errs)
	}
}

// manyVersions returns the document of a package that has all of them; latest is on
// none of these, so that we leave nothing out.
func manyVersions(t *testing.T) []byte {
	doc := map[string]any{"name": "@acme/widget", "dist-tags": map[string]string{"latest": "9.9.9", "next": "3.0.0-0"}}
	versions, times := map[string]any{"9.9.9": map[string]any{}}, map[string]string{"9.9.9": "2026-01-01T00:00:00.000Z"}
	for _, v := range deprecatedVersions {
		versions[v] = map[string]any{"description": "a <b> & \u2028", "bin": "./x", "scripts": map[string]string{"test": "node --test"}}
		times[v] = "2026-01-01T00:00:00.000Z"
	}
	doc["versions"], doc["time"] = versions, times
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// messages returns the deprecations that a registry has of the versions.
func messages(s *registry.Server) map[string]string {
	all := map[string]string{}
	for _, v := range deprecatedVersions {
		if text := s.Deprecated("@acme/widget", v); text != "" {
			all[v] = text
		}
	}
	return all
}

// lastPut returns what a registry was sent last, as its values are, without what
// differs between two registries.
func lastPut(t *testing.T, s *registry.Server) string {
	t.Helper()
	all := s.Puts()
	if len(all) == 0 {
		return ""
	}
	last := all[len(all)-1]
	var doc map[string]any
	if err := json.Unmarshal(bytes.ReplaceAll(last.Body, []byte(s.URL), []byte("http://registry/")), &doc); err != nil {
		t.Fatal(err)
	}
	if doc["_rev"] == nil {
		t.Error("a document without a revision was sent")
	}
	delete(doc, "_rev") // of each registry's own
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return last.Method + " " + last.Path + " " + string(text)
}
