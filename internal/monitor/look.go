// Package monitor judges what is published already: it compares what one look at
// the registry saw of a package with what the state remembers of earlier ones,
// and with what is known to be judged. It computes only; package watch looks.
package monitor

import (
	"time"

	"github.com/publishgate/publishgate/internal/registry"
)

// A Topic is one kind of thing that is looked at: a key of monitor in the policy,
// which sets its cadence, and a word of -only.
type Topic string

// The topics.
const (
	Publishes       Topic = "publishes"       // versions, stages, who published them and how
	Tags            Topic = "tags"            // dist-tags
	Vulnerabilities Topic = "vulnerabilities" // advisories about supported versions
	Licenses        Topic = "licenses"        // licences of supported versions and of what they bring
	Downloads       Topic = "downloads"       // their number
	Access          Topic = "access"          // who may publish
)

// Topics lists all of them, in the order of reports.
var Topics = []Topic{Publishes, Tags, Vulnerabilities, Licenses, Downloads, Access}

// A Look is what one run saw of one package. What was not looked at is in Missed
// or was not asked for; it is never taken for "nothing there".
type Look struct {
	Package string
	At      time.Time // UTC
	Asked   []Topic

	History *registry.History // nil: the registry does not have the package, or it is in Missed
	Stages  []registry.Staged // what waits for an approval; nil: nobody asked, which needs a token

	Judged map[string]Judged // by version: what is known of its judgement; of a missing one nothing is
	Built  map[string]Built  // by version: what its verified provenance says
	Audits map[string]Audit  // by version, of supported ones

	Weeks    []Week           // complete weeks of downloads, oldest first
	LastWeek map[string]int64 // downloads of each version in the last seven days; nil: nobody asked

	// Refused has the versions whose attestations at the registry were verified and
	// do not hold, and why: one clause. Nothing is in Built of them.
	Refused map[string]string

	// Missed says what could not be looked at in full, and why: one clause, as in
	// "api.github.com answered 503".
	Missed map[Topic]string

	// Unlooked has the versions, and the IDs of stages, of which it could not be looked
	// at who judged them, where Publishes is in Missed; Untraced has the versions whose
	// attestations could not be verified. Of these it is not known what is missing from
	// Judged, and from Built and Refused; of others it is. Nil: it may be any of them.
	Unlooked, Untraced map[string]bool
}

// Judged says that one of ours judged the bytes of a version.
type Judged struct {
	SHA512   string // of the tarball that was judged, in hex
	Passed   bool   // false: it was blocked
	Signed   bool   // the verdict is signed, and the signature verified
	Evidence string // where it is: "attestation at github.com/acme/widget", a path of evidence
}

// Built is where a version was built, by its provenance, verified.
type Built struct {
	Repository string // "https://github.com/acme/widget"
	Workflow   string // ".github/workflows/release.yml"
	Ref        string // "refs/tags/v1.0.0"
}

// An Audit is what the advisory sources and licences say today of a version and
// of what an install of it brings.
type Audit struct {
	Vulnerable []Vulnerable
	Licenses   []string // SPDX expressions, sorted, each once
	Denied     []string // those that the policy denies, as "name@version: LICENCE"
}

// Vulnerable is one advisory about a package that a published version brings.
type Vulnerable struct {
	ID        string    // best known identifier
	Aliases   []string  // other ones
	Title     string    // may be empty
	Severity  string    // critical, high, moderate, low
	Package   string    // name@version of the dependency, or of the package itself
	Published time.Time // zero: not known
	Fixed     string    // lowest version that is free of it; empty: none is known
}

// A Week is the number of downloads of seven days.
type Week struct {
	From  time.Time // its first day, UTC
	Count int64
}
