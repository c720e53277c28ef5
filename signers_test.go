package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/registry"
	"github.com/publishgate/publishgate/internal/testserver/sigstore"
	"github.com/publishgate/publishgate/internal/verify"
)

// TestSigners signs on a laptop, by the flags that name a Sigstore of one's own
// and a token, against the real servers.
func TestSigners(t *testing.T) {
	stack := sigstore.Start(t)
	npm := registry.Start()
	defer npm.Close()
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	service := func(address string, version int) map[string]any {
		return map[string]any{"url": address, "majorApiVersion": version, "operator": "acme",
			"validFor": map[string]string{"start": "2024-01-01T00:00:00Z"}}
	}
	config, err := json.Marshal(map[string]any{
		"mediaType":     "application/vnd.dev.sigstore.signingconfig.v0.2+json",
		"caUrls":        []any{service(stack.Fulcio, 1)},
		"rekorTlogUrls": []any{service(stack.RekorV2, 2), service(stack.RekorV1, 1)}, "rekorTlogConfig": map[string]string{"selector": "ANY"},
		"tsaUrls": []any{service(stack.TSA, 1)}, "tsaConfig": map[string]any{"selector": "EXACT", "count": 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	root, err := verify.ParseRoot(stack.TrustedRoot)
	if err != nil {
		t.Fatal(err)
	}
	signing := "-signing-config=" + write("signing_config.json", config)
	trusted := "-trusted-root=" + stack.Path("trusted_root.json")
	token := "-identity-token=" + write("token", []byte(stack.Issuer.Token("sigstore", nil)+"\n"))
	stale := "-identity-token=" + write("stale", []byte(stack.Issuer.Token("sigstore", map[string]any{
		"exp": time.Now().Add(-24 * time.Hour).Unix()})))
	elsewhere := "-identity-token=" + write("elsewhere", []byte(stack.Issuer.Token("npm:registry.npmjs.org", nil)))
	key := "-key=" + writeKey(t)
	for name, test := range map[string]struct {
		flags []string
		code  int
		says  string
	}{
		"signing config":         {[]string{"-sign=keyless", signing, trusted, token}, 0, "logged, with a signed time"},
		"signing config, pinned": {[]string{"-sign=keyless", signing, trusted, token, "-rekor-version=1"}, 0, "logged, with a signed time"},
		"expired token":          {[]string{"-sign=keyless", signing, trusted, stale}, 2, "the ID token has expired"},
		"token for npm":          {[]string{"-sign=keyless", signing, trusted, elsewhere}, 2, `for the audience`},
		"key with a time": {[]string{"-sign=key", key, trusted, "-timestamp-server-url=" + stack.TSA}, 0,
			"not logged, with a signed time"},
		"key with an entry":   {[]string{"-sign=key", key, trusted, "-rekor-url=" + stack.RekorV1}, 0, "SHA256SUMS, logged"},
		"key, signing config": {[]string{"-sign=key", key, trusted, signing}, 0, "logged, with a signed time"},
	} {
		t.Run(name, func(t *testing.T) {
			out := t.TempDir()
			args := append([]string{"-out", out, "-advisories", "npm:" + npm.URL, "-registry", npm.URL, "-previous-version", "none",
				"-deadline", "60s"}, test.flags...)
			var stdout, stderr bytes.Buffer
			code := cli.Main(context.Background(), cli.Process{
				Args: append(args, "testdata/packages/status-page"), Stdout: &stdout, Stderr: &stderr, Now: time.Now})
			if code != test.code || !strings.Contains(stdout.String()+stderr.String(), test.says) {
				t.Fatalf("exit %d, want %d and %q\n%s%s", code, test.code, test.says, &stdout, &stderr)
			}
			if code != 0 {
				noBundles(t, out)
				return
			}
			const tarball = "acme-status-page-2.3.1.tgz"
			bundle := read(t, out, tarball+".sigstore.json")
			if test.flags[0] == "-sign=key" {
				return // verified by whoever has the key, and by the gate before it left
			}
			who := verify.Identity{
				SAN:    "https://github.com/acme/gate-demo/.github/workflows/release.yml@refs/heads/main",
				Issuer: "https://token.actions.githubusercontent.com",
			}
			if err := verify.Keyless(bundle, verify.Artifact{Bytes: read(t, out, tarball)}, root, who); err != nil {
				t.Error(err)
			}
		})
	}
}
