package check

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

var overrideUndocumentedRule = finding.Rule{
	ID:    "override-undocumented",
	Title: "An override has no reason in the policy.",
	Why: "An override forces a version on packages that never asked for it. Without a reason nobody dares to remove " +
		"it, nor sees when it is wrong.",
	Help:     "Add the package under `dependencies.overrides.reasons` with `why` and `reviewed`, or remove the override.",
	Severity: finding.Moderate,
	Tags:     []string{"supply-chain", "policy"},
}

var overrideUnreviewedRule = finding.Rule{
	ID:       "override-unreviewed",
	Title:    "An override is due for review.",
	Why:      "The reason for it may be gone: the version it forces grows older than what its dependents would take by themselves.",
	Help:     "Look whether the override is still needed, then set `reviewed` under `dependencies.overrides.reasons` to the day you looked.",
	Severity: finding.Low,
	Tags:     []string{"policy"},
}

var overrides = Check{
	Rules: []finding.Rule{overrideUndocumentedRule, overrideUnreviewedRule},
	Run: func(s *Subject) []finding.Finding {
		want := s.Policy.Dependencies
		if !want.OverridesDocumented && want.ReviewEvery <= 0 {
			return nil
		}
		var found []finding.Finding
		told := map[string]bool{}
		for _, o := range slices.Concat(s.Manifest.Overrides, s.Graph.Overrides) {
			if told[o.Path] {
				continue
			}
			told[o.Path] = true
			reason, named := want.OverrideReasons[o.Path]
			if !named {
				reason = want.OverrideReasons[o.Name]
			}
			rule, problem := s.undocumented(reason)
			if problem == "" {
				continue
			}
			f := s.inManifest(rule, o.Line, o.Column)
			f.File = cmp.Or(o.File, f.File)
			f.Name, f.Package, f.Subject = o.Name, npm.PURLOf(o.Name, ""), o.Path
			if rule == &overrideUnreviewedRule && !want.OverdueBlocks {
				f.Level = finding.Advice
			}
			f.Message = fmt.Sprintf("The override of %s to %q %s.", o.Path, o.Range, problem)
			f.Fix = "State why and when it was reviewed under `dependencies.overrides.reasons`, or remove it."
			found = append(found, f)
		}
		return found
	},
}

func (s *Subject) undocumented(r policy.OverrideReason) (*finding.Rule, string) {
	want := s.Policy.Dependencies
	if want.OverridesDocumented && r.Why == "" {
		return &overrideUndocumentedRule, "has no reason in the policy"
	}
	if want.ReviewEvery <= 0 {
		return nil, ""
	}
	if r.Reviewed.IsZero() {
		return &overrideUnreviewedRule, "was never reviewed"
	}
	if s.after(r.Reviewed.Add(want.ReviewEvery)) {
		return &overrideUnreviewedRule, "was last reviewed on " + r.Reviewed.UTC().Format(time.DateOnly)
	}
	return nil, ""
}

// after reports whether the run is later than t. An unreadable clock counts as
// later than any t.
func (s *Subject) after(t time.Time) bool {
	now, err := time.Parse(time.RFC3339, s.Now)
	return err != nil || now.After(t)
}
