package verify

import (
	"crypto"
	"errors"
	"fmt"

	"github.com/sigstore/sigstore-go/pkg/verify"
)

// A Witness is what a bundle by a key has beside the signature: nothing is
// usual, since a key does not expire.
type Witness struct {
	Logs  int // entries in transparency logs, at least
	Times int // times of timestamp authorities, at least
}

// KeyWitnessed is Key, and the bundle has a witness that the trusted root
// vouches for.
func KeyWitnessed(bundleJSON []byte, a Artifact, key crypto.PublicKey, trusted *Root, w Witness) error {
	if key == nil || trusted == nil {
		return errors.New("no public key, or no trusted root, to verify with")
	}
	b, err := ParseBundle(bundleJSON)
	if err != nil {
		return err
	}
	e := examination{entity: b.entity, want: Want{Key: key, Artifact: &a}, root: trusted}
	if err := Err(b.Verify("bundle", e.want)); err != nil {
		return err
	}
	material := e.keyMaterial()
	if w.Logs > 0 {
		if _, err := verify.VerifyTlogEntry(b.entity, material, w.Logs, true); err != nil {
			return err
		}
	}
	if w.Times > 0 {
		stamps, bad, err := verify.VerifySignedTimestamp(b.entity, material)
		if err != nil {
			return err
		}
		if len(stamps) < w.Times {
			return fmt.Errorf("%d times where %d are needed: %w", len(stamps), w.Times, errors.Join(bad...))
		}
	}
	return nil
}
