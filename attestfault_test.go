package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAttestOfAnotherRun shows that an environment which contradicts the ID
// token signs nothing, before Fulcio hears of it.
func TestAttestOfAnotherRun(t *testing.T) {
	j := newSigningJob(t)
	for variable, value := range map[string]string{
		"GITHUB_WORKFLOW_REF":        "acme/gate-demo/.github/workflows/other.yml@refs/heads/main",
		"GITHUB_REPOSITORY_OWNER_ID": "43", "GITHUB_SHA": strings.Repeat("4", 40),
	} {
		out, said := j.run(t, 3, map[string]string{variable: value})
		noBundles(t, out)
		if !strings.Contains(said, value) {
			t.Errorf("another %s: %s", variable, said)
		}
	}
	if n := j.seen.count("fulcio"); n != 0 {
		t.Errorf("%d requests to Fulcio", n)
	}
}

// TestNoProvenanceIsSaid shows what there is no provenance of, and that all the
// rest is signed there.
func TestNoProvenanceIsSaid(t *testing.T) {
	j := newSigningJob(t)
	for _, c := range []struct {
		what    string
		claims  map[string]any
		changes map[string]string
		says    string
	}{
		{"a package of unknown access", nil, map[string]string{"INPUT_ACCESS": ""}, "nothing says that this one is"},
		{"a runner of one's own", map[string]any{"runner_environment": "self-hosted"},
			map[string]string{"RUNNER_ENVIRONMENT": "self-hosted"}, "this one is self-hosted"},
	} {
		j.stack.Issuer.Set(c.claims)
		out, said := j.run(t, 0, c.changes)
		if !strings.Contains(said, "not attested: no provenance") || !strings.Contains(said, c.says) {
			t.Errorf("%s: %s", c.what, said)
		}
		for name, want := range map[string]bool{"provenance": false, "sbom": true, "vsa": true} {
			if _, err := os.Stat(filepath.Join(out, name+".sigstore.json")); (err == nil) != want {
				t.Errorf("%s: %s is there is %v", c.what, name, err == nil)
			}
		}
	}
}

// TestOutage holds what a server that is down does: nothing goes out, unless the
// policy lets it; and then that is said first.
func TestOutage(t *testing.T) {
	j := newSigningJob(t)
	work := t.TempDir()
	policy := func(text string) map[string]string {
		file := filepath.Join(work, "policy.yml")
		if err := os.WriteFile(file, []byte("version: 1\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		return map[string]string{"INPUT_POLICY": file, "INPUT_PUBLISH": "npm", "INPUT_DEADLINE": "60s"}
	}
	const degrade = "signing: {outage: degrade}\n"
	for _, c := range []struct {
		what, server, policy string
		want                 int
		says                 string
	}{
		{"without a word in the policy", "rekor", "", 3, "not signed"},
		{"what must be signed is not", "rekor", "signing: {outage: degrade, require: [vsa]}\n", 3,
			"signing.require of the policy wants a signature of vsa"},
		{"the log is down", "rekor", degrade, 0, "passed, not signed: a server was down"},
		{"Fulcio is down", "fulcio", degrade, 0, "passed, not signed: a server was down"},
		{"a refusal is none", "fulcio-403", degrade, 3, "not signed"},
	} {
		j.seen.reset()
		server, status := c.server, 503
		if c.server == "fulcio-403" {
			server, status = "fulcio", 403
		}
		j.seen.fail(server, status)
		puts := len(j.npm.Puts())
		out, said := j.run(t, c.want, policy(c.policy))
		noBundles(t, out)
		if !strings.Contains(said, c.says) {
			t.Errorf("%s: %s", c.what, said)
		}
		if went := len(j.npm.Puts()) > puts; went != (c.want == 0) {
			t.Errorf("%s: published is %v", c.what, went)
		}
		if c.want != 0 {
			continue
		}
		var run struct {
			Acts []struct{ What, State, Text string }
		}
		if err := json.Unmarshal(read(t, out, "run.json"), &run); err != nil {
			t.Fatal(err)
		}
		if first := run.Acts[0]; first.What != "sign" || first.State != "failed" || !strings.Contains(first.Text, "the SBOM") {
			t.Errorf("%s: first in run.json is %+v", c.what, first)
		}
		j.npm.Forget()
	}
}

// TestEarlierKeyless publishes, and runs again: nothing is signed, and the
// provenance that the registry serves is verified as one of the same repository,
// whatever its run.
func TestEarlierKeyless(t *testing.T) {
	j := newSigningJob(t)
	publish := map[string]string{"INPUT_PUBLISH": "npm"}
	first, _ := j.run(t, 0, publish)
	provenance := read(t, first, "provenance.sigstore.json")
	j.npm.Store("@acme/status-page", "2.3.1", provenance)

	again := func(claims map[string]any, env map[string]string) (out, said string) {
		j.seen.reset()
		j.stack.Issuer.Set(claims)
		changes := maps.Clone(publish)
		maps.Copy(changes, env)
		out, said = j.run(t, 0, changes)
		noBundles(t, out)
		for _, server := range []string{"fulcio", "rekor", "tsa"} {
			if n := j.seen.count(server); n != 0 {
				t.Errorf("%d requests to %s by a second run", n, server)
			}
		}
		return out, said
	}
	out, said := again(map[string]any{"run_attempt": "2"}, map[string]string{"GITHUB_RUN_ATTEMPT": "2"})
	if got := read(t, out, "earlier.sigstore.jsonl"); !bytes.Equal(got, provenance) {
		t.Errorf("%s, expected the first run's provenance\n%s", got, said)
	}
	// Another repository, with the same name in another account or the same number,
	// has signed nothing of this.
	for _, other := range []map[string]string{{"repository_id": "1002"}, {"repository": "acme-evil/gate-demo"}} {
		claims, env := map[string]any{}, map[string]string{}
		for name, value := range other {
			claims[name] = value
			env["GITHUB_"+strings.ToUpper(name)] = value
		}
		if _, said := again(claims, env); !strings.Contains(said, "no attestation of an earlier run by the same signer") {
			t.Errorf("%v: %s", other, said)
		}
	}
}

// TestNoToken lists the tokens that are none: nobody is asked to sign then.
func TestNoToken(t *testing.T) {
	j := newSigningJob(t)
	tokens := filepath.Join(t.TempDir(), "policy.yml")
	if err := os.WriteFile(tokens, []byte("publish: {credential: [token]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	j.npm.Know("token-of-the-test")
	for _, c := range []struct {
		what    string
		want    int
		changes map[string]string
	}{
		{"none for the registry", 2, map[string]string{"INPUT_POLICY": tokens}},
		{"one that the registry does not accept", 3, map[string]string{"INPUT_POLICY": tokens, "NODE_AUTH_TOKEN": "another-token"}},
		{"no ID token", 2, map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": ""}},
		{"an ID token that is none", 2, map[string]string{"SIGSTORE_ID_TOKEN": "none"}},
		{"one that the runner refuses", 2, map[string]string{"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "another"}},
		{"no trusted publisher that matches", 2, nil},
	} {
		if c.changes == nil {
			j.npm.Revoke()
		}
		changes := map[string]string{"INPUT_PUBLISH": "npm"}
		maps.Copy(changes, c.changes)
		out, _ := j.run(t, c.want, changes)
		noBundles(t, out)
		for _, server := range []string{"fulcio", "rekor", "tsa"} {
			if n := j.seen.count(server); n != 0 {
				t.Errorf("%s: %d requests to %s", c.what, n, server)
			}
		}
		if n := len(j.npm.Puts()); n != 0 {
			t.Errorf("%s: %d requests that would publish", c.what, n)
		}
	}
}

// TestSBOMTooLargeForTheLog signs all the rest, and says that.
func TestSBOMTooLargeForTheLog(t *testing.T) {
	j := newSigningJob(t)
	j.seen.limit = 50_000 // the SBOM's statement is larger, all else is smaller
	out, said := j.run(t, 0, nil)
	if !strings.Contains(said, "not attested: the SBOM is too large for the log") {
		t.Error(said)
	}
	for name, want := range map[string]bool{"provenance": true, "sbom": false, "vsa": true} {
		if _, err := os.Stat(filepath.Join(out, name+".sigstore.json")); (err == nil) != want {
			t.Errorf("%s is there is %v", name, err == nil)
		}
	}
}
