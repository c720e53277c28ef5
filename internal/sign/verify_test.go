package sign

import (
	"bytes"
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
		hexDigest(t, tarball) + `"}}],"predicateType":"https://example.com/p","predicate":{}}`)
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
			err := verifyKeyless(test.entity, verify.WithArtifact(bytes.NewReader(tarball.Bytes)), test.trusted, release)
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
		if err := verifyKeyless(message, verify.WithArtifact(bytes.NewReader(tarball.Bytes)), noCTLog{virtual}, who); err == nil {
			t.Errorf("verifies as %+v", who)
		}
	}

	other, err := ca.NewVirtualSigstore()
	if err != nil {
		t.Fatal(err)
	}
	if err := verifyKeyless(message, verify.WithArtifact(bytes.NewReader(tarball.Bytes)), noCTLog{other}, release); err == nil {
		t.Error("verifies with the root of another Sigstore")
	}
}

func hexDigest(t testing.TB, a Artifact) string {
	t.Helper()
	sum, err := a.digest()
	if err != nil {
		t.Fatal(err)
	}
	const digits = "0123456789abcdef"
	var out strings.Builder
	for _, b := range sum {
		out.WriteByte(digits[b>>4])
		out.WriteByte(digits[b&15])
	}
	return out.String()
}

func TestVerifyRefuses(t *testing.T) {
	signer, err := Key(privateOf(t, "ecdsa-p256"), nil)
	if err != nil {
		t.Fatal(err)
	}
	bundles, err := signer(t.Context(), []Artifact{tarball})
	if err != nil {
		t.Fatal(err)
	}
	good := bundles[0].JSON
	public := publicOf(t, "ecdsa-p256")
	if err := VerifyKey(good, tarball, public); err != nil {
		t.Fatal(err)
	}
	edit := func(from, to string) []byte {
		changed := bytes.Replace(good, []byte(from), []byte(to), 1)
		if bytes.Equal(changed, good) {
			t.Fatalf("the bundle has no %q to change: %s", from, good)
		}
		return changed
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
		if err := VerifyKey(bundle, tarball, public); err == nil {
			t.Errorf("%s: verifies", name)
		}
		if err := VerifyKeyless(bundle, tarball, []byte(`{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`), release); err == nil {
			t.Errorf("%s: verifies keyless", name)
		}
	}
	for name, key := range map[string][]byte{"none": nil, "not pem": []byte("x"), "private": privateOf(t, "ecdsa-p256")} {
		if err := VerifyKey(good, tarball, key); err == nil {
			t.Errorf("key %s: verifies", name)
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
	if err := verifyKeyless(b, verify.WithArtifact(bytes.NewReader(tarball.Bytes)), noCTLog{virtual}, release); err == nil {
		t.Error("a key's bundle verifies keyless")
	}
}

// No input makes the verifiers panic, and none but the artifact's own bundle
// verifies.
func FuzzVerify(f *testing.F) {
	if dir := dirOrNone(); dir != "" {
		conformanceCases(f, func(_ string, _ func() error, bundle, _, _ []byte) { f.Add(bundle) })
	}
	signer, err := Key(privateOf(f, "ecdsa-p256"), nil)
	if err != nil {
		f.Fatal(err)
	}
	bundles, err := signer(f.Context(), []Artifact{tarball})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bundles[0].JSON)
	virtual, err := ca.NewVirtualSigstore()
	if err != nil {
		f.Fatal(err)
	}
	public := publicOf(f, "ecdsa-p256")
	f.Fuzz(func(t *testing.T, data []byte) {
		if VerifyKey(data, sums, public) == nil {
			t.Error("a bundle of other bytes verifies")
		}
		b, err := parseBundle(data)
		if err != nil {
			return
		}
		if verifyKeyless(b, verify.WithArtifact(bytes.NewReader(sums.Bytes)), noCTLog{virtual}, release) == nil {
			t.Error("verifies with a root that signed nothing")
		}
	})
}
