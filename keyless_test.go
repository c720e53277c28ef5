package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/registry"
	"github.com/publishgate/publishgate/internal/testserver/sigstore"
	"github.com/publishgate/publishgate/internal/verify"
)

// TestKeyless gates a package through the action's door, with an ID token of
// the runner, against the real Fulcio, Rekor (both versions), certificate log
// and timestamp authority, and verifies the bundles as a stranger would.
func TestKeyless(t *testing.T) {
	stack := sigstore.Start(t)
	trusted, err := verify.ParseRoot(stack.TrustedRoot)
	if err != nil {
		t.Fatal(err)
	}
	npm := registry.Start() // a complete source: on partial data nothing is signed
	defer npm.Close()
	for _, c := range []struct {
		name, rekor, version string
		tsa                  bool
	}{
		{"rekor v2", stack.RekorV2, "2", true},
		{"rekor v1", stack.RekorV1, "1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			inputs := map[string]string{
				"directory": "testdata/packages/status-page", "offline": "false", "advisories": "npm:" + npm.URL,
				"previous-version": "none", "upload-sarif": "never",
				"fulcio-url": stack.Fulcio, "rekor-url": c.rekor, "rekor-version": c.version,
				"trusted-root": stack.Path("trusted_root.json"),
			}
			if c.tsa {
				inputs["timestamp-server-url"] = stack.TSA
			}
			out := keyless(t, stack, inputs, 0)
			for _, name := range []string{"acme-status-page-2.3.1.tgz", "SHA256SUMS"} {
				artifact := verify.Artifact{Bytes: read(t, out, name)}
				bundle := read(t, out, name+".sigstore.json")
				who := verify.Identity{
					SAN:    "https://github.com/acme/gate-demo/.github/workflows/release.yml@refs/heads/main",
					Issuer: "https://token.actions.githubusercontent.com",
				}
				if err := verify.Keyless(bundle, artifact, trusted, who); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				artifact.Bytes = append(artifact.Bytes, '\n')
				if err := verify.Keyless(bundle, artifact, trusted, who); err == nil {
					t.Errorf("%s: other bytes verify", name)
				}
			}

			root := stack.Path("trusted_root.json")
			for _, v := range []struct {
				args []string
				code int
				says string
			}{
				{[]string{"-repository", "acme/gate-demo", "-trigger", "push", "-ref", "refs/heads/main", "-workflow",
					"release.yml", out}, 0, "ok       vsa-verdict"},
				{[]string{"-repository", "acme/gate-demo", "-repository-id", "1001", "-predicate-type", "https://slsa.dev/verification_summary/v1",
					"-bundle", filepath.Join(out, "vsa.sigstore.json"), filepath.Join(out, "acme-status-page-2.3.1.tgz")}, 0, "ok       vsa-result"},
				{[]string{"-repository", "acme/gate-demo", filepath.Join(out, "acme-status-page-2.3.1.tgz"),
					filepath.Join(out, "SHA256SUMS")}, 0, "ok       certificate-log"},
				{[]string{"-repository", "acme/gate-demo-fork", out}, 1, "FAILED   repository"},
				{[]string{"-repository", "acme/gate-demo", "-repository-id", "1002", out}, 1, "FAILED   repository-id"},
				{[]string{"-repository", "acme/gate-demo", "-trigger", "schedule", out}, 1, "FAILED   trigger"},
				{[]string{"-repository", "acme/gate-demo", "-runner", "self-hosted", out}, 1, "FAILED   runner"},
				{[]string{out}, 2, "-certificate-identity https://github.com/acme/gate-demo/.github/workflows/release.yml@refs/heads/main"},
			} {
				code, said := runCLI(append([]string{"verify", "-offline", "-trusted-root", root}, v.args...))
				if code != v.code || !strings.Contains(said, v.says) {
					t.Errorf("verify %q: exit %d, expected %d with %q\n%s", v.args, code, v.code, v.says, said)
				}
			}

			// cosign says the same, by the commands of docs/verify.md.
			who := []string{"--trusted-root", root, "--certificate-oidc-issuer", "https://token.actions.githubusercontent.com",
				"--certificate-identity", "https://github.com/acme/gate-demo/.github/workflows/release.yml@refs/heads/main"}
			tarball := filepath.Join(out, "acme-status-page-2.3.1.tgz")
			for _, args := range [][]string{
				{"verify-blob", "--bundle", tarball + ".sigstore.json", tarball},
				{"verify-blob-attestation", "--bundle", filepath.Join(out, "sbom.sigstore.json"), "--type", "https://cyclonedx.org/bom", tarball},
			} {
				said, err := exec.Command(filepath.Join(os.Getenv(sigstore.Variable), "cosign"), append(args, who...)...).CombinedOutput()
				if err != nil {
					t.Errorf("cosign %s: %v\n%s", args[0], err, said)
				}
			}

			// A blocked package is not signed; a server that is down is exit 3.
			inputs["directory"] = "testdata/packages/status-page-leaky"
			out = keyless(t, stack, inputs, 1)
			noBundles(t, out)
			inputs["directory"], inputs["rekor-url"] = "testdata/packages/status-page", "http://127.0.0.1:1"
			inputs["deadline"] = "5s"
			out = keyless(t, stack, inputs, 3)
			noBundles(t, out)
		})
	}
}

func keyless(t *testing.T, stack *sigstore.Stack, inputs map[string]string, want int) (out string) {
	t.Helper()
	out = t.TempDir()
	env := append(stack.Environ(), "GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=push", "GITHUB_REF=refs/heads/main",
		"GITHUB_REF_PROTECTED=true", "INPUT_OUT="+out, "INPUT_SIGN=keyless")
	for name, value := range inputs {
		env = append(env, "INPUT_"+strings.ToUpper(name)+"="+value)
	}
	var stdout, stderr bytes.Buffer
	code := cli.Main(context.Background(), cli.Process{Env: env, Stdout: &stdout, Stderr: &stderr, Now: time.Now})
	if code != want {
		t.Fatalf("exit %d, expected %d\n%s%s", code, want, &stdout, &stderr)
	}
	return out
}

func noBundles(t *testing.T, out string) {
	t.Helper()
	if found, err := filepath.Glob(filepath.Join(out, "*.sigstore.json")); err != nil || len(found) > 0 {
		t.Errorf("signed: %v %v", found, err)
	}
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
