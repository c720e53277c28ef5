package watch

import (
	"context"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/publishgate/publishgate/internal/github"
	"github.com/publishgate/publishgate/internal/monitor"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/verify"
)

// An exhibit is bytes under a name and version, published or staged.
type exhibit struct {
	name, version string
	sha512        string // in hex; empty: not known before they are read
	read          func() ([]byte, error)
}

// judged finds the judgement of some bytes: in evidence, else among the attestations
// of repositories, for which the bytes are read. Evidence that is signed counts before
// evidence that is not, which anybody can write.
func (w *Watch) judged(ctx context.Context, s *Subject, x exhibit, out *seen) (j monitor.Judged, known bool, err error) {
	purl := npm.PURLOf(x.name, x.version)
	var other *monitor.Judged
	for _, e := range of(s.Evidence, x.name, x.version) {
		one, refused, err := w.evidenced(ctx, s, e, purl)
		if err != nil {
			return j, false, fmt.Errorf("the evidence %s: %w", e.shown(), err)
		}
		if refused != nil {
			out.note("the evidence %s does not count: %s", e.shown(), why(ctx, refused))
			continue
		}
		same := one.SHA512 == x.sha512 && one.Passed
		if same && one.Signed {
			return one, true, nil
		}
		if other == nil || same && (other.SHA512 != x.sha512 || !other.Passed) {
			other = &one
		}
	}
	if other != nil && other.SHA512 == x.sha512 && other.Passed {
		return *other, true, nil
	}
	if len(s.Courts) > 0 {
		data, err := x.read()
		if err != nil {
			return j, false, err
		}
		for _, c := range s.Courts {
			if j, known, err = w.attested(ctx, c, purl, data, out); known || err != nil {
				return j, known, err
			}
		}
	}
	if other != nil {
		return *other, true, nil
	}
	return j, false, nil
}

// attested looks for the judgement of some bytes among the attestations of a
// repository.
func (w *Watch) attested(ctx context.Context, c Court, purl string, data []byte, out *seen) (j monitor.Judged, known bool, err error) {
	bundles, err := github.Attestations(ctx, w.GitHub, c.Owner, c.Name, verify.Artifact{Bytes: data}.Digest())
	if err != nil {
		return j, false, err
	}
	if err := w.Trust.NeedAll(ctx, bundles...); err != nil {
		return j, false, err
	}
	sum := sha512.Sum512(data)
	j = monitor.Judged{SHA512: hex.EncodeToString(sum[:]), Passed: true, Signed: true,
		Evidence: "attestation at github.com/" + c.Owner + "/" + c.Name}
	_, err = verify.Judged(verify.Subject{Name: purl, SHA512: j.SHA512}, bundles, c.Signer, verify.Summary{Now: w.Now()}, w.Trust.Roots()...)
	if err != nil && !errors.Is(err, verify.ErrNoSummary) {
		out.note("an attestation at github.com/%s/%s about %s does not count: %s", c.Owner, c.Name, purl, why(ctx, err))
	}
	return j, err == nil, nil
}

// evidenced reads what a folder of evidence says. A signature that is there must
// hold: else the evidence is refused. Where nobody is named who must have signed, it is
// as if there were none.
func (w *Watch) evidenced(ctx context.Context, s *Subject, e Evidence, purl string) (j monitor.Judged, refused, err error) {
	j = monitor.Judged{SHA512: e.SHA512, Passed: e.Passed, Evidence: e.shown()}
	bundles, sum, err := e.signed()
	if err != nil || len(bundles) == 0 || len(s.Signers) == 0 {
		return j, nil, err
	}
	if sum.SBOM, err = e.sbom(); err != nil {
		return j, nil, err
	}
	sum.Now = w.Now()
	for _, by := range s.Signers {
		if by.Key == nil { // a key needs no root
			if err := w.Trust.NeedAll(ctx, bundles...); err != nil {
				return j, nil, err
			}
		}
		_, refused = verify.Judged(verify.Subject{Name: purl, SHA512: e.SHA512}, bundles, by, sum, w.Trust.Roots()...)
		if refused == nil {
			j.Signed = true
			return j, nil, nil
		}
	}
	return j, refused, nil
}
