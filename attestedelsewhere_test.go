package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestAttestedElsewhere: real provenance, which holds, is of a build from one
// repository, and the policy may name that one, a pattern of it, or another.
func TestAttestedElsewhere(t *testing.T) {
	w, f := newSignatureAudit(t), startFront(t, "")
	f.attested(t, w, "1.0.0", "sigstore-1.0.0.tgz", "npm-cli/valid-sigstore-attestations.json")
	dir, _ := f.install(t)
	elsewhere := func(source string) string {
		return "sigstore@1.0.0 elsewhere: its provenance is of a build from https://github.com/sigstore/sigstore-js, " +
			"and the policy wants one from " + source + "."
	}
	for _, c := range []struct{ source, want string }{
		{"github.com/sigstore/sigstore-js", good}, {"github.com/Sigstore/*", good}, // the remedies
		{"github.com/mallory/sigstore-js", elsewhere("github.com/mallory/sigstore-js")},
		{"github.com/sigstore/sigstore", elsewhere("github.com/sigstore/sigstore")},
		{"gitlab.com/sigstore/sigstore-js", elsewhere("gitlab.com/sigstore/sigstore-js")},
	} {
		policy := filepath.Join(t.TempDir(), "more.yml")
		text := fmt.Sprintf("dependencies: {attestations: {require: [\"sigstore=%s\"]}}\n", c.source)
		if err := os.WriteFile(policy, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := w.gate(t, f, dir, "-policy", policy).String(); got != c.want {
			t.Errorf("%s: the gate says %q", c.source, got)
		}
	}
}
