package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestProvenanceIsSent publishes with the provenance that the run signed, without
// any long-lived token.
func TestProvenanceIsSent(t *testing.T) {
	j := newSigningJob(t)
	out, said := j.run(t, 0, map[string]string{"INPUT_PUBLISH": "npm"})
	bundle, err := os.ReadFile(filepath.Join(out, "provenance.sigstore.json"))
	if sent := j.npm.Attested("@acme/status-page", "2.3.1"); err != nil || len(sent) == 0 {
		t.Fatalf("%v; nothing was attached to %s\n%s", err, bundle, said)
	}
	out, said = j.run(t, 0, map[string]string{"INPUT_PUBLISH": "npm"})
	noBundles(t, out)
	if !strings.Contains(said, "the registry has these very bytes") {
		t.Error(said)
	}
}

// TestProvenanceThatWouldBeRefused asks nobody to sign what the registry would
// refuse afterwards.
func TestProvenanceThatWouldBeRefused(t *testing.T) {
	j := newSigningJob(t)
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/packages/status-page")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "package.json")
	manifest, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(string(manifest), "acme/gate-demo", "Acme/gate-demo", 1)
	if err := os.WriteFile(file, []byte(other), 0o644); err != nil {
		t.Fatal(err)
	}
	changes := map[string]string{"INPUT_PUBLISH": "npm", "INPUT_DIRECTORY": dir}
	_, said := j.run(t, 1, changes)
	if !strings.Contains(said, "in this very spelling") {
		t.Error(said)
	}
	for _, server := range []string{"fulcio", "rekor", "tsa"} {
		if n := j.seen.count(server); n != 0 {
			t.Errorf("%d requests to %s", n, server)
		}
	}
	if n := len(j.npm.Puts()); n != 0 {
		t.Errorf("%d documents were sent", n)
	}

	changes["INPUT_PROVENANCE"] = "false"
	_, said = j.run(t, 0, changes)
	if !strings.Contains(said, "not sent with provenance: -provenance=false was said") ||
		len(j.npm.Attested("@acme/status-page", "2.3.1")) != 0 {
		t.Error(said)
	}
}
