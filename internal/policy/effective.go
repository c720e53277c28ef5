// Package policy reads the policy file and decides: findings and a policy in, a
// verdict out.
//
// Parse reads the file's bytes into a Policy, For resolves it for one package,
// and Decide judges findings by the result. None of them opens a file, reads a
// clock or the environment, or prints: bytes, time and flags are arguments. The
// package does not look for problems itself; see package check for that.
package policy

import (
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// An AllowedSecret describes a candidate that is known not to be a secret. A
// candidate must match every field that is set.
type AllowedSecret struct{ Hash, Rule, Path string }

// An Effective policy is the policy for one package: the built-in defaults, the
// file, the package's own entry, then the flags. Each field is the value of the
// key of .publishgate.yml named beside it.
type Effective struct {
	File string // where it was read from, of two files the package's own; empty: built in

	Thresholds map[npm.Scope]Threshold       // audit-level, scopes
	DevUnset   bool                          // nobody set a level for dev, so its none is the built-in one
	SLA        map[finding.Severity]Deadline // sla
	Omit       map[npm.Scope]bool            // -omit: scopes left out, reported as skipped
	Advisories struct {
		RequireAll bool          // advisories.require: all
		MaxAge     time.Duration // advisories.max-age
		Fallback   string        // advisories.fallback: snapshot or file:PATH; "" none
	}

	Licenses struct {
		Deny, Allow   []string          // SPDX ids; * matches any run of characters
		Unknown       finding.Level     // licenses.unknown: warn → Advice, block → Always
		IgnoreUnknown bool              // licenses.unknown: ignore
		Overrides     []LicenseOverride // licenses.overrides
	}
	Secrets struct {
		Commit   bool            // secrets.scope: commit: the files of the commit are searched too
		Baseline string          // path of a detect-secrets baseline; "" none
		Allow    []string        // rule ids, path globs or hashes of known non-secrets
		Together []AllowedSecret // the same, with several conditions that must all match
		Known    map[string]bool // SHA-1s of the baseline, read by the gate before checks
	}
	Files struct {
		Forbid, Warn, Allow []string // gitignore patterns, relative to the package root; Forbid begins with the built-in ones
		Litter              []string // gitignore patterns of what no user needs; built in
		Require             []string // gitignore patterns, each of which must match a packed file
		MaxSize             int64    // bytes, of one packed file; 0: no limit
		MaxTotal            int64    // bytes, of all packed files together; 0: no limit

		// Built are patterns of packed files that are in no commit because a
		// build made them. Nil means: what package.json points to and git
		// ignores.
		Built *[]string
	}
	Dependencies struct {
		Pinned              Pinned
		Require             map[string]string // npm name → range every copy must satisfy
		RequireLines        map[string]int    // npm name → line in the policy file
		OverridesDocumented bool              // dependencies.overrides.documented: required
		ReviewEvery         time.Duration
		OverdueBlocks       bool // dependencies.overrides.overdue: block
		OverrideReasons     map[string]OverrideReason
		Registries          []string // addresses, "npm" replaced by the public registry; empty: the public registry alone
		InstallScripts
		VulnerableRange RangeCheck
		Trust
		Fresh
	}
	Diff    map[string]DiffRule // release-diff: rule → what it does; a missing rule blocks
	Publish struct {
		Access       string       // "restricted", "public" or ""
		UnrunScripts UnrunScripts // publish.unrun-scripts
		Refs         *[]string    // publish.refs: "protected", patterns; nil: protected, or a tag of the version
		Events       *[]string    // publish.events; nil: the default ones
		Publishing
	}
	Signing Signing
	Source  Source // source
	Docs    struct {
		Require        []string // README, LICENSE, SECURITY.md
		ReadmeSections []string
		Security       SecurityDoc
	}

	Versions Versions
	Incident Incident
	Records  Records
	Monitor  Monitor
	Scripts  []string // manifest.scripts.require

	Env     Env
	Content Content

	Exceptions []Exception
	// exceptions-max: how far ahead an exception may end; none set: 365 days.
	ExceptionsMax map[finding.Severity]time.Duration
	VEX           struct {
		MaxAge time.Duration // vex.max-age: how long a statement counts after it was made
	}

	About    About
	Document struct{ File, Lines string } // document: the written policy and its line file; empty: none
	Reviews  map[string]Review            // reviews
	Controls map[string]Control           // controls

	Risk string // packages.*.risk: low, medium, high or ""; only for the report, changes no decision
}

// A Threshold is the lowest severity that blocks. The zero value blocks
// everything.
type Threshold struct {
	Severity finding.Severity // Unknown (zero): everything blocks
	Never    bool             // "none"
}

// Pinned is dependencies.pinned. The zero value is the strictest.
type Pinned int

// The values of dependencies.pinned.
const (
	Exact         Pinned = iota // "exact"
	ExactOrLocked               // "exact-or-locked"
	Any                         // "any"
)

// RangeCheck is dependencies.vulnerable-range. The zero value is the strictest.
type RangeCheck int

// The values of dependencies.vulnerable-range.
const (
	RangeBlock  RangeCheck = iota // "block": by severity, as an installed copy would
	RangeWarn                     // "warn"
	RangeIgnore                   // "ignore"
)

// UnrunScripts is publish.unrun-scripts: how to judge a package that was packed
// without running the scripts that build it. The zero value is the strictest.
type UnrunScripts int

// The values of publish.unrun-scripts.
const (
	UnrunBlock          UnrunScripts = iota // "block"
	UnrunBlockOnPublish                     // "block-on-publish": a warning where nothing is published
	UnrunWarn                               // "warn"
)

// A Deadline is one value of sla: a time span after the advisory's publication,
// or the release in which the vulnerability must be fixed.
type Deadline struct {
	Within      time.Duration
	NextRelease bool // "next-release"
	NextMinor   bool // "next-minor"
}

// A LicenseOverride states the licence of a package whose metadata is wrong.
type LicenseOverride struct {
	Package string // purl or name, version optional
	License string // SPDX expression
	Reason  string
}

// An OverrideReason documents one entry of overrides.
type OverrideReason struct {
	Why      string
	Reviewed time.Time
}

// An Exception waives findings. It has a reason, an owner and an end date.
type Exception struct {
	ID            string // an advisory id, alias, or rule id
	Package       string // purl or npm name, version optional; empty: any
	Versions      string // npm range of the versions of Package it covers; empty: any
	Path          string // "*>request>lodash"; empty: any
	Reason        string
	Status        string // OpenVEX vocabulary; empty: not_affected
	Justification string // OpenVEX vocabulary; may be empty
	Owner         string
	Expires       time.Time // the first moment at which it no longer counts
	File          string    // where Line is; empty: the policy's File, or Document
	Line          int

	// Document names the VEX document the exception comes from, as shown to
	// people; "" means the policy. Owner is then the document's author, and
	// Stated the time of its statement.
	Document string
	Stated   time.Time
}
