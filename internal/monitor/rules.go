package monitor

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
)

// Rules documents what is found after the release, in the order of reports. Four
// more are also found before it, and are documented there, in package check:
// trust-lowered, license-changed, license-denied and monitor-overdue.
var Rules = []finding.Rule{unknownRule, differsRule, unsignedRule, unverifiedRule, elsewhereRule, publisherRule, tagRule, goneRule,
	stagedRule, vulnerableRule, downloadsRule}

var unknownRule = finding.Rule{
	ID:    "published-unknown",
	Title: "A published version was passed by no gate of ours.",
	Why: "Every release goes through the gate, so one that did not was published beside it: by hand, by another workflow, or by somebody " +
		"who stole a credential.",
	Help: "Ask who published it. If nobody did, treat it as an incident: `publishgate incident package NAME@VERSION`. If it is yours, " +
		"show its evidence with `-evidence DIR`, or write an exception for this version with the reason.",
	Severity: finding.Critical,
	Tags:     []string{"security", "supply-chain", "monitor"},
}

var differsRule = finding.Rule{
	ID:    "published-differs",
	Title: "The registry has other bytes than those that were judged, or than it had before.",
	Why: "A published version never changes. If its bytes are others, somebody replaced them between the gate and the registry, in the " +
		"registry, or on the way here.",
	Help: "Do not install it. Look at it from another network (`npm view NAME@VERSION dist`), and treat it as an incident if it is the " +
		"same there: `publishgate incident package NAME@VERSION`.",
	Severity: finding.Critical,
	Tags:     []string{"security", "supply-chain", "integrity", "monitor"},
}

var unsignedRule = finding.Rule{
	ID:    "published-unsigned",
	Title: "Nothing that is signed says that a published version was judged, or that the registry has it.",
	Why:   "A file that says passed can be written by anybody. A signature says who did, and the registry's says that the version is in it.",
	Help: "Sign what is judged (`signing.require` in the policy makes a release without it stop), and attest this version again from its " +
		"evidence. If the registry signs other versions and not this one, ask its operators.",
	Severity: finding.Moderate,
	Tags:     []string{"supply-chain", "integrity", "monitor"},
}

var unverifiedRule = finding.Rule{
	ID:    "published-unverified",
	Title: "An attestation of a published version does not hold.",
	Why: "Its signature, its certificate or what it speaks of is not what it should be. npm accepts no such thing from whoever publishes, " +
		"so somebody made it up, or changed it or the bytes since; and whoever trusts the mark of provenance is misled.",
	Help: "Do not install it. Look at it from another network (`npm view NAME@VERSION dist`), and treat it as an incident if it is the " +
		"same there: `publishgate incident package NAME@VERSION`.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain", "integrity", "monitor"},
}

var elsewhereRule = finding.Rule{
	ID:    "published-elsewhere",
	Title: "A published version was built in another place than the package is.",
	Why: "Its provenance holds, and names another repository or workflow. Whoever may publish can do so from a repository of their own, and " +
		"get valid provenance for it.",
	Help: "Look at the repository and the workflow that the message names. If they are yours, name them in `monitor.built-by`. If not, " +
		"treat it as an incident: `publishgate incident package NAME@VERSION`.",
	Severity: finding.Critical,
	Tags:     []string{"security", "supply-chain", "monitor"},
}

var publisherRule = finding.Rule{
	ID:    "publisher-unknown",
	Title: "Somebody published the package, or may, whom the policy does not know.",
	Why:   "Who takes over an account adds another one, to stay. The registry lists who may publish, and who did.",
	Help: "If you know them, add their npm name to `monitor.publishers` or `about.acknowledged-by`. If not, take them off the package: " +
		"`npm owner rm USER NAME`, and look at what they published.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain", "monitor"},
}

var tagRule = finding.Rule{
	ID:    "tag-moved",
	Title: "A dist-tag was moved, and no new release did it.",
	Why: "Who installs without a version gets what the tag names. Moved back, it gives everybody a version whose holes are known; and it " +
		"needs no new version that somebody would notice.",
	Help: "Ask who moved it. Move it back if nobody meant it: `npm dist-tag add NAME@VERSION TAG`, and look at who may publish.",
	// A tag other than latest.
	Severity: finding.Moderate,
	Tags:     []string{"security", "supply-chain", "monitor"},
}

var goneRule = finding.Rule{
	ID:    "version-gone",
	Title: "A version that was published is not there any more.",
	Why:   "Who has it in a lockfile can install no more. A version that appeared and vanished may also have been somebody's attempt.",
	Help: "Ask who removed it, and look at what it held if you have it. If it was you, write an exception for this version with the " +
		"reason; if npm did, its security team says why.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain", "monitor"},
}

var stagedRule = finding.Rule{
	ID:    "staged-unknown",
	Title: "A version waits for an approval that no gate of ours judged.",
	Why:   "One click makes it public. What waits there should be what the gate staged, and nothing else.",
	Help: "Do not approve it. `publishgate verify -stage ID` says what it is; if nobody of yours staged it, reject it (`npm stage reject " +
		"ID`) and look at who may publish.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain", "monitor"},
}

var vulnerableRule = finding.Rule{
	ID:    "supported-vulnerable",
	Title: "A version that is supported brings a known vulnerability.",
	Why: "It was clean when it was released, and is not today: advisories appear after releases. Who installs it now gets the hole, and the " +
		"time that the policy gives for a fix runs.",
	Help: "Release a version with the fix, then deprecate the vulnerable one: `publishgate deprecate NAME@RANGE -message TEXT`. If it does " +
		"not affect the package, write an exception with the reason.",
	Tags: []string{"security", "vulnerability", "monitor"}, // as the advisory rates it
}

var downloadsRule = finding.Rule{
	ID:    "downloads-unusual",
	Title: "The package was downloaded much more, or less, than in the weeks before.",
	Why: "A sudden rise may be a robot, a new user whom an incident would hit, or somebody who made it a dependency of something. A fall " +
		"may mean that another name took its place.",
	Help:     "Look where the downloads come from and whether it was announced. Nothing has to be done if you know why.",
	Severity: finding.Low,
	Tags:     []string{"monitor"},
}

// The rules that other rooms document; their words here are about what is ours.
var trustRule = finding.Rule{
	ID: "trust-lowered",
	Help: "Ask who published it, and how. If nobody of yours did, treat it as an incident: `publishgate incident package NAME@VERSION`. If " +
		"it is yours, write an exception for this version with the reason.",
	Severity: finding.High,
}

var deniedRule = finding.Rule{
	ID:       "license-denied",
	Help:     "Release a version without the dependency. If its metadata is wrong, state the right licence under `licenses.overrides`.",
	Severity: finding.High,
}

var licenseRule = finding.Rule{
	ID: "license-changed",
	Help: "If the change is meant, say so in the release notes and write an exception for this version. If not, release a version with " +
		"the right licence, or one that pins the dependency.",
	Severity: finding.Moderate,
}

// Helps reports whether a text is what one of the rules says to do: it is our own
// then, and nothing foreign is in it.
func Helps(text string) bool {
	for _, rule := range append(slices.Clone(Rules), trustRule, deniedRule, licenseRule) {
		if rule.Help == text {
			return true
		}
	}
	return false
}

// TagMove returns what tag-moved says: the tag, and what it named before and names
// now, empty for nothing. All three are foreign.
func TagMove(f *finding.Finding) (tag, from, to string, ok bool) {
	parts := strings.Split(f.Subject, " ")
	if f.Rule != tagRule.ID || len(parts) != 3 {
		return "", "", "", false // a tag or a version with a space in it
	}
	return parts[0], parts[1], parts[2], true
}

// Stranger returns the npm name that publisher-unknown is about, which is foreign;
// empty for another rule.
func Stranger(f *finding.Finding) string {
	if f.Rule != publisherRule.ID {
		return ""
	}
	return f.Subject[strings.LastIndexByte(f.Subject, ' ')+1:]
}
