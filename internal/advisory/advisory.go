// Package advisory finds the advisories that concern the packages of a graph.
//
// Each source is one file. A source that could not answer completely is an
// error, never an empty answer. Versions are compared by precedence against
// OSV events, never by range satisfaction.
package advisory

import (
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// A Kind is vulnerability or malware.
type Kind int

// The kinds of advisory.
const (
	Vulnerability Kind = iota
	Malware            // MAL-… of OpenSSF, or a GHSA of type malware: the whole version is hostile
)

// A Record is one advisory about one npm package: facts only.
type Record struct {
	ID        string // GHSA-…, MAL-…, or the source's own
	Aliases   []string
	Package   string // npm name
	Kind      Kind
	Severity  finding.Severity // the word, else computed from Vector, else Unknown
	Vector    string           // CVSS vector; may be empty
	Title     string           // foreign text; empty in the snapshot
	Exploited bool             // the source says that it is known to be exploited
	Instead   string           // without a fix: a replacement that the source names; may be empty
	Published string           // RFC 3339; may be empty
	Modified  string           // RFC 3339; may be empty
	Withdrawn bool
	Ranges    []Range
	Versions  []string // enumerated affected versions
}

// A Range is a run of affected versions in OSV's terms: from Introduced
// (inclusive; "0" is the beginning) up to Fixed (exclusive), or LastAffected
// (inclusive), or Limit (exclusive), or without an end when all are empty.
// Fixed is a release; Limit need not be one.
type Range struct {
	Introduced, Fixed, LastAffected, Limit string
}

// end returns the first version after a run.
func (r Range) end() (v npm.Version, ok bool) {
	if v, ok = parseBound(r.Fixed); ok {
		return v, true
	}
	if v, ok = parseBound(r.LastAffected); ok {
		return v.Next(), true
	}
	return parseBound(r.Limit)
}

// A Match is one advisory that affects one installed copy.
type Match struct {
	Record  *Record // merged from all sources that know it: worst severity, earliest publication
	Package *npm.Package
	Fixed   string   // the lowest version above the installed one that the record does not affect; empty: none known
	Sources []string // names of the sources that reported it, sorted
}

// A Status says what a source was asked and how fresh its answer is. It goes
// into the report unchanged.
type Status struct {
	Name       string        // "npm", "osv", "snapshot", "file:advisories"
	Advisories int           // records it has, or returned if it cannot say
	AsOf       time.Time     // time at which its data was current
	Newest     time.Time     // latest change among its advisories on the packages asked for; zero: none
	Partial    bool          // it does not have all advisories
	NoCanary   bool          // it is partial since it lacks the canary's advisory
	StandIn    bool          // its data has a date, and no online source could answer
	Age        time.Duration // of a stand-in's data
	Error      string        // why it could not answer; empty: it answered completely
	Unasked    []string      // packages it was not asked about, sorted: their scopes have other registries
	Depth      Depth         // how much it returned about each package
}

// A Depth says which of its records about a package a source returns.
type Depth int

// The depths.
const (
	OfVersions Depth = iota // those that affect a version asked for
	OfWhole                 // all, where AnyVersion was asked for
	OfAll                   // all
)
