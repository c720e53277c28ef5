package check

import (
	"fmt"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

var attestationMissingRule = finding.Rule{
	ID:    "attestation-missing",
	Title: "A dependency has no provenance, and the policy demands it.",
	Why:   "Without provenance nobody can say from which commit, and by which build, the package came to be.",
	Help: "Lock a version that has it: `npm view NAME versions`, and `npm view NAME@VERSION dist.attestations` says whether it has. If " +
		"none has, take NAME off `dependencies.attestations.require`.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain"},
}

var attestationInvalidRule = finding.Rule{
	ID:    "attestation-invalid",
	Title: "The attestations of a dependency do not hold for what is locked.",
	Why: "They say that other bytes were built, or nobody whom the transparency log knows says so: what is installed may not be what " +
		"was built.",
	Help: "Do not install it. Look at the version at the registry from another network (`publishgate verify NAME@VERSION`), take the " +
		"lockfile's entry back to an earlier commit, and tell the package's authors.",
	Severity: finding.Critical,
	Tags:     []string{"security", "supply-chain", "integrity"},
}

var attestationElsewhereRule = finding.Rule{
	ID:    "attestation-elsewhere",
	Title: "A dependency was built from another repository than the policy names.",
	Why: "Provenance says only that somebody built the package somewhere. Whoever took over its name can build it, with provenance, " +
		"from a repository of their own.",
	Help: "Ask the authors whether the package moved, and lock the earlier version until they say so. If it did, write the new " +
		"repository into `dependencies.attestations.require`.",
	Severity: finding.Critical,
	Tags:     []string{"security", "supply-chain", "integrity"},
}

var trustLoweredRule = finding.Rule{
	ID:    "trust-lowered",
	Title: "A dependency, or a version of ours, was published with less behind it than an earlier version.",
	Why: "A package whose releases come from a build, or are approved by a person, and whose next one comes from a token, may have been " +
		"published by a thief.",
	Help: "Ask the authors whether this release is theirs, and lock the earlier version until they say so. If it is, write an exception " +
		"for this version with the reason. If the version is ours and nobody of us published it, it is an incident.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain"},
}

// attestations tells what was found out about the provenance of dependencies, and
// about how they were published.
var attestations = Check{
	Rules: []finding.Rule{attestationMissingRule, attestationInvalidRule, attestationElsewhereRule, trustLoweredRule},
	Run:   func(s *Subject) []finding.Finding { return append(s.unattested(), s.lowered()...) },
}

// unattested returns the dependencies whose provenance does not hold.
func (s *Subject) unattested() (found []finding.Finding) {
	trust := &s.Policy.Dependencies.Trust
	if s.Attestations == nil {
		return nil // named as unchecked, if it was to be looked at
	}
	for p := range s.Installed() {
		seal := s.Attestations[p]
		elsewhere := elsewhere(trust.Sources(p.Name), seal.Why)
		if !trust.Attests(p.Name) || seal.State == SealVerified && elsewhere == "" {
			continue
		}
		rule, why := &attestationMissingRule, seal.Why
		switch seal.State {
		case SealVerified:
			rule, why = &attestationElsewhereRule, elsewhere
		case SealInvalid:
			rule = &attestationInvalidRule
		case SealUnseen:
			why = "its attestations were not looked at"
		}
		f := s.about(rule, p)
		f.Level, f.Fix = finding.Always, named(rule.Help, p)
		f.Message = fmt.Sprintf("%s: %s.", p.ID(), why)
		found = append(found, f)
	}
	return found
}

// elsewhere says that provenance is not from one of the sources that it must be
// from; empty: it is.
func elsewhere(sources []string, repository string) string {
	for _, source := range sources {
		if !policy.IsFrom(source, repository) {
			return fmt.Sprintf("its provenance is of a build from %s, and the policy wants one from %s", repository, source)
		}
	}
	return ""
}

// lowered returns the dependencies that were published with less than before, if
// that was within the time of the policy. What has no time always was.
func (s *Subject) lowered() (found []finding.Finding) {
	trust := &s.Policy.Dependencies.Trust
	now, err := time.Parse(time.RFC3339, s.Now)
	for p := range s.Installed() {
		seal := s.Publishers[p]
		old := err == nil && trust.DowngradeWithin > 0 && !seal.At.IsZero() && now.Sub(seal.At) > trust.DowngradeWithin
		if seal.State != SealInvalid || old || trust.Downgrade == "" {
			continue
		}
		f := s.about(&trustLoweredRule, p)
		f.Level, f.Fix = finding.Advice, trustLoweredRule.Help
		if trust.Downgrade != "warn" {
			f.Level = finding.Always
		}
		f.Message = fmt.Sprintf("%s %s.", p.ID(), seal.Why)
		found = append(found, f)
	}
	return found
}
