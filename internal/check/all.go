package check

import "github.com/publishgate/publishgate/internal/finding"

// All is the list of checks, in the order in which they are explained. A new
// check is one new file and one line here.
var All = []Check{
	advisories,
	vulnerableRange,
	unauditable,
	licenses,
	pinning,
	integrity,
	address,
	required,
	overrides,
	installScript,
	lockfileNotes,
	manifestName,
	manifestKeys,
	steeringKeys,
	publishAccess,
	release,
	manifestMismatch,
	unrunScripts,
	repository,
	entryPoints,
	unresolvedSpecs,
	bundleMissing,
	implicitScript,
	profile,
	nestedModules,
	files,
	packageSize,
	litter,
	nativeBinaries,
	sourceMaps,
	environment,
	commits,
	secrets,
	documents,
	ownLicense,
	policySettings,
}

// Rules returns the documentation of every rule a check can report, in the
// order of All.
func Rules() []finding.Rule {
	var rules []finding.Rule
	for _, c := range All {
		rules = append(rules, c.Rules...)
	}
	return rules
}

// Run asks every check and returns all findings in the order of All. The
// result is never nil.
func Run(s *Subject) []finding.Finding {
	found := []finding.Finding{}
	for _, c := range All {
		found = append(found, c.Run(s)...)
	}
	return found
}
