// Package verify says whether a Sigstore bundle is what it claims to be: made
// by this identity or key, over these bytes, in a log and at a time that the
// trusted root vouches for; and whether evidence and published packages are
// what their bundles say.
//
// It judges and does nothing else: it writes no file, reads no environment and
// reaches the network only to fetch a trusted root from a TUF repository,
// through the client it is given. Its API takes and returns bytes; the sigstore
// libraries are used here and in package sign, which makes bundles.
package verify

import (
	"crypto"
	"errors"
	"fmt"

	"github.com/sigstore/sigstore/pkg/cryptoutils"

	"github.com/publishgate/publishgate/internal/attest"
)

// Limits on foreign input, in bytes.
const (
	maxBundle = 32 << 20 // a bundle; an attestation may contain a whole SBOM
	maxTrust  = 8 << 20  // a trusted root
)

// An Artifact is the file that a bundle is about.
type Artifact struct {
	Bytes []byte

	// SHA256 is the digest of Bytes in hex. Where Bytes is nil it stands for
	// them, which only a signature over a SHA-256 allows.
	SHA256 string

	// Statement is an in-toto statement. Where it is set the bundle must be an
	// envelope of these very bytes, which says more than that one of its
	// subjects is some file; Bytes and SHA256 are ignored.
	Statement []byte
}

// A Want is what is expected of a bundle. The signer must be set: Identity, Key
// or Keys. The other fields are not asked for when they are zero, but for a
// bundle that signs a file, whose bytes are needed.
type Want struct {
	Identity *Identity
	Key      crypto.PublicKey
	Keys     *Keys // of a registry, one of which must be named

	Artifact      *Artifact
	Subject       *Subject // stricter than Artifact, for attestations
	PredicateType string
	Summary       *Summary // asked of a verification summary; nil: nothing
}

// Verify verifies one bundle under the roots, of which the one counts that has
// the authority which issued the certificate; several do not weaken each other.
// A bundle that is signed by a key needs none, and is held against one's logs
// and authorities if there is any. It returns all checks that were made: the
// first that fails ends those on which others rest.
//
// about names the bundle in the checks.
func (b *Bundle) Verify(about string, want Want, roots ...*Root) []Check {
	statement, checks := b.examine(about, want, roots, steps())
	switch {
	case want.Summary == nil || Worst(checks) != Verified:
	case statement != nil && statement.PredicateType == attest.Summary:
		checks = append(checks, want.Summary.judge(about, statement.Predicate, summarySteps)...)
	case want.Summary.Asked():
		checks = append(checks, failed("a summary of a verdict (VSA)", "something else").check("vsa", about))
	}
	return checks
}

// ParsePublicKey reads a public key in PEM, as `cosign public-key` and openssl
// write it.
func ParsePublicKey(pem []byte) (crypto.PublicKey, error) {
	key, err := cryptoutils.UnmarshalPEMToPublicKey(pem)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	return key, nil
}

// Key checks that the bundle is a signature of the artifact (or, for an
// attestation, that the artifact is one of its subjects) by the public key. It
// refuses a bundle with a certificate. Log entries are neither needed nor
// checked.
func Key(bundleJSON []byte, a Artifact, key crypto.PublicKey) error {
	if key == nil {
		return errors.New("no public key to verify with")
	}
	b, err := ParseBundle(bundleJSON)
	if err != nil {
		return err
	}
	return Err(b.Verify("bundle", Want{Key: key, Artifact: &a}))
}

// Keyless checks that the bundle is a signature of the artifact (or, for an
// attestation, that the artifact is one of its subjects) made under the
// identity, by the trusted root. It needs no network.
func Keyless(bundleJSON []byte, a Artifact, trusted *Root, who Identity) error {
	if trusted == nil {
		return errors.New("no trusted root to verify with")
	}
	b, err := ParseBundle(bundleJSON)
	if err != nil {
		return err
	}
	return Err(b.Verify("bundle", Want{Identity: &who, Artifact: &a}, trusted))
}
