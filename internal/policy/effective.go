// Package policy reads the policy file and decides: findings and a policy in,
// a verdict out.
//
// Parse turns the file's bytes into a Policy, For says what it means for one
// package, Decide judges findings by it. None of them opens a file, reads a
// clock or the environment, or prints: the bytes, the time and the flags come
// in as values. The package looks for nothing itself; see package check for
// that.
package policy

import (
	"time"

	"github.com/publishgate/publishgate/internal/finding"
)

// An AllowedSecret names a candidate that is known to be no secret by what is given
// of it; all that is given must hold.
type AllowedSecret struct{ Hash, Rule, Path string }

// An Effective policy is the policy as it applies to one package: built-in
// defaults, the file, the package's own entry, then flags that tighten it.
// Each field stands for the key of .publishgate.yml named beside it.
type Effective struct {
	File string // where it was read from; empty: built in

	Thresholds map[finding.Scope]Threshold   // audit-level, scopes
	DevUnset   bool                          // nobody set a level for dev: that it is none is built in
	SLA        map[finding.Severity]Deadline // sla
	Omit       map[finding.Scope]bool        // -omit: scopes left out, reported as skipped
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
		Baseline string          // path of a detect-secrets baseline; "" none
		Allow    []string        // rule ids, path globs or hashes that are known not to be secrets
		Together []AllowedSecret // the same, where several must hold
		Known    map[string]bool // SHA-1s of the baseline, read by the gate before checks
	}
	Files struct {
		Forbid, Warn, Allow []string // gitignore patterns, relative to the package root; Forbid begins with the built-in ones
		Litter              []string // gitignore patterns of what no user needs; built in
		MaxSize             int64    // bytes, of one packed file; 0: no limit
		MaxTotal            int64    // bytes, of all packed files together; 0: no limit

		// Built are patterns of packed files that no commit explains, because a
		// build made them; nil: what package.json points to and git ignores.
		Built *[]string
	}
	Dependencies struct {
		Pinned              Pinned
		Require             map[string]string // npm name → range every copy must satisfy
		OverridesDocumented bool              // dependencies.overrides.documented: required
		ReviewEvery         time.Duration
		OverrideReasons     map[string]OverrideReason
		Registries          []string  // addresses, "npm" replaced by the public registry; empty: the public registry alone
		InstallScripts      *[]string // dependencies.install-scripts.allow; nil: not checked
		VulnerableRange     RangeCheck
	}
	Diff    map[string]DiffRule // release-diff: rule → what it does; a rule that is not there blocks
	Publish struct {
		Access       string       // "restricted", "public" or ""
		UnrunScripts UnrunScripts // publish.unrun-scripts
		Refs         *[]string    // publish.refs: "protected", patterns; nil: protected, or a tag of the version
		Events       *[]string    // publish.events; nil: the default ones
	}
	Docs struct {
		Require        []string // README, LICENSE, SECURITY.md
		ReadmeSections []string
	}

	Env struct {
		Declared []string // variables the shipped code may read, * for any run of characters; empty: not checked
	}

	Exceptions    []Exception
	ExceptionsMax map[finding.Severity]time.Duration // exceptions-max: how far ahead an exception may end; none set: 365 days
	VEX           struct {
		MaxAge time.Duration // vex.max-age: how long a statement counts after it was made
	}

	// Unenforced are keys the owner set that this version cannot check. Each is
	// named as not looked at, whatever its value, and one that asks for something
	// is a finding: a line of policy nobody looks at must not pass in silence.
	Unenforced []Setting
	NextReview time.Time // about.next-review; zero: none

	Owner string // about.owner; may be empty
	Risk  string // packages.*.risk: low, medium, high or ""; for the report, it changes no decision
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

// UnrunScripts is publish.unrun-scripts: what it means that a package was
// packed without running the scripts that build it. The zero value is the
// strictest.
type UnrunScripts int

// The values of publish.unrun-scripts.
const (
	UnrunBlock          UnrunScripts = iota // "block"
	UnrunBlockOnPublish                     // "block-on-publish": a warning where nothing is published
	UnrunWarn                               // "warn"
)

// A Deadline is one value of sla: a time from the advisory's publication, or
// the release by which it must be gone.
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

// An Exception waives findings, for a reason, by somebody, until a day.
type Exception struct {
	ID            string // an advisory id, alias, or rule id
	Package       string // purl or npm name, version optional; empty: any
	Versions      string // npm range of the versions of Package it covers; empty: any
	Path          string // "*>request>lodash"; empty: any
	Reason        string
	Status        string // OpenVEX vocabulary; empty: not_affected
	Justification string // OpenVEX vocabulary; may be empty
	Owner         string
	Expires       time.Time // the first moment it no longer counts
	Line          int       // in the policy file, or in Document

	// Document is the VEX document that says so instead of the policy, as it
	// is shown to people; Owner is its author then, and Stated when it was said.
	Document string
	Stated   time.Time
}

// A Setting is one key of the policy file.
type Setting struct {
	Key, Value string
	Line       int

	Asks   bool // it asks for something: not "ignore", not false
	Strict bool // it asks for it wherever the package is judged, not only when this run signs or publishes
}
