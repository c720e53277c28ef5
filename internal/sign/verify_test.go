package sign

import (
	"github.com/publishgate/publishgate/internal/verify"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
)

// An Identity is package verify's.
type Identity = verify.Identity

// VerifyKey verifies a bundle made here as a stranger would who has the public
// key (PEM).
func VerifyKey(bundle []byte, a Artifact, public []byte) error {
	key, err := cryptoutils.UnmarshalPEMToPublicKey(public)
	if err != nil {
		return err
	}
	return verify.Key(bundle, verify.Artifact{Bytes: a.Bytes}, key)
}

// VerifyKeyless verifies a bundle made here as a stranger would who has the
// trusted root.
func VerifyKeyless(bundle []byte, a Artifact, trustedRoot []byte, who Identity) error {
	root, err := verify.ParseRoot(trustedRoot)
	if err != nil {
		return err
	}
	return verify.Keyless(bundle, verify.Artifact{Bytes: a.Bytes}, root, who)
}
