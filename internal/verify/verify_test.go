package verify

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
	"github.com/sigstore/sigstore-go/pkg/tlog"
	"github.com/sigstore/sigstore-go/pkg/verify"
)

// A partial entity lacks something that newVerifier asks for.
type partial struct {
	verify.SignedEntity
	noLog, noTime bool
}

func (p partial) TlogEntries() ([]*tlog.Entry, error) {
	if p.noLog {
		return nil, nil
	}
	return p.SignedEntity.TlogEntries()
}

func (p partial) Timestamps() ([][]byte, error) {
	if p.noTime {
		return nil, nil
	}
	return p.SignedEntity.Timestamps()
}

// noCTLog is a trusted root of a Sigstore without certificate log; the virtual
// one knows a log, but has no certificate in it.
type noCTLog struct{ root.TrustedMaterial }

func (noCTLog) CTLogs() map[string]*root.TransparencyLog { return nil }

// Each row takes away one thing; without the option in newVerifier that asks for
// it, the row verifies and the test is red.
func TestVerifierOptions(t *testing.T) {
	virtual, err := ca.NewVirtualSigstore()
	if err != nil {
		t.Fatal(err)
	}
	message, err := virtual.Sign(release.SAN, release.Issuer, tarball.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	statement := []byte(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"x","digest":{"sha256":"` +
		hexDigest(tarball) + `"}}],"predicateType":"https://example.com/p","predicate":{}}`)
	// An entry of Rekor v2 has no time of its own.
	timeless, err := virtual.AttestHashedRekordV2(release.SAN, release.Issuer, statement)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		entity  verify.SignedEntity
		trusted root.TrustedMaterial
		want    string // part of the error; "": verifies
	}{
		"whole":               {message, noCTLog{virtual}, ""},
		"whole, rekor v2":     {timeless, noCTLog{virtual}, ""},
		"time from log alone": {partial{SignedEntity: message, noTime: true}, noCTLog{virtual}, ""},
		"no log":              {partial{SignedEntity: message, noLog: true}, noCTLog{virtual}, "not enough verified log entries"},
		"no log, rekor v2":    {partial{SignedEntity: timeless, noLog: true}, noCTLog{virtual}, "not enough verified log entries"},
		"no time":             {partial{SignedEntity: timeless, noTime: true}, noCTLog{virtual}, "timestamps"},
		"no sct":              {message, virtual, "signed certificate timestamp"},
	} {
		t.Run(name, func(t *testing.T) {
			err := keyless(test.entity, verify.WithArtifact(bytes.NewReader(tarball.Bytes)), &Root{material: test.trusted}, release)
			if test.want == "" && err != nil {
				t.Errorf("does not verify: %v", err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("error is %v, want one with %q", err, test.want)
			}
		})
	}

	for _, who := range []Identity{
		{},
		{SAN: release.SAN},
		{Issuer: release.Issuer},
		{SAN: release.SAN + "x", Issuer: release.Issuer},
		{SAN: release.SAN, Issuer: release.Issuer + "/"},
		{SAN: release.SAN, Issuer: release.Issuer, RepositoryID: "1001"}, // the virtual certificate has none
	} {
		if err := keyless(message, verify.WithArtifact(bytes.NewReader(tarball.Bytes)), &Root{material: noCTLog{virtual}}, who); err == nil {
			t.Errorf("verifies as %+v", who)
		}
	}

	other, err := ca.NewVirtualSigstore()
	if err != nil {
		t.Fatal(err)
	}
	if err := keyless(message, verify.WithArtifact(bytes.NewReader(tarball.Bytes)), &Root{material: noCTLog{other}}, release); err == nil {
		t.Error("verifies with the root of another Sigstore")
	}
}

var (
	tarball = Artifact{Bytes: []byte("the bytes of a tarball")}
	sums    = Artifact{Bytes: []byte("0123  demo-1.0.0.tgz\n")}
	release = Identity{
		SAN:    "https://github.com/acme/gate-demo/.github/workflows/release.yml@refs/heads/main",
		Issuer: "https://token.actions.githubusercontent.com",
	}
)

func hexDigest(a Artifact) string {
	sum := sha256.Sum256(a.Bytes)
	return hex.EncodeToString(sum[:])
}

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
	// A bundle signed with a key does not count as anybody's keyless signature.
	virtual, err := ca.NewVirtualSigstore()
	if err != nil {
		t.Fatal(err)
	}
	b, err := parseBundle(good)
	if err != nil {
		t.Fatal(err)
	}
	if err := keyless(b, verify.WithArtifact(bytes.NewReader(tarball.Bytes)), &Root{material: noCTLog{virtual}}, release); err == nil {
		t.Error("a key's bundle verifies keyless")
	}
}

// No input makes the verifiers panic, and none but the artifact's own bundle
// verifies.
func FuzzVerify(f *testing.F) {
	if dir := dirOrNone(); dir != "" {
		conformanceCases(f, func(_ string, _ func() error, bundle, _, _ []byte) { f.Add(bundle) })
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
		b, err := parseBundle(data)
		if err != nil {
			return
		}
		if keyless(b, verify.WithArtifact(bytes.NewReader(sums.Bytes)), &Root{material: noCTLog{virtual}}, release) == nil {
			t.Error("verifies with a root that signed nothing")
		}
	})
}
