// Package report shows a verdict: to programs as JSON, to people as text,
// markdown and HTML. All four render the same Document, so they cannot
// disagree.
//
// The verdict comes first, then what was checked and what was not, then the
// findings, those that block before the others. Foreign text goes through
// package display and is inert in every output. The package decides nothing and
// reads nothing; the same Document gives the same bytes.
package report

import (
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/release"
	"github.com/publishgate/publishgate/internal/upgrade"
	"github.com/publishgate/publishgate/internal/written"
)

// A Document is the content of a report. The gate fills it in; its zero value
// is shown as "not decided". verdict.json contains all of it but Run, At, Verify,
// Root and Change.
type Document struct {
	Verdict policy.Verdict // findings in its order
	Problem string         // why nothing could be decided, may be foreign; empty: a decision was made
	// Down is what to wait for where services gave no answer, in our own words:
	// AdvisorySource, "the registry answers". Empty: for an advisory source, if
	// Run.Reason says that one is down.
	Down []string
	// Only is "judged only" for a run that could do nothing else; it is shown
	// on the first line.
	Only string
	// Caveats qualify a pass, in our own words: "on partial advisory data".
	// They are shown on the first line.
	Caveats []string
	Run     *Run // what was done after the verdict; nil: the run is not over yet
	// At is when it was judged; the age of an advisory counts from it. It is not in
	// verdict.json.
	At time.Time
	// Verify is the command that verifies what was signed, in the folder of the
	// evidence; empty: nothing was signed.
	Verify string

	// Root is the slash path of the package's directory in its checkout; empty: it
	// is the checkout's root, or not known. It is not in verdict.json.
	Root string

	Package       Package
	PackageUnread bool     // no package.json could be read, so nothing is known about the package
	Tarball       *Tarball // nil: there was none, so nothing in it was judged
	LookedAt      LookedAt

	Change       *Change        // what the change under test does to the findings; nil: not compared, or none is under test
	Diff         *release.Diff  // changes since the last release; nil: not compared
	Plan         *upgrade.Plan  // how to upgrade or remove affected packages; nil: none is affected
	Rules        []finding.Rule // of all checks, for titles; may contain unused ones
	Levels       *Levels        // lowest severities that block; nil: nothing was decided
	Policy       string         // the policy file as shown to people; empty: built in
	Written      *Written       // the policy that people wrote, line by line; nil: the policy file names none
	PolicyFiles  []PolicyFile   // what it was read from, the organisation's before the package's own; none: built in
	PolicyUnread bool           // no policy could be read, so none applies
	PolicyOf     string         // base commit it was read from, hex; empty: read from the checkout
	ToolVersion  string         // publishgate's own; may be empty

	read bool // it was read from evidence, so that its result is only what the file says
}

// A PolicyFile is a policy file that was read.
type PolicyFile struct {
	File   string // as shown to people; foreign
	SHA256 string // lower-case hex
	Commit string // base commit it was read from, hex; empty: read as it lies there
}

// Written is a written policy, held against its line file.
type Written struct {
	Prose, Lines string // the two files, relative to the package's directory
	Coverage     *written.Coverage
}

// A Package is the judged package. All of it but Manager may be foreign.
type Package struct {
	Name, Version, PURL string
	Manager             string // "npm"
	Lockfile            string // as shown to people; may be empty
	Risk                string // low, medium or high, as the policy says of the package; empty: it does not
}

// A Tarball describes the bytes that were judged.
type Tarball struct {
	File                 string // as shown to people
	Size                 int64  // bytes, packed
	Unpacked             int64  // bytes of all files
	Entries              int    // files and directories
	SHA1, SHA256, SHA512 string // lower-case hex
	Integrity            string // "sha512-…", base64
	Files                []PackedFile
}

// A PackedFile is a file of the tarball.
type PackedFile struct {
	Path string // as in the archive, "package/lib/index.js"; foreign
	Size int64  // bytes
}

// LookedAt says what the verdict is based on.
type LookedAt struct {
	Dependencies              int     // copies reached, without the package itself
	Shipped                   int     // how many of these consumers get
	Prod, Dev, Optional, Peer int     // of these, by scope
	Commit                    *Commit // the checked-out commit; nil: there is none
	Sources                   []advisory.Status
	Skipped                   []Skip
	Previous                  string // the release before this one, or "none"; empty: not asked or not known
	VEX                       []VEX
	Licences                  []Licence   // of the dependencies, the most frequent first; none: the lockfile tells none
	Signatures                *Seals      // of registries over the dependencies; nil: not looked at
	Attestations              *Seals      // of the dependencies that must have provenance; nil: not looked at
	Publishers                *Seals      // how the dependencies were published; Invalid: with less than earlier versions
	Newcomers                 *Seals      // who came with versions that were not locked before; Invalid: somebody to look at
	Registry                  string      // the registry that was asked for this version; empty: none was
	Credential                *Credential // what this run publishes with; nil: it publishes nothing, or there is none
	// Holds is the registry's answer, in our own words. It is not in
	// verdict.json, which must be the same when the run is repeated.
	Holds string
}

// A VEX is one VEX document that was used.
type VEX struct {
	File       string // as shown to people
	Format     string // "OpenVEX", "CycloneDX"
	Author     string // may be foreign, and empty
	Statements int
	Matched    int // how many of these are about a finding
}

// A Commit is the git commit that the package was made from, with the number of
// packed files it accounts for. Without a tarball the counts are zero.
type Commit struct {
	SHA  string // 40 lower-case hex digits, or 64
	Date time.Time
	Tag  string // a tag of the version that points to it; may be empty

	Identical, Built, Ignored, Modified, Untracked int // packed files
	Searched                                       int // files of the commit that were searched for secrets
}

// Levels are the lowest severities that block, by scope, in npm's words.
type Levels struct {
	Prod, Optional, Peer, Dev string
	DevUnset                  bool // nobody set one for dev, so its none is the built-in one
}

// Seals counts what was verified about the dependencies, one by one.
type Seals struct {
	Verified, Missing, Invalid, Skipped int
	Reasons                             []SealSkip // what was skipped, in the lockfile's order
}

// A SealSkip is why something about some packages could not be verified.
type SealSkip struct {
	Why      string   // foreign in part
	Packages []string // "name@version"; foreign
}

// A Skip is something that was not checked.
type Skip struct {
	What string // "secrets", "dev dependencies"
	Why  string // may be foreign
}

// Result returns the word in verdict.json. A verdict that claims to pass but
// was not made by policy.Decide does not count as a pass.
func (d *Document) Result() policy.Result {
	switch {
	case d.Problem != "":
		return policy.Unknown
	case d.read:
		return d.Verdict.Result
	case d.Verdict.Passed():
		return policy.Pass
	case d.Verdict.Result == policy.Block:
		return policy.Block
	}
	return policy.Unknown
}

// Ending returns the result of the run: a pass only if both the verdict and the
// acts passed.
func (d *Document) Ending() policy.Result {
	switch {
	case d.Run == nil:
		return d.Result()
	case d.Run.Reason == Fine && d.Result() != policy.Pass:
		return policy.Unknown
	}
	return d.Run.Reason.Result()
}

// reason returns why the run did not end well; Fine while it is not over.
func (d *Document) reason() Reason {
	if d.Run == nil {
		return Fine
	}
	return d.Run.Reason
}

// A ruleBook maps a rule's id to its documentation.
type ruleBook map[string]*finding.Rule

func (d *Document) rules() ruleBook {
	m := make(ruleBook, len(d.Rules))
	for i := range d.Rules {
		m[d.Rules[i].ID] = &d.Rules[i]
	}
	return m
}

// of returns the documentation of a group's rule, or an empty one.
func (b ruleBook) of(g *policy.Group) *finding.Rule {
	if r := b[g.Of().Rule]; r != nil {
		return r
	}
	return &finding.Rule{}
}

// stamp formats a time as RFC 3339 in UTC; empty for the zero time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
