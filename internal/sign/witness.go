package sign

import (
	"context"
	"errors"
	"fmt"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore-go/pkg/sign"
)

// timestamp adds signed times from as many authorities as are needed. If none is
// configured, the log's own time must suffice.
func (m *maker) timestamp(ctx context.Context, b *protobundle.Bundle, signature []byte) error {
	var stamps []*protocommon.RFC3161SignedTimestamp
	err := m.trust.tsa.each(func(address string) error {
		authority := sign.NewTimestampAuthority(&sign.TimestampAuthorityOptions{
			URL:       address,
			Timeout:   -1, // the service's
			Transport: &service{ctx: ctx, name: "tsa", base: m.transport},
		})
		stamp, err := authority.GetTimestamp(ctx, signature)
		if err != nil {
			return fmt.Errorf("timestamp signature at %s: %w", address, cause(err))
		}
		stamps = append(stamps, &protocommon.RFC3161SignedTimestamp{SignedTimestamp: stamp})
		return nil
	})
	if err != nil || len(stamps) == 0 {
		return err
	}
	b.VerificationMaterial.TimestampVerificationData = &protobundle.TimestampVerificationData{Rfc3161Timestamps: stamps}
	return nil
}

// log adds entries of as many logs as are needed for the kind of artifact.
func (m *maker) log(ctx context.Context, b *protobundle.Bundle, kind Kind) error {
	logs := m.trust.logs
	if kind == Provenance {
		logs = m.trust.provenance
	}
	return logs.each(func(l Log) error {
		log, err := l.open(ctx, m.transport)
		if err != nil {
			return err
		}
		if err := log.GetTransparencyLogEntry(ctx, m.keyPEM, b); err != nil {
			return fmt.Errorf("log signature in %s: %w", l.URL, cause(err))
		}
		return nil
	})
}

// serves says whether the artifacts can be logged here.
func (t *trust) serves(artifacts []Artifact) error {
	for _, a := range artifacts {
		if a.Kind == Provenance && t.provenance.need == 0 {
			return fmt.Errorf("sign %s: %w", a.Name, ErrNoProvenanceLog)
		}
	}
	return nil
}

// ErrNoProvenanceLog is the error for npm's provenance where no log of version 1
// is configured.
var ErrNoProvenanceLog = errors.New("npm's provenance needs a Rekor of version 1, which is not among the logs: " +
	"npm 11 cannot verify it in another")
