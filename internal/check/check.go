// Package check holds the list of checks: pure functions from what was read to
// findings. It has no I/O, no clock and no errors: a failure to read is an
// error of the packages that read, so it cannot turn into "found nothing".
package check

import (
	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/forge"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/release"
	"github.com/publishgate/publishgate/internal/source"
	"github.com/publishgate/publishgate/internal/tarball"
	"github.com/publishgate/publishgate/internal/upgrade"
)

// A Subject is all that was read about the package. Checks do not change it.
type Subject struct {
	Manifest   *npm.Manifest       // DIR's package.json; never nil
	Graph      *npm.Graph          // never nil
	Unasked    map[string]bool     // names of packages no advisory source was asked about
	Advisories []advisory.Match    // every advisory that matches a copy in Graph, after merging sources
	Known      *advisory.Knowledge // all that the sources returned; nil: nothing
	Plan       *upgrade.Plan       // the fix plan; nil: it is made from Graph
	Tarball    *tarball.Tarball    // nil: none was given, and it is not judged
	Packed     bool                // Tarball was made here from DIR, without running a script
	Publishing bool                // this run publishes the package if it passes
	Acts       bool                // this run signs or publishes it if it passes, because somebody asked
	Sent       Sending             // how it would be published, by this run or by npm after it
	Diff       *release.Diff       // what changed since the last release; nil: none, or not compared, which is reported
	Policy     *policy.Effective   // the policy as it applies to this package; never nil
	Unlocked   []*npm.Package      // the result of Unlocked for Tarball and Graph; nil: none was looked up
	Requests   *Requests           // the result of FindRequests; nil: it is computed on demand
	Others     []Other             // further lockfiles that somebody may install by
	Remote     string              // address of the repository, from the runner; empty: the checkout's remote is used
	Folder     string              // of DIR in that repository, slash path, "." for its root; empty: unknown
	RootFiles  []string            // names of the files in DIR itself, e.g. SECURITY.md; nil: not read
	Committed  *Committed          // what looks like a credential in the commit; nil: nobody asks, or it was not looked at
	Links      []string            // slash paths in DIR of symbolic links that package.json names or that are at its root
	Commit     *source.Commit      // the commit that is checked out; nil: no git checkout, which is reported
	Origins    *Origins            // the result of Reconcile; nil: it is computed on demand
	Tag        string              // the git tag that is being released; empty: none, or this run may not act
	Refusals   []Refusal           // reasons against publishing as requested
	Taken      string              // a sentence on what the registry has under this version and was not judged; or empty
	Now        string              // RFC 3339 UTC, for dates written in the policy
	Road       policy.Via          // how this run publishes the package; empty: it does not
	Approved   bool                // the registry has these very bytes, and names who approved them
	Unapproved bool                // the registry has these very bytes, and names nobody who approved them
	Unproven   *Unproven           // it is published without provenance, by this run or an earlier one; nil: with it, or it is not
	Credential *Credential         // what this run publishes with; nil: it does not, or with none

	Supported *Supported // which versions are said to be supported; nil: nobody asks
	Published *Published // what the registry has of the package; nil: nobody asks, or it is not known
	DistTags  []string   // under which the package would be published; the first one may be the default
	TagGiven  bool       // the first one was asked for, by a flag or publishConfig
	EnvDoc    *string    // the text of the file that env.documented names; nil: it names the README
	// Listed is what registries say of the installed copies. Of a missing one nobody
	// asked, or nobody could be asked.
	Listed Listings

	Security     *SecurityDoc    // SECURITY.md; nil: nobody asks what it says, or there is none
	Written      *Written        // the policy that people wrote; nil: the policy file names none
	Kept         map[string]Kept // by path: the evidence that reviews and controls name
	Watched      *Watched        // what the state of the monitor says; nil: the policy names none
	Incidents    *Incidents      // what the records of incidents say; nil: the policy names none
	Unchecked    []Unchecked     // what the policy asks for and this run could not look at
	Maintainers  []string        // the npm names of those who may publish the package; nil: nobody was asked
	PolicyChange *PolicyChange   // how the policy file differs from the one before; nil: not, or not compared
	Source       *forge.Evidence // what GitHub says about the commit; nil: nobody asks, or it was not looked at
	SourceVSA    *SourceVSA      // what the source VSA of the commit says; nil: nobody asks, or it was not looked at
	Environment  *string         // of this job, as its ID token names it; nil: nobody asks, or no token was looked at
	Workflows    Workflows       // what publishes beside the gate
	Last         string          // the last release before this one; empty: not known, or none

	// Signatures says of each dependency whether its registry signed it; nil: it
	// was not asked for, or could not be looked at.
	Signatures map[*npm.Package]Seal

	// Attestations says of each dependency that must have provenance whether it
	// has, Publishers of each whether it was published with as much behind it as
	// earlier ones: SealInvalid is less. nil: as Signatures.
	Attestations, Publishers map[*npm.Package]Seal

	// Installs has the install scripts of those copies that run some, by their
	// registry; nil: the lockfile tells, or the registry was not asked.
	Installs map[*npm.Package]string

	// Arrivals says of each dependency of which another version was locked before who
	// came with it. A missing one was locked before; nil: as Signatures.
	Arrivals map[*npm.Package]Arrival

	// Served holds the versions that the registry serves of packages whose ranges
	// are judged, ascending. A missing name was not looked up.
	Served map[string][]npm.Version
}

// A Refusal is one reason why the package cannot be published as asked.
type Refusal struct {
	ID   string // kebab-case, does not change
	Text string // one sentence; may quote foreign text
	Key  string // of publishConfig that it is about; empty: none
}

// A Check makes findings about a Subject. It has several rules if one pass
// finds them.
type Check struct {
	Rules []finding.Rule
	Run   func(*Subject) []finding.Finding
}
