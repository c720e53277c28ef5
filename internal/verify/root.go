package verify

import (
	"fmt"

	"github.com/sigstore/sigstore-go/pkg/root"
)

// A Root is a trusted root: the certificate authorities, logs and timestamp
// authorities whose word counts, each with the time it was in use.
type Root struct{ material *root.TrustedRoot }

// ParseRoot reads a trusted root (trusted_root.json of protobuf-specs, as TUF
// and `cosign trusted-root create` give it).
func ParseRoot(data []byte) (*Root, error) {
	if len(data) > maxTrust {
		return nil, fmt.Errorf("trusted root is larger than %d MB", maxTrust>>20)
	}
	trusted, err := root.NewTrustedRootFromJSON(data)
	if err != nil {
		return nil, fmt.Errorf("read trusted root: %w", err)
	}
	return &Root{trusted}, nil
}
