package check

import (
	"cmp"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// Unproven says that the package is published without provenance.
type Unproven struct {
	Why        string // a part of a sentence; may quote foreign text
	Remedy     string // one sentence; empty: the rule's help
	Restricted bool   // the registry says that the package is not public
}

var publishProvenanceRule = finding.Rule{
	ID:    "publish-provenance",
	Title: "The package would be published without provenance, and the policy asks for it.",
	Why: "Provenance names the commit and the workflow that a version was made by, signed by the build service and kept in a " +
		"public log. Without it, whoever has the credential may have made the version anywhere.",
	Help: "Publish with `-sign keyless` and without `-provenance=false`, in a job with an ID token, on a hosted runner and of a " +
		"public repository, to a registry that has attestations. No registry takes provenance of a restricted package: " +
		"`publish: {provenance: when-public}` asks for it of public ones alone.",
	Severity: finding.High,
	Tags:     []string{"security", "publish"},
}

var publishProvenance = Check{
	Rules: []finding.Rule{publishProvenanceRule},
	Run: func(s *Subject) []finding.Finding {
		u := s.Unproven
		if u == nil || s.Road == "" || !s.AsksProvenance(u.Restricted) {
			return nil
		}
		f := s.inManifest(&publishProvenanceRule, s.Manifest.NameLine, 0)
		f.Message = "It would be published without provenance, which publish.provenance of the policy asks for: " + u.Why + "."
		f.Fix, f.Shipped = cmp.Or(u.Remedy, publishProvenanceRule.Help), false
		return []finding.Finding{f}
	},
}

// AsksProvenance reports whether the policy asks for provenance of the package.
// restricted says that the registry has it as restricted, which counts where this
// run does not say its access.
func (s *Subject) AsksProvenance(restricted bool) bool {
	switch s.Policy.Publish.Provenance {
	case policy.Required:
		return true
	case policy.WhenPublic:
		return s.Sent.Access == "public" || s.Sent.Access == "" && !restricted
	}
	return false
}
