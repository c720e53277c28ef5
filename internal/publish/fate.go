package publish

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/registry"
)

// A fate is what an error of a PUT or POST says about the document.
type fate int

const (
	unclear fate = iota // it may be stored: 5xx, timeout, reset
	refused             // it is not stored, and sending it again does not help
	taken               // the registry says that the version exists
	busy                // the registry is still processing an earlier document
	pending             // a version with this number is staged, or not validated yet
)

// exists are the phrases with which registries say that a version exists: npm,
// GitHub and Verdaccio, GitLab, Azure, Nexus; in lower case.
var exists = []string{"publish over", "previously published", "already present", "already exists", "already contains",
	"epublishconflict", "pre-existing", "existing version", "existing package version", "not allow updating"}

func fateOf(err error) fate {
	var redirect *registry.RedirectError
	if errors.As(err, &redirect) {
		return refused
	}
	var status *registry.StatusError
	if !errors.As(err, &status) {
		return unclear
	}
	says := strings.ToLower(status.Message)
	switch s := status.Status; {
	case (s == http.StatusForbidden || s == http.StatusConflict) && strings.Contains(says, "previously staged"):
		return pending
	case (s == http.StatusBadRequest || s == http.StatusForbidden || s == http.StatusConflict) &&
		slices.ContainsFunc(exists, func(word string) bool { return strings.Contains(says, word) }):
		return taken
	case s == http.StatusConflict: // "Failed to save packument"
		return busy
	case s == http.StatusRequestTimeout, s == http.StatusTooEarly, s == http.StatusTooManyRequests, s >= 500:
		return unclear
	}
	return refused
}

// A remedy is what helps against a refusal. The first whose status and words fit
// counts; the texts are npm's, as users quote them.
type remedy struct {
	status int
	says   string // in lower case; empty: anything
	help   string
}

const (
	orWithout = ", or publish without provenance: -provenance=false"
	useStage  = "use -publish stage"
	stageOnly = "the token may stage and not publish: " + useStage
)

var remedies = []remedy{
	{401, "", "is the token still valid, and may it publish without a one-time password?"},
	{402, "", "restricted packages need a paid plan: publish with -access public, or see the account's billing"},
	{403, "oidc permission denied", "the trusted publisher may stage and not publish: " + useStage +
		", or allow direct publishing in a new trusted publisher at the package's settings"},
	{403, "e_stage_required", stageOnly}, {403, "stage-only", stageOnly}, {403, "npm stage publish", stageOnly},
	{403, "two-factor", "a run has no second factor: " + useStage + ", which asks a maintainer for it, or a trusted publisher"},
	{403, "too similar", "the registry does not take a new name so close to others: publish it under a scope"},
	{403, "do not have permission",
		"the name belongs to somebody else, or the token's user is no maintainer with the right to publish it"},
	{403, "", "may the token publish this package, and does the registry ask for two-factor authentication?"},
	{404, "", "registries answer so when the token may not write to the package or its scope does not exist"},
	{413, "", "the package is larger than the registry takes: publish fewer or smaller files"},
	{422, "source repository visibility",
		"the registry takes provenance from public repositories only: make the repository public" + orWithout},
	{422, "runner environment", "the registry takes provenance from hosted runners only: run this job on one" + orWithout},
	{422, "repository.url",
		"set `repository` in package.json to the repository that the run belongs to, letter case included" + orWithout},
	{422, "subject",
		"the provenance is about other bytes or another name: this is a fault of this program, report it; until then -provenance=false"},
	{422, "provenance",
		"the registry does not accept the run's provenance: does the run belong to a branch or tag of the repository? Mend that" + orWithout},
	{422, "", "the registry does not accept the document: what it says above names the field of package.json to mend"},
}

// onStage are the remedies that differ where the document was to be staged.
var onStage = []remedy{
	{403, "oidc permission denied", "the trusted publisher may not stage: allow it in a new trusted publisher at the package's settings"},
	{403, "two-factor", "staging needs no second factor at npm: does this registry have staging? If not, use -publish npm"},
	{404, "",
		"either the registry has no staging (use -publish npm there), or the token may not write to the package or its scope does not exist"},
	{405, "", "the registry has no staging: use -publish npm there"},
	{501, "", "the registry has no staging: use -publish npm there"},
}

// remedyFor returns what to do about a refusal, after a semicolon; empty if
// unknown.
func (p *Plan) remedyFor(err error) string {
	var status *registry.StatusError
	if !errors.As(err, &status) {
		return ""
	}
	says, all := strings.ToLower(status.Message), remedies
	if p.Road == Staging {
		all = slices.Concat(onStage, remedies)
	}
	if p.attached() { // registries that know npm's older API take one attachment
		all = slices.Concat(all, []remedy{{400, "", "does the registry take provenance? If not, use -provenance=false"},
			{415, "", "does the registry take provenance? If not, use -provenance=false"}})
	}
	for _, r := range all {
		if r.status == status.Status && strings.Contains(says, r.says) {
			return "; " + r.help
		}
	}
	return ""
}

// attached reports whether the document has a provenance bundle.
func (p *Plan) attached() bool { return len(p.bundle) > 0 }

// advice returns what to do about a fate that is final.
func (f fate) advice() string {
	switch f {
	case unclear:
		return "; run again once the registry is well: nothing is published twice"
	case busy:
		return "; the registry may still be at work on an earlier publish of this package: run again in a few minutes"
	case pending:
		return "; if it is staged, approve or reject it (npm stage list shows it); if it is being validated, run again in a few minutes"
	}
	return ""
}
