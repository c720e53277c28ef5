package publish

import (
	"crypto/sha512"
	"encoding/base64"

	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/tarball"
)

// A Permit allows publishing the bytes of one tarball. The zero Permit allows
// nothing, and only Allow makes another.
type Permit struct {
	integrity string // of the bytes that were judged
}

// Allow returns the permit for a tarball whose verdict passed. It is the only
// place where a verdict becomes the right to publish.
func Allow(v policy.Verdict, t *tarball.Tarball) (Permit, error) {
	if !v.Passed() {
		return Permit{}, refuse(Blocked, "verdict", "the verdict is "+v.Result.String())
	}
	if t == nil || len(t.Bytes) == 0 {
		return Permit{}, refuse(Misuse, "no-tarball", "there is no tarball to publish")
	}
	return Permit{t.Integrity}, nil
}

// covers returns why the permit does not allow to send a plan. What is staged
// already is not sent, so it needs no bundle.
func (p Permit) covers(plan *Plan, staged bool) error {
	switch {
	case plan == nil || len(plan.tarball) == 0:
		return refuse(Misuse, "no-tarball", "there is nothing to publish")
	case p.integrity == "":
		return refuse(Blocked, "verdict", "there is no passing verdict")
	case p.integrity != integrity(plan.tarball): // hashed once more: these are the bytes that are sent
		return refuse(Blocked, "verdict", "the verdict is about other bytes than these")
	case plan.Provenance && len(plan.bundle) == 0 && !staged:
		return refuse(Blocked, "provenance", "provenance was to be attached, and there is none: nothing is sent without it")
	}
	return nil
}

// integrity returns the digest of a tarball, as npm writes it.
func integrity(data []byte) string {
	sum := sha512.Sum512(data)
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}
