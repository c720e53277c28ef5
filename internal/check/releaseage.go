package check

import (
	"fmt"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// A Listing is what its registry says of a locked version. The zero Listing is of
// one that the registry does not have.
type Listing struct {
	There      bool
	Published  time.Time // zero: the registry has no time for it
	Deprecated string    // the message; empty: it is not. Foreign text
}

// Listings are the answers about a lockfile. Two registries may have different
// packages of one name and version, so an answer counts for no copy from elsewhere.
type Listings struct {
	Of map[*npm.Package]Listing // by installed copy
	At map[[2]string]Listing    // the same by registry and "name@version", for another lockfile
}

var tooYoungRule = finding.Rule{
	ID:    "release-too-young",
	Title: "A dependency was published more recently than the policy allows.",
	Why: "Most malicious releases are found and taken down within days. Who waits that long does not install them, and does not " +
		"build with them.",
	Help: "Lock an older version, or release when this one is old enough. One that cannot wait, such as a security fix, gets an " +
		"exception or an entry in `dependencies.min-release-age-exclude`.",
	Severity: finding.Moderate,
	Tags:     []string{"security", "supply-chain"},
}

var timeMissingRule = finding.Rule{
	ID:    "release-time-missing",
	Title: "Its registry does not say when a dependency was published.",
	Why:   "The policy asks for releases of some age. One of which nobody knows the age may be a minute old, or taken down.",
	Help: "Look whether the registry still has the version (`npm view NAME time`). Lock one that it has; where a registry keeps no times, " +
		"name its packages in `dependencies.min-release-age-exclude`.",
	Severity: finding.Moderate,
	Tags:     []string{"security", "supply-chain"},
}

// releaseAge judges every scope: what builds a package can change it.
var releaseAge = Check{
	Rules: []finding.Rule{tooYoungRule, timeMissingRule},
	Run: func(s *Subject) []finding.Finding {
		least := s.Policy.Dependencies.MinReleaseAge
		now, err := time.Parse(time.RFC3339, s.Now)
		var found []finding.Finding
		told := map[string]bool{}
		for p := range s.dependencies() {
			listing, asked := s.Listed.Of[p]
			if !asked || told[p.ID()] || !s.Aged(p) {
				continue // what was to be asked about and was not is named as unchecked
			}
			old := listing.Published.Add(least)
			add := func(rule *finding.Rule, f finding.Finding, format string, args ...any) {
				told[p.ID()] = true
				f.Level, f.Fix, f.Message = finding.Always, rule.Help, fmt.Sprintf(format, args...)
				found = append(found, f)
			}
			missing, young := &timeMissingRule, &tooYoungRule
			switch {
			case !listing.There:
				add(missing, s.entry(missing, p), "%s is not at its registry (any more), which so does not say when it was published.", p.ID())
			case listing.Published.IsZero():
				add(missing, s.entry(missing, p), "The registry does not say when %s was published.", p.ID())
			case err == nil && listing.Published.After(now):
				add(young, s.about(young, p), "%s was published at %s, says the registry, which is to come.", p.ID(), minute(listing.Published))
			case err != nil || now.Before(old):
				add(young, s.about(young, p), "%s was published at %s. The policy asks for an age of %s, which it has at %s.", p.ID(),
					minute(listing.Published), days(least), minute(old))
			}
		}
		return found
	},
}

// minute formats a time for a message.
func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// Aged reports whether the policy asks for the age of an installed copy. That of
// a bundled one is its bundler's, and what is from no registry has none.
func (s *Subject) Aged(p *npm.Package) bool {
	want := &s.Policy.Dependencies.Fresh
	return want.MinReleaseAge > 0 && p.Source == npm.SourceRegistry && p.Bundler == nil && p.Version != "" &&
		!want.MayBeYoung(p.Name, p.Version)
}

// Ageless counts the installed copies whose age the policy asks for and that have
// none: they are from no registry, or bundled in the tarball of another package.
func (s *Subject) Ageless() (n int) {
	for p := range s.dependencies() {
		if s.Policy.Dependencies.MinReleaseAge > 0 && (p.Source != npm.SourceRegistry || p.Bundler != nil || p.Version == "") {
			n++
		}
	}
	return n
}
