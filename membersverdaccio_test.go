package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/front"
)

// TestMembersVerdaccio publishes five members to a real registry, and the real npm
// installs the one that needs three others. Another run finds all of them there.
func TestMembersVerdaccio(t *testing.T) {
	address := front.Verdaccio(t)
	r := newMemberRelease(t, "-publish", "npm", "-deadline", "3m")
	r.at, r.advisories = address, "file:"+t.TempDir()
	r.writeAt(strings.TrimPrefix(r.advisories, "file:"), "GHSA-vh95-rmgr-6w4m.json", map[string]any{
		"schema_version": "1.6.0", "id": "GHSA-vh95-rmgr-6w4m", "modified": "2024-06-01T00:00:00Z", "published": "2020-04-03T21:48:32Z",
		"affected": []any{map[string]any{"package": map[string]string{"ecosystem": "npm", "name": "minimist"},
			"ranges": []any{map[string]any{"type": "SEMVER", "events": []any{map[string]string{"introduced": "0"},
				map[string]string{"fixed": "0.2.1"}}}}}},
		"database_specific": map[string]string{"severity": "MODERATE"}})
	r.env = []string{"NODE_AUTH_TOKEN=" + front.Login(t, address)}
	out := filepath.Join(t.TempDir(), "out")
	if code, said := r.run(out, -1, false); code != 0 || !strings.Contains(said, "published: @acme/alone@1.0.0") {
		t.Fatalf("exit %d\n%s", code, said)
	}
	home := t.TempDir()
	r.writeAt(home, "package.json", map[string]any{"private": true})
	cmd := exec.Command("npm", "install", "--ignore-scripts", "--no-audit", "--registry", address, "@acme/a-top")
	cmd.Dir, cmd.Env = home, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "npm_config_cache=" + filepath.Join(home, "cache")}
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm install: %v\n%s", err, said)
	}
	for _, name := range []string{"@acme/a-top", "@acme/left", "@acme/right", "@acme/z-base"} {
		if _, err := os.Stat(filepath.Join(home, "node_modules", name, "package.json")); err != nil {
			t.Error(err)
		}
	}
	if code, said := r.run(out, -1, false); code != 0 || !strings.Contains(said, "published before: @acme/alone@1.0.0") {
		t.Errorf("again: exit %d\n%s", code, said)
	}
}
