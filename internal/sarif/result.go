package sarif

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	gosarif "github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// Limits for foreign text in a result, in characters, and for the number of
// chains.
const (
	maxMessage = 1000
	maxField   = 200
	maxChain   = 300
	maxChains  = 3
)

// A describer converts groups to results.
type describer struct {
	in       Input
	manifest string // path of package.json in the repository
}

func newDescriber(in Input) *describer {
	d := &describer{in: in, manifest: "package.json"}
	if file, ok := within(in.Root, "package.json"); ok {
		d.manifest = file
	}
	return d
}

// result describes one group, located at its worst finding; bare: without the
// places of its paths.
func (d *describer) result(g *policy.Group, rule string, index int, id identity, bare bool) *gosarif.Result {
	j, f := g.Findings[0], g.Of()
	paths, related := d.paths(g, !bare)
	r := gosarif.NewRuleResult(rule).WithRuleIndex(index).WithLevel(level(j.State))
	r.RelatedLocations = related
	r.Properties = properties(g)
	file, placed := d.place(f)
	if j.State != finding.Waived {
		r.Fixes = d.fixes(g)
	}
	line, column := 1, 1
	if placed {
		line, column = max(f.Line, 1), max(f.Column, 1)
	}
	r.WithMessage(gosarif.NewTextMessage(d.message(g, placed, paths)))
	region := gosarif.NewRegion().WithStartLine(line).WithStartColumn(column).WithEndLine(line).WithEndColumn(column + 1)
	r.AddLocation(at(file, region))
	r.PartialFingerprints = map[string]any{
		"primaryLocationLineHash": id.fingerprint + ":" + strconv.Itoa(id.number),
		"publishgate/v2":          id.fingerprint,
	}
	if j.State == finding.Waived {
		r.AddSuppression(d.suppression(j, id.fingerprint))
	}
	return r
}

func at(file string, region *gosarif.Region) *gosarif.Location {
	return gosarif.NewLocationWithPhysicalLocation(gosarif.NewPhysicalLocation().
		WithArtifactLocation(gosarif.NewSimpleArtifactLocation(escape(file))).WithRegion(region))
}

func level(s finding.State) string {
	switch s {
	case finding.Warn:
		return "warning"
	case finding.Waived:
		return "note"
	}
	return "error"
}

// message returns the text that GitHub shows: its first sentence in lists, all
// of it in the alert. A bracket followed by a parenthesis is escaped, since it
// would become a link; the links of paths, to related locations, are ours.
func (d *describer) message(g *policy.Group, placed bool, paths []string) string {
	j, f := g.Findings[0], g.Of()
	lines := []string{display.Cap(g.Says(), maxMessage)}
	if f.Message == "" && len(g.Findings) == 1 {
		lines[0] = "Rule " + display.Cap(f.Rule, maxField) + " is not kept."
	}
	if len(g.Findings) > 1 {
		lines = append(lines, members(g)...)
	}
	if f.File != "" && (f.InTarball || !placed) {
		at := display.Cap(f.File, maxField)
		if f.Line > 0 {
			at += fmt.Sprintf(", line %d", f.Line)
		}
		if f.InTarball {
			at = "In the tarball: " + at
		} else {
			at = "In the file: " + at
		}
		lines = append(lines, at)
	}
	before := unlinked(lines)
	lines = nil
	if a := f.Advisory; a != nil {
		about := "no fixed version is known"
		if a.Fixed != "" {
			about = "fixed in " + display.Cap(a.Fixed, maxField)
		}
		if a.Exploited {
			about += ", known to be exploited"
		}
		if a.Score != "" {
			about += ", CVSS " + display.Cap(a.Score, maxField)
		}
		if a.Link != "" {
			about += ", " + display.Cap(a.Link, maxField)
		}
		lines = append(lines, "Advisory: "+about)
	}
	if f.Fix != "" {
		lines = append(lines, "Fix: "+display.Cap(f.Fix, maxMessage))
	}
	if j.Due != "" {
		lines = append(lines, "SLA: "+j.Due)
	}
	return strings.Join(slices.Concat(before, paths, unlinked(lines)), "\n")
}

// unlinked escapes what would be read as a link.
func unlinked(lines []string) []string {
	for i, line := range lines {
		lines[i] = strings.ReplaceAll(line, "](", `]\u{28}`)
	}
	return lines
}

// members returns what a group consists of: its advisories, or its packages.
func members(g *policy.Group) []string {
	if g.Many() && !g.Alike() {
		var lines []string
		for _, j := range g.Findings[:min(len(g.Findings), policy.Named)] {
			lines = append(lines, "Each: "+display.Cap(j.Finding.Message, maxField))
		}
		if more := len(g.Findings) - policy.Named; more > 0 {
			lines = append(lines, fmt.Sprintf("and %d more", more))
		}
		return lines
	}
	if g.Many() {
		names := g.Names()
		line := "Packages: " + display.Cap(strings.Join(names[:min(len(names), policy.Named)], ", "), maxMessage)
		if more := len(names) - policy.Named; more > 0 {
			line += fmt.Sprintf(" and %d more", more)
		}
		return []string{line}
	}
	var lines []string
	for i, j := range g.Findings {
		if i == policy.Named {
			return append(lines, fmt.Sprintf("and %d more", len(g.Findings)-i))
		}
		line := "Advisory: " + display.Cap(j.Finding.IDs[0], maxField) + ", " + j.Finding.Severity.String()
		if j.State != g.State() {
			line += ", warns"
		}
		if j.Finding.Title != "" {
			line += ", " + display.Cap(j.Finding.Title, maxField)
		}
		lines = append(lines, line)
	}
	return lines
}

// properties returns data that GitHub does not show but other tools may use.
func properties(g *policy.Group) gosarif.Properties {
	j, f := g.Findings[0], g.Of()
	p := gosarif.Properties{"rule": display.Cap(f.Rule, maxField), "severity": f.Severity.String(), "state": j.State.String()}
	if n := len(g.Findings); n > 1 {
		p["findings"] = n
	}
	if len(f.IDs) > 0 {
		ids := []string{}
		for _, id := range g.IDs(20) {
			ids = append(ids, display.Cap(id, maxField))
		}
		p["ids"] = ids
	}
	if f.Package != "" && !g.Many() {
		p["package"] = display.Cap(f.Package, maxField)
	}
	if f.Scope != "" {
		p["scope"], p["shipped"] = display.Cap(string(f.Scope), maxField), f.Shipped
	}
	if j.Why != "" {
		p["why"] = j.Why
	}
	return p
}

// suppression says who waived a finding and why, with the location of the
// exception or statement. All of its fields must be set: the schema refuses
// null.
func (d *describer) suppression(j *policy.Judged, fingerprint string) *gosarif.Suppression {
	reason, line, source := "waived by the policy", 1, d.in.PolicyFile
	if x := j.Waiver; x != nil {
		line = max(x.Line, 1)
		reason = display.Cap(x.Reason, maxMessage) + " (" + display.Cap(x.Owner, maxField) + ", until " +
			x.Expires.UTC().Format("2006-01-02") + ")"
		if x.File != "" {
			source = x.File
		}
		if x.Document != "" {
			source = x.Document
			reason += ", by the VEX document " + display.Cap(x.Document, maxField)
		}
	}
	place := gosarif.NewLocation()
	if file, ok := within(d.in.Root, source); ok && source != "" && len(source) <= maxPath {
		place = at(file, gosarif.NewRegion().WithStartLine(line))
	}
	return gosarif.NewSuppression("external").WithStatus("accepted").WithLocation(place).
		WithGuid(guid(fingerprint)).WithJustifcation(reason)
}

// guid formats a fingerprint, 32 hex digits, as a version 5 identifier.
func guid(x string) string {
	return x[:8] + "-" + x[8:12] + "-5" + x[13:16] + "-8" + x[17:20] + "-" + x[20:32]
}
