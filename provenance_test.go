package main

import (
	"maps"
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

// TestProvenanceIsStaged stages with it: what a person approves has it.
func TestProvenanceIsStaged(t *testing.T) {
	j := newSigningJob(t)
	outputs := filepath.Join(t.TempDir(), "outputs")
	_, said := j.run(t, 0, map[string]string{"INPUT_PUBLISH": "auto", "GITHUB_OUTPUT": outputs})
	staged := j.npm.Staged()
	if len(staged) != 1 || !strings.Contains(said, "npm stage approve "+staged[0].ID) {
		t.Fatalf("%d versions are staged\n%s", len(staged), said)
	}
	if text, err := os.ReadFile(outputs); err != nil || !strings.Contains(string(text), staged[0].ID) {
		t.Errorf("the outputs are %s, %v", text, err)
	}
	if err := j.npm.Approve(staged[0].ID); err != nil {
		t.Fatal(err)
	}
	if len(j.npm.Attested("@acme/status-page", "2.3.1")) == 0 {
		t.Error("what was approved has no provenance")
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

// TestProvenanceGoesWhereItIsTaken: a registry without npm's keys has no
// attestations, and gets a bundle only if somebody insists on it.
func TestProvenanceGoesWhereItIsTaken(t *testing.T) {
	without := "not sent with provenance: the registry has no attestations"
	for _, c := range []struct {
		what    string
		keys    bool
		fault   string // in the question for the keys
		config  string // members of package.json
		changes map[string]string
		exit    int
		says    string
		bundles int
	}{
		{"keys", true, "", "", nil, 0, "", 1},
		{"no keys", false, "", "", nil, 0, without, 0},
		{"no keys, staged", false, "", "", map[string]string{"INPUT_PUBLISH": "stage"}, 0, without, 0},
		{"no keys, and a look ahead", false, "", "", map[string]string{"INPUT_DRY-RUN": "true"}, 0, without, 0},
		{"no keys, and another repository", false, "", `"repository": "acme/other",`, nil, 0, without, 0},
		{"no list of them", true, "keys-says=200 none", "", nil, 3, "no list of them", 0},
		{"refused", true, "keys-403", "", nil, 0, without, 0},
		{"no such call", true, "keys-501", "", nil, 0, without, 0},
		{"down", true, "keys-503-retry=31536000", "", nil, 3, "-provenance=false", 0},
		{"a page", true, "keys-html", "", nil, 3, "whether the registry takes provenance is not known", 0},
		{"an empty answer", true, "keys-empty", "", nil, 3, "whether the registry takes provenance is not known", 0},
		{"a bomb", true, "keys-bomb", "", nil, 3, "larger than", 0},
		{"down, and not wanted", true, "keys-503", "", map[string]string{"INPUT_PROVENANCE": "false"}, 0, "was said", 0},
		{"no keys, and insisted", false, "", "", map[string]string{"INPUT_PROVENANCE": "true"}, 0, "", 1},
		{"no keys, and package.json insists", false, "", `"publishConfig": {"provenance": true},`, nil, 0, "", 1},
	} {
		t.Run(c.what, func(t *testing.T) {
			j := newSigningJob(t)
			if !c.keys {
				j.npm.Fail("keys-404", 0, -1)
			}
			if c.fault != "" {
				j.npm.Fail(c.fault, 0, -1)
			}
			changes := map[string]string{"INPUT_PUBLISH": "npm"}
			maps.Copy(changes, c.changes)
			if c.config != "" {
				dir := t.TempDir()
				if err := os.CopyFS(dir, os.DirFS("testdata/packages/status-page")); err != nil {
					t.Fatal(err)
				}
				manifest := strings.Replace(string(read(t, dir, "package.json")), "{", "{"+c.config, 1)
				if strings.Contains(c.config, "repository") {
					manifest = strings.Replace(string(read(t, dir, "package.json")), "acme/gate-demo", "acme/other", 1)
				}
				if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(manifest), 0o644); err != nil {
					t.Fatal(err)
				}
				changes["INPUT_DIRECTORY"] = dir
			}
			_, said := j.run(t, c.exit, changes)
			if !strings.Contains(said, c.says) {
				t.Errorf("it does not say %q\n%s", c.says, said)
			}
			if n := len(j.npm.Attested("@acme/status-page", "2.3.1")); n != c.bundles {
				t.Errorf("%d bundles\n%s", n, said)
			}
			if n := strings.Count(j.npm.Log(), "\n") - strings.Count(j.npm.Log(), "/bulk\n"); c.changes["INPUT_DRY-RUN"] != "" && n > 4 {
				t.Errorf("%d requests ahead\n%s", n, j.npm.Log())
			}
			if n := j.seen.count("fulcio"); c.exit == 3 && n != 0 {
				t.Errorf("%d requests to Fulcio", n)
			}
		})
	}
}

// TestProvenanceThatThePolicyAsksFor: publish.provenance lets nothing out without,
// and what stands against it shows before anything is signed.
func TestProvenanceThatThePolicyAsksFor(t *testing.T) {
	both := []string{"required", "when-public"}
	sign := func(how string) map[string]string {
		return map[string]string{"INPUT_SIGN": how, "INPUT_FULCIO-URL": "", "INPUT_REKOR-URL": "", "INPUT_TIMESTAMP-SERVER-URL": "",
			"INPUT_TRUSTED-ROOT": ""}
	}
	const private = "npm has it of public repositories alone"
	for _, c := range []struct {
		what    string
		asks    []string
		changes map[string]string
		fault   string         // of the registry
		claims  map[string]any // of the ID token
		exit    int
		says    string
		bundles int
	}{
		{"with it", both, nil, "", nil, 0, "", 1},
		{"staged with it", both, map[string]string{"INPUT_PUBLISH": "stage"}, "", nil, 0, "", 1},
		{"looked at ahead", both, map[string]string{"INPUT_DRY-RUN": "true"}, "", nil, 0, "", 0},
		{"said to be without", both, map[string]string{"INPUT_PROVENANCE": "false"}, "", nil, 1, "Leave out -provenance=false.", 0},
		{"nothing is signed", both, sign("none"), "", nil, 1, "Sign with -sign keyless.", 0},
		{"GitHub's own Sigstore", both, sign("github"), "", nil, 1, "Sign with -sign keyless.", 0},
		{"a registry without", both, nil, "keys-404", nil, 1, "insist with -provenance=true", 0},
		{"and it is insisted", both, map[string]string{"INPUT_PROVENANCE": "true"}, "keys-404", nil, 0, "", 1},
		{"a private repository", both, map[string]string{"INPUT_PUBLIC-LOG": "true"}, "", map[string]any{"repository_visibility": "private"}, 1,
			private, 0},
		{"a restricted package", []string{"required"}, map[string]string{"INPUT_ACCESS": "restricted"}, "", nil, 1,
			"provenance: when-public", 0},
		{"ignored", []string{"ignore"}, map[string]string{"INPUT_PROVENANCE": "false"}, "", nil, 0, "", 0},
	} {
		for _, asks := range c.asks {
			t.Run(c.what+", "+asks, func(t *testing.T) {
				j := newSigningJob(t)
				if c.fault != "" {
					j.npm.Fail(c.fault, 0, -1)
				}
				j.stack.Issuer.Set(c.claims)
				policy := filepath.Join(t.TempDir(), "policy.yml")
				if err := os.WriteFile(policy, []byte("publish: {provenance: "+asks+"}\n"), 0o644); err != nil {
					t.Fatal(err)
				}
				changes := map[string]string{"INPUT_PUBLISH": "npm", "INPUT_POLICY": policy}
				maps.Copy(changes, c.changes)
				_, said := j.run(t, c.exit, changes)
				if !strings.Contains(said, c.says) || strings.Contains(said, "publish-provenance") != (c.exit == 1) {
					t.Errorf("it does not say %q\n%s", c.says, said)
				}
				if staged := j.npm.Staged(); len(staged) == 1 {
					if err := j.npm.Approve(staged[0].ID); err != nil {
						t.Fatal(err)
					}
				}
				if n := len(j.npm.Attested("@acme/status-page", "2.3.1")); n != c.bundles {
					t.Errorf("%d bundles\n%s", n, said)
				}
				if n := j.seen.count("fulcio") + j.seen.count("rekor"); c.exit == 1 && n+len(j.npm.Puts()) != 0 {
					t.Errorf("%d requests to sign, %d documents", n, len(j.npm.Puts()))
				}
			})
		}
	}

	// A server that is down, and a policy that degrades: not without provenance.
	j := newSigningJob(t)
	policy := filepath.Join(t.TempDir(), "policy.yml")
	if err := os.WriteFile(policy, []byte("publish: {provenance: required}\nsigning: {outage: degrade}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	down := map[string]string{"INPUT_PUBLISH": "npm", "INPUT_POLICY": policy, "INPUT_FULCIO-URL": "http://127.0.0.1:1/"}
	_, said := j.run(t, 3, down)
	if !strings.Contains(said, "publish.provenance of the policy asks for provenance, and none could be made") || len(j.npm.Puts()) != 0 {
		t.Errorf("%d documents\n%s", len(j.npm.Puts()), said)
	}
	j.run(t, 0, map[string]string{"INPUT_PUBLISH": "npm", "INPUT_POLICY": policy})
	out, _ := j.run(t, 0, map[string]string{"INPUT_PUBLISH": "npm", "INPUT_POLICY": policy})
	noBundles(t, out)
}

// TestProvenanceIsNotLost: a release that is sent with provenance, as the last one
// was, has lost none.
func TestProvenanceIsNotLost(t *testing.T) {
	j := newSigningJob(t)
	j.run(t, 0, map[string]string{"INPUT_PUBLISH": "npm"})
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/packages/status-page")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"package.json", "package-lock.json"} {
		text := strings.ReplaceAll(string(read(t, dir, name)), `"2.3.1"`, `"2.3.2"`)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	next := map[string]string{"INPUT_PUBLISH": "npm", "INPUT_DIRECTORY": dir, "INPUT_PREVIOUS-VERSION": "2.3.1", "INPUT_DRY-RUN": "true"}
	if _, said := j.run(t, 0, next); strings.Contains(said, "provenance-lost") {
		t.Error(said)
	}
	next["INPUT_PROVENANCE"] = "false"
	if _, said := j.run(t, 0, next); !strings.Contains(said, "provenance-lost") {
		t.Error(said)
	}
}
