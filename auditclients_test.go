package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// agrees holds what the gate says of the signatures of what is installed in dir
// against `npm audit signatures`, package by package: when all are good, when one is
// a signature of something else, and at last when one has none. The gate needs only
// the lockfile.
func (w *shop) agrees(t *testing.T, i int, dir string, last bool) {
	policy := filepath.Join(t.TempDir(), "policy.yml")
	text := "dependencies:\n  signatures: required\n  attestations: {require: [\"@acme/gate-demo\"], downgrade: block}\n"
	if err := os.WriteFile(policy, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	gate := map[string]string{"INPUT_DIRECTORY": dir, "INPUT_REGISTRY": w.to.URL, "INPUT_ADVISORIES": "npm:" + w.signingJob.npm.URL,
		"INPUT_POLICY": policy, "INPUT_SIGN": "none",
		"INPUT_FULCIO-URL": "", "INPUT_REKOR-URL": "", "INPUT_TIMESTAMP-SERVER-URL": "", "NODE_AUTH_TOKEN": person, "INPUT_OMIT": ""}
	both := func(want int) (ours, theirs []string) {
		t.Helper()
		out, _ := w.run(t, 1, gate) // in every case for registry-host: loopback is not https
		var verdict struct {
			LookedAt struct {
				Signatures, Attestations struct{ Verified, Missing, Invalid int }
			} `json:"looked_at"`
			Findings []struct{ Rule, Package string }
		}
		data, err := os.ReadFile(filepath.Join(out, "verdict.json"))
		if err == nil {
			err = json.Unmarshal(data, &verdict)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range verdict.Findings {
			if f.Rule == "signature-invalid" || f.Rule == "signature-missing" {
				purl, _, _ := strings.Cut(f.Package, "?") // the registry
				ours = append(ours, f.Rule[len("signature-"):]+" "+purl)
			}
		}
		if n := verdict.LookedAt.Signatures; n.Verified+n.Invalid+n.Missing != 2 || verdict.LookedAt.Attestations.Verified != 1 {
			t.Errorf("looked at %+v", verdict.LookedAt)
		}
		var audit struct {
			Invalid, Missing []struct{ Name, Version string }
		}
		said := w.says(t, i, []string{"npm_config_//" + w.to.URL[len("http://"):] + ":_authToken=" + person}, want, "audit", "signatures",
			"--json", "--prefix", dir)
		if _, document, found := strings.Cut("\n"+said, "\n{\n"); !found { // warnings stand before it
			t.Fatal(said)
		} else if err := json.Unmarshal([]byte("{\n"+document), &audit); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		for _, p := range audit.Invalid {
			theirs = append(theirs, fmt.Sprintf("invalid pkg:npm/%%40%s@%s", p.Name[1:], p.Version))
		}
		for _, p := range audit.Missing {
			theirs = append(theirs, fmt.Sprintf("missing pkg:npm/%%40%s@%s", p.Name[1:], p.Version))
		}
		slices.Sort(ours)
		slices.Sort(theirs)
		return ours, theirs
	}
	if ours, theirs := both(0); len(ours) > 0 || len(theirs) > 0 {
		t.Errorf("the gate says %q, npm %q", ours, theirs)
	}
	good := w.to.SignAs("@acme/gate-closed", "1.0.0", nil)
	if err := w.to.SignVersion("@acme/gate-closed", "1.0.0", true); err != nil {
		t.Fatal(err)
	}
	if ours, theirs := both(1); !slices.Equal(ours, theirs) || len(ours) != 1 {
		t.Errorf("the gate says %q, npm %q", ours, theirs)
	}
	if !last {
		w.to.SignAs("@acme/gate-closed", "1.0.0", good)
		return
	}
	w.to.Unsign("@acme/gate-closed", "1.0.0")
	if ours, theirs := both(1); !slices.Equal(ours, theirs) || len(ours) != 1 {
		t.Errorf("the gate says %q, npm %q", ours, theirs)
	}
}
