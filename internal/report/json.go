package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

// schema is the version of the documents' format. It is increased when a field
// changes its meaning or is removed, which no release has done.
const schema = 1

// JSON writes verdict.json: nothing truncated, lists never null, indented by
// two spaces, ending in a newline. It returns w's error.
func JSON(w io.Writer, d *Document) error { return writeJSON(w, d, nil) }

// ToldJSON writes verdict.json with run.json as its first field, run. It is for
// standard output, where one document must say both and the final result comes
// first.
func ToldJSON(w io.Writer, d *Document) error { return writeJSON(w, d, d.Run) }

func writeJSON(w io.Writer, d *Document, r *Run) error {
	out, err := encodeDocument(w, nil, d, r, 0)
	if err == nil {
		_, err = w.Write(append(out, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write verdict: %w", err)
	}
	return nil
}

// lists marks the place of the two long lists. Foreign text cannot equal it,
// because quotes in it are escaped.
var lists = []byte(`"findings":[],"groups":[]`)

// encodeDocument appends the document, at a nesting depth: everything around
// its long lists, and their items one by one. It writes to to from time to
// time, so that a document with many findings is never in memory as a whole.
func encodeDocument(to io.Writer, out []byte, d *Document, r *Run, depth int) ([]byte, error) {
	frame, err := display.NewEncoder().Compact(documentJSON(d, r))
	if err != nil {
		return out, err
	}
	head, tail, found := bytes.Cut(frame, lists)
	if !found {
		return out, errors.New("the document has no place for its lists")
	}
	if out, err = display.IndentTo(to, out, head, depth); err != nil {
		return out, err
	}
	out = append(out, `"findings": [`...)
	e := display.NewEncoder()

	groups := d.Verdict.Groups()
	of := make(map[*policy.Judged]int, len(d.Verdict.Judged))
	for i := range groups {
		for _, j := range groups[i].Findings {
			of[j] = i
		}
	}
	for i := range d.Verdict.Judged {
		j := &d.Verdict.Judged[i]
		if out, err = item(to, e, out, findingJSON(j, of[j]), depth+2, i == 0); err != nil {
			return out, err
		}
	}
	out = display.Indent(display.End(out, depth+1, len(d.Verdict.Judged) == 0), []byte(`,"groups":`), depth+1)
	out = append(out, '[')
	for i := range groups {
		if out, err = item(to, e, out, groupJSON(&groups[i]), depth+2, i == 0); err != nil {
			return out, err
		}
	}
	return display.IndentTo(to, display.End(out, depth+1, len(groups) == 0), tail, depth+1)
}

// item appends an item of a list, and writes out once enough has accumulated.
func item(to io.Writer, e *display.Encoder, out []byte, v any, depth int, first bool) ([]byte, error) {
	const enough = 64 << 10
	out, err := e.Item(out, v, depth, first)
	if err == nil && len(out) > enough {
		_, err = to.Write(out)
		out = out[:0]
	}
	return out, err
}

// documentJSON returns the document with its long lists empty.
func documentJSON(d *Document, r *Run) *jsonDocument {
	doc := &jsonDocument{
		Schema:   schema,
		Result:   d.Result().String(),
		Problem:  d.Problem,
		Package:  jsonPackage(d.Package),
		LookedAt: lookedAtJSON(d.LookedAt),
		Findings: []jsonFinding{},
		Groups:   []jsonGroup{},
		Levels:   (*jsonLevels)(d.Levels),
		Counts:   jsonCounts(d.Verdict.Counts),
		Diff:     diffJSON(d.Diff),
		Policy:   d.Policy,
		PolicyOf: d.PolicyOf,
		Tool:     jsonTool{"publishgate", d.ToolVersion},
	}
	doc.PolicyFiles = make([]jsonPolicyFile, 0, len(d.PolicyFiles))
	for _, f := range d.PolicyFiles {
		doc.PolicyFiles = append(doc.PolicyFiles, jsonPolicyFile(f))
	}
	if w := d.Written; w != nil {
		doc.Written = coverageJSON(w.Prose, w.Lines, w.Coverage)
	}
	if r != nil {
		run := runJSON(r)
		doc.Run = &run
	}
	doc.Plan, doc.Patch = planJSON(d)
	if t := d.Tarball; t != nil {
		files := make([]jsonPackedFile, 0, len(t.Files))
		for _, f := range t.Files {
			files = append(files, jsonPackedFile(f))
		}
		doc.Tarball = &jsonTarball{t.File, t.Size, t.Unpacked, t.Entries, t.SHA1, t.SHA256, t.SHA512, t.Integrity, files}
	}
	return doc
}

// groupJSON returns one group; its findings are referred to by fingerprint.
func groupJSON(g *policy.Group) jsonGroup {
	f := g.Of()
	name, version := g.Package()
	out := jsonGroup{name, version, f.Rule, g.State().String(), f.Severity.String(), string(f.Scope), f.Shipped,
		len(g.Findings), []string{}, f.Ends, f.Fix}
	for _, j := range g.Findings {
		out.Findings = append(out.Findings, j.Finding.Fingerprint())
	}
	return out
}

func lookedAtJSON(l LookedAt) jsonLookedAt {
	out := jsonLookedAt{
		Dependencies: l.Dependencies, Shipped: l.Shipped, Prod: l.Prod, Dev: l.Dev, Optional: l.Optional, Peer: l.Peer,
		Sources: make([]jsonSource, 0, len(l.Sources)),
		Skipped: make([]jsonSkip, 0, len(l.Skipped)), Previous: l.Previous, Registry: l.Registry,
	}
	if c := l.Credential; c != nil {
		out.Credential = &jsonCredential{c.Kind, stamp(c.Created), stamp(c.Expires)}
	}
	if c := l.Commit; c != nil {
		out.Commit = &jsonCommit{c.SHA, stamp(c.Date), c.Tag, c.Identical, c.Built, c.Ignored, c.Modified, c.Untracked,
			c.Searched}
	}
	for _, s := range l.Sources {
		out.Sources = append(out.Sources, jsonSource{s.Name, s.Advisories, stamp(s.AsOf), s.Partial, s.StandIn,
			s.Error, append([]string{}, s.Unasked...)})
	}
	for _, s := range l.Skipped {
		out.Skipped = append(out.Skipped, jsonSkip(s))
	}
	out.Licences = make([]jsonLicence, 0, len(l.Licences))
	for _, x := range l.Licences {
		state := "accepted"
		switch {
		case x.Denied:
			state = "denied"
		case x.Unknown:
			state = "unknown"
		}
		out.Licences = append(out.Licences, jsonLicence{x.License, x.Packages, state})
	}
	out.Signatures, out.Attestations, out.Publishers = sealsJSON(l.Signatures), sealsJSON(l.Attestations), sealsJSON(l.Publishers)
	out.Newcomers = sealsJSON(l.Newcomers)
	out.VEX = make([]jsonVEX, 0, len(l.VEX))
	for _, v := range l.VEX {
		out.VEX = append(out.VEX, jsonVEX(v))
	}
	return out
}

func sealsJSON(s *Seals) *jsonSeals {
	if s == nil {
		return nil
	}
	out := &jsonSeals{s.Verified, s.Missing, s.Invalid, make([]jsonSealSkip, 0, len(s.Reasons))}
	for _, r := range s.Reasons {
		out.Skipped = append(out.Skipped, jsonSealSkip(r))
	}
	return out
}

// findingJSON returns a finding and the index of its group, because several
// findings may share a fingerprint.
func findingJSON(j *policy.Judged, group int) jsonFinding {
	f := &j.Finding
	out := jsonFinding{
		Rule: f.Rule, Severity: f.Severity.String(), State: j.State.String(), Package: f.Package,
		IDs: append([]string{}, f.IDs...), Paths: [][]string{},
		File: f.File, InTarball: f.InTarball, Line: f.Line, Column: f.Column,
		Message: f.Message, Fix: f.Fix, Scope: string(f.Scope), Shipped: f.Shipped, Why: j.Why, Due: j.Due,
		Published:   f.Published,
		Fingerprint: f.Fingerprint(), Group: group,
	}
	for _, p := range npm.SomePaths(f.Paths) {
		out.Paths = append(out.Paths, append([]string{}, p...))
	}
	if a := f.Advisory; a != nil {
		out.Advisory = &jsonAdvisory{f.Title, a.Link, a.Score, a.Vector, a.Fixed, a.Exploited}
	}
	if w := j.Waiver; w != nil {
		out.Waiver = &jsonWaiver{w.ID, w.Reason, w.Justification, w.Owner, stamp(w.Expires), w.Status, w.Document}
	}
	return out
}
