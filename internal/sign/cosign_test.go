package sign

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/sigstore"
)

// TestCosign: what is signed in each way there is, cosign verifies, and refuses
// when a byte is changed.
func TestCosign(t *testing.T) {
	stack := sigstore.Start(t)
	cosign := stack.Cosign(t)
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file, altered := write("demo.tgz", tarball.Bytes), write("altered.tgz", []byte("the bytes of a Tarball"))
	trusted := write("root.json", stack.TrustedRoot)
	noLogs := editRoot(t, stack.TrustedRoot, func(root map[string]any) { root["tlogs"], root["ctlogs"] = []any{}, []any{} })
	githubRoot := write("github.json", noLogs)
	public := write("key.pub", publicOf(t, "ecdsa-p256"))

	keyless := func(change func(*Config)) Signer {
		c := stackConfig(t, stack)
		change(&c)
		signer, err := Keyless(c)
		if err != nil {
			t.Fatal(err)
		}
		return signer
	}
	byKey := func(c Config) Signer {
		c.Transport, c.Now, c.TrustedRoot = direct(t), time.Now, stack.TrustedRoot
		signer, err := Key(privateOf(t, "ecdsa-p256"), nil, c)
		if err != nil {
			t.Fatal(err)
		}
		return signer
	}
	who := []string{"--certificate-identity", release.SAN, "--certificate-oidc-issuer", release.Issuer}
	inLog := append([]string{"--trusted-root", trusted}, who...)
	stamped := []string{"--use-signed-timestamps", "--insecure-ignore-tlog"}
	key := []string{"--key", public}
	v1, v2 := Log{stack.RekorV1, 1}, Log{stack.RekorV2, 2}
	tsa := []string{stack.TSA}
	for name, test := range map[string]struct {
		signer Signer
		flags  []string
	}{
		"keyless, v1":         {keyless(func(c *Config) { c.Rekor, c.TSA = []Log{v1}, nil }), inLog},
		"keyless, v1 and tsa": {keyless(func(c *Config) { c.Rekor = []Log{v1} }), inLog},
		"keyless, v2":         {keyless(func(*Config) {}), inLog},
		"github": {keyless(func(c *Config) {
			c.Fulcio, c.Rekor, c.TSA, c.TrustedRoot = "", nil, nil, noLogs
			c.Instance, c.Server = GitHub, "https://github.com"
			c.Transport = hosts{"fulcio.githubapp.com": stack.Fulcio, "timestamp.githubapp.com": stack.TSA}
		}), slices.Concat([]string{"--trusted-root", githubRoot, "--insecure-ignore-sct"}, stamped, who)},
		"key":             {byKey(Config{}), append(key, "--insecure-ignore-tlog")},
		"key, tsa":        {byKey(Config{TSA: tsa}), slices.Concat([]string{"--trusted-root", trusted}, stamped, key)},
		"key, v1":         {byKey(Config{Rekor: []Log{v1}}), slices.Concat([]string{"--trusted-root", trusted}, key)},
		"key, v1 and tsa": {byKey(Config{Rekor: []Log{v1}, TSA: tsa}), slices.Concat([]string{"--trusted-root", trusted}, key)},
		"key, v2":         {byKey(Config{Rekor: []Log{v2}, TSA: tsa}), slices.Concat([]string{"--trusted-root", trusted}, key)},
	} {
		t.Run(name, func(t *testing.T) {
			bundles, err := test.signer(t.Context(), []Artifact{tarball, statement(Statement)})
			if err != nil {
				t.Fatal(err)
			}
			for i, command := range [][]string{{"verify-blob"}, {"verify-blob-attestation", "--type", "https://example.com/p"}} {
				bundle := filepath.Join(t.TempDir(), "bundle.json")
				if err := os.WriteFile(bundle, bundles[i].JSON, 0o600); err != nil {
					t.Fatal(err)
				}
				args := slices.Concat(command, []string{"--bundle", bundle}, test.flags)
				run := func(file string) (string, error) {
					c := exec.CommandContext(t.Context(), cosign, append(args, file)...)
					c.Env = []string{"HOME=" + dir, "PATH=/nowhere"}
					out, err := c.CombinedOutput()
					return string(out), err
				}
				if out, err := run(file); err != nil {
					t.Errorf("cosign %q: %v\n%s", args, err, out)
				}
				if out, err := run(altered); err == nil {
					t.Errorf("cosign %q accepts an altered file\n%s", args, out)
				}
			}
		})
	}
}
