package verify

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
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
func conformanceCases(t testing.TB, f func(name string, bundle []byte, want Want, roots []*Root, rootErr error)) {
	t.Helper()
	data := dataDir(t)
	suite := filepath.Join(data, "conformance", "bundle-verify")
	dirs, err := filepath.Glob(filepath.Join(suite, "*", "bundle.sigstore.json"))
	if err != nil || len(dirs) < 40 {
		t.Fatalf("found %d conformance cases, want at least 40 (%v)", len(dirs), err)
	}
	beacon := Identity{
		SAN: "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/" +
			"extremely-dangerous-oidc-beacon.yml@refs/heads/main",
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
		want := Want{Identity: &who, Artifact: &Artifact{Bytes: artifact}}
		var roots []*Root
		root, err := ParseRoot(trusted)
		if err != nil {
			err = fmt.Errorf("trusted-root: %w", err)
		}
		if pem, keyErr := os.ReadFile(filepath.Join(dir, "key.pub")); keyErr == nil {
			want.Identity = nil
			if want.Key, keyErr = cryptoutils.UnmarshalPEMToPublicKey(pem); keyErr != nil {
				err = fmt.Errorf("key: %w", keyErr)
			}
		} else if err == nil {
			roots = []*Root{root}
		}
		f(filepath.Base(dir), bundle, want, roots, err)
	}
}

// reasons name, for each vector that must be refused, the check that fails for
// the vector's own reason, and a part of what is found.
var reasons = map[string]string{
	"bundle-from-wrong-instance_fail": "root: CN=sigstore-intermediate,O=sigstore.dev, which none of them has",
	"bundle-malformed-json_fail":      "bundle: read bundle: proto: ",
	"bundle-negative-log-index_fail": "bundle: read bundle: validation error: validation error: " +
		"nil value in transaction log entry",
	"bundle-with-root-cert_fail":                             "bundle: read bundle: x509CertificateChain: certificate 2 did not issue",
	"checkpoint-wrong-roothash_fail":                         "log: proof root hash does not match signed tree head",
	"dsse-invalid-sig_fail":                                  "log: transparency log signature does not match",
	"dsse-mismatch-sig_fail":                                 "log: transparency log signature does not match",
	"inclusion-proof-corrupted-hash_fail":                    "log: calculated root:",
	"intoto-expired-certificate_fail":                        "root: CN=sigstore,O=sigstore.mock, which none of them has or had at that time",
	"intoto-log-entry-mismatch_fail":                         "bundle: read bundle: validation error: entry body is not a recognizable",
	"intoto-missing-inclusion-proof_fail":                    "bundle: read bundle: inclusion proof missing in bundle",
	"invalid-checkpoint-signature_fail":                      "log: signature on checkpoint did not verify",
	"invalid-ct-key_fail":                                    "certificate-log: only able to verify 0 SCT entries",
	"managed-key-wrong-key_fail":                             "key: P256 point not on curve",
	"rekor2-checkpoint-missing-log-signature_fail":           "log: verifying log entry: unverified checkpoint signature",
	"rekor2-checkpoint-missing-origin_fail":                  "log: verifying log entry: unverified checkpoint signature",
	"rekor2-checkpoint-missing-root-hash_fail":               "log: verifying log entry: unverified checkpoint signature",
	"rekor2-checkpoint-no-matching-signature_fail":           "log: verifying log entry: unverified checkpoint signature",
	"rekor2-dsse-invalid-sig_fail":                           "log: verifying log entry: verifying inclusion",
	"rekor2-dsse-mismatch-sig_fail":                          "log: verifying log entry: verifying inclusion",
	"rekor2-no-timestamp_fail":                               "time: none",
	"rekor2-timestamp-payload-mismatch_fail":                 "time: unable to verify signed timestamps: hashed messages don't match",
	"rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail": "time: unable to verify signed timestamps: certificate embedded",
	"rekor2-timestamp-with-incorrect-time_fail":              "certificate: at 2025-07-15T10:33:31Z: x509: certificate has expired",
	"set-invalid-signature_fail":                             "log: not enough verified log entries",
	"trust-root-tlog-missing-validity-start_fail":            "trusted-root: read trusted root: tlog missing public key validity period start",
	"wrong-hashedrekord-entry_fail":                          "log: transparency log signature does not match",
	"wrong-material_fail":                                    "signature: could not verify message",
}

// TestConformance gives the suite's answers, and each no for its own reason.
func TestConformance(t *testing.T) {
	accepted, refused := 0, 0
	conformanceCases(t, func(name string, bundle []byte, want Want, roots []*Root, setup error) {
		t.Run(name, func(t *testing.T) {
			if name == "rekor2-timestamp-with-incorrect-time_fail" {
				// The vector's base64 has line breaks, which no JSON form of a message
				// has; without them it fails for what it is about.
				bundle = regexp.MustCompile(`"signedTimestamp": "[^"]*"`).ReplaceAllFunc(bundle, func(field []byte) []byte {
					return bytes.ReplaceAll(field, []byte(`\n`), nil)
				})
			}
			why := ""
			b, err := ParseBundle(bundle)
			switch {
			case setup != nil:
				why = setup.Error()
			case err != nil:
				why = "bundle: " + err.Error()
			default:
				for _, c := range b.Verify("bundle", want, roots...) {
					if !c.OK {
						why = c.Name + ": " + c.Found
						break
					}
				}
			}
			reason, bad := reasons[name]
			if bad != strings.HasSuffix(name, "_fail") {
				t.Fatalf("nobody says why this vector fails: %s", why)
			}
			if bad {
				refused++
				if reason == "" || !strings.HasPrefix(why, reason) {
					t.Errorf("refused for %q, expected %q", why, reason)
				}
				return
			}
			accepted++
			if why != "" {
				t.Errorf("does not verify: %v", why)
			}
		})
	})
	if accepted < 10 || refused != len(reasons) {
		t.Errorf("%d cases accepted and %d of %d refused", accepted, refused, len(reasons))
	}
}

// dirOrNone is dataDir for a fuzz target, which runs without the data too.
func dirOrNone() string { return os.Getenv("PUBLISHGATE_DATA") }
