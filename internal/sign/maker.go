package sign

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"sync"

	"github.com/publishgate/publishgate/internal/verify"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore-go/pkg/sign"
)

// A maker makes bundles with one key.
type maker struct {
	trust     *trust // where bundles get times and entries; empty: nowhere
	transport http.RoundTripper

	// sign signs a message. digest is its SHA-256 if it is known already. It
	// returns the digest that belongs into a message signature.
	sign      func(ctx context.Context, message, digest []byte) (signature, signed []byte, err error)
	algorithm protocommon.HashAlgorithm // of that digest
	byDigest  bool                      // verifying a message signature needs no more than it, a SHA-256
	keyPEM    []byte                    // the certificate or public key, as a log takes it
	material  func() *protobundle.VerificationMaterial
	verify    func(bundle []byte, kind Kind, a verify.Artifact) error
}

// all signs the artifacts in parallel: a log takes half a second to answer and
// accepts several requests at once. A refusal ends the others, too; a server
// that is down does not.
func (m *maker) all(ctx context.Context, artifacts []Artifact) ([]Bundle, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		group   sync.WaitGroup
		lock    sync.Mutex
		refused error // the first refusal; other errors may follow from it
		down    error // the first outage
	)
	bundles := make([]Bundle, len(artifacts))
	for i, a := range artifacts {
		group.Go(func() {
			signed, err := m.one(ctx, a)
			if err == nil {
				bundles[i] = signed
				return
			}
			err = tooLarge(a, fmt.Errorf("sign %s: %w", a.Name, err))
			lock.Lock()
			defer lock.Unlock()
			switch {
			case ctx.Err() == nil && isOutage(err):
				down = first(down, err)
			default:
				refused = first(refused, err)
				cancel()
			}
		})
	}
	group.Wait()
	if refused != nil {
		return nil, refused
	}
	if down == nil {
		return bundles, nil
	}
	outage := &OutageError{Err: down}
	for _, b := range bundles {
		if b.JSON != nil {
			outage.Signed = append(outage.Signed, b)
		}
	}
	return nil, outage
}

func first(is, now error) error {
	if is != nil {
		return is
	}
	return now
}

// one makes the bundle of an artifact, and verifies it as a stranger would.
func (m *maker) one(ctx context.Context, a Artifact) (Bundle, error) {
	if err := ctx.Err(); err != nil {
		return Bundle{}, err
	}
	b, signature, digest, err := m.content(ctx, a)
	if err != nil {
		return Bundle{}, err
	}
	if err := m.timestamp(ctx, b, signature); err != nil {
		return Bundle{}, err
	}
	if err := m.log(ctx, b, a.Kind); err != nil {
		return Bundle{}, err
	}
	signed, err := encode(b)
	if err != nil {
		return Bundle{}, err
	}
	if err := m.check(signed, a, digest); err != nil {
		return Bundle{}, fmt.Errorf("the bundle just made does not verify: %w", err)
	}
	return Bundle{
		Name: a.Name, JSON: signed, Logs: len(b.VerificationMaterial.TlogEntries),
		Time: b.VerificationMaterial.TimestampVerificationData != nil,
	}, nil
}

// content signs the artifact. The bundle has neither time nor entries yet.
func (m *maker) content(ctx context.Context, a Artifact) (b *protobundle.Bundle, signature, digest []byte, err error) {
	b = &protobundle.Bundle{MediaType: mediaType, VerificationMaterial: m.material()}
	if a.Kind != File {
		envelope := sign.DSSEData{Data: a.Bytes, PayloadType: verify.StatementType}
		if signature, _, err = m.sign(ctx, envelope.PreAuthEncoding(), nil); err != nil {
			return nil, nil, nil, err
		}
		envelope.Bundle(b, signature, nil, 0)
		return b, signature, nil, nil
	}
	var known []byte
	if a.SHA256 != "" {
		if known, err = a.digest(); err != nil {
			return nil, nil, nil, err
		}
	}
	if signature, digest, err = m.sign(ctx, a.Bytes, known); err != nil {
		return nil, nil, nil, err
	}
	message := sign.PlainData{}
	message.Bundle(b, signature, digest, m.algorithm)
	return b, signature, digest, nil
}

// check verifies the bundle's bytes.
func (m *maker) check(signed []byte, a Artifact, digest []byte) error {
	switch {
	case a.Kind != File:
		return m.verify(signed, a.Kind, verify.Artifact{Statement: a.Bytes})
	case m.byDigest:
		// The digest suffices to verify a signature over a SHA-256. Reading the
		// artifact a second time is most of the cost of verifying.
		return m.verify(signed, a.Kind, verify.Artifact{SHA256: hex.EncodeToString(digest)})
	}
	return m.verify(signed, a.Kind, verify.Artifact{Bytes: a.Bytes})
}
