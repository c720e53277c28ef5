package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"fmt"
	"math/big"
	"net/url"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
)

// A forge is a Sigstore of the tests that certifies anything: an authority of
// its own and a timestamp authority. It has no logs.
type forge struct {
	*ca.VirtualSigstore
	authority *root.FulcioCertificateAuthority
	key       *ecdsa.PrivateKey
}

func newForge(t testing.TB, organization string) *forge {
	t.Helper()
	virtual, err := ca.NewVirtualSigstore()
	if err != nil {
		t.Fatal(err)
	}
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "fulcio", Organization: []string{organization}},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &forge{virtual, &root.FulcioCertificateAuthority{
		Root: certificate, ValidityPeriodStart: template.NotBefore, ValidityPeriodEnd: template.NotAfter,
	}, key}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// FulcioCertificateAuthorities, RekorLogs and CTLogs make the forge a trusted
// root.
func (f *forge) FulcioCertificateAuthorities() []root.CertificateAuthority {
	return []root.CertificateAuthority{f.authority}
}
func (f *forge) RekorLogs() map[string]*root.TransparencyLog { return nil }
func (f *forge) CTLogs() map[string]*root.TransparencyLog    { return nil }

// certify returns a certificate for the identity, as Fulcio writes it
// (docs/oid-info.md).
func (f *forge) certify(t testing.TB, who Identity, visibility string, from, to time.Time) (der []byte, key *ecdsa.PrivateKey) {
	t.Helper()
	san, err := url.Parse(who.SAN)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: from, NotAfter: to, URIs: []*url.URL{san},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}
	config := ""
	if who.Workflow != "" {
		config = who.Repository + "/" + who.Workflow + "@refs/heads/main"
	}
	for number, value := range map[int]string{
		8: who.Issuer, 11: who.Runner, 12: who.Repository, 13: who.Commit, 14: who.Ref, 15: who.RepositoryID,
		18: config, 20: who.Trigger, 21: who.Run, 22: visibility,
	} {
		if value == "" {
			continue
		}
		text, err := asn1.MarshalWithParams(value, "utf8")
		if err != nil {
			t.Fatal(err)
		}
		template.ExtraExtensions = append(template.ExtraExtensions, pkix.Extension{
			Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, number}, Value: text,
		})
	}
	key = newKey(t)
	if der, err = x509.CreateCertificate(rand.Reader, template, f.authority.Root, key.Public(), f.key); err != nil {
		t.Fatal(err)
	}
	return der, key
}

// A piece is a bundle to be made.
type piece struct {
	who        Identity
	visibility string
	from, to   time.Time         // of the certificate; zero: around now
	hint       string            // signed by the key of this name instead
	key        *ecdsa.PrivateKey // that signs; nil: a new one
	file       []byte            // a signature of a file, else
	statement  []byte            // an envelope
	signed     []byte            // what is signed in place of the statement
	kind       string            // of the envelope's payload
	noTime     bool
}

// bundle makes the piece.
func (f *forge) bundle(t testing.TB, p piece) []byte {
	t.Helper()
	if p.from.IsZero() {
		p.from, p.to = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	material := map[string]any{}
	key := p.key
	if p.hint != "" {
		if key == nil {
			key = newKey(t)
		}
		material["publicKey"] = map[string]any{"hint": p.hint}
	} else {
		var der []byte
		der, key = f.certify(t, p.who, p.visibility, p.from, p.to)
		material["certificate"] = map[string]any{"rawBytes": der}
	}
	document := map[string]any{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "verificationMaterial": material}
	var sig []byte
	if p.file != nil {
		digest := sha256.Sum256(p.file)
		sig = sign(t, key, p.file)
		document["messageSignature"] = map[string]any{
			"messageDigest": map[string]any{"algorithm": "SHA2_256", "digest": digest[:]}, "signature": sig,
		}
	} else {
		kind, signed := StatementType, p.statement
		if p.kind != "" {
			kind = p.kind
		}
		if p.signed != nil {
			signed = p.signed
		}
		sig = sign(t, key, fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(kind), kind, len(signed), signed))
		document["dsseEnvelope"] = map[string]any{
			"payload": p.statement, "payloadType": kind, "signatures": []any{map[string]any{"sig": sig}},
		}
	}
	if !p.noTime {
		stamp, err := f.TimestampResponse(sig)
		if err != nil {
			t.Fatal(err)
		}
		material["timestampVerificationData"] = map[string]any{
			"rfc3161Timestamps": []any{map[string]any{"signedTimestamp": stamp}},
		}
	}
	data, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func sign(t testing.TB, key *ecdsa.PrivateKey, message []byte) []byte {
	t.Helper()
	digest := sha256.Sum256(message)
	sig, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

// statementOf is a statement about an artifact.
func statementOf(a Artifact, predicateType, predicate string) []byte {
	is := a.digests()
	return fmt.Appendf(nil, `{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"pkg:npm/demo@1.0.0",`+
		`"digest":{"sha256":%q,"sha512":%q}}],"predicateType":%q,"predicate":%s}`, is["sha256"], is["sha512"], predicateType, predicate)
}
