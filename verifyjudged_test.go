package main

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// TestVerifyJudged holds a published version against the digest that the gate
// gave out, whoever published it.
func TestVerifyJudged(t *testing.T) {
	npm := registry.Start()
	defer npm.Close()
	npm.Sign()
	out := t.TempDir()
	code, said := runCLI([]string{"-out", out, "-advisories", "npm", "-registry", npm.URL, "-previous-version", "none",
		"-publish", "npm", "-access", "public", "-sign", "none", "testdata/packages/status-page"}, "NODE_AUTH_TOKEN=token")
	if code != 0 {
		t.Fatalf("exit %d\n%s", code, said)
	}
	tarball, err := os.ReadFile(filepath.Join(out, "acme-status-page-2.3.1.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	sum, other := sha512.Sum512(tarball), sha512.Sum512(append(tarball, 0))
	integrity := func(sum [64]byte) string { return "sha512-" + base64.StdEncoding.EncodeToString(sum[:]) }
	const version = "@acme/status-page@2.3.1"
	for name, c := range map[string]struct {
		change func()
		args   []string
		code   int
		says   string
	}{
		"as judged":         {nil, []string{"-integrity", integrity(sum), version}, 0, "ok       judged"},
		"in hex":            {nil, []string{"-integrity", fmt.Sprintf("%x", sum), version}, 0, "ok       judged"},
		"others":            {nil, []string{"-integrity", integrity(other), version}, 1, "FAILED   judged"},
		"no digest":         {nil, []string{"-integrity", "sha512-AAAA", version}, 2, "-integrity wants a SHA-512"},
		"another digest":    {nil, []string{"-integrity", fmt.Sprintf("%x", sum)[:64], version}, 2, "-integrity wants a SHA-512"},
		"an unset variable": {nil, []string{"-integrity", "", version}, 2, "-integrity is empty"},
		"of a folder":       {nil, []string{"-integrity", integrity(sum), "-wait", "1m", out}, 2, "-integrity goes with NAME@VERSION"},
		"no provenance":     {nil, []string{"-integrity", integrity(sum), "-repository", "acme/gate-demo", version}, 1, "FAILED   provenance"},
		"not there":         {nil, []string{"-integrity", integrity(sum), "@acme/status-page@9.9.9"}, 3, "-wait 25m waits for it"},
		"never there":       {nil, []string{"-wait", "1ms", "@acme/status-page@9.9.9"}, 3, "does not show @acme/status-page@9.9.9 after 1ms"},
		"not there yet": {func() { npm.Fail("lag", 0, 1) },
			[]string{"-integrity", integrity(sum), "-wait", "1m", version}, 0, "ok       judged"},
		"there, and others": {func() { npm.Fail("lag", 0, 1) },
			[]string{"-integrity", integrity(other), "-wait", "1m", version}, 1, "FAILED   judged"},
	} {
		if c.change != nil {
			c.change()
		}
		args := append([]string{"verify", "-registry", npm.URL}, c.args...)
		code, said := runCLI(args, "GITHUB_API_URL="+npm.URL)
		if code != c.code || !strings.Contains(said, c.says) {
			t.Errorf("%s: exit %d, expected %d and to say %q\n%s", name, code, c.code, c.says, said)
		}
		npm.Mend()
	}
}
