package sarif

import (
	"fmt"
	"path"
	"slices"
	"strings"

	gosarif "github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/say"
)

// Caps for foreign text in a result, in characters, and for the chains shown.
const (
	maxMessage = 1000
	maxField   = 200
	maxChain   = 300
	maxChains  = 3
)

// result writes one finding. The identity is its fingerprint and a running
// number that tells repeated ones apart.
func result(in Input, j policy.Judged, rule string, index int, identity string) *gosarif.Result {
	f := j.Finding
	file, placed := place(in, f)
	line, column := 1, 1
	if placed {
		line, column = max(f.Line, 1), max(f.Column, 1)
	}
	region := gosarif.NewRegion().WithStartLine(line).WithStartColumn(column).WithEndLine(line).WithEndColumn(column + 1)
	r := gosarif.NewRuleResult(rule).
		WithRuleIndex(index).
		WithLevel(level(j.State)).
		WithMessage(gosarif.NewTextMessage(message(j))).
		WithLocations([]*gosarif.Location{gosarif.NewLocationWithPhysicalLocation(
			gosarif.NewPhysicalLocation().
				WithArtifactLocation(gosarif.NewSimpleArtifactLocation(escape(file))).
				WithRegion(region))})
	fingerprint, _, _ := strings.Cut(identity, ":")
	r.PartialFingerprints = map[string]any{"primaryLocationLineHash": identity, "publishgate/v1": fingerprint}
	r.Properties = properties(j)
	if j.State == finding.Waived {
		r.Suppressions = []*gosarif.Suppression{suppression(in, j, fingerprint)}
	}
	return r
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

// message is what GitHub shows: the first sentence in lists, all of it in the
// alert. A bracket followed by a parenthesis would be read as a link.
func message(j policy.Judged) string {
	f := j.Finding
	lines := []string{say.Cap(f.Message, maxMessage)}
	if f.Message == "" {
		lines[0] = "Rule " + say.Cap(f.Rule, maxField) + " is not kept."
	}
	if f.InTarball && f.File != "" {
		at := say.Cap(f.File, maxField)
		if f.Line > 0 {
			at += fmt.Sprintf(", line %d", f.Line)
		}
		lines = append(lines, "In the tarball: "+at)
	}
	for i, steps := range f.Paths {
		if i == maxChains {
			lines = append(lines, fmt.Sprintf("and by %d more paths", len(f.Paths)-maxChains))
			break
		}
		lines = append(lines, "Brought in by: "+say.Cap(chain(steps), maxChain))
	}
	if f.Fix != "" {
		lines = append(lines, "Fix: "+say.Cap(f.Fix, maxMessage))
	}
	if j.Due != "" {
		lines = append(lines, "SLA: "+j.Due)
	}
	return strings.ReplaceAll(strings.Join(lines, "\n"), "](", `]\u{28}`)
}

// chain shows how a package is brought in. Only the package that is judged may
// have no name.
func chain(path []string) string {
	path = slices.Clone(path)
	if len(path) > 0 && path[0] == "" {
		path[0] = "this package"
	}
	return strings.Join(path, " > ")
}

// properties carry what GitHub does not show and others may want.
func properties(j policy.Judged) gosarif.Properties {
	f := j.Finding
	p := gosarif.Properties{"rule": say.Cap(f.Rule, maxField), "severity": f.Severity.String(), "state": j.State.String()}
	if f.Package != "" {
		p["package"] = say.Cap(f.Package, maxField)
	}
	if f.Scope != "" {
		p["scope"], p["shipped"] = say.Cap(string(f.Scope), maxField), f.Shipped
	}
	if len(f.IDs) > 0 {
		ids := make([]string, 0, len(f.IDs))
		for _, id := range f.IDs[:min(len(f.IDs), 20)] {
			ids = append(ids, say.Cap(id, maxField))
		}
		p["ids"] = ids
	}
	if j.Why != "" {
		p["why"] = j.Why
	}
	return p
}

// suppression says who waived it and why, and points at the exception or statement. go-sarif
// writes each of its fields even where it is empty, as null, which the schema
// refuses: all of them must be set.
func suppression(in Input, j policy.Judged, fingerprint string) *gosarif.Suppression {
	status, reason, line, source := "accepted", "waived by the policy", 1, in.PolicyFile
	if w := j.Waiver; w != nil {
		line = max(w.Line, 1)
		reason = say.Cap(w.Reason, maxMessage) + " (" + say.Cap(w.Owner, maxField) + ", until " + w.Expires.UTC().Format("2006-01-02") + ")"
		if w.Document != "" {
			source = w.Document
			reason += ", by the VEX document " + say.Cap(w.Document, maxField)
		}
	}
	x := fingerprint // 32 hex digits; made to read as a version 5 identifier
	guid := x[:8] + "-" + x[8:12] + "-5" + x[13:16] + "-8" + x[17:20] + "-" + x[20:32]
	location := gosarif.NewLocation()
	if source != "" {
		if file, ok := within(in.Root, source); ok {
			location.PhysicalLocation = gosarif.NewPhysicalLocation().
				WithArtifactLocation(gosarif.NewSimpleArtifactLocation(escape(file))).
				WithRegion(gosarif.NewRegion().WithStartLine(line))
		}
	}
	return &gosarif.Suppression{Kind: "external", Status: &status, Guid: &guid, Justification: &reason, Location: location}
}

// place is the file of the repository that a finding is shown at, and whether
// its line and column hold there. Where the file is not in the repository, that
// is package.json: it is always there and is what one changes.
func place(in Input, f finding.Finding) (file string, placed bool) {
	manifest, ok := within(in.Root, "package.json")
	if !ok {
		manifest = "package.json"
	}
	if f.File == "" {
		return manifest, false
	}
	if !f.InTarball {
		if file, ok := within(in.Root, f.File); ok {
			return file, true
		}
		return manifest, false
	}
	_, packed, ok := strings.Cut(f.File, "/") // npm strips the first part, whatever it is
	if !ok || in.Exists == nil {
		return manifest, false
	}
	if file, ok := within(in.Root, packed); ok && in.Exists(file) {
		return file, true
	}
	return manifest, false
}

// within joins a path to the package's folder; false where that leaves the
// repository or is no path of it.
func within(root, file string) (string, bool) {
	if path.IsAbs(file) || strings.ContainsAny(file, "\\\x00") {
		return "", false
	}
	p := path.Join(root, file)
	if p == "" || p == "." || p == ".." || path.IsAbs(p) || strings.HasPrefix(p, "../") {
		return "", false
	}
	return p, true
}

// escape writes a path as a relative URI (RFC 3986): a colon in its first part
// would read as a scheme, and foreign bytes may be anything.
func escape(p string) string {
	const upper = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		c := p[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~/@+,=!$&'()*", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upper[c>>4])
		b.WriteByte(upper[c&15])
	}
	return b.String()
}
