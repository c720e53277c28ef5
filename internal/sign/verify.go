package sign

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"time"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/fulcio/certificate"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
)

// An Identity says whose keyless signatures are accepted. Fields are compared
// exactly: a strict-looking pattern may accept a branch named like a workflow.
// SAN and Issuer are required; other fields are ignored when empty. They are
// the certificate extensions of Fulcio's docs/oid-info.md.
type Identity struct {
	SAN    string // subject: "https://github.com/OWNER/REPO/.github/workflows/FILE@REF"
	Issuer string // the token's issuer: "https://token.actions.githubusercontent.com"

	Repository   string // source repository, "https://github.com/OWNER/REPO"
	RepositoryID string // its number, which survives a rename and is not reused for a new owner
	Commit       string // source commit
	Ref          string // "refs/tags/v1.0.0"
	Trigger      string // event that started the run, "push"
	Runner       string // "github-hosted" or "self-hosted"
	Run          string // the run and its attempt, ".../actions/runs/ID/attempts/N"
}

// VerifyKey checks that the bundle is a signature of the artifact's bytes by
// the public key (PEM). It refuses a bundle with a certificate. Log entries are
// neither needed nor checked.
func VerifyKey(bundleJSON []byte, a Artifact, publicKey []byte) error {
	key, err := cryptoutils.UnmarshalPEMToPublicKey(publicKey)
	if err != nil {
		return fmt.Errorf("public key: %w", err)
	}
	b, err := parseBundle(bundleJSON)
	if err != nil {
		return err
	}
	return verifyByKey(b, verify.WithArtifact(bytes.NewReader(a.Bytes)), key)
}

// VerifyKeyless checks that the bundle is a signature of the artifact's bytes
// (or, for an attestation, that the artifact is one of its subjects) made under
// the identity, by the rules of newVerifier and the trusted root (JSON, as
// published through TUF). It needs no network.
func VerifyKeyless(bundleJSON []byte, a Artifact, trustedRoot []byte, who Identity) error {
	trusted, err := parseTrustedRoot(trustedRoot)
	if err != nil {
		return err
	}
	b, err := parseBundle(bundleJSON)
	if err != nil {
		return err
	}
	return verifyKeyless(b, verify.WithArtifact(bytes.NewReader(a.Bytes)), trusted, who)
}

// newVerifier is the one place that defines what a bundle with a certificate
// needs: an entry in a transparency log, a time signed by a log or a timestamp
// authority and, if the trusted root has certificate logs, proof that the
// certificate was logged. sigstore-go accepts much less.
func newVerifier(trusted root.TrustedMaterial) (*verify.Verifier, error) {
	options := []verify.VerifierOption{
		verify.WithTransparencyLog(1),
		verify.WithObserverTimestamps(1),
	}
	if len(trusted.CTLogs()) > 0 {
		options = append(options, verify.WithSignedCertificateTimestamps(1))
	}
	return verify.NewVerifier(trusted, options...)
}

func verifyKeyless(b verify.SignedEntity, artifact verify.ArtifactPolicyOption, trusted root.TrustedMaterial,
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

func (who Identity) match() (verify.CertificateIdentity, error) {
	if who.SAN == "" || who.Issuer == "" {
		return verify.CertificateIdentity{}, errors.New("an identity to verify against needs both a subject and an issuer")
	}
	return verify.NewCertificateIdentity(
		verify.SubjectAlternativeNameMatcher{SubjectAlternativeName: who.SAN},
		verify.IssuerMatcher{Issuer: who.Issuer},
		certificate.Extensions{
			SourceRepositoryURI:        who.Repository,
			SourceRepositoryIdentifier: who.RepositoryID,
			SourceRepositoryDigest:     who.Commit,
			SourceRepositoryRef:        who.Ref,
			BuildTrigger:               who.Trigger,
			RunnerEnvironment:          who.Runner,
			RunInvocationURI:           who.Run,
		})
}

func verifyByKey(b verify.SignedEntity, artifact verify.ArtifactPolicyOption, key crypto.PublicKey) error {
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

func parseTrustedRoot(data []byte) (*root.TrustedRoot, error) {
	if len(data) > maxTrust {
		return nil, fmt.Errorf("trusted root is larger than %d MB", maxTrust>>20)
	}
	trusted, err := root.NewTrustedRootFromJSON(data)
	if err != nil {
		return nil, fmt.Errorf("read trusted root: %w", err)
	}
	return trusted, nil
}
