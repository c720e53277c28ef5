package check

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/upgrade"
)

var vulnerableRangeRule = finding.Rule{
	ID:       "vulnerable-range",
	Title:    "The range of a direct dependency admits a version with a known advisory.",
	Why:      "Your lockfile is not published: whoever installs the package resolves the range anew, and keeps an old copy that it admits.",
	Help:     "Raise the lower end of the range in package.json. The policy sets what it leads to: `dependencies.vulnerable-range`.",
	Severity: finding.Unknown,
	Tags:     []string{"security", "vulnerability", "supply-chain"},
}

// vulnerableRange is about what a consumer resolves, not about what is
// installed here: an affected copy has its own finding.
var vulnerableRange = Check{
	Rules: []finding.Rule{vulnerableRangeRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Known == nil {
			return nil
		}
		var found []finding.Finding
		told := map[npm.Dependency]bool{} // by asked
		asks := s.requests()
		for _, a := range asks.unanswered {
			if a.line != nil {
				told[*a.line] = true
			}
		}
		for _, p := range asks.promises {
			fix := sync.OnceValues(func() (string, string) { return s.narrower(p) })
			for _, a := range s.Known.Admitted(p.name, p.rng) {
				a, there := s.served(p, a)
				twice := told[p.line] && (a.Every || a.Record.Kind == advisory.Malware)
				if there && !twice && s.concerns(p, a) {
					found = append(found, s.admits(p, a, fix))
				}
			}
		}
		return found
	},
}

// A promise is a line of package.json that is resolved anew when a consumer
// installs the package.
type promise struct {
	line   npm.Dependency
	name   string // real, not an alias
	prefix string // the text before the range: "npm:real@" of an alias
	text   string // the range as written
	rng    npm.Range
	to     *npm.Package // the copy installed here; nil: none
}

// promises lists the requests of the published manifest to registries. A
// private package has none, and bundled and development dependencies are not
// listed.
func (s *Subject) promises() []promise {
	m := s.Manifest
	if m.Private || s.Graph == nil || s.Graph.Root == nil {
		return nil
	}
	here := map[string]*npm.Package{}
	for _, e := range s.Graph.Root.Deps {
		if _, ok := here[e.Name]; ok {
			continue // pnpm's own come last
		}
		here[e.Name] = nil
		if e.To != nil && e.Valid && !e.Set && !e.To.Local() {
			here[e.Name] = e.To
		}
	}
	bundled := map[string]bool{}
	for _, name := range m.BundleDependencies {
		bundled[name] = true
	}
	var list []promise
	for _, d := range m.Dependencies {
		if d.Kind == npm.EdgeDev || d.Kind == npm.EdgeWorkspace || s.Policy.Omit[scopeOf(d.Kind)] ||
			bundled[d.Name] || m.BundleAll && d.Kind == npm.EdgeProd {
			continue
		}
		want, ok := s.Graph.Wants(d.Name, d.Range)
		if !ok {
			if packed := s.packedLine(d.Name, d.Kind); packed != nil {
				want, ok = s.Graph.Wants(packed.Name, packed.Range)
			}
		}
		if !ok {
			continue
		}
		p := promise{line: d, name: want.Name, text: want.Range, to: here[d.Name]}
		if want.Alias {
			p.prefix = "npm:" + want.Name + "@"
		}
		var err error
		if p.rng, err = npm.ParseRange(p.text); err == nil {
			list = append(list, p)
		}
	}
	return list
}

// RangesUnknown counts the ranges that are judged, and those of which only the
// lowest version was judged, since no source returned all records.
func (s *Subject) RangesUnknown() (unknown, all int) {
	count := func(name string) {
		all++
		if !s.Known.Whole(name) {
			unknown++
		}
	}
	told := map[npm.Dependency]bool{}
	if s.Policy.Dependencies.VulnerableRange != policy.RangeIgnore {
		for _, p := range s.requests().promises {
			count(p.name)
			told[p.line] = true
		}
	}
	for _, a := range s.requests().unanswered {
		if _, one := a.exact(); !one && (a.line == nil || !told[*a.line]) {
			count(a.want.Name)
		}
	}
	for _, d := range s.demands() {
		count(d.name)
	}
	return unknown, all
}

// concerns reports whether an admitted version is worth a finding. An optional
// peer of any version requests nothing.
func (s *Subject) concerns(p promise, a advisory.Admission) bool {
	says := s.Policy.Dependencies.VulnerableRange
	switch {
	case a.Record.Kind == advisory.Malware:
	case says == policy.RangeIgnore:
		return false
	case says == policy.RangeWarn && p.line.Kind == npm.EdgePeerOptional && acceptsAll(p.rng):
		return false
	}
	return !s.installedAffected(p, a.Record)
}

// AskServed lists the packages for which it matters whether the registry still
// serves a version that a range admits.
func (s *Subject) AskServed() []string {
	var names []string
	for _, p := range s.requests().promises {
		if slices.ContainsFunc(s.Known.Admitted(p.name, p.rng), func(a advisory.Admission) bool { return s.concerns(p, a) }) {
			names = append(names, p.name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// served returns an admission with the lowest affected version that the
// registry serves, and whether there is one. If the registry was not asked, or
// does not have the package, it returns the advisory's lowest version.
func (s *Subject) served(p promise, a advisory.Admission) (advisory.Admission, bool) {
	versions := s.Served[p.name]
	for _, v := range versions {
		if p.rng.Contains(v, false) && a.Record.Affects(v.Canonical(), v) {
			a.Version = v
			return a, true
		}
	}
	return a, len(versions) == 0
}

func (s *Subject) installedAffected(p promise, rec *advisory.Record) bool {
	if p.to == nil {
		return false
	}
	v, err := npm.ParseVersion(p.to.Version)
	return err == nil && rec.Affects(p.to.Version, v)
}

func (s *Subject) admits(p promise, a advisory.Admission, fix func() (advice, ends string)) finding.Finding {
	f := s.declared(&vulnerableRangeRule, p.line, p.to)
	f.Name, f.Package, f.Version = p.name, npm.PURLOf(p.name, ""), ""
	f.Subject, f.Advisory = p.line.Kind.String()+" "+a.Record.ID, details(a.Record, a.Fixed())
	f.IDs, f.Published, f.Severity, f.Title = identifiers(a.Record), a.Record.Published, a.Record.Severity, a.Record.Title
	f.Level = finding.BySeverity
	what := "which has a known vulnerability"
	switch {
	case a.Record.Kind == advisory.Malware: // whatever the policy says about ranges
		what, f.Severity, f.Level = "which is known malware", finding.Critical, finding.Always
	case s.Policy.Dependencies.VulnerableRange == policy.RangeWarn:
		f.Level = finding.Advice
	}
	f.Message = fmt.Sprintf("%s is asked for as %q. That admits %s, %s: %s", p.name, p.line.Range, a.Version, what, f.IDs[0])
	if a.Record.Title != "" {
		f.Message += ", " + strings.TrimRight(a.Record.Title, " .")
	}
	f.Message += "."
	if p.to != nil {
		f.Message += fmt.Sprintf(" Installed here is %s, which it does not affect; whoever installs this package may get either.", p.to.Version)
	}
	if a.Record.Kind == advisory.Malware && len(s.Served[p.name]) == 0 { // registries soon remove malware
		f.Message += " Whether it is still there was not learned from the registry, which -offline does not ask."
	}
	f.Fix, f.Ends = fix()
	return f
}

// narrower returns advice on what to write instead, and the range that ends the
// finding if there is one.
func (s *Subject) narrower(p promise) (advice, ends string) {
	var installed []npm.Version
	if p.to != nil {
		if v, err := npm.ParseVersion(p.to.Version); err == nil && v.Prerelease() == "" {
			installed = append(installed, v)
		}
	}
	if text, ok := upgrade.Narrow(s.Known, p.name, p.text, installed...); ok {
		return fmt.Sprintf("Write %q for %s in package.json, then run `%s`.", p.prefix+text, p.line.Name, s.Graph.Tool().Install), text
	}
	if floors := s.Known.Floors(p.name); len(floors) > 0 {
		ends = "^" + floors[len(floors)-1].Canonical()
		return fmt.Sprintf("Nothing in this range is free of known advisories from its lower end on: raise %s to %q or "+
			"later, which may be a breaking change.", p.name, p.prefix+ends), ends
	}
	return fmt.Sprintf("No release of %s is known to be free of it: raise the range where there is one, replace %s, or "+
		"write an exception if it is not reachable.", p.name, p.name), ""
}
