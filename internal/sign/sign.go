// Package sign makes Sigstore bundles (v0.3) for bytes that were judged, with a
// key or keyless.
//
// Every bundle that leaves this package was verified, by the rules that a
// stranger will apply (package verify). The package writes no file, reads no environment and
// starts no process; addresses, credentials and the HTTP transport are
// arguments. It never produces a weaker signature instead of none: if a log or
// a timestamp authority does not answer, there is an error and no bundle.
//
// The sigstore libraries' types do not leave this package; its API takes and
// returns bytes.
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
	"google.golang.org/protobuf/encoding/protojson"
)

// mediaType is that of the bundles made here (protobuf-specs,
// sigstore_bundle.proto).
const mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"

// Limits on foreign input, in bytes unless noted.
const (
	maxToken    = 64 << 10 // an ID token
	maxAnswer   = 4 << 20  // one answer of a service
	maxArtifact = 64       // artifacts signed together (a number)

	maxSigningConfig = 1 << 20 // a signing configuration
)

// An Artifact is one file to be signed: the bytes in memory that were judged
// and will be published.
type Artifact struct {
	Name  string // shown to people and returned with the bundle; it is not signed
	Bytes []byte

	// SHA256 is the digest of Bytes in lower-case hex, if the caller has it;
	// "": it is computed. A key signs the digest of a File without reading Bytes
	// again, so it must be computed from Bytes.
	SHA256 string

	Kind Kind
}

// A Kind says what an artifact's bytes are, and so how they are signed.
type Kind int

// The kinds.
const (
	// File: a message signature over the bytes.
	File Kind = iota
	// Statement: an in-toto statement, in a DSSE envelope.
	Statement
	// Provenance: such a statement for npm. npm 11 does not verify the entry that a
	// Rekor of version 2 makes of an envelope, so this one is logged in version 1
	// only, whatever the others are logged in.
	Provenance
)

// A Bundle is the signature of one artifact.
type Bundle struct {
	Name string // the artifact's
	JSON []byte // the bundle as compact JSON, ending in a newline
	Logs int    // its entries in transparency logs; 0: it is not logged
	Time bool   // it has a time signed by a timestamp authority
}

// Witness says in words what the bundle has beside the signature: "logged, with
// a signed time".
func (b Bundle) Witness() string {
	logged := "not logged"
	switch {
	case b.Logs == 1:
		logged = "logged"
	case b.Logs > 1:
		logged = fmt.Sprintf("in %d logs", b.Logs)
	}
	switch {
	case b.Time:
		return logged + ", with a signed time"
	case b.Logs == 0:
		return logged + ", no time"
	}
	return logged
}

// A Signer signs the artifacts together and returns their verified bundles in
// the same order, or an error and no bundle at all. The error is an *OutageError
// where servers did not answer.
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

// checkArtifacts refuses obvious mistakes: signing nothing, or an empty file
// that somebody forgot to read.
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

// encode writes the bundle as JSON. protojson inserts random spaces so that
// nobody relies on its bytes; they are removed, because callers do compare
// bytes.
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
