package verify

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/fulcio/certificate"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/publishgate/publishgate/internal/attest"
	"github.com/publishgate/publishgate/internal/strict"
)

// A Bundle is a Sigstore bundle that was read and not verified.
type Bundle struct {
	Declared string // the predicate type that a list said it has; "": it did not say
	entity   *bundle.Bundle
}

// ParseBundle reads one bundle of version 0.1, 0.2 or 0.3. An old one may carry
// a chain of certificates, of which only the first counts: the others come from
// the trusted root.
func ParseBundle(data []byte) (*Bundle, error) {
	if len(data) > maxBundle {
		return nil, fmt.Errorf("bundle is larger than %d MB", maxBundle>>20)
	}
	parsed := new(protobundle.Bundle)
	err := protojson.Unmarshal(data, parsed)
	if err != nil {
		// protobuf writes some of its spaces at random so that nobody relies on
		// them.
		err = errors.New(strings.ReplaceAll(err.Error(), "\u00a0", " "))
	} else {
		err = checkChain(parsed.GetVerificationMaterial().GetX509CertificateChain())
	}
	b := &Bundle{}
	if err == nil {
		b.entity, err = bundle.NewBundle(parsed)
	}
	if err == nil {
		err = errors.Join(checkBase64(data), checkKinds(parsed.GetVerificationMaterial().GetTlogEntries()))
	}
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	if envelope := b.entity.GetDsseEnvelope(); envelope != nil {
		if n := len(envelope.GetSignatures()); n != 1 {
			return nil, fmt.Errorf("read bundle: dsseEnvelope.signatures has %d signatures, a bundle has exactly one", n)
		}
		// protobuf-specs, sigstore_bundle.proto: both name the key.
		id, hint := envelope.GetSignatures()[0].GetKeyid(), b.Hint()
		if id != "" && hint != "" && id != hint {
			return nil, fmt.Errorf("read bundle: dsseEnvelope.signatures.keyid is %q and publicKey.hint %q", id, hint)
		}
	}
	return b, nil
}

// checkChain refuses a chain in which a certificate is not followed by the one
// that issued it. npm's bundles of version 0.1 end in the root, which the
// specification forbids; it is not believed, and does no harm there. That they are
// those of the trusted root is asked when it is known which one that is.
func checkChain(chain *protocommon.X509CertificateChain) error {
	var last *x509.Certificate
	for i, entry := range chain.GetCertificates() {
		c, err := x509.ParseCertificate(entry.GetRawBytes())
		if err != nil {
			return fmt.Errorf("x509CertificateChain: certificate %d: %w", i+1, err)
		}
		if last != nil && !bytes.Equal(last.RawIssuer, c.RawSubject) {
			return fmt.Errorf("x509CertificateChain: certificate %d did not issue the one before it", i+1)
		}
		last = c
	}
	return nil
}

// ParseBundles reads the forms in which bundles come: one bundle, JSON lines as
// `gh attestation download` writes them, and npm's list {"attestations":[…]}.
// One bad entry is an error that says which.
func ParseBundles(data []byte) ([]*Bundle, error) {
	if len(data) > maxBundle {
		return nil, fmt.Errorf("bundle is larger than %d MB", maxBundle>>20)
	}
	trimmed := bytes.TrimSpace(data)
	if end := bytes.IndexByte(trimmed, '\n'); end >= 0 && completeLine(trimmed[:end]) {
		return parseLines(trimmed)
	}
	document, err := strict.ParseWithin(trimmed, strict.Limits{Bytes: maxBundle})
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	list := document.Get("attestations")
	if list.Kind() != strict.Array {
		b, err := ParseBundle(trimmed)
		if err != nil {
			return nil, err
		}
		return []*Bundle{b}, nil
	}
	bundles := make([]*Bundle, 0, list.Len())
	for entry := range list.Elements() {
		b, err := ParseBundle(entry.Get("bundle").Raw())
		if err != nil {
			return nil, fmt.Errorf("attestation %d: %w", len(bundles)+1, err)
		}
		b.Declared = entry.Get("predicateType").Text()
		bundles = append(bundles, b)
	}
	return bundles, nil
}

// completeLine reports whether the first line is a document of its own.
func completeLine(line []byte) bool {
	_, err := strict.ParseWithin(line, strict.Limits{Bytes: maxBundle})
	return err == nil
}

func parseLines(data []byte) ([]*Bundle, error) {
	var bundles []*Bundle
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		b, err := ParseBundle(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		bundles = append(bundles, b)
	}
	return bundles, nil
}

// Hint returns the name of the public key that is said to have signed; "" for a
// bundle with a certificate.
func (b *Bundle) Hint() string { return b.entity.GetVerificationMaterial().GetPublicKey().GetHint() }

// PrivateGitHub reports whether the certificate is said to be of GitHub's own
// Sigstore, whose root is another than the public one's.
func (b *Bundle) PrivateGitHub() bool {
	content, err := b.entity.VerificationContent()
	if err != nil || content.Certificate() == nil {
		return false
	}
	in := instanceOf(content.Certificate())
	return in != nil && in.private
}

// Attests reports whether the bundle holds an in-toto statement rather than the
// signature of a file.
func (b *Bundle) Attests() bool { return b.entity.GetDsseEnvelope() != nil }

// Claims returns whom the bundle's certificate names. Nothing of it is
// verified: it is for telling the user what to expect, and for nothing else.
func (b *Bundle) Claims() (Identity, error) {
	content, err := b.entity.VerificationContent()
	if err != nil {
		return Identity{}, err
	}
	leaf := content.Certificate()
	if leaf == nil {
		return Identity{}, errors.New("it is signed by a key and names nobody")
	}
	summary, err := certificate.SummarizeCertificate(leaf)
	if err != nil {
		return Identity{}, err
	}
	return identityOf(summary), nil
}

// ClaimedStatement returns the statement in the bundle, unverified; false if it
// holds none that can be read.
func (b *Bundle) ClaimedStatement() (Statement, bool) {
	s, err := parseStatement(b.entity.GetDsseEnvelope().GetPayload())
	return s, err == nil
}

// Publishes reports whether the bundle says that it is the registry's own
// attestation of a publish, which the registry's key signs.
func (b *Bundle) Publishes() bool {
	s, ok := b.ClaimedStatement()
	return ok && s.PredicateType == PublishType && b.Hint() != ""
}

// Summarises reports whether the bundle says that it is a gate's summary.
func (b *Bundle) Summarises() bool {
	s, ok := b.ClaimedStatement()
	return ok && s.PredicateType == attest.Summary
}
