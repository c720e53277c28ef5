package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// A Credential is what is known of the credential that this run publishes with.
// What the registry does not tell is zero.
type Credential struct {
	Kind   string // policy.OIDC, StageToken or Token; "": none that the policy lets
	Works  bool   // the run has got it
	Unused bool   // a long-lived token is in the environment too, and is sent nowhere

	// Told says that the registry tells of a long-lived token what follows.
	Told             bool
	Created, Expires time.Time
	CIDR             []string // addresses that it may be used from
	Packages, Scopes []string // what it may write; neither: no limit
	Orgs             []string // organisations that it may manage
	StageOnly        bool     // it may stage, and not publish
	Bypass2FA        bool
}

// longLived reports whether it is a token that was made by a person.
func (c *Credential) longLived() bool { return c.Kind == policy.StageToken || c.Kind == policy.Token }

var credentialKindRule = finding.Rule{
	ID:    "credential-kind",
	Title: "A long-lived token is used, or lies ready, where another credential is asked for.",
	Why: "A long-lived token publishes for whoever reads it, from anywhere, until somebody revokes it; a trusted " +
		"publisher's token is of this job, for this package and for an hour.",
	Help: "Publish by a trusted publisher (npmjs.com, the package's settings; `id-token: write` in the job), take " +
		"NODE_AUTH_TOKEN and NPM_TOKEN out of the job and revoke the token. If a token is meant, say so in " +
		"`publish.credential` of the policy: `stage-token` or `token`.",
	Severity: finding.High,
	Tags:     []string{"security", "publish"},
}

var credentialKind = Check{
	Rules: []finding.Rule{credentialKindRule},
	Run: func(s *Subject) []finding.Finding {
		c := s.Credential
		if c == nil {
			return nil
		}
		p := &s.Policy.Publish
		allowed := "the policy lets " + wordsOf(p.Kinds())
		if p.Trusted == policy.Required {
			allowed += " (" + p.KindsKey() + ")"
		}
		tokens := p.Accepts(policy.StageToken, policy.Token)
		var level finding.Level
		var text string
		switch {
		case c.Unused && c.Kind == "":
			text = "A long-lived token is in the environment, and " + allowed + ": the token was sent nowhere."
		case c.Unused && !tokens:
			text = "A long-lived token is in the environment beside the trusted publisher, and " + allowed + ": it was sent nowhere."
		case c.Unused && c.Works:
			level = finding.Advice
			text = "A long-lived token is in the environment, and the trusted publisher works without it: it was sent nowhere."
		case c.longLived() && c.Told && !c.StageOnly && !p.Accepts(policy.Token):
			text = "The token may publish directly, and " + allowed + "."
		case c.longLived() && p.Trusted == policy.Preferred:
			level = finding.Advice
			text = "A long-lived token publishes, and publish.trusted-publishing of the policy prefers a trusted publisher."
		default:
			return nil
		}
		f := s.inManifest(&credentialKindRule, s.Manifest.NameLine, 0)
		f.Level, f.Message, f.Fix, f.Shipped = level, text, credentialKindRule.Help, false
		return []finding.Finding{f}
	},
}

// wordsOf joins the words of a key of the policy.
func wordsOf(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	sorted := slices.Clone(words)
	return strings.Join(slices.Compact(sorted), " or ")
}

// days writes a time span as the policy does.
func days(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	return fmt.Sprintf("%dh", int64(d.Hours()))
}
