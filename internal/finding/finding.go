// Package finding holds the one noun every room shares: what a check saw.
//
// Checks make findings, policy decides about them, outputs print them; none of
// the three knows the others. The package imports nothing of ours and does no
// I/O. It will not decide anything: see package policy for that.
package finding

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// A Rule is the documentation of one kind of finding. The record feeds the
// report, SARIF, `publishgate explain` and the docs; nothing is written twice.
type Rule struct {
	ID       string   // kebab-case, never changes: people write it into exceptions
	Title    string   // one sentence: what is so
	Why      string   // one or two sentences: why it matters
	Help     string   // what to do next; plain sentences, `code` allowed
	Severity Severity // the severity a finding of this rule has when it has none of its own
	Tags     []string // SARIF tags, e.g. "security", "supply-chain"; at most 10
}

// A Level says how a finding meets the policy. The zero value blocks.
type Level int

const (
	// Always blocks whatever the audit level says; only an exception lifts it.
	Always Level = iota
	// BySeverity blocks when the severity reaches the threshold of its scope,
	// or when its SLA clock has run out.
	BySeverity
	// Advice never blocks; it is reported as a warning.
	Advice
	// Alarm blocks whatever the audit level says, and no exception lifts it.
	Alarm
)

// Scope is the part of the dependency graph a finding belongs to: prod, dev,
// optional or peer. It is empty for what is not about a dependency (the
// tarball, the manifest, the policy); an empty scope is judged as prod.
type Scope string

// The scopes, in npm's words.
const (
	Prod     Scope = "prod"
	Optional Scope = "optional"
	Peer     Scope = "peer"
	Dev      Scope = "dev"
)

// Scopes lists all scopes, the most shipped first.
var Scopes = []Scope{Prod, Optional, Peer, Dev}

// A Finding is one fact that a check saw. All of its strings except Rule may
// be foreign text: outputs escape them, findings do not.
type Finding struct {
	Rule     string   // the ID of its Rule
	Severity Severity // Unknown counts as the worst
	Level    Level    // how it meets the policy
	Scope    Scope    // of the dependency it is about; empty: not about a dependency

	// Shipped: a consumer of the package gets what it is about – a dependency
	// that an install brings or the tarball has inside, a file of the tarball,
	// package.json. Not: what only builds or tests it, the policy.
	Shipped bool

	Package string   // purl of what it is about, e.g. pkg:npm/lodash@4.17.15; may be empty
	Name    string   // the same as npm name (never an alias), for exceptions; may be empty
	Version string   // and version as installed
	IDs     []string // advisory identifiers, best known first: GHSA-…, CVE-…, MAL-…

	// Paths are the shortest chains from the root to the package, one per
	// direct dependency that brings it in, each element "name@version".
	Paths [][]string

	File         string // slash path relative to DIR, or the tarball path of a packed file
	InTarball    bool   // File is a path inside the tarball ("package/…"), not in DIR
	Line, Column int    // 1-based; 0 where unknown

	Message string // what happened and why it matters, one or two sentences
	Fix     string // what to do next; may be empty

	// Ends is the version, or the range, with which nothing is left of what is
	// known about the package; Title is what the advisory is called. Both may be
	// empty and foreign.
	Ends, Title string

	Advisory *Advisory // more of it, where it is about one that affects a copy; else nil

	// Published is the advisory's earliest publication as RFC 3339, for SLA
	// clocks; empty or unparsable gives no grace.
	Published string

	// Subject distinguishes two findings of one rule about one package and
	// file (an advisory id, a secret's rule and hash, a licence). Where it is
	// about an advisory, that one's own id is the last word. It goes into the
	// fingerprint; never a line number, never a secret.
	Subject string
}

// An Advisory is what a source says of it beside its ids and title.
type Advisory struct {
	Link      string // where to read it; empty: nowhere known
	Score     string // CVSS, from 0.0 to 10.0; empty: the source gives none
	Fixed     string // the lowest version above the installed one that is free of it; empty: none is known
	Exploited bool   // the source says that it is known to be made use of
}

// Fingerprint is a stable identity of the finding, 32 hex digits: it depends
// on rule, package name, file and subject, not on lines, versions or order, so
// that a regenerated lockfile does not reopen alerts.
func (f Finding) Fingerprint() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{f.Rule, f.Name, f.File, f.Subject}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// State is what the policy made of a finding. The zero value blocks.
type State int

// The states, the worst first.
const (
	Block State = iota
	Warn
	Waived
)

// String returns block, warn or waived.
func (s State) String() string {
	switch s {
	case Warn:
		return "warn"
	case Waived:
		return "waived"
	}
	return "block"
}
