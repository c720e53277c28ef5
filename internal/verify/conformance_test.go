package verify

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
)

func dataDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("PUBLISHGATE_DATA")
	if dir == "" {
		t.Skip("PUBLISHGATE_DATA is not set: no real data to test with")
	}
	return filepath.Join(dir, "sigstore")
}

func read(t testing.TB, path ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// readOr reads a file of a case, or the default that the suite's README names.
func readOr(t testing.TB, path, fallback string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return read(t, fallback)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// conformanceCases calls f for each case of the Sigstore conformance suite.
func conformanceCases(t testing.TB, f func(name string, verify func() error, bundle, artifact, trusted []byte)) {
	t.Helper()
	data := dataDir(t)
	suite := filepath.Join(data, "conformance", "bundle-verify")
	dirs, err := filepath.Glob(filepath.Join(suite, "*", "bundle.sigstore.json"))
	if err != nil || len(dirs) < 40 {
		t.Fatalf("found %d conformance cases, want at least 40 (%v)", len(dirs), err)
	}
	beacon := Identity{
		SAN:    "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main",
		Issuer: "https://token.actions.githubusercontent.com",
	}
	for _, path := range dirs {
		dir := filepath.Dir(path)
		who := beacon
		if san, err := os.ReadFile(filepath.Join(dir, "identity")); err == nil {
			who.SAN = strings.TrimSpace(string(san))
		}
		if issuer, err := os.ReadFile(filepath.Join(dir, "issuer")); err == nil {
			who.Issuer = strings.TrimSpace(string(issuer))
		}
		bundle := read(t, path)
		artifact := readOr(t, filepath.Join(dir, "artifact"), filepath.Join(suite, "a.txt"))
		trusted := readOr(t, filepath.Join(dir, "trusted_root.json"), filepath.Join(data, "root-signing", "targets", "trusted_root.json"))
		verify := func() error {
			root, err := ParseRoot(trusted)
			if err != nil {
				return err
			}
			return Keyless(bundle, Artifact{Bytes: artifact}, root, who)
		}
		if pem, err := os.ReadFile(filepath.Join(dir, "key.pub")); err == nil {
			verify = func() error {
				key, err := cryptoutils.UnmarshalPEMToPublicKey(pem)
				if err != nil {
					return err
				}
				return Key(bundle, Artifact{Bytes: artifact}, key)
			}
		}
		f(filepath.Base(dir), verify, bundle, artifact, trusted)
	}
}

func TestConformance(t *testing.T) {
	passed, failed := 0, 0
	conformanceCases(t, func(name string, verify func() error, _, _, _ []byte) {
		t.Run(name, func(t *testing.T) {
			err := verify()
			if strings.HasSuffix(name, "_fail") {
				failed++
				if err == nil {
					t.Error("verifies, must not")
				} else {
					t.Log(err)
				}
				return
			}
			passed++
			if err != nil {
				t.Errorf("does not verify: %v", err)
			}
		})
	})
	if passed == 0 || failed == 0 {
		t.Errorf("%d cases to accept and %d to refuse", passed, failed)
	}
}

// dirOrNone is dataDir for a fuzz target, which runs without the data too.
func dirOrNone() string { return os.Getenv("PUBLISHGATE_DATA") }
