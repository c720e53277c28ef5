package verify

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/sigstore/sigstore-go/pkg/testing/ca"
)

var (
	tarball = Artifact{Bytes: []byte("the bytes of a tarball")}
	sums    = Artifact{Bytes: []byte("0123  demo-1.0.0.tgz\n")}
	release = Identity{
		SAN:    "https://github.com/acme/gate-demo/.github/workflows/release.yml@refs/heads/main",
		Issuer: "https://token.actions.githubusercontent.com",
	}
)

// keySigned returns a bundle of the artifact as a key signs it, and the key.
func keySigned(t testing.TB, a Artifact) ([]byte, crypto.PublicKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(a.Bytes)
	sig, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	text := base64.StdEncoding.EncodeToString
	return fmt.Appendf(nil, `{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json",`+
		`"verificationMaterial":{"publicKey":{"hint":"x"}},"messageSignature":{"messageDigest":`+
		`{"algorithm":"SHA2_256","digest":%q},"signature":%q}}`, text(sum[:]), text(sig)), key.Public()
}

func TestVerifyRefuses(t *testing.T) {
	good, public := keySigned(t, tarball)
	if err := Key(good, tarball, public); err != nil {
		t.Fatal(err)
	}
	edit := func(from, to string) []byte {
		changed := bytes.Replace(good, []byte(from), []byte(to), 1)
		if bytes.Equal(changed, good) {
			t.Fatalf("the bundle has no %q to change: %s", from, good)
		}
		return changed
	}
	nothing, err := ParseRoot([]byte(`{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, bundle := range map[string][]byte{
		"empty":            nil,
		"not json":         []byte("hello"),
		"null":             []byte("null"),
		"empty object":     []byte("{}"),
		"array":            []byte("[]"),
		"two":              append(bytes.Clone(good), good...),
		"unknown field":    edit(`{"mediaType"`, `{"mediatype":"x","mediaType"`),
		"unknown version":  edit("v0.3", "v0.9"),
		"no signature":     edit(`"messageSignature"`, `"dsseEnvelope"`),
		"wrong algorithm":  edit("SHA2_256", "SHA2_512"),
		"unknown hash":     edit("SHA2_256", "MD5"),
		"no material":      edit(`"verificationMaterial":{"publicKey"`, `"verificationMaterial":{},"x":{"publicKey"`),
		"deep":             []byte(strings.Repeat(`{"a":`, 20000) + strings.Repeat(`}`, 20000)),
		"larger than ours": bytes.Repeat([]byte(" "), maxBundle+1),
	} {
		if err := Key(bundle, tarball, public); err == nil {
			t.Errorf("%s: verifies", name)
		}
		if err := Keyless(bundle, tarball, nothing, release); err == nil {
			t.Errorf("%s: verifies keyless", name)
		}
	}
	for name, key := range map[string]crypto.PublicKey{"none": nil, "no key": "x"} {
		if err := Key(good, tarball, key); err == nil {
			t.Errorf("key %s: verifies", name)
		}
	}
	if err := Keyless(good, tarball, nil, release); err == nil {
		t.Error("verifies with no root")
	}
	for _, digest := range []string{"", "abcd", strings.Repeat("zz", 32)} {
		if err := Key(good, Artifact{SHA256: digest}, public); err == nil {
			t.Errorf("digest %q verifies", digest)
		}
	}
}

// No input makes the verifiers panic, and none but the artifact's own bundle
// verifies.
func FuzzVerify(f *testing.F) {
	if dir := dirOrNone(); dir != "" {
		conformanceCases(f, func(_ string, bundle []byte, _ Want, _ []*Root, _ error) { f.Add(bundle) })
	}
	own, public := keySigned(f, tarball)
	f.Add(own)
	virtual, err := ca.NewVirtualSigstore()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if Key(data, sums, public) == nil {
			t.Error("a bundle of other bytes verifies")
		}
		bundles, err := ParseBundles(data)
		if err != nil {
			return
		}
		for _, b := range bundles {
			_, _ = b.Claims()
			if Worst(b.Verify("b", Want{Identity: &release, Artifact: &sums}, &Root{virtual})) != Failed {
				t.Error("verifies with a root that signed nothing")
			}
		}
	})
}
