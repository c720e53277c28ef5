package report

import (
	"fmt"
	"slices"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// A section holds the groups of findings with one state.
type section struct {
	state  finding.State
	title  string
	lead   string // what its findings have in common; may be empty
	fold   bool   // of minor interest, because it is not shipped and does not block
	count  int    // number of findings
	groups []*policy.Group
}

// sections returns the findings by state, the worst first, without empty
// sections.
func (d *Document) sections() []section {
	all := []section{
		{state: finding.Block, title: "blocks"},
		{state: finding.Warn, title: "warnings"},
		{state: finding.Warn, title: "ranges that admit a vulnerable version",
			lead: "The installed copies are not affected; whoever installs the package may get one that is."},
		{state: finding.Warn, title: "warnings about what does not ship", fold: true},
		{state: finding.Waived, title: "waived"},
	}
	groups := d.Verdict.Groups()
	for at := range groups {
		g := &groups[at]
		i := 0 // an unknown state blocks
		switch {
		case g.State() == finding.Waived:
			i = 4
		case g.State() == finding.Warn && buildOnly(g.Of()):
			i = 3
		case g.State() == finding.Warn && ofRange(g):
			i = 2
		case g.State() == finding.Warn:
			i = 1
		}
		all[i].count += len(g.Findings)
		all[i].groups = append(all[i].groups, g)
	}
	return slices.DeleteFunc(all, func(s section) bool { return len(s.groups) == 0 })
}

// ofRange reports whether a group is about what a range admits: nothing that is
// installed is affected.
func ofRange(g *policy.Group) bool {
	return g.Advisories() && g.Of().Name != "" && g.Of().Version == ""
}

// problems says how many groups the findings of a state form, if that number
// differs.
func (d *Document) problems(state finding.State, findings int) string {
	groups := d.Verdict.Groups()
	n := 0
	for i := range groups {
		if groups[i].State() == state {
			n++
		}
	}
	if n == findings || n == 0 {
		return ""
	}
	return " as " + count(n, "problem", "problems")
}

// about returns the package or file that a group is about.
func about(g *policy.Group) string {
	f := g.Of()
	if g.Many() {
		if names := g.Names(); len(names) > 1 {
			return fmt.Sprintf("%s packages", thousands(int64(len(names))))
		}
	}
	switch {
	case f.Name != "" && f.Version != "":
		return f.Name + "@" + f.Version
	case f.Name != "":
		return f.Name
	case f.Package != "":
		return f.Package
	}
	return f.File
}

// details returns the lines below a group: the reason for its state, its place,
// the dependency chain, its members, the fix. It does not repeat the heading. A
// finding without a fix gets the help of its rule. The lines are valid until
// the next call.
func (s *sheet) details(g *policy.Group, rule *finding.Rule) []fact {
	j, f := g.Findings[0], g.Of()
	s.facts, s.parts = s.facts[:0], s.parts[:0]
	if j.State != finding.Waived && j.Why != "" && j.Why != "advice" {
		s.add("because", plainly(display.Text(j.Why)))
	}
	if j.State != finding.Waived && j.Due != "" && len(g.Findings) == 1 {
		s.add("sla", plainly(display.Text(j.Due)))
	}
	if w := j.Waiver; w != nil {
		by := append(s.parts, sentence(w.Reason), plainly(" – "), foreign(w.Owner),
			own(", until %s", w.Expires.UTC().Format("2006-01-02")))
		if w.Document != "" {
			by = append(by, plainly(", by the VEX document "), foreign(w.Document))
		}
		s.keep("waived", by)
	}
	if buildOnly(f) {
		s.add("ships", plainly("no: only this project's own build and tests have it"))
	}
	switch {
	case g.Many() && f.File != "":
		whole := *f
		whole.Line = 0
		s.keep("at", place(s.parts, &whole))
	case f.File != "":
		s.keep("at", place(s.parts, f))
	}
	for i, path := range f.Paths {
		if i == maxChains || g.Many() {
			break
		}
		s.add("via", part{text: chain(path), cap: 2 * maxField})
	}
	if more := len(f.Paths) - maxChains; more > 0 && !g.Many() {
		s.add("via", plainly(count(more, "more path", "more paths")))
	}
	switch {
	case len(g.Findings) > 1:
		s.members(g)
	case len(f.IDs) > 0:
		if a := f.Advisory; a != nil {
			s.keep("about", s.linked(aboutParts(s.parts, a), f))
		}
		s.keep("ids", idParts(s.parts, f.IDs))
	}
	switch {
	case j.State == finding.Waived:
	case f.Fix != "":
		s.add("fix", sentence(f.Fix))
	case rule.Help != "":
		s.add("fix", plainly(rule.Help))
	}
	return s.facts
}

// members appends the lines about a group's members: one for each advisory, one
// with all names, or one for each package if their messages differ in more than
// the name.
func (s *sheet) members(g *policy.Group) {
	most := policy.Named
	if s.brief {
		most = maxIDs
	}
	if g.Many() && g.Alike() {
		names := g.Names()
		parts := s.parts
		for i, name := range names[:min(len(names), policy.Named)] {
			if i > 0 {
				parts = append(parts, plainly(", "))
			}
			parts = append(parts, foreign(name))
		}
		if more := len(names) - policy.Named; more > 0 {
			parts = append(parts, own(" and %s more", thousands(int64(more))))
		}
		s.keep("packages", parts)
		return
	}
	for i, j := range g.Findings {
		if i == most {
			s.add("and", own("%s: see verdict.json", count(len(g.Findings)-i, "more", "more")))
			return
		}
		if g.Many() {
			s.add(memberLabel(g), sentence(j.Finding.Message))
		} else {
			s.keep(memberLabel(g), s.advisory(g, j))
		}
	}
}

// memberLabel returns the label of the lines that each describe one finding.
func memberLabel(g *policy.Group) string {
	if g.Many() {
		return "each"
	}
	return "advisory"
}

// advisory returns the line for one of several advisories about a package.
func (s *sheet) advisory(g *policy.Group, j *policy.Judged) []part {
	f := &j.Finding
	parts := idParts(s.parts, f.IDs[:min(len(f.IDs), 2)])
	parts = append(parts, own(" %s", f.Severity))
	if j.State != g.State() {
		parts = append(parts, plainly(", warns"))
	}
	if j.State != finding.Waived && j.Due != "" {
		parts = append(parts, own(", sla: %s", display.Text(j.Due)))
	}
	if f.Title != "" {
		parts = append(parts, plainly(": "), sentence(f.Title))
	}
	if f.Advisory != nil {
		parts = s.linked(aboutParts(append(parts, plainly("; ")), f.Advisory), f)
	}
	return parts
}

// aboutParts appends the details of an advisory besides its title.
func aboutParts(parts []part, a *finding.Advisory) []part {
	if a.Score != "" {
		parts = append(parts, own("CVSS %s, ", a.Score))
	}
	if a.Exploited {
		parts = append(parts, plainly("known to be exploited, "))
	}
	if a.Fixed == "" {
		return append(parts, plainly("no fixed version is known"))
	}
	return append(parts, plainly("fixed in "), foreign(a.Fixed))
}

// linked appends the address at which an advisory can be read, unless its id is a
// link there.
func (s *sheet) linked(parts []part, f *finding.Finding) []part {
	if to := f.Advisory.Link; to == "" || s.links && len(f.IDs) > 0 && linkOf(f.IDs[0]) == to {
		return parts
	}
	return append(parts, plainly(", see "), foreign(f.Advisory.Link))
}
