// Package verify says whether a Sigstore bundle is what it claims to be: made
// by this identity or key, over these bytes, in a log and at a time that the
// trusted root vouches for.
//
// It judges and does nothing else: it writes no file, reads no environment and
// reaches the network only to fetch a trusted root from a TUF repository,
// through the client it is given. Its API takes and returns bytes; the sigstore
// libraries are used here and in package sign, which makes bundles.
package verify

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/signature"
)

// Limits on foreign input, in bytes.
const (
	maxBundle = 32 << 20 // a bundle; an attestation may contain a whole SBOM
	maxTrust  = 8 << 20  // a trusted root
)

// An Artifact is the file that a bundle is about.
type Artifact struct {
	Bytes []byte

	// SHA256 is the digest of Bytes in hex, if the caller has it. Where Bytes is
	// nil it stands for them, which only a signature over a SHA-256 allows.
	SHA256 string

	// Statement is an in-toto statement. Where it is set the bundle must be an
	// envelope of these very bytes, which says more than that one of its
	// subjects is some file; Bytes and SHA256 are ignored.
	Statement []byte
}

// StatementType is the type of an envelope's payload that is an in-toto
// statement (in-toto attestation framework, spec/v1/envelope.md).
const StatementType = "application/vnd.in-toto+json"

// in returns the artifact as the library takes it.
func (a Artifact) in(b *bundle.Bundle) (verify.ArtifactPolicyOption, error) {
	if a.Statement != nil {
		envelope := b.GetDsseEnvelope()
		if envelope.GetPayloadType() != StatementType || !bytes.Equal(envelope.GetPayload(), a.Statement) {
			return nil, errors.New("its envelope does not hold the statement")
		}
		return verify.WithoutArtifactUnsafe(), nil
	}
	if a.Bytes != nil {
		return verify.WithArtifact(bytes.NewReader(a.Bytes)), nil
	}
	digest, err := hex.DecodeString(a.SHA256)
	if err != nil || len(digest) != crypto.SHA256.Size() {
		return nil, fmt.Errorf("%q is not the SHA-256 of anything", a.SHA256)
	}
	return verify.WithArtifactDigest("sha256", digest), nil
}

// Key checks that the bundle is a signature of the artifact (or, for an
// attestation, that the artifact is one of its subjects) by the public key. It
// refuses a bundle with a certificate. Log entries are neither needed nor
// checked.
func Key(bundleJSON []byte, a Artifact, key crypto.PublicKey) error {
	b, err := parseBundle(bundleJSON)
	if err != nil {
		return err
	}
	artifact, err := a.in(b)
	if err != nil {
		return err
	}
	plain, err := signature.LoadDefaultVerifier(key)
	if err != nil {
		return fmt.Errorf("public key: %w", err)
	}
	// The hint says which key signed. It is not signed itself, and the caller
	// has chosen the key.
	trusted := root.NewTrustedPublicKeyMaterial(func(string) (root.TimeConstrainedVerifier, error) {
		return root.NewExpiringKey(plain, time.Time{}, time.Time{}), nil
	})
	verifier, err := verify.NewVerifier(trusted, verify.WithNoObserverTimestamps())
	if err != nil {
		return err
	}
	_, err = verifier.Verify(b, verify.NewPolicy(artifact, verify.WithKey()))
	return err
}

// Keyless checks that the bundle is a signature of the artifact (or, for an
// attestation, that the artifact is one of its subjects) made under the
// identity, by the rules of newVerifier and the trusted root. It needs no
// network.
func Keyless(bundleJSON []byte, a Artifact, trusted *Root, who Identity) error {
	if trusted == nil {
		return errors.New("no trusted root to verify with")
	}
	b, err := parseBundle(bundleJSON)
	if err != nil {
		return err
	}
	artifact, err := a.in(b)
	if err != nil {
		return err
	}
	return keyless(b, artifact, trusted, who)
}

// newVerifier is the one place that defines what a bundle with a certificate
// needs: an entry in a transparency log, a time signed by a log or a timestamp
// authority and, if the trusted root has certificate logs, proof that the
// certificate was logged. sigstore-go accepts much less. GitHub's own Sigstore
// has no logs: there it needs the time of a timestamp authority.
func newVerifier(trusted *Root) (*verify.Verifier, error) {
	if trusted.github {
		return verify.NewVerifier(trusted.material, verify.WithSignedTimestamps(1))
	}
	options := []verify.VerifierOption{
		verify.WithTransparencyLog(1),
		verify.WithObserverTimestamps(1),
	}
	if len(trusted.material.CTLogs()) > 0 {
		options = append(options, verify.WithSignedCertificateTimestamps(1))
	}
	return verify.NewVerifier(trusted.material, options...)
}

func keyless(b verify.SignedEntity, artifact verify.ArtifactPolicyOption, trusted *Root,
	who Identity) error {
	identity, err := who.match()
	if err != nil {
		return err
	}
	verifier, err := newVerifier(trusted)
	if err != nil {
		return err
	}
	_, err = verifier.Verify(b, verify.NewPolicy(artifact, verify.WithCertificateIdentity(identity)))
	return err
}

func parseBundle(data []byte) (*bundle.Bundle, error) {
	if len(data) > maxBundle {
		return nil, fmt.Errorf("bundle is larger than %d MB", maxBundle>>20)
	}
	var b bundle.Bundle
	if err := b.UnmarshalJSON(data); err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	return &b, nil
}
