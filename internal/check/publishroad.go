package check

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

var publishDirectRule = finding.Rule{
	ID:    "publish-direct",
	Title: "The package would take another road to the registry than the policy lets it.",
	Why: "What is staged becomes public only when a person approves it with a second factor; what is published directly " +
		"is public at once, whoever started the run.",
	Help:     "Publish with `-publish auto`, which takes the road that `publish.via` in the policy puts first, or name the road there.",
	Severity: finding.High,
	Tags:     []string{"security", "publish"},
}

var publishUnapprovedRule = finding.Rule{
	ID:    "publish-unapproved",
	Title: "Nobody approved the release, and the policy counts only what somebody approved.",
	Why: "A release that a person approved with a second factor is the only one that a stolen credential cannot make; " +
		"`_npmUser.approver` in the registry's document says who did.",
	Help: "Publish with `-publish stage` and approve it: `npm stage approve ID`. A version that is public without an " +
		"approver stays so: raise the version.",
	Severity: finding.High,
	Tags:     []string{"security", "publish"},
}

var publishRoad = Check{
	Rules: []finding.Rule{publishDirectRule, publishUnapprovedRule},
	Run: func(s *Subject) []finding.Finding {
		p := &s.Policy.Publish
		if s.Road == "" {
			return nil
		}
		var found []finding.Finding
		add := func(rule *finding.Rule, text string) {
			f := s.inManifest(rule, s.Manifest.NameLine, 0)
			f.Message, f.Fix, f.Shipped = text, rule.Help, false
			found = append(found, f)
		}
		if !p.Allows(s.Road) {
			words := make([]string, len(p.Via))
			for i, via := range p.Via {
				words[i] = string(via)
			}
			add(&publishDirectRule, fmt.Sprintf("It would go %s, and publish.via of the policy lets %s.",
				map[policy.Via]string{policy.ViaDirect: "to the registry directly", policy.ViaStage: "by staging"}[s.Road], wordsOf(words)))
		}
		switch {
		case !p.Require2FA:
		case s.Unapproved:
			add(&publishUnapprovedRule, "The registry has these very bytes, and says of nobody that they approved them; "+
				"publish.require-2fa of the policy asks for that.")
		case s.Road == policy.ViaDirect && !s.Approved:
			add(&publishUnapprovedRule, "What is published directly is approved by nobody, and publish.require-2fa of the policy asks for that.")
		}
		return found
	},
}
