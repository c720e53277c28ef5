// Package report shows a verdict: to programs as JSON, to people as text,
// markdown and HTML. All four render one Document, so they cannot disagree.
//
// The verdict comes first, then what was looked at and what was not, then the
// findings, those that block before those that do not. Foreign text is shown
// through package say and is inert in every output. The package decides nothing
// and reads nothing; the same Document gives the same bytes.
package report

import (
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/diff"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/fix"
	"github.com/publishgate/publishgate/internal/policy"
)

// A Document is all that a report says. The gate fills it in; its zero value is
// shown as "not decided". verdict.json is made of all of it but Run.
type Document struct {
	Verdict policy.Verdict // findings in its order
	Problem string         // why nothing could be decided; empty: it could. May be foreign
	Only    string         // "judged only", where it could be nothing else, said in the first line; our own words
	Caveats []string       // what a pass is to be read with, said in the first line: "on partial advisory data"; our own words
	Run     *Run           // what was done with the verdict; nil: it is not over yet

	Package       Package
	PackageUnread bool     // no package.json could be read: nothing is known of it
	Tarball       *Tarball // nil: none was given, nothing of it was judged
	LookedAt      LookedAt

	Diff         *diff.Diff     // what has changed since the last release; nil: nothing was compared
	Plan         *fix.Plan      // what takes out what is affected; nil: nothing is
	Rules        []finding.Rule // of all checks, for titles; more than used is fine
	Levels       *Levels        // from which severity on a dependency blocks; nil: nothing was decided
	Policy       string         // the policy file as shown to people; empty: built in
	PolicyUnread bool           // none could be read, so that none holds
	PolicyOf     string         // the base commit it was read from, in hex digits; empty: none, it is that of the checkout
	ToolVersion  string         // publishgate's own; may be empty
}

// A Package is what was judged. All of it but Manager may be foreign.
type Package struct {
	Name, Version, PURL string
	Manager             string // "npm"
	Lockfile            string // as shown to people; may be empty
}

// A Tarball is the bytes that were judged.
type Tarball struct {
	File                 string // as shown to people
	Size                 int64  // bytes, packed
	Unpacked             int64  // bytes of all files
	Entries              int    // files and folders
	SHA1, SHA256, SHA512 string // lower-case hex
	Integrity            string // "sha512-…", base64
}

// LookedAt says what the verdict rests on.
type LookedAt struct {
	Dependencies              int     // copies reached, the package itself aside
	Shipped                   int     // of these, what a consumer of the package gets
	Prod, Dev, Optional, Peer int     // of these, by scope
	Commit                    *Commit // that is checked out; nil: none is
	Sources                   []advisory.Status
	Skipped                   []Skip
	Previous                  string // the release before this one, "none"; empty: nobody asked, or nobody knows
	VEX                       []VEX
	Registry                  string // that was asked whether it has this version; empty: none was
	Holds                     string // what it said, in our own words; it is in no verdict.json, which a run that comes again writes the same
}

// A VEX is one VEX document that was weighed.
type VEX struct {
	File       string // as shown to people
	Format     string // "OpenVEX", "CycloneDX"
	Author     string // may be foreign, and empty
	Statements int
	Matched    int // of these, about something that was found
}

// A Commit is the git commit that the package was made from, and how it
// explains the packed files. Without a tarball the counts are zero.
type Commit struct {
	SHA  string // 40 lower-case hex digits, or 64
	Date time.Time
	Tag  string // a tag of the version that points to it; may be empty

	Identical, Built, Ignored, Modified, Untracked int // packed files
}

// Levels are the lowest severities that block, by scope, in npm's words.
type Levels struct {
	Prod, Optional, Peer, Dev string
	DevUnset                  bool // nobody set one for dev: that it is none is built in
}

// A Skip is something that was not looked at.
type Skip struct {
	What string // "secrets", "dev dependencies"
	Why  string // may be foreign
}

// Result is the word of verdict.json. A verdict that says pass without having
// been decided so is not one.
func (d *Document) Result() policy.Result {
	switch {
	case d.Problem != "":
		return policy.Unknown
	case d.Verdict.Passed():
		return policy.Pass
	case d.Verdict.Result == policy.Block:
		return policy.Block
	}
	return policy.Unknown
}

// Ending is how it ended, verdict and acts: a pass only where both are.
func (d *Document) Ending() policy.Result {
	switch {
	case d.Run == nil:
		return d.Result()
	case d.Run.Reason == Fine && d.Result() != policy.Pass:
		return policy.Unknown
	}
	return d.Run.Reason.Result()
}

// A ruleBook finds a rule's documentation by its identifier.
type ruleBook map[string]*finding.Rule

func (d *Document) rules() ruleBook {
	m := make(ruleBook, len(d.Rules))
	for i := range d.Rules {
		m[d.Rules[i].ID] = &d.Rules[i]
	}
	return m
}

// of is the documentation of a group's rule, an empty one if there is none.
func (b ruleBook) of(g *policy.Group) *finding.Rule {
	if r := b[g.Of().Rule]; r != nil {
		return r
	}
	return &finding.Rule{}
}

// stamp is a time as RFC 3339 in UTC, empty where there is none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
