// Package check holds the list of checks: pure functions from what was read to
// findings. There is no I/O here, no clock and no error: "could not look" has
// its place in the rooms that read, so that it can never come out as "found
// nothing".
package check

import (
	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/release"
	"github.com/publishgate/publishgate/internal/source"
	"github.com/publishgate/publishgate/internal/tarball"
	"github.com/publishgate/publishgate/internal/upgrade"
)

// A Subject is all that was read about the package. Checks only read it.
type Subject struct {
	Manifest   *npm.Manifest     // DIR's package.json; never nil
	Graph      *npm.Graph        // never nil
	Unasked    map[string]bool   // names of packages no advisory source was asked about
	Advisories []advisory.Match  // every advisory that matches a copy in Graph, after merging sources
	Known      *advisory.Known   // all that the sources know of what they were asked; nil: nothing
	Plan       *upgrade.Plan     // what takes out what is affected; nil: made of the rest
	Tarball    *tarball.Tarball  // nil: none given, nothing of it is judged
	Packed     bool              // Tarball was made here from DIR, without running a script
	Publishing bool              // this run publishes the package if it passes
	Acts       bool              // this run signs or publishes it if it passes, because somebody asked
	Sent       Sending           // how it would be published, by this run or by npm after it
	Diff       *release.Diff     // what changed since the last release; nil: none, or not compared, which is reported
	Policy     *policy.Effective // the policy as it applies to this package; never nil
	Unlocked   []*npm.Package    // what Unlocked returns of Tarball and Graph; nil: nothing of it was looked up
	Requests   *Requests         // what FindRequests returns; nil: it is found where it is needed
	Others     []Other           // further lockfiles that decide, or may, what somebody installs
	Remote     string            // the address of the repository that the runner names; empty: none, the checkout's counts
	Folder     string            // of DIR in that repository, slash path, "." its root; empty: not known
	RootFiles  []string          // names of the files in DIR itself, e.g. SECURITY.md; nil: not looked
	Links      []string          // slash paths in DIR of symbolic links that package.json names or that are at its root
	Commit     *source.Commit    // that is checked out; nil: no git checkout, the report says so
	Origins    *Origins          // what Reconcile returns; nil: it is found where it is needed
	Tag        string            // the git tag that is being released; empty: none, or this run may not act
	Refusals   []Refusal         // what stands against publishing as it was asked for
	Taken      string            // a sentence on what the registry has under this version and was not judged; or empty
	Now        string            // RFC 3339 UTC, for dates written in the policy

	// Served is what the registry serves of packages whose ranges are judged,
	// ascending; a name that is not there was not asked about.
	Served map[string][]npm.Version
}

// A Refusal is one reason why the package cannot be published as asked.
type Refusal struct {
	ID   string // kebab-case, does not change
	Text string // one sentence; may quote foreign text
}

// A Check looks at a Subject and says what it saw. One check may have several
// rules when they are found in one pass.
type Check struct {
	Rules []finding.Rule
	Run   func(*Subject) []finding.Finding
}
