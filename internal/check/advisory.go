package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/upgrade"
)

var vulnerableRule = finding.Rule{
	ID:    "vulnerable-dependency",
	Title: "An installed dependency has a known vulnerability.",
	Why:   "Whoever installs the package installs the vulnerable copy with it, and a build tool with a hole is a way into what is built.",
	Help: "Update to the version named as fixed. Where the advisory does not concern how the package is used, write " +
		"an exception with a reason, an owner and a date.",
	Severity: finding.Unknown,
	Tags:     []string{"security", "vulnerability", "supply-chain"},
}

var malwareRule = finding.Rule{
	ID:    "malware",
	Title: "An installed dependency is known malware.",
	Why:   "The package was published to attack whoever installs it. It blocks at every audit level and in every scope.",
	Help: "Remove the dependency or go back to a version from before the attack. Treat every machine that installed " +
		"it as compromised and renew the credentials it could reach.",
	Severity: finding.Critical,
	Tags:     []string{"security", "malware", "supply-chain"},
}

var advisories = Check{
	Rules: []finding.Rule{vulnerableRule, malwareRule},
	Run:   runAdvisories,
}

// A group makes one finding: an advisory and a version it affects, however many
// copies of that version there are.
type group struct {
	id, name, version string
}

func runAdvisories(s *Subject) []finding.Finding {
	copies := map[group][]advisory.Match{}
	var order []group
	for _, m := range s.Affected() {
		g := group{m.Record.ID, m.Package.Name, m.Package.Version}
		if copies[g] == nil {
			order = append(order, g)
		}
		copies[g] = append(copies[g], m)
	}
	if len(order) == 0 {
		return s.asked()
	}
	plan := s.plan()
	found := make([]finding.Finding, 0, len(order))
	for _, g := range order {
		found = append(found, s.affected(copies[g], plan))
	}
	return append(found, s.asked()...)
}

// Affected returns the advisories about what is judged.
func (s *Subject) Affected() []advisory.Match {
	return slices.DeleteFunc(slices.Clone(s.Advisories), func(m advisory.Match) bool {
		return m.Package == nil || m.Package != s.Graph.Root && !s.judges(m.Package)
	})
}

// Fixable returns those of Affected that a change to the lockfile can end: not
// those about packages that only the tarball has.
func (s *Subject) Fixable() []advisory.Match {
	return slices.DeleteFunc(s.Affected(), func(m advisory.Match) bool { return s.unlocked(m.Package) })
}

// plan returns the fix plan that the gate made with data of the registry;
// without it, one made from the lockfile only.
func (s *Subject) plan() *upgrade.Plan {
	if s.Plan != nil {
		return s.Plan
	}
	return upgrade.Make(upgrade.Input{Graph: s.Graph, Manifest: s.Manifest, Affected: s.Fixable(), Known: s.Known})
}

// affected returns one finding for all copies of one version that one advisory
// affects.
func (s *Subject) affected(ms []advisory.Match, plan *upgrade.Plan) finding.Finding {
	slices.SortStableFunc(ms, func(a, b advisory.Match) int { return cmp.Compare(a.Package.Location, b.Package.Location) })
	rec := ms[0].Record
	rule := &vulnerableRule
	if rec.Kind == advisory.Malware {
		rule = &malwareRule
	}
	f := s.about(rule, ms[0].Package)
	f.IDs, f.Subject, f.Published, f.Title = identifiers(rec), rec.ID, rec.Published, rec.Title
	f.Level = finding.BySeverity
	f.Severity = rec.Severity
	if rec.Kind == advisory.Malware {
		f.Level, f.Severity = finding.Always, finding.Critical
	}
	for i, m := range ms {
		if i > 0 {
			f.Scope, f.Shipped = s.stricter(f.Scope, s.scope(m.Package)), f.Shipped || s.Ships(m.Package)
			f.Paths = append(f.Paths, s.Graph.Paths(m.Package)...)
		}
	}
	slices.SortFunc(f.Paths, slices.Compare)
	f.Paths = slices.CompactFunc(f.Paths, slices.Equal)
	f.Advisory = details(rec, ms[0].Fixed)
	if f.Advisory.Fixed == "" {
		f.Advisory.Fixed = plan.Ends(f.Name, f.Version)
	}
	f.Message = affectedMessage(f, rec, ms)
	if rec.Kind != advisory.Malware {
		f.Ends = plan.Ends(f.Name, f.Version)
	}
	f.Fix = plan.Advice(f.Name, f.Version, listed(directs(f.Paths), 5))
	if s.unlocked(ms[0].Package) {
		f.Fix = fmt.Sprintf("The copy is packed into the tarball: install %s %s, then pack again.", f.Name, fixedText(ms[0].Fixed))
	}
	return f
}

// details returns what a report says of an advisory besides its ids and title.
func details(rec *advisory.Record, fixed string) *finding.Advisory {
	a := &finding.Advisory{Link: rec.Link(), Score: rec.Score(), Fixed: fixed, Exploited: rec.Exploited}
	if a.Score != "" {
		a.Vector = rec.Vector
	}
	return a
}

func fixedText(version string) string {
	if version == "" {
		return "in a version that is not affected, or something else"
	}
	return version + " or later"
}

func affectedMessage(f finding.Finding, rec *advisory.Record, ms []advisory.Match) string {
	var b strings.Builder
	what := "has a known vulnerability"
	if rec.Kind == advisory.Malware {
		what = "is known malware"
	}
	fmt.Fprintf(&b, "%s %s: %s", ms[0].Package.ID(), what, f.IDs[0])
	if rec.Title != "" {
		fmt.Fprintf(&b, ", %s", strings.TrimRight(rec.Title, " ."))
	}
	if rec.Kind != advisory.Malware && rec.Severity == finding.Unknown {
		b.WriteString(" (nobody rated its severity, so it counts as the worst)")
	}
	b.WriteByte('.')
	if rec.Exploited {
		b.WriteString(" It is known to be exploited.")
	}
	if names := directs(f.Paths); len(names) > 0 {
		lead := " It comes in through"
		if slices.ContainsFunc(f.Paths, func(path []string) bool { return len(path) == 2 }) {
			lead = " It is asked for directly, and comes in through"
		}
		fmt.Fprintf(&b, "%s %s.", lead, listed(names, 5))
	}
	if len(ms) > 1 {
		fmt.Fprintf(&b, " %d copies are installed.", len(ms))
	}
	return b.String()
}

// identifiers lists the IDs of an advisory, the best known first. Its own comes
// before aliases of the same kind, since two advisories may name each other.
func identifiers(rec *advisory.Record) []string {
	ids := append([]string{rec.ID}, rec.Aliases...)
	rank := func(id string) int {
		order := []string{"GHSA-", "CVE-", "MAL-"}
		if rec.Kind == advisory.Malware {
			order = []string{"MAL-", "GHSA-", "CVE-"}
		}
		at := slices.IndexFunc(order, func(p string) bool { return strings.HasPrefix(id, p) })
		if at < 0 {
			return len(order)
		}
		return at
	}
	alias := func(id string) int {
		if id == rec.ID {
			return 0
		}
		return 1
	}
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(alias(a), alias(b)), cmp.Compare(a, b))
	})
	return slices.Compact(ids)
}

// listed joins names for a sentence, at most most of them.
func listed(names []string, most int) string {
	if len(names) == 0 {
		return "the package that depends on it"
	}
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
