package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/strict"
)

// ErrSeveral means that evidence is about several packages, or about one where
// several were expected.
var ErrSeveral = errors.New("it is not about one package")

// ReadEvidence reads a verdict.json about one package, and the run.json beside it,
// as far as a report on several packages needs them: what it shows says no more
// than the files. They must be of this schema, whole, and of one run; sum is the
// SHA-256 of the verdict in hex.
func ReadEvidence(verdict, run []byte, sum string) (*Document, error) {
	var v jsonDocument
	if err := readJSON(verdict, "verdict.json", &v); err != nil {
		return nil, err
	}
	r, err := readRun(run, sum)
	if err != nil {
		return nil, err
	}
	d := &Document{Problem: v.Problem, Run: r, Package: Package(v.Package), Policy: v.Policy, PolicyOf: v.PolicyOf,
		PackageUnread: v.Package.Name == "" && v.Package.Version == "" && v.Package.PURL == "", ToolVersion: v.Tool.Version,
		Levels: (*Levels)(v.Levels), PolicyUnread: v.Levels == nil}
	d.Verdict.Counts = policy.Counts(v.Counts)
	for _, x := range []policy.Result{policy.Pass, policy.Block, policy.Unknown} {
		if x.String() == v.Result {
			d.Verdict.Result, d.read = x, true
		}
	}
	switch {
	case !d.read:
		return nil, fmt.Errorf("verdict.json: its result is %.20q", v.Result)
	case v.Result == "pass" && (v.Problem != "" || v.Counts.Block > 0 || r.Reason == Findings):
		return nil, errors.New("verdict.json: it passes, and says what blocks")
	case r.Reason == Fine && v.Result != "pass":
		return nil, fmt.Errorf("run.json: the run passed, and verdict.json says %s", v.Result)
	}
	if t := v.Tarball; t != nil {
		d.Tarball = &Tarball{File: t.File, Size: t.Size, Unpacked: t.Unpacked, Entries: t.Entries, SHA1: t.SHA1, SHA256: t.SHA256,
			SHA512: t.SHA512, Integrity: t.Integrity}
	}
	l := v.LookedAt
	d.LookedAt = LookedAt{Dependencies: l.Dependencies, Shipped: l.Shipped, Prod: l.Prod, Dev: l.Dev, Optional: l.Optional, Peer: l.Peer,
		Previous: l.Previous, Registry: l.Registry}
	if c := l.Commit; c != nil {
		at, _ := time.Parse(time.RFC3339, c.Date) // as of sources
		d.LookedAt.Commit = &Commit{SHA: c.SHA, Date: at, Tag: c.Tag, Identical: c.Identical, Built: c.Built, Ignored: c.Ignored,
			Modified: c.Modified, Untracked: c.Untracked, Searched: c.Searched}
	}
	for _, f := range v.PolicyFiles {
		d.PolicyFiles = append(d.PolicyFiles, PolicyFile(f))
	}
	for _, s := range l.Skipped {
		d.LookedAt.Skipped = append(d.LookedAt.Skipped, Skip(s))
	}
	for _, s := range l.Sources {
		at, _ := time.Parse(time.RFC3339, s.AsOf) // an unreadable time is shown as none
		d.LookedAt.Sources = append(d.LookedAt.Sources, advisory.Status{Name: s.Name, Advisories: s.Advisories, AsOf: at,
			Partial: s.Partial, StandIn: s.StandIn, Error: s.Error, Unasked: s.Unasked})
	}
	if len(l.Sources) > 0 && !advisory.Complete(d.LookedAt.Sources) {
		d.Caveats = []string{"on partial advisory data"}
	}
	return d, d.readFindings(&v)
}

// readFindings reads what was found, and holds the counts against it.
func (d *Document) readFindings(v *jsonDocument) error {
	states := map[string]finding.State{"block": finding.Block, "warn": finding.Warn, "waived": finding.Waived}
	count := map[string]int{}
	for i := range v.Findings {
		f := &v.Findings[i]
		state, known := states[f.State]
		if !known {
			return fmt.Errorf("verdict.json: a finding whose state is %.20q", f.State)
		}
		count[f.State]++
		j := policy.Judged{State: state, Why: f.Why, Due: f.Due, Finding: finding.Finding{Rule: f.Rule,
			Severity: finding.ParseSeverity(f.Severity), Scope: npm.Scope(f.Scope), Shipped: f.Shipped, Package: f.Package,
			IDs: f.IDs, Paths: f.Paths, File: f.File, InTarball: f.InTarball,
			Line: f.Line, Column: f.Column, Message: f.Message, Fix: f.Fix, Published: f.Published}}
		if f.Group >= 0 && f.Group < len(v.Groups) {
			g := &v.Groups[f.Group]
			j.Finding.Name, j.Finding.Version, j.Finding.Ends = g.Package, g.Version, g.Ends
			if g.Package == "" && g.Count > 1 { // of several packages, which each finding names
				j.Finding.Name, j.Finding.Version, _ = npm.ParsePURL(f.Package)
			}
		}
		if a := f.Advisory; a != nil {
			j.Finding.Title, j.Finding.Advisory = a.Title, &finding.Advisory{Link: a.Link, Score: a.Score, Vector: a.Vector, Fixed: a.Fixed,
				Exploited: a.Exploited}
		}
		if w := f.Waiver; w != nil {
			ends, _ := time.Parse(time.RFC3339, w.Expires)
			j.Waiver = &policy.Exception{ID: w.ID, Reason: w.Reason, Justification: w.Justification, Owner: w.Owner, Expires: ends,
				Status: w.Status, Document: w.Document}
		}
		d.Verdict.Judged = append(d.Verdict.Judged, j)
	}
	if c := v.Counts; count["block"] != c.Block || count["warn"] != c.Warn || count["waived"] != c.Waived {
		return errors.New("verdict.json: its counts are not those of its findings")
	}
	return nil
}

// A Merged is a verdict.json about several packages as it was read.
type Merged struct {
	Members  []MergedMember
	LeftOut  []Skip
	Problems []string
	Run      *Run
}

// A MergedMember is what it says of one of them.
type MergedMember struct {
	Name, Version, Folder, Evidence, Result string
	Verdict, SHA512                         string // digests of its verdict and its tarball, in hex; empty: it has none
}

// ReadMerged reads a verdict.json about several packages, and the run.json beside
// it. Of a verdict about one package the error is ErrSeveral.
func ReadMerged(verdict, run []byte, sum string) (*Merged, error) {
	v, err := strict.ParseWithin(verdict, strict.Limits{Bytes: MaxEvidence})
	if err == nil && !v.Get("members").Exists() {
		return nil, ErrSeveral
	}
	var m jsonMerged
	if err := readJSON(verdict, "verdict.json", &m); err != nil {
		return nil, err
	}
	out := &Merged{Problems: m.Problems}
	if out.Run, err = readRun(run, sum); err != nil {
		return nil, err
	}
	lost := slices.ContainsFunc(m.Members, func(row mergedMember) bool { return row.Result != "pass" })
	switch {
	case m.Result == "pass" && (m.Counts.Block > 0 || len(m.Problems) > 0 || out.Run.Reason == Findings || lost):
		return nil, errors.New("verdict.json: it passes, and says what blocks")
	case out.Run.Reason == Fine && m.Result != "pass":
		return nil, fmt.Errorf("run.json: the run passed, and verdict.json says %.20s", m.Result)
	}
	for _, row := range m.Members {
		one := MergedMember{Name: row.Name, Version: row.Version, Folder: row.Dir, Evidence: row.Evidence, Result: row.Result}
		if row.Verdict != nil {
			one.Verdict = row.Verdict.SHA256
		}
		if row.Tarball != nil {
			one.SHA512 = row.Tarball.SHA512
		}
		out.Members = append(out.Members, one)
	}
	for _, l := range m.LeftOut {
		out.LeftOut = append(out.LeftOut, Skip{What: l.Dir, Why: l.Why})
	}
	return out, nil
}

// MaxEvidence is the most that is read of a file of evidence, in bytes.
const MaxEvidence = 128 << 20

// readJSON reads a document of this schema. What is cut off, has a key twice or
// goes on behind its end is refused.
func readJSON(data []byte, name string, into any) error {
	v, err := strict.ParseWithin(data, strict.Limits{Bytes: MaxEvidence})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if got := string(v.Get("schema").Raw()); got != fmt.Sprint(schema) {
		return fmt.Errorf("%s: its schema is %.20q, this version reads %d: judge and merge with one version of publishgate", name,
			got, schema)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// readRun reads run.json and holds it against the verdict that it was written with.
func readRun(data []byte, sum string) (*Run, error) {
	var r jsonRun
	if err := readJSON(data, "run.json", &r); err != nil {
		return nil, err
	}
	reason := Reason(r.Reason)
	known := reason == Fine || slices.ContainsFunc(endings, func(e ending) bool { return e.reason == reason })
	switch {
	case !known || r.Result != reason.Result().String() || r.Exit != reason.Exit():
		return nil, fmt.Errorf("run.json: result %.20q, reason %.40q and exit %d do not go together", r.Result, r.Reason, r.Exit)
	case r.Verdict == nil || !strings.EqualFold(r.Verdict.SHA256, sum):
		return nil, errors.New("run.json: it is of another verdict.json than the one beside it")
	}
	out := &Run{Reason: reason, Verdict: File{r.Verdict.File, r.Verdict.SHA256}}
	for _, a := range r.Acts {
		at, _ := time.Parse(time.RFC3339, a.Time)
		out.Acts = append(out.Acts, Act{What: a.What, State: State(a.State), Text: a.Text, File: a.File, Digest: a.Digest, Time: at})
	}
	return out, nil
}
