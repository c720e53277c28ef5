package check

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

var versionStepRule = finding.Rule{
	ID:    "version-step",
	Title: "The version number tells less than what has changed.",
	Why: "Whoever asks for `^1.2.3` gets this release without asking. By Semantic Versioning it must not break them: what is " +
		"taken away is a major release, what is added at least a minor one.",
	Help:     "Give the release the version that the finding names, or bring back what was taken away.",
	Severity: finding.Moderate,
	Tags:     []string{"release-diff"},
}

// step holds the step to this version against what package.json and the list of
// files show. versions.step: semver lets it block whatever release-diff says.
func (r *differ) step() {
	last, err := npm.ParseVersion(r.last())
	this, err2 := npm.ParseVersion(r.Manifest.Version)
	if err != nil || err2 != nil || last.Compare(this) >= 0 {
		return
	}
	breaks, adds := r.d.Step.Breaks, r.d.Step.Adds
	want, why := "", breaks
	switch {
	case len(breaks) > 0 && last.Major > 0 && this.Major == last.Major:
		want = fmt.Sprintf("%d.0.0", last.Major+1)
	case len(breaks) > 0 && last.Major == 0 && this.Major == 0 && this.Minor == last.Minor:
		want = fmt.Sprintf("0.%d.0", last.Minor+1) // ^0.2.3 asks for 0.2 alone
	case len(adds) > 0 && last.Major > 0 && this.Major == last.Major && this.Minor == last.Minor:
		want, why = fmt.Sprintf("%d.%d.0", last.Major, last.Minor+1), adds
	default:
		return
	}
	level := r.Policy.Diff[versionStepRule.ID]
	if r.Policy.Versions.Step {
		level = policy.DiffBlock
	}
	r.addAs(level, versionStepRule.ID, finding.Finding{Line: r.Manifest.VersionLine}, "%s after %s should be %s: %s.", this, last,
		want, some(why))
}
