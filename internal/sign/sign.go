// Package sign turns bytes that were judged into Sigstore bundles (v0.3), with
// a key or keyless, and checks such bundles.
//
// A bundle leaves this package only after it has been verified here, under the
// same rules by which a stranger will verify it. The package writes no file,
// reads no environment and starts no process; addresses, credentials and the
// HTTP transport come in as values. It never weakens a signature to get one: a
// log or a timestamp authority that does not answer is an error, and no bundle.
//
// All use of the sigstore libraries stays in here; what goes in and comes out
// are bytes.
package sign

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

// mediaType of the bundles made here (protobuf-specs, sigstore_bundle.proto).
const mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"

// Limits on what is read from others.
const (
	maxBundle   = 32 << 20 // of a bundle given to verify; an attestation may carry a whole SBOM
	maxToken    = 64 << 10 // of an ID token
	maxAnswer   = 4 << 20  // of one answer of a service
	maxTrust    = 8 << 20  // of a trusted root
	maxArtifact = 64       // artifacts signed in one go
)

// An Artifact is one file to be signed: the bytes held in memory, as they were
// judged and as they will be published.
type Artifact struct {
	Name  string // shown to people and given back with the bundle; not part of what is signed
	Bytes []byte

	// SHA256 is the digest of Bytes in lower-case hex, if the caller has it
	// already; "": it is computed. A key then signs this digest without reading
	// Bytes again, so it must come from them and nowhere else.
	SHA256 string
}

// A Bundle is the signature of one artifact.
type Bundle struct {
	Name string // the artifact's
	JSON []byte // the bundle as compact JSON, ending in a newline
}

// A Signer signs the artifacts together and returns their verified bundles in
// the same order, or an error and no bundle at all.
type Signer func(ctx context.Context, artifacts []Artifact) ([]Bundle, error)

// digest returns the SHA-256 of the artifact.
func (a Artifact) digest() ([]byte, error) {
	if a.SHA256 == "" {
		sum := sha256.Sum256(a.Bytes)
		return sum[:], nil
	}
	digest, err := hex.DecodeString(a.SHA256)
	if err != nil || len(digest) != sha256.Size {
		return nil, fmt.Errorf("%q is not the SHA-256 of anything", a.SHA256)
	}
	return digest, nil
}

// checkArtifacts refuses what cannot be meant: signing nothing, or signing an
// empty file because somebody forgot to read it.
func checkArtifacts(artifacts []Artifact) error {
	if len(artifacts) == 0 {
		return errors.New("nothing to sign")
	}
	if len(artifacts) > maxArtifact {
		return fmt.Errorf("%d artifacts to sign, limit is %d", len(artifacts), maxArtifact)
	}
	for _, a := range artifacts {
		if len(a.Bytes) == 0 {
			return fmt.Errorf("%s is empty, refusing to sign it", a.Name)
		}
	}
	return nil
}

// newBundle puts a message signature into an otherwise empty bundle.
func newBundle(signature, digest []byte, algorithm protocommon.HashAlgorithm, material *protobundle.VerificationMaterial) *protobundle.Bundle {
	return &protobundle.Bundle{
		MediaType:            mediaType,
		VerificationMaterial: material,
		Content: &protobundle.Bundle_MessageSignature{MessageSignature: &protocommon.MessageSignature{
			MessageDigest: &protocommon.HashOutput{Algorithm: algorithm, Digest: digest},
			Signature:     signature,
		}},
	}
}

// encode writes the bundle as JSON. protojson puts in spaces at random so that
// nobody relies on its bytes; somebody always does, so they are taken out.
func encode(b *protobundle.Bundle) ([]byte, error) {
	loose, err := protojson.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("encode bundle: %w", err)
	}
	var out bytes.Buffer
	out.Grow(len(loose) + 1)
	if err := json.Compact(&out, loose); err != nil {
		return nil, fmt.Errorf("encode bundle: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
