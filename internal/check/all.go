package check

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/publishgate/publishgate/internal/finding"
)

// All lists the checks, in the order of the documentation. A new check is one
// new file and one line here.
var All = []Check{
	advisories,
	vulnerableRange,
	replaced,
	unauditable,
	deprecated,
	releaseAge,
	licenses,
	pinning,
	integrity,
	signatures,
	attestations,
	newcomers,
	address,
	required,
	requiredRange,
	overrides,
	installScript,
	allowedScripts,
	buildPath,
	lockfileNotes,
	manifestName,
	manifestKeys,
	steeringKeys,
	publishAccess,
	releaseRef,
	publishRoad,
	publishProvenance,
	credentialKind,
	tokens,
	bypass,
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
	lfsPointers,
	sourceMaps,
	environment,
	contents,
	commits,
	secrets,
	documents,
	demanded,
	securityDocument,
	supportedVersions,
	superseded,
	ownLicense,
	releaseDiff,
	policySettings,
	writtenPolicy,
	attested,
	monitored,
	incidents,
	aboutPolicy,
	sourceReview,
	sourceVSA,
	sourceEnvironment,
	sourceChecks,
	sourceScans,
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

// Publishing runs the checks about how the package is published, and no other.
func Publishing(s *Subject) (found []finding.Finding) {
	for _, c := range []Check{publishAccess, releaseRef, publishRoad, publishProvenance, credentialKind, tokens} {
		found = append(found, c.Run(s)...)
	}
	return found
}

// Run runs every check and returns all findings in the order of All. The result
// is never nil.
//
// Checks only read, so two run at a time. The first, about advisories, may take
// as long as all others together.
func Run(s *Subject) []finding.Finding {
	found := make([][]finding.Finding, len(All))
	var taken atomic.Int32
	work := func() {
		for i := int(taken.Add(1)) - 1; i < len(All); i = int(taken.Add(1)) - 1 {
			found[i] = All[i].Run(s)
		}
	}
	var group sync.WaitGroup
	if runtime.GOMAXPROCS(0) > 1 {
		group.Go(work)
	}
	work()
	group.Wait()
	return s.runOthers(append([]finding.Finding{}, slices.Concat(found...)...))
}
