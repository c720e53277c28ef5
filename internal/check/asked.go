package check

import (
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// asked judges the requests that the lockfile does not answer: whatever it has
// in their place, a consumer gets what the registry serves. It reports under
// the rules for installed copies. An advisory counts if it affects every
// version that the range admits, and malware if it affects any.
func (s *Subject) asked() []finding.Finding {
	if s.Known == nil {
		return nil
	}
	var found []finding.Finding
	for _, a := range s.requests().unanswered {
		for _, hit := range s.Known.Admitted(a.want.Name, a.rng) {
			if a.counts(hit) {
				found = append(found, s.gets(a, hit))
			}
		}
	}
	return found
}

// counts reports whether an advisory is about a version that somebody gets.
// Consumers do not get development dependencies, and this checkout gets what is
// in the lockfile; but malware counts unless the lockfile has another copy. A
// peer that does not fit is only a warning: consumers choose another version.
func (a question) counts(hit advisory.Admission) bool {
	here := a.edge.To != nil && a.edge.To.Source == npm.SourceRegistry
	switch {
	case hit.Record.Kind == advisory.Malware:
		return a.shipped || !a.edge.Set
	case !hit.Every || a.scope == npm.Peer && here:
		return false
	}
	return a.shipped || a.edge.To == nil
}

// exact returns the version of a range that admits exactly one, else false.
func (a question) exact() (npm.Version, bool) {
	v, err := npm.ParseVersion(strings.TrimPrefix(strings.TrimSpace(a.want.Range), "="))
	return v, err == nil
}

// gets returns a finding about a version that a consumer gets.
func (s *Subject) gets(a question, hit advisory.Admission) finding.Finding {
	rec := hit.Record
	rule, what := &vulnerableRule, "has a known vulnerability"
	if rec.Kind == advisory.Malware {
		rule, what = &malwareRule, "is known malware"
	}
	var f finding.Finding
	if a.line != nil {
		f = s.declared(rule, *a.line, nil)
	} else {
		f = s.entry(rule, a.from)
	}
	f.Scope, f.Shipped = a.scope, a.shipped
	f.Name, f.Version = a.want.Name, ""
	if v, ok := a.exact(); ok {
		f.Version = v.Canonical()
	}
	f.Package = npm.PURLOf(f.Name, f.Version)
	f.IDs, f.Subject, f.Published = identifiers(rec), "asked "+a.from.Name+" "+rec.ID, rec.Published
	f.Level, f.Severity = finding.BySeverity, rec.Severity
	if rec.Kind == advisory.Malware {
		f.Level, f.Severity = finding.Always, finding.Critical
	}
	end := a.want.Name + "@" + a.want.Range
	f.Paths = [][]string{{s.Graph.Root.ID(), end}}
	if a.from != s.Graph.Root {
		f.Paths = nil
		for _, chain := range s.Graph.Paths(a.from) {
			f.Paths = append(f.Paths, append(append([]string(nil), chain...), end))
		}
	}
	f.Message = fmt.Sprintf("%s asks for %s %q, and %s. That admits %s, which %s: %s", a.from.ID(), a.want.Name,
		a.want.Range, s.instead(a), hit.Version, what, f.IDs[0])
	if rec.Title != "" {
		f.Message += ", " + strings.TrimRight(rec.Title, " .")
	}
	f.Message += "."
	f.Title = rec.Title
	f.Fix, f.Ends = s.askOther(a)
	return f
}

// instead says what the lockfile has in place of the request.
func (s *Subject) instead(a question) string {
	to := a.edge.To
	switch {
	case to == nil:
		return s.Graph.Lockfile + " has no such package"
	case a.edge.Set:
		return fmt.Sprintf("an override makes it %s here; no consumer's install knows of that", to.ID())
	case to.Local():
		return fmt.Sprintf("%s has %s in its place, which no consumer gets", s.Graph.Lockfile, standsAt(to))
	}
	return fmt.Sprintf("%s has %s, which does not answer that", s.Graph.Lockfile, to.ID())
}

// askOther returns advice on what to change, and the version or range that ends
// the finding.
func (s *Subject) askOther(a question) (advice, ends string) {
	if a.line == nil {
		return fmt.Sprintf("Update %s to a version that asks for another %s, or replace it; an override helps this checkout "+
			"and no consumer.", a.from.Name, a.want.Name), ""
	}
	p := promise{line: *a.line, name: a.want.Name, text: a.want.Range, rng: a.rng, to: a.edge.To}
	if a.want.Alias {
		p.prefix = "npm:" + a.want.Name + "@"
	}
	return s.narrower(p)
}
