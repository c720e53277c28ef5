package script

import (
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
	"os"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
)

// vouch [-expired] STATEMENT IDENTITY ISSUER BUNDLE ROOT signs an in-toto statement
// under the identity, with a certificate of an authority of its own, and writes the
// bundle, and the trusted root that vouches for it. With -expired the certificate
// had expired when it signed.
func vouch(ts *testscript.TestScript, neg bool, args []string) {
	until := time.Hour
	if len(args) > 0 && args[0] == "-expired" {
		until, args = -time.Hour, args[1:]
	}
	if neg || len(args) != 5 {
		ts.Fatalf("usage: vouch [-expired] STATEMENT IDENTITY ISSUER BUNDLE ROOT")
	}
	payload := []byte(ts.ReadFile(args[0]))
	stamps, err := ca.NewVirtualSigstore()
	ts.Check(err)
	now := time.Now()
	above := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority", Organization: []string{"acme"}},
		NotBefore: now.Add(-48 * time.Hour), NotAfter: now.Add(48 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	authority, authorityKey := certify(ts, above, above, nil)
	san, err := url.Parse(args[1])
	ts.Check(err)
	issuer, err := asn1.MarshalWithParams(args[2], "utf8")
	ts.Check(err)
	leaf, key := certify(ts, &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(until), URIs: []*url.URL{san},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 8}, Value: issuer}},
	}, authority, authorityKey)

	const kind = "application/vnd.in-toto+json"
	digest := sha256.Sum256(fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(kind), kind, len(payload), payload))
	sig, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	ts.Check(err)
	stamp, err := stamps.TimestampResponse(sig)
	ts.Check(err)
	type object = map[string]any
	bundle, err := json.Marshal(object{
		"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
		"verificationMaterial": object{
			"certificate":               object{"rawBytes": leaf.Raw},
			"timestampVerificationData": object{"rfc3161Timestamps": []any{object{"signedTimestamp": stamp}}},
		},
		"dsseEnvelope": object{"payload": payload, "payloadType": kind, "signatures": []any{object{"sig": sig}}},
	})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), append(bundle, '\n'), 0o644))

	trusted, err := root.NewTrustedRoot(root.TrustedRootMediaType01, []root.CertificateAuthority{&root.FulcioCertificateAuthority{
		URI: "https://authority.example", Root: authority, ValidityPeriodStart: authority.NotBefore, ValidityPeriodEnd: authority.NotAfter,
	}}, nil, stamps.TimestampingAuthorities(), nil)
	ts.Check(err)
	text, err := trusted.MarshalJSON()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[4]), text, 0o644))
}

// certify makes a certificate, signed by the key of the one above it; nil: by its
// own.
func certify(ts *testscript.TestScript, template, above *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	if by == nil {
		by = key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, above, key.Public(), by)
	ts.Check(err)
	made, err := x509.ParseCertificate(der)
	ts.Check(err)
	return made, key
}
