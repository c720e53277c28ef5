package verify

import (
	"crypto"
	"errors"

	"github.com/publishgate/publishgate/internal/attest"
)

// A Signer is who must have signed: one of the two is set.
type Signer struct {
	Identity *Identity
	Key      crypto.PublicKey
}

// ErrNoSummary says that there is no summary of a verdict among bundles.
var ErrNoSummary = errors.New("there is no signed summary of a verdict (VSA)")

// Judged looks among bundles for a summary by which the gate passed the subject:
// its one subject is that one, and the signer signed it. Other bundles are no matter
// of it, nor is a summary that does not hold beside one that does. Where none holds
// the error says why the last does not.
func Judged(subject Subject, bundles [][]byte, by Signer, sum Summary, roots ...*Root) (j Judgement, err error) {
	if by.Identity == nil && by.Key == nil {
		return j, errNobody
	}
	err = ErrNoSummary
	for _, data := range bundles {
		b, bad := ParseBundle(data)
		if bad != nil || !b.Summarises() {
			continue
		}
		want := Want{Identity: by.Identity, Key: by.Key, Subject: &subject, PredicateType: attest.Summary}
		statement, checks := b.examine(subject.Name, want, roots, steps())
		if statement != nil && Worst(checks) == Verified {
			checks = append(checks, sum.judge(subject.Name, statement.Predicate, summarySteps)...)
		}
		if err = Err(checks); err == nil && statement != nil {
			return judgementOf(statement), nil
		}
	}
	return j, err
}

// SHA512 returns the digest of the bytes that were judged, in hex.
func (j Judgement) SHA512() string { return j.subject.Digests["sha512"] }

// SHA512 returns the digest in hex that the version's integrity names; "" where it
// names none, or several.
func (v Version) SHA512() string { return sha512Hex(v.Integrity) }
