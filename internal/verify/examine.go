package verify

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/sigstore/sigstore-go/pkg/fulcio/certificate"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/signature"
)

// A step is one question about a bundle.
type step struct {
	name string
	ask  func(*examination) answer
	base bool // later steps rest on it: they are not asked after it failed
}

// steps are the questions in the order in which they are asked. Nothing is
// verified that is not in this list.
func steps() []step {
	all := []step{
		{"signer", (*examination).signer, true},
		{"root", (*examination).vouch, true},
		{"log", (*examination).log, true},
		{"time", (*examination).time, true},
		{"certificate", (*examination).certificate, true},
		{"certificate-log", (*examination).certificateLog, true},
		{"key", (*examination).key, true},
		{"signature", (*examination).signature, true},
		{"statement", (*examination).readStatement, true},
		{"subject", (*examination).subject, false},
		{"predicate-type", (*examination).predicateType, false},
	}
	for _, p := range parts {
		all = append(all, p.step())
	}
	return all
}

// An examination is one bundle on its way through the steps.
type examination struct {
	entity verify.SignedEntity
	want   Want
	roots  []*Root

	leaf      *x509.Certificate // nil: signed by a key
	hint      string            // of that key
	contents  verify.VerificationContent
	signed    verify.SignatureContent
	who       Identity // of the certificate; verified only at the end
	seen      string   // visibility of the repository when it was certified
	root      *Root    // that vouches
	needs     demand
	material  root.TrustedMaterial // of the root, with the key
	times     []root.Timestamp
	chains    [][]*x509.Certificate
	statement *Statement
}

// examine asks the steps. The statement is nil unless the bundle has one that
// was signed.
func (b *Bundle) examine(about string, want Want, roots []*Root, list []step) (*Statement, []Check) {
	return examine(about, b.entity, want, roots, list)
}

func examine(about string, entity verify.SignedEntity, want Want, roots []*Root, list []step) (*Statement, []Check) {
	e := &examination{entity: entity, want: want, roots: roots}
	var checks []Check
	if err := e.open(); err != nil {
		return nil, []Check{failed("a bundle that can be read", err.Error()).check("bundle", about)}
	}
	for _, s := range list {
		a := s.ask(e)
		if a.state == "" {
			continue
		}
		checks = append(checks, a.check(s.name, about))
		if s.base && a.state != Verified && a.state != Skipped {
			return nil, checks
		}
	}
	return e.statement, checks
}

// open takes the parts out of the bundle.
func (e *examination) open() (err error) {
	if e.contents, err = e.entity.VerificationContent(); err != nil {
		return err
	}
	if e.signed, err = e.entity.SignatureContent(); err != nil {
		return err
	}
	if e.leaf = e.contents.Certificate(); e.leaf != nil {
		summary, err := certificate.SummarizeCertificate(e.leaf)
		if err != nil {
			return err
		}
		plain(e.leaf)
		e.who, e.seen = identityOf(summary), summary.SourceRepositoryVisibilityAtSigning
		return nil
	}
	if e.contents.PublicKey() == nil {
		return errors.New("it names neither a certificate nor a key")
	}
	e.hint = e.contents.PublicKey().Hint()
	return nil
}

// signer: the bundle is signed by the kind of signer that is expected.
func (e *examination) signer() answer {
	found := "the certificate of " + e.who.SAN
	if e.leaf == nil {
		found = fmt.Sprintf("the key %q", e.hint)
	}
	switch {
	case e.want.Identity != nil:
		if err := e.want.Identity.check(); err != nil {
			return failed("a certificate", err.Error())
		}
		if e.leaf == nil {
			return failed("a certificate", found)
		}
		return passed("a certificate", found)
	case e.want.Key == nil && e.want.Keys == nil:
		return failed("a key or an identity to verify with", "none")
	case e.leaf != nil:
		return failed("a key", found)
	}
	return passed("a key", found)
}

// vouch: one of the roots vouches for the signer.
func (e *examination) vouch() answer {
	const expected = "a trusted root with the authority that issued the certificate"
	if e.leaf == nil {
		e.root = e.rootOfLog()
		if e.root != nil {
			e.needs = demand{log: len(e.root.material.RekorLogs()) > 0}
		}
		e.material = e.keyMaterial()
		return answer{}
	}
	issuer := e.leaf.Issuer.String()
	for _, r := range e.roots {
		if !r.issued(e.leaf) {
			continue
		}
		e.root, e.needs, e.material = r, r.demands(e.leaf), r.material
		if why := r.cannotVouch(e.leaf, e.seen); why != "" {
			return failed(expected, fmt.Sprintf("this root cannot vouch for %s: %s", e.who.SAN, why))
		}
		return passed(expected, issuer)
	}
	if len(e.roots) == 0 {
		return failed(expected, "no trusted root at all")
	}
	return failed(expected, issuer+", which none of them has or had at that time")
}

// rootOfLog returns the root with the log of the bundle's first entry, else the
// first of all.
func (e *examination) rootOfLog() *Root {
	if len(e.roots) == 0 {
		return nil
	}
	entries, err := e.entity.TlogEntries()
	if err != nil || len(entries) == 0 {
		return e.roots[0]
	}
	id := hex.EncodeToString([]byte(entries[0].LogKeyID()))
	for _, r := range e.roots {
		if _, ok := r.material.RekorLogs()[id]; ok {
			return r
		}
	}
	return e.roots[0]
}

// log: a transparency log has an entry of this very signature.
func (e *examination) log() answer {
	if e.root == nil {
		return answer{}
	}
	const expected = "an entry in a log of the trusted root"
	entries, err := e.entity.TlogEntries()
	if err != nil {
		return failed(expected, err.Error())
	}
	if !e.needs.log && len(entries) == 0 { // one that is there and that the root cannot read is not left out
		return answer{}
	}
	times, err := verify.VerifyTlogEntry(e.entity, e.material, 1, true)
	if err != nil {
		return failed(expected, err.Error())
	}
	e.times = times
	return passed(expected, "an entry")
}

// time: a log or a timestamp authority signed when it was.
func (e *examination) time() answer {
	if e.root == nil {
		return answer{}
	}
	const expected = "a time that a log or a timestamp authority of the trusted root signed"
	stamps, bad, err := verify.VerifySignedTimestamp(e.entity, e.material)
	if err != nil {
		return failed(expected, err.Error())
	}
	for _, stamp := range stamps {
		e.times = append(e.times, *stamp)
	}
	if len(e.times) == 0 {
		return failed(expected, orNone(oneLine(errors.Join(bad...))))
	}
	var found []string
	for _, at := range e.times {
		found = append(found, at.Time.UTC().Format(time.RFC3339))
	}
	slices.Sort(found)
	return passed(expected, strings.Join(found, ", "))
}

// certificate: it was valid at each of these times.
func (e *examination) certificate() answer {
	if e.leaf == nil {
		return answer{}
	}
	expected := "a certificate that was valid when it signed"
	for _, at := range e.times {
		chains, err := e.root.chains(e.leaf, at.Time)
		if err != nil {
			return failed(expected, fmt.Sprintf("at %s: %v", at.Time.UTC().Format(time.RFC3339), err))
		}
		e.chains = chains
	}
	if n := e.foreign(); n > 0 {
		return failed("a certificate, and above it none but the trusted root's", fmt.Sprintf("certificate %d of its chain is another", n))
	}
	return passed(expected, fmt.Sprintf("valid from %s to %s", e.leaf.NotBefore.UTC().Format(time.RFC3339),
		e.leaf.NotAfter.UTC().Format(time.RFC3339)))
}

// certificateLog: a certificate log has it.
func (e *examination) certificateLog() answer {
	if e.leaf == nil || !e.needs.sct {
		return answer{}
	}
	const expected = "a signed certificate timestamp of a log of the trusted root"
	if err := verify.VerifySignedCertificateTimestamp(e.chains, 1, e.material); err != nil {
		return failed(expected, err.Error())
	}
	return passed(expected, "one")
}

// key: the registry's key that signed is known, and was in use at that time.
func (e *examination) key() answer {
	if e.leaf != nil || e.want.Keys == nil {
		return answer{}
	}
	if len(e.times) == 0 {
		return e.want.Keys.answer(forAttestations, e.hint, time.Time{})
	}
	for _, at := range e.times {
		if a := e.want.Keys.answer(forAttestations, e.hint, at.Time); a.state != Verified {
			return a
		}
	}
	return e.want.Keys.answer(forAttestations, e.hint, e.times[0].Time)
}

// keyMaterial is the root's material with the key that is expected.
func (e *examination) keyMaterial() root.TrustedMaterial {
	var base root.TrustedMaterial = &root.BaseTrustedMaterial{}
	if e.root != nil {
		base = e.root.material
	}
	return keyed{base, func(hint string) (root.TimeConstrainedVerifier, error) {
		key := e.want.Key // the hint is not signed, and the caller has chosen the key
		if key == nil && e.want.Keys != nil {
			key, _ = e.want.Keys.public(forAttestations, hint)
		}
		if key == nil {
			return nil, fmt.Errorf("the key %q is unknown", hint)
		}
		plain, err := signature.LoadDefaultVerifier(key)
		if err != nil {
			return nil, fmt.Errorf("public key: %w", err)
		}
		return root.NewExpiringKey(plain, time.Time{}, time.Time{}), nil
	}}
}

// keyed is a root's material with public keys.
type keyed struct {
	root.TrustedMaterial
	verifier func(hint string) (root.TimeConstrainedVerifier, error)
}

// PublicKeyVerifier returns the key of a name.
func (k keyed) PublicKeyVerifier(hint string) (root.TimeConstrainedVerifier, error) {
	return k.verifier(hint)
}

// signature: the key signed these bytes.
func (e *examination) signature() answer {
	const expected = "a signature of these bytes"
	err := e.checkSignature()
	if err != nil {
		return failed(expected, err.Error())
	}
	return passed(expected, "one")
}

func (e *examination) checkSignature() error {
	if e.signed.EnvelopeContent() != nil {
		return verify.VerifySignature(e.signed, e.contents, e.material)
	}
	a := e.want.Artifact
	switch {
	case a == nil || a.Statement != nil:
		return errors.New("it signs a file and is no attestation")
	case a.Bytes != nil:
		return verify.VerifySignatureWithArtifacts(e.signed, e.contents, e.material, []io.Reader{bytes.NewReader(a.Bytes)})
	}
	digest, err := hex.DecodeString(a.SHA256)
	if err != nil || len(digest) != crypto.SHA256.Size() {
		return fmt.Errorf("%q is not the SHA-256 of anything", a.SHA256)
	}
	return verify.VerifySignatureWithArtifactDigests(e.signed, e.contents, e.material,
		[]verify.ArtifactDigest{{Algorithm: "sha256", Digest: digest}})
}

func oneLine(err error) string {
	if err == nil {
		return ""
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}
