package check

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

var replacedRule = finding.Rule{
	ID:    "registry-dependency-replaced",
	Title: "The lockfile has a local folder for what package.json asks the registry for.",
	Why: "Whoever installs the package gets what the registry serves under that name. What was installed, tested " +
		"and judged here is another thing.",
	Help: "Install what the registry serves, or publish the folder's package: a workspace member that is not " +
		"private, in a version that the range admits, may stand in for itself.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain", "lockfile"},
}

// replaced is about edges that request a registry's package and end at a local
// directory or file. If a consumer follows the edge, that is allowed only for a
// published member of the monorepo; for development, for any declared member.
var replaced = Check{
	Rules: []finding.Rule{replacedRule},
	Run: func(s *Subject) []finding.Finding {
		var found []finding.Finding
		s.asking(func(from *npm.Package, e *npm.Edge, shipped bool) {
			if e.To == nil || !e.To.Local() {
				return
			}
			w, ok := s.wants(from, e)
			if !ok {
				return
			}
			why := s.notItself(w, e.To)
			if why == "" || !shipped && e.To.Member != nil {
				return
			}
			found = append(found, s.replacedBy(from, e, w, why, shipped))
		})
		return found
	},
}

// notItself returns why a local copy is not what a registry will serve for a
// request, or "".
func (s *Subject) notItself(w npm.Want, to *npm.Package) string {
	m := to.Member
	switch {
	case to == s.Graph.Root && w.Name == s.Manifest.Name:
		return ""
	case to == s.Graph.Root:
		return "the package that is judged, another one"
	case m == nil:
		return "no workspace member that the monorepo declares"
	case m.Private:
		return "a private workspace member, which is never published"
	case m.Name != w.Name:
		return fmt.Sprintf("the workspace member %s, another package", m.Name)
	case w.Range == "*":
		return ""
	}
	ok, err := npm.Satisfies(m.Version, w.Range, false)
	if _, bad := npm.ParseVersion(m.Version); err != nil && bad == nil {
		return "" // a tag, which any version may have
	}
	if !ok {
		return fmt.Sprintf("its own version %s, which the range does not admit", m.Version)
	}
	return ""
}

func (s *Subject) replacedBy(from *npm.Package, e *npm.Edge, w npm.Want, why string, shipped bool) finding.Finding {
	var f finding.Finding
	if d := s.lineOf(e); from == s.Graph.Root && d != nil {
		f = s.declared(&replacedRule, *d, nil)
	} else {
		f = s.entry(&replacedRule, from)
		f.Paths = append([][]string(nil), s.Graph.Paths(from)...)
		f.Subject = from.Name + " " + e.Name
	}
	f.Scope, f.Shipped = s.edgeScope(from, e), shipped
	f.Name, f.Version, f.Package = w.Name, "", npm.PURLOf(w.Name, "")
	f.Level = finding.Always
	if !shipped {
		f.Level, f.Severity = finding.Advice, finding.Moderate
	}
	asked := w.Name + "@" + w.Range
	f.Message = fmt.Sprintf("%s asks the registry for %s, but %s has %s in its place: %s.", from.ID(), asked,
		s.Graph.Lockfile, standsAt(e.To), why)
	f.Fix = fmt.Sprintf("Run `%s` with %s taken from the registry and commit the lockfile; a folder that is meant to be "+
		"used belongs into package.json as what it is.", s.Graph.Tool().Install, w.Name)
	return f
}

// standsAt returns where a local copy is, for a message.
func standsAt(p *npm.Package) string {
	if p.Resolved != "" {
		return p.Resolved
	}
	if p.Location == "" {
		return "the lockfile's own folder"
	}
	return p.Location
}
