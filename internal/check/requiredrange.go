package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/upgrade"
)

var requiredRangeRule = finding.Rule{
	ID:    "required-range-vulnerable",
	Title: "A range that the policy requires admits a version with a known advisory.",
	Why: "`dependencies.require` names the versions that are good enough. When a new advisory makes its floor a bad one, the policy " +
		"still calls " +
		"it good, and people raise their dependencies to it.",
	Help:     "Raise the range under `dependencies.require` to the version that the message names.",
	Severity: finding.Moderate,
	Tags:     []string{"security", "vulnerability", "policy"},
}

// requiredRange is about the policy, whether or not the package is installed.
// Installed copies have findings of their own.
var requiredRange = Check{
	Rules: []finding.Rule{requiredRangeRule},
	Run: func(s *Subject) []finding.Finding {
		var found []finding.Finding
		for _, d := range s.demands() {
			for _, a := range s.Known.Admitted(d.name, d.rng) {
				found = append(found, s.requires(d, a))
			}
		}
		return found
	},
}

// A demand is an entry of dependencies.require that requires something.
type demand struct {
	name, text string
	rng        npm.Range
}

// demands lists the entries of dependencies.require by name. One that admits
// every version requires nothing.
func (s *Subject) demands() []demand {
	var all []demand
	for name, text := range s.Policy.Dependencies.Require {
		if rng, err := npm.ParseRange(text); err == nil && !acceptsAll(rng) {
			all = append(all, demand{name, text, rng})
		}
	}
	slices.SortFunc(all, func(a, b demand) int { return strings.Compare(a.name, b.name) })
	return all
}

// requires returns a finding about an advisory that a required range admits.
func (s *Subject) requires(d demand, a advisory.Admission) finding.Finding {
	f := s.inPolicy(&requiredRangeRule, finding.Advice, s.Policy.Dependencies.RequireLines[d.name], "require "+a.Record.ID, "")
	f.Name, f.Package = d.name, npm.PURLOf(d.name, "")
	f.IDs, f.Published, f.Severity, f.Title = identifiers(a.Record), a.Record.Published, a.Record.Severity, a.Record.Title
	f.Advisory = details(a.Record, a.Fixed())
	what := "which has a known vulnerability"
	if a.Record.Kind == advisory.Malware {
		what, f.Severity = "which is known malware", finding.Critical
	}
	f.Message = fmt.Sprintf("The policy requires %s %q. That admits %s, %s: %s", d.name, d.text, a.Version, what, f.IDs[0])
	if a.Record.Title != "" {
		f.Message += ", " + strings.TrimRight(a.Record.Title, " .")
	}
	f.Message += "."
	f.Fix, f.Ends = s.raised(d)
	return f
}

// raised returns advice on what to require instead, and the range that ends the
// finding if there is one.
func (s *Subject) raised(d demand) (advice, ends string) {
	var installed []npm.Version
	for p := range s.dependencies() {
		if v, err := npm.ParseVersion(p.Version); p.Name == d.name && err == nil && v.Prerelease() == "" {
			installed = append(installed, v)
		}
	}
	if text, ok := upgrade.Narrow(s.Known, d.name, d.text, installed...); ok {
		return fmt.Sprintf("Write %q for %s under dependencies.require of the policy.", text, d.name), text
	}
	if floors := s.Known.Floors(d.name); len(floors) > 0 {
		ends = "^" + floors[len(floors)-1].Canonical()
		return fmt.Sprintf("Nothing in this range is free of known advisories from its lower end on: write %q for %s under "+
			"dependencies.require of the policy, and update the packages that need an older one.", ends, d.name), ends
	}
	return fmt.Sprintf("No release of %s is known to be free of it: replace %s, or write an exception for the advisory.", d.name,
		d.name), ""
}
