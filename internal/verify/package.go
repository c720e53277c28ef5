package verify

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/attest"
	"github.com/publishgate/publishgate/internal/strict"
)

// PublishType is the predicate type of the attestation by which npm's registry
// says that it published a version (github.com/npm/attestation, specs/publish).
const PublishType = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1"

// A Package is a published version as it was read from its registry, and what
// is said of it elsewhere.
type Package struct {
	Version
	PURL    string // as npm's attestations name it
	Tarball []byte
	Judged  string // the integrity that the bytes must have, by whoever judged them; "": nobody says

	Keys   *Keys  // of the registry; nil: it publishes none
	NoKeys string // why there are none

	Attested     bool     // the registry says that it has attestations
	Attestations []Listed // its list
	Stored       [][]byte // bundles from the repository's own store
	AskedStore   bool     // it was asked

	digest string // SHA-512 in hex, where Tarball was not read; "": of Tarball

	Unread map[string]error // why a list could not be read, by the name of the step: it is not known what it says
}

// A Listed attestation is one entry of a registry's list.
type Listed struct {
	PredicateType string // as the list says
	Bundle        []byte
}

// A packageStep is one question about a published version.
type packageStep struct {
	name string
	ask  func(*Package, *audit) []Check
}

// An audit is what is known while a version is verified.
type audit struct {
	who    *Identity // nil: nobody is expected
	sum    Summary
	roots  []*Root
	said   map[string]bool // predicate types that were verified
	judged []Judgement     // of the stored summaries that were verified
}

// packageSteps are the questions about a published version, from its bytes to
// who built it.
var packageSteps = []packageStep{
	{"integrity", (*Package).checkIntegrity},
	{"judged", (*Package).checkJudged},
	{"registry-signature", (*Package).checkSignatures},
	{"attestations", (*Package).checkAttestations},
	{"provenance", (*Package).checkProvenance},
	{"stored", (*Package).checkStored},
	{"vsa", (*Package).checkSummary},
}

// Verify verifies the version: its bytes against the integrity, the registry's
// signature over that, every attestation of the registry, and those of the
// repository. who must have built it; nil where nobody is expected, which only
// a version without provenance passes. Where nothing but the digest could be
// verified, the last check says that it is not known.
func (p *Package) Verify(who *Identity, sum Summary, roots ...*Root) []Check {
	checks := p.audit(who, sum, roots, packageSteps)
	vouches := func(c Check) bool { return c.State == Verified && c.Name != "integrity" }
	if Worst(checks) == Verified && !slices.ContainsFunc(checks, vouches) { // a registry may serve any bytes with their own digest
		checks = append(checks, answer{Unknown, "a signature or an attestation that can be verified", "none"}.check("vouched", p.about()))
	}
	return checks
}

func (p *Package) audit(who *Identity, sum Summary, roots []*Root, list []packageStep) []Check {
	a := &audit{who: who, sum: sum, roots: roots, said: map[string]bool{}}
	var checks []Check
	for _, step := range list {
		checks = append(checks, step.ask(p, a)...)
	}
	return checks
}

func (p *Package) about() string { return p.Name + "@" + p.Version.Version }

// checkIntegrity: the bytes are those that the registry has the digest of.
func (p *Package) checkIntegrity(*audit) []Check {
	return []Check{integrity(p.Integrity, p.Tarball).check("integrity", p.about())}
}

// checkJudged: the bytes are those that the caller knows.
func (p *Package) checkJudged(*audit) []Check {
	if p.Judged == "" {
		return nil
	}
	return []Check{integrity(p.Judged, p.Tarball).check("judged", p.about())}
}

// integrity answers whether bytes have a digest as registries write it.
func integrity(said string, data []byte) answer {
	digest := sha512.Sum512(data)
	found := "sha512-" + base64.StdEncoding.EncodeToString(digest[:])
	a := failed(orNone(said), found)
	for token := range strings.FieldsSeq(said) {
		want, strong := strings.CutPrefix(token, "sha512-")
		if want, _, _ = strings.Cut(want, "?"); !strong { // Subresource Integrity: options follow
			continue
		}
		if a = compare("sha512-"+want, found); a.state != Verified {
			break
		}
	}
	return a
}

// checkSignatures: the registry signed that digest by a key that was in use.
func (p *Package) checkSignatures(*audit) []Check {
	if p.Keys == nil {
		return []Check{{Name: "registry-signature", About: p.about(), State: Skipped,
			Expected: "a signature of the registry", Found: p.NoKeys}}
	}
	return p.Signed(p.Keys)
}

// subject is the version as npm's attestations name it.
func (p *Package) subject() *Subject {
	if p.digest != "" {
		return &Subject{Name: p.PURL, SHA512: p.digest}
	}
	digest := sha512.Sum512(p.Tarball)
	return &Subject{Name: p.PURL, SHA512: hex.EncodeToString(digest[:])}
}

// checkAttestations: each attestation that the registry lists verifies: one bad
// one among good ones is a no.
func (p *Package) checkAttestations(a *audit) []Check {
	if err := p.Unread["attestations"]; err != nil {
		return []Check{answer{Unknown, "the registry's list of attestations", oneLine(err)}.check("attestations", p.about())}
	}
	if p.Attested && len(p.Attestations) == 0 {
		return []Check{answer{Unknown, "the attestations that the registry says it has", "none"}.check("attestations", p.about())}
	}
	var checks []Check
	for i, entry := range p.Attestations {
		about := fmt.Sprintf("attestation %d (%s)", i+1, entry.PredicateType)
		b, err := ParseBundle(entry.Bundle)
		if err != nil {
			checks = append(checks, Unreadable(about, err))
			continue
		}
		b.Declared = entry.PredicateType
		checks = append(checks, p.checkAttestation(a, about, b)...)
	}
	return checks
}

func (p *Package) checkAttestation(a *audit, about string, b *Bundle) []Check {
	want := Want{Subject: p.subject(), PredicateType: b.Declared, Identity: a.who}
	switch {
	case !b.Publishes(): // the registry's key says that it published a version, and nothing else
		if a.who == nil {
			return []Check{failed("an identity to verify with", "none was given").check("signer", about)}
		}
	case p.Keys == nil:
		return []Check{{Name: "key", About: about, State: Unknown, Expected: "a key of the registry", Found: p.NoKeys}}
	default:
		want.Identity, want.Keys = nil, p.Keys
	}
	statement, checks := b.examine(about, want, a.roots, steps())
	if statement == nil || Worst(checks) != Verified {
		return checks
	}
	a.said[statement.PredicateType] = true
	if statement.PredicateType == PublishType {
		checks = append(checks, p.published(statement.Predicate).check("publish", about))
	}
	if statement.PredicateType == attest.Summary {
		checks = append(checks, a.sum.judge(about, statement.Predicate, summarySteps)...)
	}
	return checks
}

// published: the registry says that it published this name and version.
func (p *Package) published(predicate strict.Value) answer {
	return compare(p.about(), predicate.Get("name").Text()+"@"+predicate.Get("version").Text())
}

// checkProvenance: where somebody is expected to have built it, there is
// provenance that says so.
func (p *Package) checkProvenance(a *audit) []Check {
	const expected = "verified provenance"
	for _, kind := range []string{attest.ProvenanceV1, attest.ProvenanceV02} {
		if a.said[kind] {
			return []Check{passed(expected, kind).check("provenance", p.about())}
		}
	}
	switch {
	case len(p.Unread) > 0 && a.who != nil: // it may be in what could not be read
		return []Check{answer{Unknown, expected, "none in what could be read"}.check("provenance", p.about())}
	case a.who != nil:
		return []Check{failed(expected, "none").check("provenance", p.about())}
	}
	return []Check{answer{Skipped, expected, "none: nobody says where it was built"}.check("provenance", p.about())}
}

// checkStored: each attestation that the repository stores about these bytes
// verifies.
func (p *Package) checkStored(a *audit) []Check {
	if !p.AskedStore {
		return nil
	}
	if err := p.Unread["stored"]; err != nil {
		return []Check{answer{Unknown, "attestations of the repository", oneLine(err)}.check("stored", p.about())}
	}
	if len(p.Stored) == 0 {
		return []Check{answer{Skipped, "attestations of the repository", "none"}.check("stored", p.about())}
	}
	artifact := Artifact{Bytes: p.Tarball}
	var checks []Check
	for i, data := range p.Stored {
		about := fmt.Sprintf("stored attestation %d", i+1)
		b, err := ParseBundle(data)
		if err != nil {
			checks = append(checks, failed("a bundle that can be read", err.Error()).check("stored", about))
			continue
		}
		statement, more := b.examine(about, Want{Identity: a.who, Artifact: &artifact}, a.roots, steps())
		checks = append(checks, more...)
		if statement == nil || Worst(more) != Verified {
			continue
		}
		a.said[statement.PredicateType] = true
		if statement.PredicateType == attest.Summary {
			more = a.sum.judge(about, statement.Predicate, summarySteps)
			checks = append(checks, more...)
			if Worst(more) == Verified {
				a.judged = append(a.judged, judgementOf(statement))
			}
		}
	}
	return checks
}

// checkSummary: where something is asked that only a summary answers, there is
// one.
func (p *Package) checkSummary(a *audit) []Check {
	const expected = "a verified summary of the verdict (VSA)"
	switch {
	case a.said[attest.Summary]:
		return []Check{passed(expected, "one").check("vsa", p.about())}
	case a.sum.Asked() && len(p.Unread) > 0:
		return []Check{answer{Unknown, expected, "none in what could be read"}.check("vsa", p.about())}
	case a.sum.Asked():
		return []Check{failed(expected, "none").check("vsa", p.about())}
	}
	return nil
}
