// Package finding holds the type that all rooms share: what a check found.
//
// Checks make findings, policy decides about them, outputs print them; none of
// the three knows the others. The package does no I/O. It decides nothing; see
// package policy.
package finding

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// A Rule documents one kind of finding. The report, SARIF, `publishgate
// explain` and the docs all read it; nothing is written twice.
type Rule struct {
	ID       string   // kebab-case, never changes: people write it into exceptions
	Title    string   // one sentence: what was found
	Why      string   // one or two sentences: why it matters
	Help     string   // what to do next; plain sentences, `code` allowed
	Severity Severity // of a finding of this rule that has no severity of its own
	Tags     []string // SARIF tags, e.g. "security", "supply-chain"; at most 10
}

// A Level says how the policy treats a finding. The zero value blocks.
type Level int

const (
	// Always blocks whatever the audit level is; only an exception lifts it.
	Always Level = iota
	// BySeverity blocks when the severity reaches the threshold of its scope,
	// or when its SLA clock has run out.
	BySeverity
	// Advice never blocks; it is reported as a warning.
	Advice
	// Alarm blocks whatever the audit level is, and no exception lifts it.
	Alarm
)

// A Finding is one fact that a check found. All of its strings except Rule may
// be foreign text: outputs escape them, findings do not.
type Finding struct {
	Rule     string    // the ID of its Rule
	Severity Severity  // Unknown counts as the worst
	Level    Level     // how the policy treats it
	Scope    npm.Scope // of the dependency it is about; empty: not about a dependency

	// Shipped says that consumers get what the finding is about: a dependency
	// that an install brings or that is bundled, a file of the tarball,
	// package.json. It is false for what only builds or tests the package, and
	// for the policy.
	Shipped bool

	Package string   // purl of its subject, e.g. pkg:npm/lodash@4.17.15; may be empty
	Name    string   // npm name of the same package (never an alias), for exceptions; may be empty
	Version string   // its installed version
	IDs     []string // advisory identifiers, best known first: GHSA-…, CVE-…, MAL-…

	// Paths are the shortest chains from the root to the package, one per
	// direct dependency that brings it in, each element "name@version".
	Paths [][]string

	File         string // slash path relative to DIR, or the tarball path of a packed file
	InTarball    bool   // File is a path inside the tarball ("package/…"), not in DIR
	Line, Column int    // 1-based; 0 where unknown

	Message string // what happened and why it matters, one or two sentences
	Fix     string // what to do next; may be empty

	// Ends is the version, or the range, that is free of all known
	// vulnerabilities of the package; Title is the advisory's title. Both may
	// be empty and foreign.
	Ends, Title string

	Advisory *Advisory // details of an advisory, about an installed copy or about what a range admits; else nil

	// Published is the advisory's earliest publication as RFC 3339, for the
	// SLA; empty or unparsable gives no grace period.
	Published string

	// Subject distinguishes findings of one rule about one package and file: an
	// advisory id, a secret's rule and hash, a licence. For an advisory, its
	// own id is the last word. Subject is part of the fingerprint, so it never
	// contains a line number or a secret.
	Subject string
}

// An Advisory is what a source says about an advisory besides ids and title.
type Advisory struct {
	Link      string // where to read it; empty: nowhere known
	Score     string // CVSS, from 0.0 to 10.0; empty: the source gives none
	Vector    string // what Score was computed from, "CVSS:3.1/…"; empty: as Score, or not understood
	Fixed     string // the lowest unaffected version above the installed, or admitted, one; empty: none is known
	Exploited bool   // the source says that it is known to be exploited
}

// OfTarball reports whether File is the tarball itself, by the path that it was
// named with: no file of the repository, and a name that holds the version.
func (f Finding) OfTarball() bool {
	return !f.InTarball && (strings.HasSuffix(f.File, ".tgz") || strings.HasSuffix(f.File, ".tar.gz"))
}

// Fingerprint returns a stable identity of the finding, 32 hex digits. It
// depends on rule, package name, file and subject, not on lines, versions or
// order, so that a regenerated lockfile does not reopen alerts, nor does the
// next version's tarball.
func (f Finding) Fingerprint() string {
	file := f.File
	if f.OfTarball() {
		file = ".tgz"
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{f.Rule, f.Name, file, f.Subject}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// State is the policy's decision about a finding. The zero value blocks.
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
