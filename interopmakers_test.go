package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/attest"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// TestOthersAreVerified: what cosign, sigstore-js, npm and @actions/attest make
// is verified by `publishgate verify`, and refused with exit 1 when something in
// it is altered.
func TestOthersAreVerified(t *testing.T) {
	w := newInterop(t)
	w.verifiers = w.verifiers[:1]
	tarball := w.pack(t)
	var all []made
	for _, makes := range []func(*testing.T, string) []made{w.cosignMakes, w.sigstoreJSMakes, w.npmMakes, w.actionMakes} {
		all = append(all, makes(t, tarball)...)
	}
	w.table(t, all, nil)
}

// pack returns a tarball of the test's package.
func (w *interop) pack(t *testing.T) string {
	t.Helper()
	unsigned := maps.Clone(noServers)
	unsigned["INPUT_SIGN"] = "none"
	out, _ := w.run(t, 0, unsigned)
	return filepath.Join(out, "acme-status-page-2.3.1.tgz")
}

// signingConfig is one of cosign's, with a log of a version and an authority.
func (w *interop) signingConfig(t *testing.T, version int, tsa bool) string {
	t.Helper()
	service := func(url string, version int) []any {
		return []any{map[string]any{"url": url, "majorApiVersion": version, "operator": "test",
			"validFor": map[string]any{"start": "2024-01-01T00:00:00Z"}}}
	}
	one := map[string]any{"selector": "ANY"}
	log := map[int]string{1: w.stack.RekorV1, 2: w.stack.RekorV2}[version]
	config := map[string]any{"mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
		"caUrls": service(w.stack.Fulcio, 1), "rekorTlogUrls": service(log, version), "rekorTlogConfig": one}
	if tsa {
		config["tsaUrls"], config["tsaConfig"] = service(w.stack.TSA, 1), one
	}
	data, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(w.dir, fmt.Sprintf("signing-v%d-%v.json", version, tsa))
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// cosignMakes are the bundles of sign-blob and attest-blob, by identity and by
// key, in either log.
func (w *interop) cosignMakes(t *testing.T, tarball string) []made {
	t.Helper()
	predicate := filepath.Join(w.dir, "predicate.json")
	if err := os.WriteFile(predicate, []byte(`{"said": true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	const kind = "https://example.com/said/v1"
	var all []made
	for _, log := range []struct {
		name    string
		version int
		tsa     bool
	}{{"v1", 1, false}, {"v1 and tsa", 1, true}, {"v2 and tsa", 2, true}} {
		for _, key := range []string{"", w.key} {
			signer := []string{"--identity-token", w.stack.Issuer.Token("sigstore", nil)}
			maker, public := "cosign, "+log.name, ""
			if key != "" {
				signer, maker, public = []string{"--key", key}, "cosign by key, "+log.name, key+".pub"
			}
			for what, command := range map[string][]string{
				"signature":   {"sign-blob"},
				"attestation": {"attest-blob", "--predicate", predicate, "--type", kind},
			} {
				file := filepath.Join(t.TempDir(), "bundle.json")
				args := append(append(command, "--yes", "--bundle", file, "--trusted-root", w.root,
					"--signing-config", w.signingConfig(t, log.version, log.tsa)), signer...)
				w.tool(t, w.stack.Cosign(t), append(args, tarball)...)
				m := made{maker: maker, what: what, bundle: read(t, filepath.Dir(file), "bundle.json"), file: tarball, key: public}
				if what == "attestation" {
					m.predicate = kind
				}
				all = append(all, m)
			}
		}
	}
	return all
}

// sigstoreJSMakes are the bundles of sigstore-js, in each of its forms.
func (w *interop) sigstoreJSMakes(t *testing.T, tarball string) []made {
	t.Helper()
	script, err := filepath.Abs("testdata/interop/sign.mjs")
	if err != nil {
		t.Fatal(err)
	}
	statement := filepath.Join(w.dir, "statement.json")
	text := fmt.Sprintf(`{"_type":"https://in-toto.io/Statement/v1",`+
		`"subject":[{"name":"pkg:npm/%%40acme/status-page@2.3.1","digest":{"sha512":"%s"}}],"predicateType":%q,"predicate":{}}`,
		sha512Of(t, tarball), attest.ProvenanceV1)
	if err := os.WriteFile(statement, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	c := w.command(t, w.stack.Environ(), w.node(t, "node22"), script, filepath.Join(w.managers, "sigstore"),
		tarball, statement, out, w.stack.Fulcio, w.stack.RekorV1, w.stack.RekorV2, w.stack.TSA)
	if said := w.says(c); said != "" {
		t.Fatal(said)
	}
	var all []made
	of := made{maker: "sigstore-js", file: tarball}
	for _, form := range []string{"signature-v1", "signature-v1-tsa", "signature-v2"} {
		of.what, of.bundle = form, read(t, out, form+".json")
		all = append(all, of)
	}
	of.predicate = attest.ProvenanceV1
	for _, form := range []string{"attestation-v1", "attestation-v1-tsa", "attestation-chain"} {
		of.what, of.bundle = form, read(t, out, form+".json")
		all = append(all, of)
	}
	// It asks Rekor v2 for an entry of the type dsse, which Rekor v2 has not.
	if said := read(t, out, "attestation-v2.txt"); !strings.Contains(string(said), "invalid type, must be hashedrekord") {
		t.Errorf("of an attestation in Rekor v2 it says %s", said)
	}
	return all
}

// job is the environment of the run that the issuer's tokens are of.
func (w *interop) job() []string {
	env := w.stack.Environ()
	for name, value := range w.env {
		if name != "ACTIONS_ID_TOKEN_REQUEST_URL" && name != "ACTIONS_ID_TOKEN_REQUEST_TOKEN" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// npmMakes is the provenance of `npm publish --provenance`, whose Fulcio, Rekor
// and TUF repository are at their public addresses.
func (w *interop) npmMakes(t *testing.T, tarball string) []made {
	t.Helper()
	var all []made
	for node, npm := range map[string]string{"": "npm11", "node22": "npm12"} {
		to := registry.Start()
		defer to.Close()
		folder := filepath.Join(w.managers, npm, "node_modules/npm")
		publish := w.npm(t, to, w.job(), node, folder, "publish", tarball, "--provenance", "--access", "public")
		if said := w.says(publish); said != "" {
			t.Fatalf("%s: %s", npm, said)
		}
		bundles := to.Attested("@acme/status-page", "2.3.1")
		if len(bundles) != 1 {
			t.Fatalf("%s published %d bundles", npm, len(bundles))
		}
		all = append(all, made{
			maker: npm, what: "provenance", bundle: bundles[0], file: tarball, predicate: attest.ProvenanceV1,
		})
	}
	return all
}

// actionMakes are the bundles of @actions/attest: by the public Sigstore, and by
// GitHub's own, which has no log and no SCT.
func (w *interop) actionMakes(t *testing.T, tarball string) []made {
	t.Helper()
	script, err := filepath.Abs("testdata/interop/attest.mjs")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(tarball)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	out := t.TempDir()
	c := w.command(t, append(w.job(), w.public...), w.node(t, ""), script, filepath.Join(w.managers, "attest"),
		filepath.Base(tarball), hex.EncodeToString(sum[:]), out)
	if said := w.says(c); said != "" {
		t.Fatal(said)
	}
	var root map[string]any
	if err := json.Unmarshal(w.stack.TrustedRoot, &root); err != nil {
		t.Fatal(err)
	}
	root["tlogs"], root["ctlogs"] = []any{}, []any{}
	noLogs, err := json.Marshal(root)
	github := filepath.Join(w.dir, "github.json")
	if err == nil {
		err = os.WriteFile(github, noLogs, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	of := made{maker: "@actions/attest", file: tarball, predicate: attest.ProvenanceV1}
	public, own := of, of
	public.what, public.bundle = "public-good", read(t, out, "public-good.json")
	own.what, own.bundle, own.root = "github", read(t, out, "github.json"), github
	return []made{public, own}
}
